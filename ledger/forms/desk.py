"""Whom a cashier looks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy

from ledger.forms.take import challan_number
from ledger.models import Challan, Receipt
from rules.fields import QuickInput, TidyCharField
from rules.money import ASCII
from rules.text import NAME_LENGTH
from students.models import Student

MOST_FOUND = 30


@dataclass(frozen=True)
class Found:
    """`students` come with their balances and families; `more` were found than are shown."""

    students: list[Student]
    more: bool = False
    challan: Challan | None = None
    receipt: Receipt | None = None

    @property
    def only(self) -> Student | None:
        return self.students[0] if len(self.students) == 1 else None


class FindForm(forms.Form):
    q = TidyCharField(
        label=gettext_lazy("Name, father’s name, phone, number or challan"),
        required=False,
        max_length=NAME_LENGTH,
        widget=QuickInput(
            attrs={"autocomplete": "off", "type": "search", "dir": "auto", "autofocus": True}
        ),
    )

    def find(self) -> Found:
        """A challan, a receipt (R-12) or a student's number is meant exactly; words are parts."""
        typed = self.cleaned_data["q"]
        plain = typed.translate(ASCII)
        if number := challan_number(plain):
            challan = Challan.objects.filter(pk=number).first()
            return Found([], challan=challan)
        if receipt := re.fullmatch(r"[Rr]-?([0-9]{1,18})", plain):
            return Found([], receipt=Receipt.objects.filter(number=int(receipt[1])).first())
        students = Student.objects.here_first().select_related("balance", "family")
        number = int(plain) if re.fullmatch("[1-9][0-9]{0,8}", plain) else 0  # 0300: of a phone
        if exact := list(students.filter(pk=number)) if number else []:
            return Found(exact)
        some = list(students.matching(typed)[: MOST_FOUND + 1])
        return Found(some[:MOST_FOUND], len(some) > MOST_FOUND)
