"""What counts as the same city. Known spellings become one name; nothing else is ever merged.

The cities and their spellings are data: cities.txt beside this file (GeoNames, CC BY 4.0).
"""

import re
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rules.text import KEY_LENGTH, fold, tidy

CITIES = Path(__file__).with_name("cities.txt")
CITY_LENGTH = 50  # what the database's column holds

# What may stand before or after a city's name, and the province (ISO 3166-2:PK) it is then in:
# Mirpur is not in Sindh, so neither "Mirpur Sindh" nor "Mirpur (Sindh)" is Mirpur. Not "P.O.": what
# stands beside that is where the post of a village is fetched, not the village.
ANY = ""
BESIDE = {
    **dict.fromkeys(["city", "city of", "cantt", "cantonment", "cant", "saddar", "sadar"], ANY),
    **dict.fromkeys(["district", "distt", "dist", "zila", "zilla", "tehsil", "tahsil"], ANY),
    **dict.fromkeys(["tehsil and district", "تحصیل و ضلع"], ANY),
    **dict.fromkeys(["شہر", "کینٹ", "چھاؤنی", "صدر", "ضلع", "تحصیل"], ANY),
    **dict.fromkeys(["pakistan", "پاکستان"], ANY),
    **dict.fromkeys(["balochistan", "baluchistan", "بلوچستان"], "BA"),
    **dict.fromkeys(["kp", "kpk", "nwfp", "khyber pakhtunkhwa", "خیبر پختونخوا"], "KP"),
    **dict.fromkeys(["punjab", "پنجاب"], "PB"),
    # Only Sindh calls a tehsil so.
    **dict.fromkeys(["sindh", "سندھ", "taluka", "taluko", "تعلقہ"], "SD"),
    **dict.fromkeys(
        ["ajk", "azad kashmir", "azad jammu and kashmir", "azad jammu & kashmir"], "JK"
    ),
    **dict.fromkeys(["آزاد کشمیر", "آزاد جموں و کشمیر"], "JK"),
    **dict.fromkeys(["gilgit-baltistan", "گلگت بلتستان"], "GB"),
    **dict.fromkeys(["ict", "islamabad capital territory"], "IS"),
}
MOST_BESIDE = 6  # Tehsil & District Lahore 54000, Punjab, Pakistan

# Pakistan Post's codes go by region: up to which first two digits they are in which provinces.
POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
REGIONS = {9: "none", 13: "JK", 16: "GB", 29: "KP", 64: "PB IS", 79: "SD", 98: "BA", 99: "none"}
# Two places of one name in one province: in this region is the one that is not in the list.
NAMESAKES = {("Sahiwal", 40)}

IGNORED = re.compile(r"[\s.,،۔()\[\]&'-]+")


class City(NamedTuple):
    """A line of cities.txt."""

    name: str
    people: int
    provinces: set[str]  # ISO 3166-2:PK; empty where nobody told
    spellings: list[str]  # others than the name


class Gazetteer(NamedTuple):
    names: dict[str, str]  # key of a spelling -> the city's name
    people: dict[str, int]  # the city's name -> population, largest first
    provinces: dict[str, set[str]]  # the city's name -> ISO 3166-2:PK


def canonical_city(text: str) -> str:
    """The one name of the city a person typed, or the text itself, tidied, when no list knows it.

    "LHR", "lahore cantt", "لاہور" -> "Lahore". Raises ValueError as `tidy` does.
    """
    text = tidy(text)
    if len(text) > 2 * CITY_LENGTH:
        return text
    return _known(_key(text)) or text


def is_known(city: str) -> bool:
    """Whether a list knows this city, however spelt. Raises ValueError as `tidy` does."""
    return _known(_key(tidy(city)[: 2 * CITY_LENGTH])) is not None


def comparable(city: str) -> str:
    """What all spellings of one unknown place share: case, spacing and Urdu variants aside.

    The same as the database's `city_key`.
    """
    return fold(city).replace(" ", "")[:KEY_LENGTH]


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
    return dict(_gazetteer().people)


def _known(key: str, most: int = MOST_BESIDE) -> str | None:
    """The city with this key, if need be without "district", "cantt", its province, a postcode."""
    names, _, provinces = _gazetteer()
    if key in names:
        return names[key]
    for rest, where, region in _shortened(key) if most else ():
        if city := _known(rest, most - 1):
            fits = not where or not provinces[city] or provinces[city] & set(where.split())
            return city if fits and (city, region) not in NAMESAKES else None
    return None


def _shortened(key: str) -> Iterator[tuple[str, str, int]]:
    """`key` without what may stand at an end of it; the provinces, the postal region that tells."""
    ends = [(words, where, 0) for words, where in _beside().items()]
    for code in POSTCODE.findall(key):
        region = int(code[:2])
        ends.append((code, next(REGIONS[last] for last in REGIONS if region <= last), region))
    for end, where, region in ends:
        if key.startswith(end):
            yield key.removeprefix(end), where, region
        if key.endswith(end):
            yield key.removesuffix(end), where, region


def _key(text: str) -> str:
    """`text` without what spellings of one city differ in: case, accents, spaces, dots, hyphens."""
    return IGNORED.sub("", fold(_unaccented(text)).casefold())


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _beside() -> dict[str, str]:
    return {_key(words): province for words, province in BESIDE.items()}


@cache
def _gazetteer() -> Gazetteer:
    """Read on first use, once a process."""
    cities = list(_cities())
    names = {_key(spelling): city.name for city in cities for spelling in city.spellings}
    names |= {_key(city.name): city.name for city in cities}
    return Gazetteer(
        names,
        {city.name: city.people for city in cities},
        {city.name: city.provinces for city in cities},
    )


def _cities() -> Iterator[City]:
    for line in CITIES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, people, provinces, spellings = (part.strip() for part in line.split("|"))
            others = [spelling.strip() for spelling in spellings.split(",") if spelling]
            yield City(name, int(people), set(provinces.split()), others)
