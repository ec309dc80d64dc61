"""The columns of a sheet of students, declared once: for import, export, template, JSON and docs.

A key is the one of the JSON API.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from rules.text import fold


class Column(NamedTuple):
    key: str
    head: Any  # as we write it; lazy
    kind: str  # text, amount, day or number
    width: int  # characters
    heads: str  # as others write it, with commas between
    help: Any
    examples: tuple[str, str] = ("", "")


COLUMNS = [
    Column(
        "name", _("Name"), "text", 28,
        "name, student, student name, name of student, full name, naam, nam, talib ilm,"
        " نام, طالب علم, طالب علم کا نام, طالبعلم, نام طالب علم",
        _("The student's name, in English or Urdu letters."), ("Ali Raza", "عائشہ صدیقہ"),
    ),
    Column(
        "father_name", _("Father’s name"), "text", 24,
        "father, father name, fathers name, name of father, father guardian name, guardian,"
        " guardian name, parent, parent name, so, s o, walid, walid ka naam, والد, والد کا نام,"
        " ولدیت, سرپرست",
        _("It tells students of one name apart."), ("Muhammad Aslam", "محمد اسلم"),
    ),
    Column(
        "city", _("City"), "text", 18,
        "city, town, city name, city town, shehr, shehar, shahr, شہر, شہر کا نام",
        _("Any usual spelling: LHR and لاہور become Lahore."), ("Lahore", "لاہور"),
    ),
    Column(
        "fees", _("Fees (PKR)"), "amount", 14,
        "fees, fee, monthly fees, monthly fee, fees per month, fee per month, tuition fee,"
        " tuition fees, fees monthly, fee monthly, amount, maahana fees, mahana fees, mahana fee,"
        " فیس, ماہانہ فیس, رقم",
        _("A month, in rupees: 12500 or 12,500.50."), ("12500", "9000"),
    ),
    Column(
        "phone", _("Phone"), "text", 16,
        "phone, phone no, phone number, mobile, mobile no, mobile number, cell, cell no,"
        " cell number, contact, contact no, contact number, telephone, whatsapp, whatsapp no, tel,"
        " father phone, father mobile, fathers phone, fathers mobile, فون, فون نمبر, موبائل,"
        " موبائل نمبر, رابطہ, رابطہ نمبر",
        _("0300-1234567, +92 300 1234567, or 3001234567 where Excel dropped the 0."),
        ("0300-1234567", "0321-7654321"),
    ),
    Column(
        "class_name", _("Class"), "text", 10,
        "class, class name, grade, standard, jamaat, jamat, class section, کلاس, جماعت, درجہ",
        _("Such as 9-B."), ("9-B", "7"),
    ),
    Column(
        "joined_on", _("Joined"), "day", 12,
        "joined, joined on, joining date, date of joining, admission date, date of admission, doa,"
        " doj, joining, admission, dakhla, تاریخ داخلہ, داخلہ, داخلے کی تاریخ",
        _("Day/month/year; empty: always here."), ("2026-04-01", ""),
    ),
    Column(
        "left_on", _("Left"), "day", 12,
        "left, left on, leaving date, date of leaving, dol, تاریخ اخراج, اخراج",
        _("Day/month/year; empty: still here."),
    ),
    Column(
        "family", _("Family"), "text", 16,
        "family, family id, family no, family number, khandan, خاندان, گھرانہ",
        _("The number of a family, or its name: brothers and sisters share it."),
        ("Aslam", "Aslam"),
    ),
    Column(
        "id", _("ID"), "number", 10,
        "id, student id, tuition id",
        _("Of a student who is here already: then this row changes him. Empty: a new student."),
    ),
    Column(
        "updated_at", _("Updated at"), "text", 33,
        "updated at, updated, last changed",
        _("When he was last changed, as exported: nobody's change since then is overwritten."),
    ),
]  # fmt: skip
BY_KEY = {column.key: column for column in COLUMNS}
KEYS = list(BY_KEY)
NEEDED = ("name", "city", "fees")  # of a new student
# What may mean one or several of them: asked, never guessed.
EITHER = {
    "date": ("joined_on", "left_on"), "تاریخ": ("joined_on", "left_on"),
    "number": ("id", "phone"), "no": ("id", "phone"), "نمبر": ("id", "phone"),
    "parent contact": ("phone", "father_name"), "guardian contact": ("phone", "father_name"),
    "address": ("city",), "پتہ": ("city",), "admission fee": ("fees",), "annual fee": ("fees",),
    "total fee": ("fees",), "roll no": ("id",), "admission no": ("id",), "reg no": ("id",),
    "student no": ("id",), "f name": ("father_name", "name"),
}  # fmt: skip
UNITS = re.compile(r"\b(?:pkr|rs|rupees|in|dd?\W?mm?\W?yy(?:yy)?|optional|required)\b|روپے")
BRACKETS = re.compile(r"[(\[{].*?(?:[)\]}]|$)")
LIKENESS = 0.84  # difflib's ratio


def plain(head: str) -> str:
    """A heading without case, units, marks and spaces: `Monthly Fee (Rs.)` -> `monthlyfee`."""
    return re.sub(r"[\W_]+", "", UNITS.sub(" ", fold(head[:100])))


class Mapping(NamedTuple):
    """Which column of a sheet is which of ours, and what a person has to say about it."""

    columns: dict[str, int]  # key -> its place in the file, from 0
    # Places of headings that may mean something, and what: nothing is taken from them unasked.
    asked: dict[int, list[str]]

    @property
    def missing(self) -> list[str]:
        """What a new student needs and nobody says."""
        return [key for key in NEEDED if key not in self.columns]

    @property
    def is_clear(self) -> bool:
        return not self.asked and ("id" in self.columns or not self.missing)


def mapped(heads: Sequence[str]) -> Mapping:
    """By what the headings say, whatever their order. Both of two that say the same are asked."""
    said: dict[str, list[int]] = {}
    asked: dict[int, list[str]] = {}
    for at, head in enumerate(heads):
        keys = meanings(head)
        if len(keys) == 1 and is_certain(head):
            said.setdefault(keys[0], []).append(at)
        elif keys:
            asked[at] = keys
    columns = {}
    for key, places in said.items():
        if len(places) == 1:
            columns[key] = places[0]
        else:
            asked |= {at: [key] for at in places}
    # What a certain heading says already, a vague one doesn't.
    asked = {at: [key for key in keys if key not in columns] for at, keys in asked.items()}
    return Mapping(columns, {at: keys for at, keys in asked.items() if keys})


def meanings(head: str) -> list[str]:
    word = plain(head)
    # `Fees (annual)` may be fees, `Nmae` is a slip that is too short to be alike.
    for each in (word, plain(BRACKETS.sub(" ", head[:100])), *swapped(word)):
        if each in known():
            return [known()[each]]
        if each in either():
            return list(either()[each])
    alike = get_close_matches(word, known(), 1, LIKENESS) if len(word) > 3 else []
    return [known()[each] for each in alike]


def swapped(word: str) -> list[str]:
    """`word` with two neighbours the other way round, wherever they stand."""
    places = range(len(word) - 1) if len(word) > 3 else ()
    return [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places]


def is_certain(head: str) -> bool:
    return plain(head) in known()


def known_heads(cells: Sequence[str]) -> int:
    """How many of these say for certain what they are the head of."""
    return len({known()[word] for cell in cells if (word := plain(cell)) in known()})


@cache
def known() -> dict[str, str]:
    """A plain heading -> the key it means."""
    words = {}
    for column in COLUMNS:
        for head in (column.key, *column.heads.split(", ")):
            words[plain(head)] = column.key
    return words


@cache
def either() -> dict[str, tuple[str, ...]]:
    return {plain(head): keys for head, keys in EITHER.items()}
