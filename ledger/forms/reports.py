"""Which days a report is about, and how it is put together."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.charging import first_of
from ledger.reports import Report, report
from rules.days import format_day
from rules.fields import DayField

LONGEST = 3660  # days


class ReportForm(forms.Form):
    BY = [
        ("day", gettext_lazy("Day")),
        ("kind", gettext_lazy("Kind")),
        ("method", gettext_lazy("How it was paid")),
        ("cashier", gettext_lazy("Who took it")),
        ("city", gettext_lazy("City")),
    ]
    first = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("To"))
    by = forms.ChoiceField(label=gettext_lazy("By"), choices=BY)

    def __init__(self, query: QueryDict) -> None:
        data = query.copy()
        today = timezone.localdate()
        data.setdefault("from", format_day(first_of(today)))
        data.setdefault("to", format_day(today))
        data.setdefault("by", "day")
        super().__init__(data)

    def add_prefix(self, field_name: str) -> str:
        return {"first": "from", "last": "to"}.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        first: date | None = said.get("first")
        last: date | None = said.get("last")
        if first and last and last < first:
            self.add_error("last", _("It ends on its first day or later."))
        elif first and last and (last - first).days > LONGEST:
            self.add_error("last", _("It covers ten years at most."))
        return said

    def report(self) -> Report:
        said = self.cleaned_data
        return report(said["first"], said["last"], said["by"])

    def query(self) -> str:
        said = self.cleaned_data
        days = {"from": format_day(said["first"]), "to": format_day(said["last"])}
        return "?" + urlencode({**days, "by": said["by"]})
