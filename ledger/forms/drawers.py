"""What is said to open a drawer, and to close it. PKR."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy

from ledger.forms.undoing import LONGEST
from rules.fields import CashField, TidyCharField


class OpenDrawerForm(forms.Form):
    cash = CashField(
        label=gettext_lazy("Cash to begin with"),
        initial=Decimal("0.00"),
        help_text=gettext_lazy("Count what is in the drawer before the first parent comes."),
    )


class CloseDrawerForm(forms.Form):
    counted = CashField(label=gettext_lazy("Cash counted"))
    note = TidyCharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST,
        required=False,
        help_text=gettext_lazy("Needed when the count differs: say why."),
    )
