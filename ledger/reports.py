"""What was charged, conceded, collected and refunded in some days: by day, kind, method and so on.

Worked out from the entries; a reversal counts under what it undoes, on the day on which it was
made. By method and by cashier only money is asked for: receipts, less what was reversed of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, F, Q, Sum, Value, When
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from ledger.models import DayTotal, Entry, Kind, Method, Receipt, Reversal
from ledger.owed import ZERO
from rules.days import format_day
from sheets.xlsx import Column
from students.models import Balance

CHARGED = (Kind.FEE, Kind.OTHER, Kind.OPENING, Kind.ADJUSTMENT, Kind.FINE)
CONCEDED = (Kind.CONCESSION, Kind.WAIVER)


class Row(NamedTuple):
    """PKR; what was collected less what was refunded is the money that came in."""

    label: str
    charged: Decimal = ZERO
    conceded: Decimal = ZERO
    collected: Decimal = ZERO
    refunded: Decimal = ZERO


class Report(NamedTuple):
    rows: list[Row]
    total: Row
    owed: Decimal  # by everybody, now
    only_money: bool  # nothing was charged by a method


def report(first: date, last: date, by: str) -> Report:
    """Both days included; `by` is day, kind, method, cashier or city."""
    if by in ("method", "cashier"):
        rows = by_receipt(first, last, by)
    else:
        rows = {"day": by_day, "kind": by_kind, "city": by_city}[by](first, last)
    total = Row(
        _("Total"),
        sum((row.charged for row in rows), ZERO),
        sum((row.conceded for row in rows), ZERO),
        sum((row.collected for row in rows), ZERO),
        sum((row.refunded for row in rows), ZERO),
    )
    return Report(rows, total, still_owed(), by in ("method", "cashier"))


def still_owed() -> Decimal:
    owing = Balance.objects.owing()
    sums = owing.aggregate(fees=Sum("fees_owed"), fines=Sum("fines_owed"))
    return (sums["fees"] or ZERO) + (sums["fines"] or ZERO)


def sorted_out(label: str, sums: dict[str, Decimal]) -> Row:
    """Of sums by kind, as entries have them: credit below 0."""
    return Row(
        label,
        sum((sums.get(kind, ZERO) for kind in CHARGED), ZERO),
        -sum((sums.get(kind, ZERO) for kind in CONCEDED), ZERO),
        -sums.get(Kind.PAYMENT, ZERO),
        sums.get(Kind.REFUND, ZERO),
    )


def grouped(rows: Iterable[tuple[Any, str, Decimal]]) -> dict[Any, dict[str, Decimal]]:
    found: dict[Any, dict[str, Decimal]] = {}
    for group, kind, amount in rows:
        found.setdefault(group, {})[kind] = amount
    return found


def by_day(first: date, last: date) -> list[Row]:
    sums = DayTotal.objects.filter(day__range=(first, last)).values_list("day", "counts_as")
    days = grouped(sums.annotate(sum=Sum("amount")).order_by("day"))
    return [sorted_out(format_day(day), kinds) for day, kinds in days.items()]


def by_kind(first: date, last: date) -> list[Row]:
    sums = DayTotal.objects.by_kind(first, last)
    return [
        sorted_out(str(Kind(kind).label), {kind: sums[kind]})
        for kind in Kind.values
        if kind in sums
    ]


def by_city(first: date, last: date) -> list[Row]:
    entries = Entry.objects.between(first, last).order_by("student__city")
    sums = entries.values_list("student__city", "counts_as").annotate(sum=Sum("amount"))
    return [sorted_out(city, kinds) for city, kinds in grouped(sums).items()]


def by_receipt(first: date, last: date, by: str) -> list[Row]:
    """What was reversed is taken off under whoever reversed it, or as its money went back.

    That is in cash, or as its receipt was paid: as drawers and the desk have it.
    """
    days = {"day__range": (first, last)}
    own: Combinable = {"method": F("method"), "cashier": F("by")}[by]
    in_cash = When(cash_returned=True, then=Value(Method.CASH.value))
    back = Case(in_cash, default=F("receipt__method"))
    undone: Combinable = back if by == "method" else F("by")
    collected: dict[str, Decimal] = {}
    refunded: dict[str, Decimal] = {}
    for rows, total, group, sign in (
        (Receipt.objects.filter(**days), "total", own, 1),
        (Reversal.objects.filter(**days), "receipt__total", undone, -1),
    ):
        for into, condition in (
            (collected, Q(**{f"{total}__gt": 0})),
            (refunded, Q(**{f"{total}__lt": 0})),
        ):
            sums = rows.filter(condition).order_by().values_list(group)
            for name, amount in sums.annotate(sum=Sum(total)):
                into[name] = into.get(name, ZERO) + sign * amount
    labels = sorted(collected.keys() | refunded.keys())
    return [
        Row(
            str(Method(name).label) if by == "method" else name,
            collected=collected.get(name, ZERO),
            refunded=-refunded.get(name, ZERO),
        )
        for name in labels
    ]


# -- As a spreadsheet ------------------------------------------------------------------------------


def columns() -> list[Column]:
    heads = [_("Charged (PKR)"), _("Conceded (PKR)"), _("Collected (PKR)"), _("Refunded (PKR)")]
    return [Column("", 24), *(Column(head, 18, "amount") for head in heads)]


def sheet_rows(found: Report) -> Sequence[list[str | Decimal]]:
    """Amounts as numbers: what begins with a minus would be a text in CSV."""
    return [list(row) for row in (*found.rows, found.total)]
