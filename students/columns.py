"""The columns of a sheet of students, declared once: for import, export, template, JSON and docs.

A key is the one of the JSON API.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from students.headings import Column, Headings

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
HEADINGS = Headings(COLUMNS, EITHER)


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
    return Mapping(*HEADINGS.mapped(heads))
