"""Students, and the office's questions about them as named querysets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlencode

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import (
    Count,
    F,
    Func,
    Q,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Now
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _

from rules.cities import CITY_LENGTH
from rules.fields import CityField, TidyField
from rules.money import MAX_FEES
from rules.text import (
    NAME_LENGTH,
    UNSEEN,
    tidy,
)
from students.models.keys import Row, city_key, folded, is_one_of
from students.models.totals import Totals
from students.triggers import KEEP_TOTALS

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
