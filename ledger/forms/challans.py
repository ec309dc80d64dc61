"""Whose challans: of a month, a city, a class, or one student."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.challans import usual_month
from ledger.charging import first_of, next_month
from rules.days import FIRST
from rules.fields import CitiesField, QuickInput, TidyCharField, WholeNumberField
from students.models import Student, StudentQuerySet
from students.tally import kept_tally

MOST_CLASSES = 200  # to choose from


MONTH = re.compile("[0-9]{4}-(0[1-9]|1[0-2])")


class MonthField(forms.CharField):
    """`2026-05` -> its first day; None of nothing."""

    widget = QuickInput(attrs={"type": "month", "autocomplete": "off"})

    def to_python(self, value: Any) -> date | None:  # type: ignore[override]
        typed = super().to_python(value)
        if not typed:
            return None
        try:
            return date.fromisoformat(f"{typed}-01")
        except ValueError:
            words = _("Type a month such as 2026-05; found “%(typed)s”.")
            raise ValidationError(words % {"typed": typed[:20]}, code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        """What is no month is told in the error: HTML takes nothing else as the field's value."""
        if isinstance(value, date):
            return f"{value:%Y-%m}"
        return value if isinstance(value, str) and MONTH.fullmatch(value) else ""


def with_month(query: QueryDict) -> QueryDict:
    """With the month that is meant when none is named, so that it stands in its field."""
    data = query.copy()
    if not data.get("month"):
        data["month"] = f"{usual_month():%Y-%m}"
    return data


class OneCity(forms.Select):
    """For a field that an address may repeat."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [city for city in data.getlist(name) if city]


def offer(field: Any, choices: Sequence[str], sent: Sequence[str], nothing: str) -> None:
    """These to choose from, what was sent and is none of them, or nothing."""
    asked = [name for name in sent if name not in choices]
    options = [(name, name) for name in [*choices, *asked[:1]]]
    field.widget.choices = [("", nothing), *options]


def offer_cities(form: forms.Form, query: QueryDict) -> None:
    """Every city that the kept totals know."""
    cities = [each.city for each in kept_tally([]).cities]
    offer(form.fields["city"], cities, query.getlist("city"), _("Every city"))


class ChallansForm(forms.Form):
    """In an address: whatever isn't said is not asked for."""

    month = MonthField(label=gettext_lazy("Up to the month"))
    city = CitiesField(label=gettext_lazy("City"), required=False, widget=OneCity)
    class_name = TidyCharField(
        label=gettext_lazy("Class"), required=False, max_length=30, widget=forms.Select
    )
    student = WholeNumberField(
        label=gettext_lazy("Student’s number"), required=False, min_value=1, max_value=2**31
    )

    def __init__(self, query: QueryDict) -> None:
        super().__init__(with_month(query))
        classes = Student.objects.current().exclude(class_name="").order_by("class_name")
        names = list(classes.values_list("class_name", flat=True).distinct()[:MOST_CLASSES])
        offer_cities(self, query)
        offer(self.fields["class_name"], names, query.getlist("class"), _("Every class"))
        self.fields["class_name"].widget.attrs.pop("maxlength", None)  # which a choice has not

    def add_prefix(self, field_name: str) -> str:
        return "class" if field_name == "class_name" else field_name

    def clean_month(self) -> date:
        month: date = self.cleaned_data["month"]
        if not FIRST <= month <= next_month(first_of(timezone.localdate())):
            raise ValidationError(_("Challans are for past months, this one and the next."))
        return month

    def students(self) -> StudentQuerySet:
        """Who has left gets one only when he is named: it is not given out in class."""
        said = self.cleaned_data
        if said["student"]:
            return Student.objects.filter(pk=said["student"])
        found = Student.objects.current().in_cities(said["city"])
        return found.filter(class_name=said["class_name"]) if said["class_name"] else found
