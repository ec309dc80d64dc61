"""What was booked, undone: by exact opposites, of today; the entries themselves stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.models import Drawer, Entry, Kind, Receipt, Reversal
from ledger.owed import lock_balances
from ledger.receipts import By, no_drawer
from ledger.refusals import Refused, refusing


def reverse(receipt: Receipt, *, reason: str, cash_returned: bool, by: By) -> Reversal:
    """Undo a receipt today: all that it posted and nobody reversed since.

    Cash that is handed back leaves the open drawer of whoever reverses; what was booked in error
    is taken out of the drawer that it was booked into, if that is open. Raises Refused: reversed
    before, no open drawer, an advance of it that was handed back since.
    """
    with refusing(), transaction.atomic():
        students = Entry.objects.filter(receipt=receipt).order_by().values_list("student_id")
        lock_balances(sorted({student for (student,) in students}))
        if Reversal.objects.filter(receipt=receipt).exists():
            words = _("Receipt %(number)s was reversed before.")
            raise Refused("reversed_before", words % {"number": receipt.number})
        drawer = receipt.drawer if receipt.drawer and not receipt.drawer.closed_at else None
        if cash_returned and by.user:
            drawer = Drawer.objects.open_of(by.user)
            if not drawer:
                raise no_drawer()
        today = timezone.localdate()
        made = Reversal.objects.create(
            receipt=receipt, day=today, reason=reason, cash_returned=cash_returned,
            drawer=drawer, by=by.name, user=by.user,
        )  # fmt: skip
        posted = [entry for entry in posted_by(receipt) if has_place(entry)]
        undo_all(posted, day=today, by=by, note=reason)
    return made


def posted_by(receipt: Receipt) -> list[Entry]:
    return list(Entry.objects.filter(receipt=receipt).order_by("pk"))


def has_place(entry: Entry) -> bool:
    """Whether its reversal can be: a fine doesn't come back beside one that was posted since."""
    if entry.kind != Kind.REVERSAL or entry.counts_as != Kind.FINE:
        return True
    fees = Entry.objects.filter(pk=entry.charge_id or 0).values("against")
    fines = Entry.objects.filter(against__in=fees, kind=Kind.FINE).values_list("pk", flat=True)
    return not any(stands(fine) for fine in fines)


def undo_all(entries: Sequence[Entry], *, day: date, by: By, note: str) -> int:
    """Their opposites, in one statement; of what came out of a charge too (a waiver of a fine).

    How many stood and were undone.
    """
    named = Entry.objects.filter(
        against__in=[entry for entry in entries if entry.charge_id == entry.pk],
        kind__in=[Kind.WAIVER, Kind.ADJUSTMENT, Kind.CONCESSION],
    )
    some = {entry.pk: entry for entry in [*entries, *named]}
    undone = set(
        Entry.objects.filter(against__in=some, kind=Kind.REVERSAL).values_list("against", flat=True)
    )
    standing = [entry for pk, entry in some.items() if pk not in undone or stands(pk)]
    shared = {"day": day, "by": by.name, "user": by.user, "note": note}
    return len(Entry.objects.bulk_create(opposite(entry, **shared) for entry in standing))


def stands(pk: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_stands(%s)", [pk])
        return bool(cursor.fetchone()[0])


def opposite(entry: Entry, **more: Any) -> Entry:
    return Entry(
        student_id=entry.student_id,
        kind=Kind.REVERSAL,
        amount=-entry.amount,
        against_id=entry.pk,
        **more,
    )
