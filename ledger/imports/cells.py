"""What each cell of an old register says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ledger.models import Method
from ledger.models.receipts import REFERENCE_LENGTH
from rules.fields import CashField, DayField, PhoneCharField, TidyCharField
from rules.text import NAME_LENGTH, UNSTORABLE_WORDS, fold, tidy
from students.imports.cells import Column, careful, whole_number

MINUS = ("-", "\u2212")
NOTE_LENGTH = 200
# As people write them in a register; folded.
METHODS = {
    Method.CASH: "cash, naqad, naqd, نقد, نقدی",
    Method.BANK: "bank, bank transfer, transfer, online, bank deposit, ibft, بینک, بنک",
    Method.EASYPAISA: "easypaisa, easy paisa, ایزی پیسہ, ایزی پیسا",
    Method.JAZZCASH: "jazzcash, jazz cash, جاز کیش, جیز کیش",
    Method.CHEQUE: "cheque, check, chq, چیک",
}


def spelling(text: str) -> str:
    return fold(tidy(text))


SPELLED = {
    spelling(each): method.value for method, all_of in METHODS.items() for each in all_of.split(",")
}


class BalanceField(CashField):
    """PKR that are owed, or below 0 were paid ahead: `-500`."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        typed = str(value or "")
        bare = tidy(typed)
        if bare.startswith(MINUS):
            amount = super().to_python(bare[1:].lstrip())
            return -amount if amount else amount
        return super().to_python(value)


def method_of(cell: str) -> str:
    found = SPELLED.get(spelling(cell))
    if found is None:
        words = _("Type cash, bank, Easypaisa, JazzCash or cheque; found “%(typed)s”.")
        raise ValidationError(words % {"typed": tidy(cell)[:40]})
    return found


def number_of(cell: str) -> int:
    number = whole_number(cell)
    if not number:
        words = _(
            "Type the number that Tuition gave the student, or leave this empty and name him."
        )
        raise ValidationError(words)
    return number


def text(length: int) -> Callable[[str], Any]:
    return TidyCharField(max_length=length, required=False).clean


def field(some: forms.Field) -> Callable[[str], Any]:
    some.required = False
    return some.clean


def parsers(what: str) -> dict[str, Callable[[str], Any]]:
    amount = BalanceField() if what == "openings" else CashField()
    own: dict[str, Callable[[str], Any]] = {
        "id": number_of,
        "name": text(NAME_LENGTH),
        "father_name": text(NAME_LENGTH),
        "phone": field(PhoneCharField()),
        "amount": field(amount),
        "advance": field(CashField()),
        "due_on": field(DayField()),
        "day": field(DayField()),
        "method": method_of,
        "reference": text(REFERENCE_LENGTH),
        "payer": text(NAME_LENGTH),
        "note": text(NOTE_LENGTH),
    }
    return {key: careful(parse) for key, parse in own.items()}


def columns(what: str) -> dict[str, Column]:
    return {key: Column(parse) for key, parse in parsers(what).items()}


def problem(what: str, key: str, cell: str) -> str:
    """Why a cell isn't taken, and what to type; in the language of whoever reads it."""
    try:
        parsers(what)[key](cell)
    except ValidationError as error:
        return " ".join(error.messages)
    return str(UNSTORABLE_WORDS)  # it was kept without the character
