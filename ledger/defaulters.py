"""Who owes, since when: those whose fees were due before today and are not paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from ledger.owed import ZERO, dues
from rules.days import format_day
from rules.money import format_rupees
from sheets.xlsx import Column
from students.models import Balance, BalanceQuerySet

AT_ONCE = 1_000


class Totals(NamedTuple):
    """Of all that a filter finds: exact. PKR."""

    students: int
    fees: Decimal
    fines: Decimal


class After(NamedTuple):
    """The last one on the page before."""

    owed_since: date
    student: int


def defaulters(
    today: date,
    *,
    cities: Sequence[str] = (),
    class_name: str = "",
    since: date | None = None,
    least: Decimal | None = None,
) -> BalanceQuerySet:
    """Who owed already on `since`, and `least` or more (PKR); who has left stays among them."""
    found = Balance.objects.overdue(today).in_cities(list(cities))
    if class_name:
        found = found.filter(student__class_name__iexact=class_name)
    if since:
        found = found.filter(owed_since__lte=since)
    return found.filter(fees_owed__gte=least) if least else found


def totals(found: BalanceQuerySet) -> Totals:
    sums = found.aggregate(n=Count("*"), fees=Sum("fees_owed"), fines=Sum("fines_owed"))
    return Totals(sums["n"], sums["fees"] or ZERO, sums["fines"] or ZERO)


def page(found: BalanceQuerySet, after: After | None, most: int) -> tuple[list[Balance], bool]:
    """Whoever has owed longest first; and whether there are more after these."""
    rows = found.select_related("student", "student__family").order_by("owed_since", "student")
    if after:
        same_day = Q(owed_since=after.owed_since, student__gt=after.student)
        rows = rows.filter(Q(owed_since__gt=after.owed_since) | same_day)
        rows = rows.filter(owed_since__gte=after.owed_since)  # from there on, by the index
    some = list(rows[: most + 1])
    return some[:most], len(some) > most


def bookmark(balance: Balance) -> str:
    """Where the page that ends with this one goes on: `2026-05-10.204`."""
    return f"{balance.owed_since}.{balance.student_id}"


class Late(NamedTuple):
    """Of one of them: the months of fees that are not paid, and how much of all was due before."""

    months: list[date]
    amount: Decimal


def late(balances: Sequence[Balance], today: date) -> dict[int, Late]:
    found = {each.student_id: Late([], ZERO) for each in balances}
    for due in dues(list(found), today):
        if due.is_fine:
            continue
        months, amount = found[due.student]
        if due.month:
            months.append(due.month)
        if due.due_on and due.due_on < today:
            found[due.student] = Late(months, amount + due.unpaid)
    return found


def reminder(balance: Balance, amount: Decimal) -> str:
    """What the office writes to the parents of one of them: no month to come is due yet."""
    words = _(
        "Assalam-o-Alaikum. %(amount)s of fees for %(name)s are due since %(day)s. If you have"
        " paid meanwhile, please tell us. %(office)s"
    )
    told = {
        "amount": format_rupees(amount),
        "name": balance.student.name,
        "day": format_day(balance.owed_since) if balance.owed_since else "",
        "office": settings.OFFICE_NAME,
    }
    return (words % told).strip()


def whatsapp(balance: Balance, words: str) -> str:
    """A link that opens WhatsApp with these words; "" without a mobile of Pakistan."""
    phone = balance.student.phone
    if not (phone.startswith("03") and len(phone) == 11):
        return ""
    return f"https://wa.me/92{phone[1:]}?text={quote(words)}"


# -- As a spreadsheet ------------------------------------------------------------------------------


def columns() -> list[Column]:
    return [
        Column(_("Student’s number"), 10, "number"),
        Column(_("Name"), 28),
        Column(_("Father’s name"), 24),
        Column(_("Class"), 10),
        Column(_("City"), 18),
        Column(_("Phone"), 16),
        Column(_("Owes since"), 12, "day"),
        Column(_("Fees owed (PKR)"), 16, "amount"),
        Column(_("Fines owed (PKR)"), 16, "amount"),
        Column(_("Left on"), 12, "day"),
    ]


def rows(found: BalanceQuerySet) -> Iterator[list[Any]]:
    """All of them, of one moment."""
    with transaction.atomic():
        some = found.order_by("owed_since", "student").values_list(
            "student", "student__name", "student__father_name", "student__class_name",
            "student__city", "student__phone", "owed_since", "fees_owed", "fines_owed",
            "student__left_on",
        )  # fmt: skip
        for row in some.iterator(chunk_size=AT_ONCE):
            yield [*row[:6], str(row[6]), str(row[7]), str(row[8]), row[9] and str(row[9])]
