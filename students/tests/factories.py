"""Students for tests. Each takes only what matters to the test; the rest is ordinary."""

from decimal import Decimal

from students.models import Student


def make_student(*, name: str = "Ali", city: str = "Lahore", fees: str = "5000") -> Student:
    return Student.objects.create(name=name, city=city, fees=Decimal(fees))
