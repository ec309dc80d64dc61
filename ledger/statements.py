"""A student's statement: every entry, the balance after it, and the way back to its origin."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, Sum, Window

from ledger.models import Entry
from ledger.owed import charges_of

MOST_SHOWN = 500  # entries: some ten years


class Line(NamedTuple):
    """One entry; amounts are PKR. `unpaid` is of a charge; None of what is none.

    `against` is the entry that it names, `named_by` are those that name it.
    """

    pk: int
    kind: str
    counts_as: str
    day: date
    month: date | None
    due_on: date | None
    amount: Decimal
    balance: Decimal
    unpaid: Decimal | None
    note: str
    by: str
    at: datetime
    run: date | None  # its month
    receipt: int | None  # its number
    against: int | None
    named_by: list[int]


def statement(student: int) -> list[Line]:
    """The newest MOST_SHOWN entries, oldest first; the balance counts those before them too."""
    running = Window(Sum("amount"), order_by=[F("day"), F("id")])
    rows = (
        Entry.objects.filter(student=student)
        .annotate(running=running)
        .order_by("-day", "-id")
        .values_list(
            "pk", "kind", "counts_as", "day", "month", "due_on", "amount", "running", "note", "by",
            "at", "run__month", "receipt__number", "against",
        )[:MOST_SHOWN]
    )  # fmt: skip
    found = list(rows)[::-1]
    unpaid = {row["charge_id"]: row["unpaid"] for row in charges_of([student])}
    named_by: dict[int, list[int]] = {}
    for row in found:
        if row[13]:
            named_by.setdefault(row[13], []).append(row[0])
    return [Line(*row[:8], unpaid.get(row[0]), *row[8:], named_by.get(row[0], [])) for row in found]
