"""Made-up students for trials and benchmarks, with names, cities and fees like real ones."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import accumulate, islice
from math import exp, log
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from rules.cities import city_populations
from rules.text import has_urdu

BATCH = 1024  # rows drawn at a time; always whole, so that fewer rows are the same first rows
STEPS = 1000
LOWEST_FEE, HIGHEST_FEE = 1_500, 60_000  # PKR a month

# Earlier names are commoner: see `_commoner_first`.
BOYS = """
Muhammad Ali|Ahmed|Ali|Muhammad Usman|Hamza|Abdullah|Muhammad Bilal|Hassan|Umar|Muhammad Ahmad
Usman|Bilal|Hussain|Ali Raza|Muhammad Hassan|Ibrahim|Zain|Saad|Fahad|Muhammad Umar|Abdul Rehman
Hamid|Talha|Taha|Zubair|Imran|Kamran|Adnan|Faisal|Asad|Haris|Danish|Waqas|Junaid|Shahzaib|Arslan
Muhammad Hamza|Abdul Basit|Abdul Hadi|Abdul Wahab|Ghulam Mustafa|Ghulam Abbas|Mustafa|Murtaza
Moiz|Ayan|Rayyan|Musa|Essa|Yousaf|Yahya|Daniyal|Sufyan|Huzaifa|Anas|Shayan|Sarmad|Shehryar
Salman|Noman|Rizwan|Kashif|Tariq|Nadeem|Naveed|Sajid|Shoaib|Waleed|Zohaib|Zeeshan|Jawad|Mohsin
Qasim|Rehan|Rohail|Sohail|Tayyab|Usama|Wahab|Yasir|Zaid|Aqib|Atif|Azan|Babar|Farhan|Ghazanfar
Ibtisam|Jibran|Mehran
"""
GIRLS = """
Ayesha|Fatima|Maryam|Zainab|Khadija|Hafsa|Amna|Sana|Iqra|Hira|Ayesha Siddiqa|Kainat|Laiba
Noor Fatima|Mahnoor|Eman|Eman Fatima|Aleena|Alishba|Anaya|Areeba|Arooj|Asma|Ayat|Bisma|Bushra
Dua|Dua Zahra|Esha|Fareeha|Farah|Fiza|Ghazal|Habiba|Haniya|Hina|Humaira|Insha|Javeria|Kiran
Komal|Kinza|Lubna|Maha|Malaika|Maria|Mehwish|Minahil|Misbah|Momina|Muqaddas|Nadia|Naila|Nimra
Nida|Noor|Rabia|Rida|Rimsha|Rubab|Sadia|Saba|Sadaf|Saira|Samina|Sania|Sehrish|Shanza|Shazia
Sidra|Sumaira|Syeda Zahra|Tayyaba|Tehreem|Tooba|Urooj|Umaima|Umm e Kulsoom|Urwa|Wajiha|Warda
Yashfa|Yumna|Zahra|Zara|Zoya|Zunaira
"""
FAMILIES = """
Khan|Ahmed|Ali|Hussain|Malik|Butt|Sheikh|Chaudhry|Raza|Shah|Iqbal|Abbasi|Qureshi|Awan|Bhatti
Mughal|Rajput|Siddiqui|Ansari|Hashmi|Gillani|Bukhari|Naqvi|Rizvi|Zaidi|Kazmi|Baloch|Bugti|Marri
Mengal|Memon|Soomro|Bhutto|Junejo|Shaikh|Talpur|Chandio|Khoso|Jatoi|Mirani|Afridi|Yousafzai
Khattak|Wazir|Mehsud|Durrani|Achakzai|Kakar|Tareen|Gujjar|Cheema|Chattha|Warraich|Gondal|Tarar
Sial|Kharal|Wattoo|Dogar|Arain|Jutt|Minhas|Janjua|Satti|Kayani|Dar|Lone|Mir|Lodhi|Niazi|Mirza
Baig|Farooqi|Usmani|Javed|Aslam|Akram|Saleem|Nawaz|Riaz|Rafiq|Shafiq|Yaqoob|Ashraf|Arshad|Younas
Zafar|Mehmood|Masood|Latif|Rasheed
"""
FATHERS = """
Muhammad Aslam|Muhammad Akram|Abdul Ghafoor|Muhammad Ashraf|Ghulam Rasool|Allah Ditta
Bashir Ahmed|Muhammad Iqbal|Abdul Rasheed|Muhammad Yousaf|Nazir Ahmed|Muhammad Sharif
Tariq Mehmood|Khalid Hussain|Muhammad Nawaz|Liaqat Ali|Mushtaq Ahmed|Abdul Majeed
Shabbir Hussain|Zahid Iqbal|Sher Zaman|Gul Khan|Muhammad Riaz|Haji Abdul Karim|Manzoor Hussain
Asghar Ali|Javed Akhtar|Rab Nawaz|Dost Muhammad|Karim Bux
"""
URDU_BOYS = """
محمد علی|احمد|علی رضا|محمد عثمان|حمزہ|عبداللہ|محمد بلال|حسن|عمر|حسین|ابراہیم|زین|سعد|فہد
عبدالرحمٰن|طلحہ|زبیر|عمران|کامران|فیصل|اسد|حارث|وقاص|جنید|ارسلان|غلام مصطفیٰ|مرتضیٰ|موسیٰ|یوسف
دانیال|حذیفہ|انس|سلمان
"""
URDU_GIRLS = """
عائشہ|فاطمہ|مریم|زینب|خدیجہ|حفصہ|آمنہ|ثنا|اقرا|حرا|کائنات|لائبہ|نور فاطمہ|ماہ نور|ایمان|علینہ
عروج|اسماء|بسمہ|بشریٰ|دعا زہرا|فضہ|حبیبہ|ہانیہ|جویریہ|کرن|کومل|مہوش|مناہل|مصباح|مومنہ|نمرہ|رابعہ
سدرہ|طیبہ|زارا
"""
URDU_FAMILIES = """
خان|احمد|علی|حسین|ملک|بٹ|شیخ|چوہدری|رضا|شاہ|اقبال|عباسی|قریشی|اعوان|بھٹی|مغل|صدیقی|انصاری|ہاشمی
گیلانی|بخاری|نقوی|رضوی|بلوچ|میمن|سومرو|آفریدی|یوسفزئی|خٹک|گجر|چیمہ|وڑائچ|گوندل|آرائیں|کیانی
نیازی|مرزا|بیگ|فاروقی|جاوید
"""
URDU_FATHERS = """
محمد اسلم|محمد اکرم|عبدالغفور|محمد اشرف|غلام رسول|اللہ دتہ|بشیر احمد|محمد اقبال|عبدالرشید
محمد یوسف|نذیر احمد|محمد شریف|طارق محمود|خالد حسین|محمد نواز|لیاقت علی|مشتاق احمد|عبدالمجید
شبیر حسین|زاہد اقبال|محمد ریاض
"""


CHILD_OF = (" S/o ", " D/o ", " ولد ", " بنت ")
CLASSES = """
1|2|3|4|5|6|7|8|8|9-A|9-A|9-B|9-B|9-C|10-A|10-A|10-B|10-B|10-C|FSc I|FSc I|FSc II|ICS I|O Level
"""
RUSHES = {4: 7, 8: 5, 9: 2}  # months in which more join than in others
YEARS = 3  # since the first day of joining that is on record


class Sample(NamedTuple):
    """A made-up student, as a row of the table; those of one `family` share its number."""

    name: str
    city: str
    fees: Decimal
    father_name: str
    phone: str
    class_name: str
    joined_on: date | None
    family: int | None


class Names(NamedTuple):
    """Pools to draw the parts of a name from; the later parts bring their own leading space."""

    given: list[str]
    family: list[str]
    father: list[str]


def sample_rows(count: int, seed: int) -> Iterator[tuple[str, str, Decimal]]:
    """`count` rows of (name, city, monthly fees in PKR), tidy and canonical, in constant memory.

    The same for the same seed; the first rows of a larger count are the rows of a smaller one.
    """
    return islice(_rows(Random(seed)), count)  # noqa: S311 - nothing secret


def sample_students(count: int, seed: int, today: date) -> Iterator[Sample]:
    """`sample_rows`, with what else an office knows of most. The last of them joined `today`."""
    random = Random(f"{seed}, the facts")  # noqa: S311 - one of its own: the rows stay as they are
    fathers = [_names_in(FATHERS), _names_in(URDU_FATHERS)]
    classes, days = [*_names_in(CLASSES), "", ""], _days(today)
    populations = city_populations()
    homes: dict[tuple[str, bool], tuple[str, str, int]] = {}  # the last family of a city
    families, draw = 0, random.random
    for name, city, fees in sample_rows(count, seed):
        class_name, joined_on = classes[int(draw() * len(classes))], days[int(draw() * len(days))]
        home = city, has_urdu(name)
        father, phone, family = "", "", None
        if draw() < 0.85:
            # No number of a subscriber begins with 0: nobody has one of these.
            phone = f"03{int(draw() * 50):02}0{int(draw() * 1_000_000):06}"
        if phone and not any(child_of in name for child_of in CHILD_OF):
            if home in homes and draw() < 0.5:
                father, phone, family = homes[home]
                if draw() < 0.5:
                    del homes[home]
            else:
                father = fathers[home[1]][int(draw() * len(fathers[home[1]]))]
                if populations[city] >= 1_000_000 and draw() < 0.15:  # where others follow soon
                    family = families = families + 1
                    homes[home] = father, phone, family
        yield Sample(name, city, fees, father, phone, class_name, joined_on, family)


def _days(today: date) -> list[date | None]:
    """Days to have joined on, as often as people do; one in ten was always here."""
    days = [today - timedelta(days=ago) for ago in range(YEARS * 365)]
    joined = [day for day in days for _ in range(RUSHES.get(day.month, 1))]
    return [None] * (len(joined) // 9) + joined


def _rows(random: Random) -> Iterator[tuple[str, str, Decimal]]:
    names, shares = _names()
    cities, so_far = _cities()
    draw = random.random  # choice() does the same four times slower
    while True:
        kinds = random.choices(names, cum_weights=shares, k=BATCH)
        places = random.choices(cities, cum_weights=so_far, k=BATCH)
        for (given, family, father), (city, fees) in zip(kinds, places, strict=True):
            name = (
                given[int(draw() * len(given))]
                + family[int(draw() * len(family))]
                + father[int(draw() * len(father))]
            )
            yield name, city, fees[int(draw() * STEPS)]


@cache
def _names() -> tuple[list[Names], list[int]]:
    """Boys and girls, in Latin and in Urdu letters, with their running shares in percent."""
    names = [
        _pools(BOYS, FAMILIES, FATHERS, CHILD_OF[0]),
        _pools(GIRLS, FAMILIES, FATHERS, CHILD_OF[1]),
        _pools(URDU_BOYS, URDU_FAMILIES, URDU_FATHERS, CHILD_OF[2]),
        _pools(URDU_GIRLS, URDU_FAMILIES, URDU_FATHERS, CHILD_OF[3]),
    ]
    return names, list(accumulate([45, 40, 8, 7]))


def _pools(given: str, family: str, father: str, child_of: str) -> Names:
    """One name in eight has no family name, one in five the father's."""
    families = _commoner_first(family)
    fathers = [child_of + name for name in _names_in(father)]
    return Names(
        _commoner_first(given),
        [""] * (len(families) // 7) + [f" {name}" for name in families],
        [""] * (4 * len(fathers)) + fathers,
    )


def _commoner_first(text: str) -> list[str]:
    """The names, the first fifth of them five times, the second four times and so on."""
    names = _names_in(text)
    return [name for rank, name in enumerate(names) for _ in range(5 - 5 * rank // len(names))]


def _names_in(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


@cache
def _cities() -> tuple[list[tuple[str, list[Decimal]]], list[int]]:
    """Each city with its fees, and the running sum of populations."""
    people = city_populations()
    cities = [(city, _fees(_typical_fee(number))) for city, number in people.items()]
    return cities, list(accumulate(people.values()))


def _typical_fee(people: int) -> int:
    """PKR a month: half the students pay less. Dearer in bigger cities."""
    return 8_000 if people >= 1_000_000 else 5_500 if people >= 200_000 else 4_000


@cache
def _fees(typical: int) -> list[Decimal]:
    """`STEPS` equally likely fees, log-normal: many near `typical`, a few many times that."""
    curve = NormalDist(log(typical), 0.6)
    return [_fee(exp(curve.inv_cdf((step + 0.5) / STEPS)), step) for step in range(STEPS)]


def _fee(near: float, step: int) -> Decimal:
    """A multiple of 500; one in twenty of 100; one in two hundred with 50 paisa."""
    unit = 100 if step % 20 == 0 else 500
    rupees = min(max(unit * round(near / unit), LOWEST_FEE), HIGHEST_FEE)
    return Decimal(f"{rupees}.50" if step % 200 == 100 else f"{rupees}.00")
