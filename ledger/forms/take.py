"""Taking money: what a cashier says of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.drawers import drawer_for
from ledger.models import Challan, Method, Receipt
from ledger.models.challans import SIGN
from ledger.models.receipts import REFERENCE_LENGTH
from ledger.owed import Due, owed
from ledger.receipts import By, Payment, booked_under, take
from ledger.refusals import Refused
from ledger.words import what_for
from rules.fields import AmountField, DayField, QuickInput, TidyCharField
from rules.money import format_rupees
from rules.text import NAME_LENGTH

LOST = dict.fromkeys(
    ("required", "invalid"), gettext_lazy("This page has lost its key: open it again.")
)
OLDEST = ""  # first, whatever is due first


def challan_number(typed: str) -> int | None:
    """`CH-000123` -> 123; None of what is no challan's number."""
    digits = typed.strip().upper().removeprefix(SIGN)
    is_one = typed.strip().upper().startswith(SIGN) and digits.isascii() and digits.isdecimal()
    return int(digits) if is_one and len(digits) < 19 else None


class TakeForm(forms.Form):
    """Money for one student, or for the children of a family. `due` is what they owe today."""

    amount = AmountField(label=gettext_lazy("Amount"))
    method = forms.ChoiceField(
        label=gettext_lazy("How"), choices=Method.choices, widget=forms.RadioSelect
    )
    reference = TidyCharField(
        label=gettext_lazy("Reference"),
        max_length=REFERENCE_LENGTH,
        required=False,
        help_text=gettext_lazy("Of a transfer its number; of a cheque its bank and number."),
        widget=QuickInput(attrs={"autocomplete": "off"}),
    )
    day = DayField(
        label=gettext_lazy("Day"),
        help_text=gettext_lazy("When it was paid: today, or the day of the bank’s stamp."),
    )
    payer = TidyCharField(
        label=gettext_lazy("From"),
        max_length=NAME_LENGTH,
        required=False,
        widget=QuickInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    first = forms.ChoiceField(
        label=gettext_lazy("For"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("This is not owed any more: choose what is paid first.")
        },
    )
    advance = forms.BooleanField(label=gettext_lazy("The rest is an advance"), required=False)
    key = forms.UUIDField(label="", widget=forms.HiddenInput, error_messages=LOST)
    challan = forms.CharField(widget=forms.HiddenInput, required=False, max_length=30)

    def __init__(
        self,
        request: HttpRequest,
        *,
        students: Sequence[int],
        due: Sequence[Due],
        payer: str,
        family: int | None = None,
    ) -> None:
        self.request, self.students, self.family, self.due = request, students, family, due
        self.owed = owed(due)
        self.refusal: Refused | None = None
        self.scanned = self.challan_of(request.GET.get("challan", ""))
        first = {
            "amount": self.owed or None,
            "method": Method.BANK if self.scanned else Method.CASH,
            "day": timezone.localdate(),
            "payer": payer,
            "key": uuid4(),
            "challan": str(self.scanned or ""),
        }
        super().__init__(request.POST if request.method == "POST" else None, initial=first)
        months = [(each.charge, each) for each in due if not each.is_fine]
        self.fields["first"].choices = [  # type: ignore[attr-defined]
            (OLDEST, _("what is due first")),
            *[(str(pk), named(each)) for pk, each in months if not family],
        ]
        self.fields["amount"].widget.attrs["autofocus"] = True

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise ValidationError(_("Money is not booked on a day to come."), code="future")
        return day

    def clean_challan(self) -> Challan | None:
        return self.challan_of(self.cleaned_data["challan"])

    def challan_of(self, typed: str) -> Challan | None:
        """None of somebody else's."""
        number = challan_number(typed)
        if not number:
            return None
        return Challan.objects.filter(pk=number, student__in=self.students).first()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("method") == Method.CHEQUE and not said.get("reference"):
            self.add_error("reference", _("Type the cheque’s bank and number."))
        if "first" in self.errors and said.get("key") and booked_under(said["key"]):
            del self.errors["first"]  # this page was sent before, and that paid it
            said["first"] = OLDEST
        return said

    def take(self, by: By) -> tuple[Receipt, bool] | None:
        """The receipt, and whether it is new; None when refused, and the form then says why."""
        said = self.cleaned_data
        user: Any = by.user
        try:
            sent = Payment(
                key=said["key"],
                students=self.students,
                amount=said["amount"],
                method=said["method"],
                day=said["day"],
                reference=said["reference"],
                payer=said["payer"],
                advance=said["advance"],
                first=[int(said["first"])] if said["first"] else [],
                family=self.family,
                drawer=drawer_for(user, said["method"], said["key"]),
                challan=said["challan"] and said["challan"].pk,
            )
            return take(sent, by)
        except Refused as refusal:
            self.refusal = refusal
            self.add_error(None, str(refusal))
            return None


def named(due: Due) -> str:
    """`May 2026, Rs 5,000`: a charge to choose."""
    what = what_for(due.kind, f"{due.month:%Y-%m}" if due.month else None, due.note)
    return _("%(what)s first, %(amount)s") % {"what": what, "amount": format_rupees(due.unpaid)}
