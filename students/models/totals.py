"""How many students there are and what they pay: the totals that PostgreSQL keeps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, models
from django.db.models import (
    Sum,
)

from rules.cities import comparable
from rules.money import round_rupees
from students.models.keys import is_one_of


@dataclass(frozen=True)
class Totals:
    """How many students, and the exact sum of their monthly fees in PKR."""

    students: int = 0
    fees: Decimal = Decimal("0.00")

    @property
    def average(self) -> Decimal | None:
        """PKR, 2 decimals, half up; None when there are no students."""
        return round_rupees(self.fees / self.students) if self.students else None


@dataclass(frozen=True)
class CitySummary(Totals):
    """The totals of a whole city, under the name to show; `key` is what its spellings share."""

    city: str = ""
    key: str = ""


TOTALS = (
    "SELECT coalesce(sum(students), 0)::bigint, coalesce(sum(fees), 0.00) FROM students_citytotal"
)
TOTALS_OF_CITY = f"{TOTALS} WHERE city_key = $1"
BY_CITY = """
SELECT sum(students)::bigint, sum(fees),
       coalesce(min(city) FILTER (WHERE students > 0), '') AS name, city_key
FROM students_citytotal GROUP BY city_key HAVING sum(students) > 0 ORDER BY 1 DESC, name
"""


class CityTotalQuerySet(models.QuerySet["CityTotal"]):
    def in_cities(self, cities: list[str]) -> CityTotalQuerySet:
        """Any known spelling of each; an empty list means every city."""
        return self.filter(is_one_of(cities)) if cities else self

    def totals(self) -> Totals:
        """Exactly `Student.objects.….totals()`, without reading the students."""
        sums = self.aggregate(n=Sum("students"), sum=Sum("fees"))
        return Totals(sums["n"] or 0, sums["sum"] or Decimal("0.00"))

    def totals_of(self, city: str | None) -> Totals:
        """`totals()` of one canonical city, or of all: what programs ask for all day.

        Written out, because building and compiling the same statement takes Django longer than
        PostgreSQL needs to answer it.
        """
        sql, values = (TOTALS, []) if city is None else (TOTALS_OF_CITY, [comparable(city)])
        (row,) = connection.fetch_prepared(sql, values)  # type: ignore[attr-defined]
        return Totals(*row)

    def by_city(self, city: str | None = None) -> list[CitySummary]:
        """One canonical city, or all, most students first; spellings of one place are one city."""
        rows = (CitySummary(*row) for row in self.city_rows())
        return [row for row in rows if city is None or row.key == comparable(city)]

    def city_rows(self) -> list[tuple[int, Decimal, str, str]]:
        """`by_city()` as bare (students, fees, city, key): every list page reads hundreds."""
        return connection.fetch_prepared(BY_CITY)  # type: ignore[attr-defined,no-any-return]


class CityTotal(models.Model):
    """A share of one city's totals, kept by PostgreSQL: see triggers.py. Add up, never write."""

    city = models.CharField(max_length=50)
    city_key = models.TextField()
    students = models.BigIntegerField()
    fees = models.DecimalField(max_digits=20, decimal_places=2)

    objects = CityTotalQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["city_key"], name="citytotal_by_city")]

    def __str__(self) -> str:
        return self.city
