"""Students, and the office's questions about them as named querysets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
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
from django.db.models.functions import Cast, Now
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rules.cities import CITY_LENGTH
from rules.days import FIRST, LAST
from rules.fields import CityField, PhoneField, TidyField
from rules.money import ASCII, MAX_FEES
from rules.phones import PHONE_DIGITS, PHONE_LENGTH, phone_part
from rules.text import NAME_LENGTH, UNSEEN, tidy
from students.models.family import Family
from students.models.keys import Row, city_key, folded, is_one_of, joined
from students.models.totals import Totals
from students.triggers import KEEP_HISTORY, KEEP_TOTALS, MOVE_BALANCE, TOUCH

ADD = """
INSERT INTO students_student
    (name, city, fees, father_name, phone, class_name, joined_on, left_on, family_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
"""


class StudentQuerySet(models.QuerySet["Student"]):
    def in_cities(self, cities: list[str]) -> StudentQuerySet:
        """Any known spelling of each; an empty list means every city."""
        return self.filter(is_one_of(cities)) if cities else self

    def current(self) -> StudentQuerySet:
        """Who has not left."""
        return self.filter(left_on=None)

    def with_status(self, status: str) -> StudentQuerySet:
        """`current`, `left`, or `all`: both."""
        return self if status == "all" else self.filter(left_on__isnull=status == "current")

    def matching(self, words: str) -> StudentQuerySet:
        """Every word is part of the name, the father's name or the phone, or is the number.

        In any order, any case, any Urdu letter variant, any spelling of a phone.
        """
        if not words:
            return self
        for word in [words] if phone_part(words) else words.split():
            self = self.filter(holds(word))
        return self

    def with_fees(self, least: Decimal | None, most: Decimal | None) -> StudentQuerySet:
        """PKR; both ends included; None leaves an end open."""
        if least is not None:
            self = self.filter(fees__gte=least)
        return self if most is None else self.filter(fees__lte=most)

    def owing(self) -> StudentQuerySet:
        """Who owes anything, fees or fines, due already or not."""
        return self.filter(Q(balance__fees_owed__gt=0) | Q(balance__fines_owed__gt=0))

    def named(self, name: str) -> StudentQuerySet:
        """Exactly this name, any case, any Urdu letter variant."""
        return self.filter(name_key=folded(Value(tidy(name))))

    def doubles_of(self, student: Student) -> StudentQuerySet:
        """Others of his name with his city, father or phone: often one who was typed twice."""
        alike = is_one_of([student.city])
        if student.father_name:
            alike |= Q(father_name=student.father_name)
        if student.phone:
            alike |= Q(phone=student.phone)
        return self.named(student.name).filter(alike).exclude(pk=student.pk)

    def sharing_phone(self, student: Student) -> StudentQuerySet:
        """Others with his phone; by the index that searches use."""
        if not student.phone:
            return self.none()
        return self.matching(student.phone).filter(phone=student.phone).exclude(pk=student.pk)

    def here_first(self) -> StudentQuerySet:
        """Those who are here, then those who left last."""
        return self.order_by(F("left_on").desc(nulls_first=True), "name_key", "id")

    def resembling(self, name: str) -> StudentQuerySet:
        """Those with a part like `name`, by pg_trgm's threshold; `likeness` is 0 to 1."""
        both = (folded(Value(name)), F("search_key"))
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

    def add(
        self,
        *,
        name: str,
        city: str,
        fees: Decimal,
        father_name: str = "",
        phone: str = "",
        class_name: str = "",
        joined_on: date | None = None,
        left_on: date | None = None,
        family: Family | None = None,
    ) -> int:
        """The id of a new student, of values as the fields have cleaned them.

        Written out, because building this statement takes Django longer than running it.
        """
        values = [name, city, fees, father_name, phone, class_name, joined_on, left_on]
        values.append(family and family.pk)
        ((pk,),) = connection.fetch_prepared(ADD, values)  # type: ignore[attr-defined]
        return int(pk)


def holds(word: str) -> Q:
    """Who has this word; a few digits are the number of a student or part of a name."""
    part = phone_part(word)
    found = Q(search_key__contains=part or folded(Value(word)))
    number = word.translate(ASCII)
    if number.isdecimal():
        if not part:  # that many phones have them
            found &= Q(name_key__contains=folded(Value(word)))
        found |= Q(pk=int(number[:18]))
    return found


FEES_IN_RANGE = _("Fees are between Rs 0 and Rs 999,999.99.")
LEFT_IN_FUTURE = _("Nobody has left on a day to come: type today or a day before.")
LEFT_BEFORE_JOINED = _("Nobody leaves before he joins: see the day of joining.")
CLASS_LENGTH = 30  # what the database's column holds
EARTHS_LATEST_DAY = Cast(
    Func(
        Value("Pacific/Kiritimati"),
        Now(),
        function="TIMEZONE",
        output_field=models.DateTimeField(),
    ),
    models.DateField(),
)


def problem_of_days(joined_on: date | None, left_on: date | None) -> Any:
    """What is wrong with a day of leaving, or ""; today is the office's."""
    if left_on is None:
        return ""
    if left_on > timezone.localdate():
        return LEFT_IN_FUTURE
    return LEFT_BEFORE_JOINED if joined_on and left_on < joined_on else ""


class Student(models.Model):
    name = TidyField(_("name"), max_length=NAME_LENGTH)
    city = CityField(_("city"), max_length=CITY_LENGTH)
    fees = models.DecimalField(
        _("monthly fees"), max_digits=8, decimal_places=2, help_text=_("PKR")
    )
    # A default, so that what a form was not sent stays as it is; one of PostgreSQL's, so that
    # three facts are enough for COPY and psql too.
    father_name = TidyField(
        _("father's name"), max_length=NAME_LENGTH, blank=True, default="", db_default=""
    )
    phone = PhoneField(_("phone"), max_length=PHONE_LENGTH, blank=True, default="", db_default="")
    class_name = TidyField(
        _("class"), max_length=CLASS_LENGTH, blank=True, default="", db_default=""
    )
    joined_on = models.DateField(_("joined on"), null=True, blank=True, default=None)
    left_on = models.DateField(_("left on"), null=True, blank=True, default=None)
    family = models.ForeignKey(
        Family,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        default=None,
        related_name="students",
        db_index=False,  # see below
        verbose_name=_("family"),
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
    search_key = models.GeneratedField(
        expression=joined(folded(F("name")), folded(F("father_name")), F("phone")),
        output_field=TextField(),
        db_persist=True,
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
            models.CheckConstraint(
                name="student_phone_of_digits",
                condition=Q(phone__regex=PHONE_DIGITS),
                violation_error_message=_("A phone has 7 to 17 digits."),
            ),
            models.CheckConstraint(
                # PostgreSQL also knows "infinity" and years that Python doesn't.
                name="student_joined_in_range",
                condition=Q(joined_on__range=(FIRST, LAST)),
                violation_error_message=_("A student joined in 1900 or later."),
            ),
            models.CheckConstraint(
                # Anywhere on Earth: what day it is in the office, the forms know.
                name="student_left_in_range",
                condition=Q(left_on__range=(FIRST, EARTHS_LATEST_DAY)),
                violation_error_message=LEFT_IN_FUTURE,
            ),
            models.CheckConstraint(
                name="student_joined_before_left",
                condition=Q(left_on__gte=F("joined_on")),
                violation_error_message=LEFT_BEFORE_JOINED,
            ),
        ]
        indexes = [
            # One for each sort, `id` last so that the order is total; read backwards for "-". With
            # `left_on` they answer without reading the students who it is that has not left; in
            # the order of names, at whose end all may stand that a filter finds, whom it finds.
            models.Index(
                fields=["name_key", "id"],
                include=["left_on", "search_key", "fees"],
                name="student_by_name",
            ),
            models.Index(
                fields=["city_key", "name_key", "id"],
                include=["left_on", "search_key", "fees"],
                name="student_by_city",
            ),
            models.Index(fields=["fees", "id"], include=["left_on"], name="student_by_fees"),
            models.Index(
                fields=["city_key", "fees", "id"],
                include=["left_on"],
                name="student_by_city_fees",
            ),
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="student_parts"),
            models.Index(
                fields=["joined_on"], name="student_by_joined", condition=Q(joined_on__isnull=False)
            ),
            models.Index(
                fields=["left_on"], name="student_by_left", condition=Q(left_on__isnull=False)
            ),
            models.Index(
                fields=["family"], name="student_by_family", condition=Q(family__isnull=False)
            ),
        ]
        triggers = [*KEEP_TOTALS, *KEEP_HISTORY, TOUCH, MOVE_BALANCE]

    def __str__(self) -> str:
        return str(self.name)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """What the fields themselves don't hold of the constraints.

        Django would ask PostgreSQL once for each constraint, which takes longer than saving the
        row; and PostgreSQL refuses what breaks one, whoever writes.
        """
        wrong: dict[str, Any] = {}
        left_out = exclude or ()
        if "fees" not in left_out and self.fees < 0:
            wrong["fees"] = FEES_IN_RANGE
        problem = problem_of_days(self.joined_on, self.left_on)
        if problem and "left_on" not in left_out:
            wrong["left_on"] = problem
        if wrong:
            raise ValidationError(wrong)

    @property
    def has_left(self) -> bool:
        return self.left_on is not None

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
