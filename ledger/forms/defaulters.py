"""The one filter behind the page, the sheets and the JSON of who owes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.http import sharing_fields
from ledger.defaulters import After, defaulters
from ledger.forms.challans import OneCity, offer_cities
from rules.days import format_day
from rules.fields import (
    CitiesField,
    DayField,
    QuickInput,
    RupeesField,
    TidyCharField,
    WholeNumberField,
)
from students.forms.filters import asked_before, refuse_blanks
from students.models import BalanceQuerySet
from students.models.student import CLASS_LENGTH


class DefaultersForm(forms.Form):
    city = CitiesField(label=gettext_lazy("City"), required=False)
    class_name = TidyCharField(
        label=gettext_lazy("Class"),
        required=False,
        max_length=CLASS_LENGTH,
        widget=QuickInput(attrs={"autocomplete": "off"}),
    )
    since = DayField(label=gettext_lazy("Owing since this day, or longer"), required=False)
    min = RupeesField(label=gettext_lazy("Owing at least"), required=False)
    after = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean_after(self) -> After | None:
        """`2026-05-10.204`: where the page before ended."""
        typed = self.cleaned_data["after"]
        if not typed:
            return None
        day, _dot, student = typed.partition(".")
        try:
            if not (student.isascii() and student.isdecimal()):
                raise ValueError(student)
            return After(date.fromisoformat(day), int(student[:18]))
        except ValueError:
            raise ValidationError(_("It is no page’s end: leave it out."), code="invalid") from None

    def found(self) -> BalanceQuerySet:
        said = self.cleaned_data
        return defaulters(
            timezone.localdate(),
            cities=said["city"],
            class_name=said["class_name"],
            since=said["since"],
            least=said["min"],
        )


class DefaultersPageForm(DefaultersForm):
    """In a browser: cities to choose from, as the kept totals know them; a class is typed."""

    city = CitiesField(label=gettext_lazy("City"), required=False, widget=OneCity)

    def add_prefix(self, field_name: str) -> str:
        return "class" if field_name == "class_name" else field_name

    def __init__(self, query: QueryDict) -> None:
        super().__init__(query)
        offer_cities(self, query)

    def query(self, **more: str) -> str:
        """This filter as a query string, `?city=Lahore`, or ""."""
        said = self.cleaned_data
        state: dict[str, Any] = {
            "city": said["city"],
            "class": said["class_name"],
            "since": format_day(said["since"]) if said["since"] else "",
            "min": f"{said['min'].normalize():f}" if isinstance(said["min"], Decimal) else "",
            **more,
        }
        asked = {name: value for name, value in state.items() if value}
        return "?" + urlencode(asked, doseq=True) if asked else ""


@sharing_fields
class DefaultersApiForm(DefaultersForm):
    limit = WholeNumberField(required=False, min_value=1, max_value=200)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_blanks(self)
        data["limit"] = data.get("limit") or 50
        return data

    @property
    def asked(self) -> str:
        return asked_before(self)
