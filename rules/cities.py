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

from rules.text import fold, tidy

CITIES = Path(__file__).with_name("cities.txt")
CITY_LENGTH = 50  # what the database's column holds

# What may follow a city's name, and the province (ISO 3166-2:PK) it is then in: Mirpur is not in
# Sindh, so "Mirpur Sindh" is not Mirpur.
ANY = ""
ENDINGS = {
    **dict.fromkeys(["city", "cantt", "cantonment", "cant", "saddar", "sadar", "district"], ANY),
    **dict.fromkeys(["شہر", "کینٹ", "چھاؤنی", "صدر", "ضلع", "pakistan", "پاکستان"], ANY),
    **dict.fromkeys(["balochistan", "بلوچستان"], "BA"),
    **dict.fromkeys(["kpk", "khyber pakhtunkhwa", "خیبر پختونخوا"], "KP"),
    **dict.fromkeys(["punjab", "پنجاب"], "PB"),
    **dict.fromkeys(["sindh", "سندھ"], "SD"),
    **dict.fromkeys(["ajk", "azad kashmir", "آزاد کشمیر"], "JK"),
    **dict.fromkeys(["gilgit-baltistan", "گلگت بلتستان"], "GB"),
}

IGNORED = re.compile(r"[\s.,،۔'’‘`´ʼ‐‑–—-]+")


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
    return dict(_gazetteer().people)


def _known(key: str) -> str | None:
    """The city with this key, if need be without "cantt", "city", its province or country."""
    names, _, provinces = _gazetteer()
    if key in names:
        return names[key]
    for ending, province in _endings().items():
        if key.endswith(ending) and (city := _known(key.removesuffix(ending))):
            return city if province in {ANY, *(provinces[city] or [province])} else None
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
