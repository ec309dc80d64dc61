"""What a manager books by hand on a student."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.idempotency import SentOnceForm
from ledger.charges import Charge
from ledger.forms.challans import MonthField
from ledger.forms.undoing import LONGEST
from ledger.models import Concession, Entry, Kind
from ledger.words import what_for
from rules.fields import AmountField, DayField, TidyCharField
from rules.money import MAX_FEES, format_rupees

AGAINST = ("raise", "lower", "waiver")


class ChargeForm(SentOnceForm):
    KINDS = [
        ("other", gettext_lazy("Charge something else: admission, exam, transport")),
        ("opening", gettext_lazy("Owed from before")),
        ("ahead", gettext_lazy("Paid ahead before")),
        ("raise", gettext_lazy("Raise a charge")),
        ("lower", gettext_lazy("Lower a charge")),
        ("waiver", gettext_lazy("Waive a fee or a fine, or a part of it")),
    ]

    what = forms.ChoiceField(label=gettext_lazy("What"), choices=KINDS, widget=forms.RadioSelect)
    amount = AmountField(label=gettext_lazy("Amount"))
    against = forms.TypedChoiceField(
        label=gettext_lazy("Against which charge"), required=False, coerce=int, empty_value=None
    )
    due_on = DayField(
        label=gettext_lazy("Due on"),
        required=False,
        help_text=gettext_lazy("Of what is charged new: today unless told."),
    )
    note = TidyCharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST,
        help_text=gettext_lazy("It stands on the statement."),
    )

    def __init__(self, data: Any, charges: Sequence[Entry], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        options = [(str(each.pk), named(each)) for each in charges]
        self.fields["against"].choices = [("", _("none")), *options]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        what = said.get("what")
        if what in AGAINST and "against" in said and not said["against"]:
            self.add_error("against", _("Choose which charge."))
        return said

    def charge(self) -> Charge:
        said = self.cleaned_data
        amount, note = said["amount"], said["note"]
        match said["what"]:
            case "other":
                return Charge(Kind.OTHER, amount, note, said["due_on"] or timezone.localdate())
            case "opening":
                return Charge(Kind.OPENING, amount, note, said["due_on"] or timezone.localdate())
            case "ahead":
                return Charge(Kind.OPENING, -amount, note)
            case "raise":
                return Charge(Kind.ADJUSTMENT, amount, note, against=said["against"])
            case "lower":
                return Charge(Kind.ADJUSTMENT, -amount, note, against=said["against"])
        return Charge(Kind.WAIVER, -amount, note, against=said["against"])


def named(entry: Entry) -> str:
    month = f"{entry.month:%Y-%m}" if entry.month else None
    if entry.kind == Kind.FINE and entry.against and entry.against.month:
        month = f"{entry.against.month:%Y-%m}"
    what = what_for(entry.kind, month, entry.note)
    return _("%(what)s, %(amount)s") % {"what": what, "amount": format_rupees(entry.amount)}


class UndoForm(forms.Form):
    undo = forms.IntegerField(label="", widget=forms.HiddenInput)
    reason = TidyCharField(label=gettext_lazy("Why"), max_length=LONGEST)


class ConcessionForm(SentOnceForm):
    reason = TidyCharField(label=gettext_lazy("Reason"), max_length=100)
    percent = forms.DecimalField(
        label=gettext_lazy("Percent of the fee"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=100,
        max_digits=5,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    amount = AmountField(label=gettext_lazy("Or an amount a month"), required=False)
    from_month = MonthField(label=gettext_lazy("From the month"))
    until = MonthField(
        label=gettext_lazy("Until the month"),
        required=False,
        help_text=gettext_lazy("Its last one; empty: for ever."),
    )

    def clean_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount and amount > MAX_FEES:
            raise ValidationError(_("It is at most %(most)s.") % {"most": format_rupees(MAX_FEES)})
        return amount

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        readable = {"percent", "amount"}.isdisjoint(self.errors)
        if readable and (said["percent"] is None) == (said["amount"] is None):
            self.add_error("percent", _("Type a percentage or an amount, one of the two."))
        first, until = said.get("from_month"), said.get("until")
        if first and until and until < first:
            self.add_error("until", _("It ends in its first month or later."))
        return said


class EndForm(forms.Form):
    """The last month of a concession; before its first one, it is left out of every run."""

    end = forms.ModelChoiceField(Concession.objects.none(), label="", widget=forms.HiddenInput)
    last = MonthField(label=gettext_lazy("Its last month"))

    def __init__(self, data: Any, student: int) -> None:
        super().__init__(data)
        self.fields["end"].queryset = Concession.objects.filter(student=student)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        found: Concession | None = said.get("end")
        last: date | None = said.get("last")
        if found and last and last < found.from_month:
            self.add_error("last", _("It ends in its first month or later."))
        return said
