import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cities import (
    CITY_LENGTH,
    _cities,
    _gazetteer,
    _key,
    canonical_city,
    city_populations,
    similar_cities,
)
from rules.text import has_urdu, tidy


@pytest.mark.parametrize(
    ("city", "spellings"),
    [
        ("Lahore", "lahore|LAHORE |LHR|lhr|Lahore.|لاہور|لاھور|لاہور شہر|Lahore City|Lahore Cantt"),
        ("Lahore", "Lahore Cantt.|Lahore, Punjab|lahore-pakistan|Lahore Cantt, Punjab, Pakistan"),
        ("Karachi", "KHI|Kurrachee|کراچی|كراچي|Karachi, Sindh|Karachi Saddar|Karāchi"),
        ("Rawalpindi", "Pindi|RWP|راولپنڈی|راولپنڈي|Rawalpindi Cantt"),
        ("Islamabad", "ISB|Isb|اسلام آباد|اسلام\u200cآباد|اسلام اباد"),
        ("Faisalabad", "FSD|LYP|Lyallpur|فیصل آباد|Faisal Abad"),
        ("Gujranwala", "GRW|گوجرانوالہ"),
        ("Peshawar", "PEW|پشاور|Peshawar, KPK|Peshawar Khyber Pakhtunkhwa"),
        ("Quetta", "QTA|کوئٹہ|كوئته|Quetta Balochistan"),
        ("Dera Ghazi Khan", "D.G. Khan|DG Khan|D G Khan|dgk|Dera-Ghazi-Khan|ڈیرہ غازی خان"),
        ("Dera Ismail Khan", "D.I. Khan|D I Khan|DIK|ڈیرہ اسماعیل خان"),
        ("Rahim Yar Khan", "R.Y. Khan|RY Khan|RYK|Rahimyar Khan|رحیم یار خان"),
        ("Muzaffargarh", "Muzzafargarh|Muzaffar Garh|مظفر گڑھ"),
        ("Muzaffarabad", "Muzaffarābād|Muzaffarabad AJK|مظفرآباد"),
        ("Nawabshah", "Shaheed Benazirabad|Nawab Shah|نوابشاہ"),
        ("Wah Cantt", "Wah|Wah Cantonment|Wah Cantt|Wah Cantt Pakistan|واہ کینٹ"),
        ("Arifwala", "Arif Wala|عارف والا"),
        ("Sahiwal", "Montgomery|ساہیوال|Sahiwal District"),
        ("Hyderabad", "حیدر آباد|حیدرآباد، سندھ|Hyderabad City"),
        ("Sheikhupura", "Shekhupura|Qila Sheikhupura"),
        ("Vehari", "Vihari"),
        ("Jhang", "Jhang Sadr|Jhang Saddar|Jhang Sadar"),
        ("Attock", "Attock City|Campbellpur"),
        ("Nowshera", "Nowshera Kalan|Nowshera Cantonment|Nowshera Cantt"),
        ("Sadiqabad", "Saddiqabad"),
        ("Daska", "Daska Kalan"),
        ("Depalpur", "Dipalpur"),
        ("Khushab", "Khushāb"),
        ("Bagh", "Bāgh"),
        ("Mian Channu", "Mian Channun"),
    ],
)
def test_one_city_however_typed(city, spellings):
    assert [typed for typed in spellings.split("|") if canonical_city(typed) != city] == []


@pytest.mark.parametrize(
    ("city", "spellings"),
    [
        (
            "Lahore",
            "District Lahore|Lahore District|Distt. Lahore|Lahore (Distt)|ضلع لاہور|لاہور ضلع",
        ),
        ("Lahore", "City of Lahore|Tehsil Lahore|Zila Lahore|تحصیل لاہور|شہر لاہور|Saddar, Lahore"),
        ("Lahore", "Lahore 54000|Lahore-54000|Lahore–54000|54000 Lahore|لاہور ۵۴۰۰۰|لاہور٥٤٠٠٠"),
        ("Lahore", "Lahore (Punjab)|[Punjab] Lahore|Punjab, Lahore|Lahore, Punjab 54000, Pakistan"),
        ("Lahore", "Tehsil & District Lahore Cantt 54000, Punjab, Pakistan|تحصیل و ضلع لاہور"),
        ("Kasur", "Tehsil & Distt. Kasur|Tehsil and District Kasur|Kasur (55050)"),
        (
            "Mirpur",
            "Mirpur (AJK)|(AJK) Mirpur|Mirpur (A.J. & K.)|Azad Kashmir, Mirpur|Mirpur 10250",
        ),
        ("Mirpur Khas", "Taluka Mirpur Khas|Mirpur Khas 69000|Mirpur Khas (Sindh)"),
        ("Islamabad", "Islamabad 44000|Islamabad (ICT)|Islamabad Capital Territory, Islamabad"),
        ("Peshawar", "Peshawar, KP|KP Peshawar|Peshawar 25000"),
        ("Quetta", "Quetta (Baluchistan)|Quetta 87300"),
        ("Sahiwal", "Tehsil Sahiwal|District Sahiwal|Sahiwal 57000|Sahiwal (Punjab)"),
        ("Khairpur", "District Khairpur|Khairpur 66020|Sindh Khairpur"),
    ],
)
def test_what_stands_beside_a_city_is_not_its_name(city, spellings):
    assert [typed for typed in spellings.split("|") if canonical_city(typed) != city] == []


@pytest.mark.parametrize(
    "typed",
    [
        # Of another province, in its words or its postcodes.
        *["Mirpur (Sindh)", "Sindh Mirpur", "Taluka Mirpur", "Mirpur 69000", "(Punjab) Khairpur"],
        *["Khairpur 63060", "Hyderabad 50001", "Khanpur 22650", "Lahore 99999", "Lahore 00001"],
        # The other Sahiwal, in the district of Sargodha.
        *[
            "Sahiwal (Sargodha)",
            "Sahiwal 40210",
            "40210 Sahiwal",
            "ساہیوال ۴۰۲۱۰",
            "Sargodha Sahiwal",
        ],
        # No postcode, and villages whose names are numbers.
        *["Lahore 54", "Lahore 540001", "Hyderabad 500001", "Chak 204 RB", "Chak 54000", "204 RB"],
        *["Chak No. 12345 GB", "G-10 Islamabad", "54000", "54000 54000", "54000 Punjab"],
        # No city.
        *["District", "ضلع", "City of", "(AJK)", "Tehsil & District", "Gujranwala (Gujrat)"],
        *["Gujrat (India)", "P.O. Lahore", "District Gujarat", "City" * 12, "Lahore" + " City" * 7],
    ],
)
def test_what_stands_beside_a_name_makes_no_city_of_another(typed):
    assert canonical_city(typed) == typed


@pytest.mark.parametrize(
    ("city", "spellings"),
    [
        ("Gujrat", "GUJRAT|گجرات|Gujrat City"),
        ("Mirpur", "mirpur|Mirpur AJK|میرپور|Mirpur, Azad Kashmir"),
        ("Mirpur Khas", "Mirpurkhas|Mirpur-Khas|Mirpur Khas Sindh"),
        ("Mirpur Mathelo", "mirpur mathelo"),
        ("Khairpur", "Khairpur Mirs|Khairpur Mir's|Khairpur Mir’s|خیرپور"),
        ("Khairpur Tamewali", "Khairpur Tamewah|Khairpur Tamewali"),
        ("Khairpur Nathan Shah", "khairpur nathan shah"),
        ("Bahawalpur", "بہاولپور|Bahawalpur Punjab"),
        ("Bahawalnagar", "بہاولنگر|bahawal nagar"),
        ("Khangarh", "khangarh"),
        ("Khanpur", "khanpur"),
        ("Shahdadpur", "shahdadpur"),
        ("Shahdadkot", "Shahdad Kot"),
    ],
)
def test_cities_of_like_names_stay_apart(city, spellings):
    assert [typed for typed in spellings.split("|") if canonical_city(typed) != city] == []


@pytest.mark.parametrize(
    "typed",
    [
        *[
            "Gujarat",
            "gujarata",
            "Kot",
            "Mandi",
            "Jalalpur",
            "Chak 12",
            "Model Town",
            "Swat",
            "Khan",
        ],
        *["Mirpur Sindh", "Khairpur Punjab", "Hyderabad Deccan", "Hyderabad, India", "Lahor Kalan"],
        *["Lahore Karachi", "Punjab", "Pakistan", "City", "Cantt", "UET", "احمد پور", "كلكت", "x"],
        *["…", "-", "👩", "L/ahore", "Lahore" * 200],
    ],
)
def test_what_no_list_knows_stays_as_typed(typed):
    assert canonical_city(f"  {typed}\u200b ") == typed


def test_nothing_stays_nothing():
    assert canonical_city(" \xa0") == ""


def test_refuses_what_cannot_be_stored():
    with pytest.raises(ValueError, match="can't be stored"):
        canonical_city("Lahore\0")


def test_every_known_spelling_leads_to_a_name_that_stays():
    names = _gazetteer().names
    assert {canonical_city(key) for key in names} == set(names.values())
    assert [canonical_city(key) for key in names] == list(names.values())
    assert [canonical_city(name) for name in names.values()] == list(names.values())


def test_no_spelling_is_given_to_two_cities():
    spellings = {}
    for name, _people, _provinces, others in _cities():
        for spelling in (name, *others):
            assert spellings.setdefault(_key(spelling), name) == name


def test_names_are_tidy_plain_and_fit_the_column():
    names = list(city_populations())
    assert [name for name in names if not name.isascii() or tidy(name) != name] == []
    assert [name for name in names if not 3 <= len(name) <= min(CITY_LENGTH, 25)] == []
    assert [name for name in names if "Society" in name or "Cantonment" in name] == []


def test_short_and_foreign_spellings_are_left_out():
    names = _gazetteer().names
    assert [key for key in names if not key.isascii() and not has_urdu(key)] == []
    assert {key for key in names if len(key) == 2} == {"حب"}  # Hub has no longer name


def test_the_hundred_largest_cities_are_known_in_urdu():
    names = _gazetteer().names
    in_urdu = {name for key, name in names.items() if has_urdu(key)}
    assert [city for city in list(city_populations())[:100] if city not in in_urdu] == []


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_canonical_twice_is_canonical_once(typed):
    assert canonical_city(canonical_city(typed)) == canonical_city(typed)


@given(st.sampled_from(sorted(_gazetteer().names.values())), st.sampled_from(["", " ", ".", "-"]))
def test_case_and_spacing_never_matter(city, mark):
    assert canonical_city(f"{mark}{city.upper()} {mark}") == city
    assert canonical_city(city.lower().replace(" ", mark)) == city


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("District Lahore", []),
        ("Lahor", []),  # known already
        ("Karachii", ["Karachi"]),
        ("Pehsawar", ["Peshawar"]),
        ("Faislabad", ["Faisalabad", "Islamabad"]),
        ("Gujarat", ["Gujrat", "Gujar Khan"]),
        ("کراچیی", ["Karachi"]),
        ("Qwertyuiop", []),
        ("", []),
    ],
)
def test_similar_cities_are_suggested(typed, suggested):
    assert similar_cities(typed) == suggested


def test_similar_cities_are_as_many_as_asked_for():
    assert similar_cities("Faislabad", limit=1) == ["Faisalabad"]
    assert len(similar_cities("Sultanabad", limit=2)) <= 2
    assert similar_cities("x" * 1_000_000) == []


def test_populations():
    people = city_populations()
    assert list(people)[:5] == ["Karachi", "Lahore", "Faisalabad", "Rawalpindi", "Gujranwala"]
    assert list(people.values()) == sorted(people.values(), reverse=True)
    assert people["Arifwala"] == 160_000
    assert people["Battagram"] == people["Bannu"] == people["Tando Bago"] == 100_000
    assert set(people) == set(_gazetteer().names.values())
    assert min(people.values()) >= 10_000
