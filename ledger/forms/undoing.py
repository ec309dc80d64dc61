"""What is said to undo a receipt, and to hand back an advance."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.models import Method, Receipt
from ledger.models.receipts import REFERENCE_LENGTH
from ledger.receipts import Payment
from rules.fields import AmountField, TidyCharField
from students.models import Student

LONGEST = 200  # of a reason and a note


class ReverseForm(forms.Form):
    """Why; and, of cash, whether it went the other way again."""

    reason = TidyCharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST,
        help_text=gettext_lazy("Such as “cheque bounced” or “booked on the wrong student”."),
    )
    cash_returned = forms.BooleanField(
        label=gettext_lazy("The cash was handed back: it leaves my open drawer"), required=False
    )

    def __init__(self, receipt: Receipt, *args: Any) -> None:
        super().__init__(*args)
        if receipt.method != Method.CASH:
            del self.fields["cash_returned"]
        elif receipt.total < 0:
            words = _("The cash came back: it goes into my open drawer")
            self.fields["cash_returned"].label = words
        elif receipt.drawer and receipt.drawer.closed_at:
            # Booked anew it comes into a drawer for a second time, unless it leaves one first.
            self.fields["cash_returned"].initial = True
            words = _("Its drawer is closed: leave this ticked to take the money anew yourself.")
            self.fields["cash_returned"].help_text = words


class RefundForm(forms.Form):
    """So much of an advance, and the way in which it goes back. PKR."""

    amount = AmountField(label=gettext_lazy("Amount"))
    method = forms.ChoiceField(label=gettext_lazy("How"), choices=Method.choices)
    reference = TidyCharField(
        label=gettext_lazy("Reference"),
        max_length=REFERENCE_LENGTH,
        required=False,
        help_text=gettext_lazy("Of a cheque its bank and number; of a transfer its number."),
    )
    note = TidyCharField(label=gettext_lazy("Note"), max_length=LONGEST, required=False)
    key = forms.UUIDField(
        label=gettext_lazy("This page"), widget=forms.HiddenInput
    )  # sent twice, booked once

    def __init__(self, student: Student, advance: Any, data: Any = None) -> None:
        initial = {"amount": advance, "method": Method.CASH, "key": uuid4()}
        super().__init__(data, initial=initial)
        self.student = student

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("method") == Method.CHEQUE and not data.get("reference"):
            self.add_error("reference", _("Type the cheque's bank and number."))
        return data

    def payment(self, drawer: int | None) -> Payment:
        return Payment(
            **self.cleaned_data,
            students=[self.student.pk],
            day=timezone.localdate(),
            payer=self.student.name,
            drawer=drawer,
        )
