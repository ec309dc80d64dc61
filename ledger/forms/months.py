"""Which month is charged, and under which terms."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.charging import Terms
from ledger.forms.challans import MonthField
from ledger.models import FineRule
from ledger.owed import ZERO
from rules.fields import AmountField, DayField


class ChooseMonthForm(forms.Form):
    month = MonthField(label=gettext_lazy("Month"))


class TermsForm(forms.Form):
    due_on = DayField(label=gettext_lazy("Due on"))
    valid_until = DayField(
        label=gettext_lazy("Valid until"),
        help_text=gettext_lazy("How long a bank takes a challan."),
    )
    fine_rule = forms.ChoiceField(
        label=gettext_lazy("Fine for paying late"), choices=FineRule.choices
    )
    fine_amount = AmountField(
        label=gettext_lazy("Fine"), required=False, help_text=gettext_lazy("Once, or a day.")
    )
    fine_cap = AmountField(
        label=gettext_lazy("At most"), required=False, help_text=gettext_lazy("Of a fine a day.")
    )

    def __init__(self, data: QueryDict | None, month: date, usual: Terms) -> None:
        self.month = month
        first = {name: value for name, value in usual._asdict().items() if value != ZERO}
        super().__init__(data, initial=first)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        due_on, valid_until = said.get("due_on"), said.get("valid_until")
        if due_on and due_on < self.month:
            self.add_error("due_on", _("It is due in its month or later."))
        if due_on and valid_until and valid_until < due_on:
            self.add_error("valid_until", _("It is valid until its due day or longer."))
        self.clean_fine(said)
        return said

    def clean_fine(self, said: dict[str, Any]) -> None:
        rule, amount, cap = (said.get(name) for name in ("fine_rule", "fine_amount", "fine_cap"))
        if rule in (FineRule.FLAT, FineRule.PER_DAY) and not amount and "fine_amount" in said:
            self.add_error("fine_amount", _("Type how much."))
        if (
            rule == FineRule.PER_DAY
            and "fine_cap" in said
            and not (cap and amount and cap >= amount)
        ):
            words = _("Type the most that it may come to: a day’s fine or more.")
            self.add_error("fine_cap", ValidationError(words))
        said["fine_amount"] = amount if amount and rule != FineRule.NONE else ZERO
        said["fine_cap"] = cap if cap and rule == FineRule.PER_DAY else ZERO

    def terms(self) -> Terms:
        return Terms(**{name: self.cleaned_data[name] for name in Terms._fields})
