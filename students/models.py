"""Students, and the office's questions about them as named querysets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlencode

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import (
    Case,
    Count,
    F,
    Func,
    IntegerField,
    Q,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Left, Length, Lower, Now, Replace
from django.db.models.lookups import Exact
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _

from rules.cities import CITY_LENGTH, canonical_city, comparable
from rules.fields import CityField, TidyField
from rules.money import MAX_FEES, round_rupees
from rules.text import (
    ACUTE,
    DROPPED,
    FOLD_FROM,
    FOLD_TO,
    GRAVE,
    KEY_LENGTH,
    NAME_LENGTH,
    UNSEEN,
    tidy,
)
from students.triggers import KEEP_TOTALS


def folded(text: F | Value, also_dropping: str = "") -> Case:
    """SQL that makes spellings comparable, as `rules.text.fold` does, up to KEY_LENGTH.

    The column and what is compared with it go through the same SQL, so that Python's idea of
    lower case never has to agree with PostgreSQL's. ASCII takes a shorter way: translate() looks
    each letter up in its whole table.
    """
    shown = Func(text, Value(DROPPED), Value(""), Value("g"), function="REGEXP_REPLACE")
    shown = Replace(shown, Value(ACUTE), Value("'"))
    letters = Func(shown, template="NORMALIZE(%(expressions)s, NFKC)")
    return Case(
        When(
            Exact(Func(text, function="OCTET_LENGTH", output_field=IntegerField()), Length(text)),
            then=Lower(translated(text, GRAVE + also_dropping, "'")),
        ),
        default=Left(Lower(translated(letters, FOLD_FROM + also_dropping, FOLD_TO)), KEY_LENGTH),
        output_field=TextField(),
    )


def translated(text: F | Value | Func, letters: str, into: str) -> Func:
    """Letters that have no partner in `into` are deleted."""
    return Func(text, Value(letters), Value(into), function="TRANSLATE")


class Row(Func):
    """SQL's (a, b): two are compared column by column, which an index can follow."""

    template = "(%(expressions)s)"
    output_field = TextField()  # of no account: a row has no one type


def city_key(city: F) -> Case:
    """SQL for a city compared without case and spacing: `cities.comparable()`."""
    return folded(city, also_dropping=" ")


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


ADD = "INSERT INTO students_student (name, city, fees) VALUES ($1, $2, $3) RETURNING id"


class StudentQuerySet(models.QuerySet["Student"]):
    def in_cities(self, cities: list[str]) -> StudentQuerySet:
        """Any known spelling of each; an empty list means every city."""
        return self.filter(is_one_of(cities)) if cities else self

    def matching(self, words: str) -> StudentQuerySet:
        """Every word is part of the name, in any order, any case, any Urdu letter variant."""
        for word in words.split():
            self = self.filter(name_key__contains=folded(Value(word)))
        return self

    def with_fees(self, least: Decimal | None, most: Decimal | None) -> StudentQuerySet:
        """PKR; both ends included; None leaves an end open."""
        if least is not None:
            self = self.filter(fees__gte=least)
        return self if most is None else self.filter(fees__lte=most)

    def named(self, name: str) -> StudentQuerySet:
        """Exactly this name, any case, any Urdu letter variant."""
        return self.filter(name_key=folded(Value(tidy(name))))

    def resembling(self, name: str) -> StudentQuerySet:
        """Those with a part like `name`, by pg_trgm's threshold; `likeness` is 0 to 1."""
        both = (folded(Value(name)), F("name_key"))
        alike = Func(
            *both,
            template="%(expressions)s",
            arg_joiner=" <%% ",
            output_field=models.BooleanField(),
        )
        likeness = Func(*both, function="WORD_SIMILARITY", output_field=models.FloatField())
        return self.filter(alike).annotate(likeness=likeness)

    def following(self, order: Sequence[str], last: Sequence[str | int]) -> StudentQuerySet:
        """Those after the row whose `order` columns are `last`; `order` goes one way throughout."""
        rows = [Row(*(F(name.lstrip("-")) for name in order)), Row(*map(Value, last))]
        sign = " < " if order[0].startswith("-") else " > "
        beyond = Func(
            *rows, template="%(expressions)s", arg_joiner=sign, output_field=models.BooleanField()
        )
        return self.filter(beyond)

    def totals(self) -> Totals:
        sums = self.aggregate(students=Count("*"), sum=Sum("fees"))
        return Totals(sums["students"], sums["sum"] or Decimal("0.00"))

    def average_fees(self) -> Decimal | None:
        """PKR, 2 decimals, half up; None when there are no students."""
        return self.totals().average

    def add(self, *, name: str, city: str, fees: Decimal) -> int:
        """The id of a new student, of values as the fields have cleaned them.

        Written out, because building this statement takes Django longer than running it.
        """
        ((pk,),) = connection.fetch_prepared(ADD, [name, city, fees])  # type: ignore[attr-defined]
        return int(pk)


def is_one_of(cities: list[str]) -> Q:
    return Q(city_key__in=[comparable(canonical_city(city)) for city in cities])


FEES_IN_RANGE = _("Fees are between Rs 0 and Rs 999,999.99.")


class Student(models.Model):
    name = TidyField(_("name"), max_length=NAME_LENGTH)
    city = CityField(_("city"), max_length=CITY_LENGTH)
    fees = models.DecimalField(
        _("monthly fees"), max_digits=8, decimal_places=2, help_text=_("PKR")
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(_("last changed"), auto_now=True, db_default=Now())

    # What searching, sorting and comparing look at; PostgreSQL keeps them, whoever writes.
    name_key = models.GeneratedField(
        expression=folded(F("name")), output_field=TextField(), db_persist=True
    )
    city_key = models.GeneratedField(
        expression=city_key(F("city")), output_field=TextField(), db_persist=True
    )

    objects = StudentQuerySet.as_manager()

    class Meta:
        verbose_name = _("student")
        verbose_name_plural = _("students")
        constraints = [
            models.CheckConstraint(
                name="student_name_not_blank",
                condition=Q(name__regex=f"[^{UNSEEN}]"),
                violation_error_message=_("Type the student's name."),
            ),
            models.CheckConstraint(
                name="student_city_not_blank",
                condition=Q(city__regex=f"[^{UNSEEN}]"),
                violation_error_message=_("Type the student's city."),
            ),
            models.CheckConstraint(
                # NaN is above every number in PostgreSQL, so the upper bound keeps it out.
                name="student_fees_in_range",
                condition=Q(fees__gte=0, fees__lte=MAX_FEES),
                violation_error_message=FEES_IN_RANGE,
            ),
        ]
        indexes = [
            # One for each sort, `id` last so that the order is total; read backwards for "-".
            models.Index(fields=["name_key", "id"], name="student_by_name"),
            models.Index(fields=["city_key", "name_key", "id"], name="student_by_city"),
            models.Index(fields=["fees", "id"], name="student_by_fees"),
            models.Index(fields=["city_key", "fees", "id"], name="student_by_city_fees"),
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="student_name_parts"),
        ]
        triggers = KEEP_TOTALS

    def __str__(self) -> str:
        return str(self.name)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """What the fields themselves don't hold of the constraints: fees aren't below zero.

        Django would ask PostgreSQL once for each constraint, which takes longer than saving the
        row; and PostgreSQL refuses what breaks one, whoever writes.
        """
        if "fees" not in (exclude or ()) and self.fees < 0:
            raise ValidationError({"fees": FEES_IN_RANGE})

    def get_absolute_url(self) -> str:
        return reverse("student_detail", args=[self.pk])

    def get_city_url(self) -> str:
        """The list of everybody in this city."""
        return city_url(self.city)


def city_url(city: str) -> str:
    """The list of everybody in a city."""
    return _city_url(city, get_script_prefix())


@lru_cache(maxsize=1_000)  # each row of a list asks, and most live in the same few cities
def _city_url(city: str, script_prefix: str) -> str:
    """Browsers and proxies take some names for steps in a path, or drop them: `..`, `a//b`."""
    if {"", ".", ".."}.isdisjoint(city.split("/")):
        return reverse("city", args=[city])
    return reverse("student_list") + "?" + urlencode({"city": city})


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
