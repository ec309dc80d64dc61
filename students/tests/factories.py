"""Students for tests. Each takes only what matters to the test; the rest is ordinary."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from students.models import Family, Student


def make_student(
    *, name: str = "Ali", city: str = "Lahore", fees: str = "5000", **facts: Any
) -> Student:
    return Student.objects.create(name=name, city=city, fees=Decimal(fees), **facts)


def make_leaver(*, left_on: date | None = None, **facts: Any) -> Student:
    """Who has left; today unless told."""
    return make_student(left_on=left_on or timezone.localdate(), **facts)


def make_family(*, name: str = "Aslam", phone: str = "") -> Family:
    return Family.objects.create(name=name, phone=phone)


# What a name or a city may hold and an address may stumble over.
ODD = [
    "Chak #204 RB", "Who?", "100%", "%23", "%2F", "a/b", "a/", "/a", "/", "a//b", ".", "..",
    "a/../b", "./a", "a;b=1", "a+b", "a&city=Lahore", "a=b", "a:b", "//evil.example", "a\\b",
    '"Ali"', "O'Brien", "<b>", "{x}", "~a", "@a", "a,b", "a|b", "^", "چک نمبر ۲۰۴", "گ ب#؟", "😀",
    "http://evil.example/", "admin", "__init__", "$a",
]  # fmt: skip
