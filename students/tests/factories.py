"""Students for tests. Each takes only what matters to the test; the rest is ordinary."""

from decimal import Decimal

from students.models import Student


def make_student(*, name: str = "Ali", city: str = "Lahore", fees: str = "5000") -> Student:
    return Student.objects.create(name=name, city=city, fees=Decimal(fees))


# What a name or a city may hold and an address may stumble over.
ODD = [
    "Chak #204 RB", "Who?", "100%", "%23", "%2F", "a/b", "a/", "/a", "/", "a//b", ".", "..",
    "a/../b", "./a", "a;b=1", "a+b", "a&city=Lahore", "a=b", "a:b", "//evil.example", "a\\b",
    '"Ali"', "O'Brien", "<b>", "{x}", "~a", "@a", "a,b", "a|b", "^", "چک نمبر ۲۰۴", "گ ب#؟", "😀",
    "http://evil.example/", "admin", "__init__", "$a",
]  # fmt: skip
