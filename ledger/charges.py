"""What managers book by hand: other charges, opening balances, adjustments, waivers; and undo."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.models import Entry, Kind
from ledger.owed import lock_balances
from ledger.receipts import By
from ledger.refusals import Refused, refusing
from ledger.reversals import undo_all

# By a mistake of its own: a receipt is reversed whole, a fee mended by an adjustment.
UNDONE_ALONE = [
    Kind.OTHER, Kind.OPENING, Kind.ADJUSTMENT, Kind.WAIVER, Kind.FINE, Kind.CONCESSION,
]  # fmt: skip


class Charge(NamedTuple):
    """`amount` is PKR with its sign; `against` the number of an entry."""

    kind: str
    amount: Decimal
    note: str
    due_on: date | None = None
    against: int | None = None


def book(student: int, charge: Charge, by: By) -> Entry:
    """Raises Refused where more would be taken off than was charged."""
    with refusing(), transaction.atomic():
        lock_balances([student])
        return Entry.objects.create(
            student_id=student, kind=charge.kind, amount=charge.amount, note=charge.note,
            due_on=charge.due_on, against_id=charge.against, day=timezone.localdate(),
            by=by.name, user=by.user,
        )  # fmt: skip


STANDING = """
SELECT e.id FROM ledger_entry AS e
WHERE e.student_id = %s AND e.kind = ANY(%s) AND ledger_stands(e.id)
ORDER BY e.day DESC, e.id DESC LIMIT %s
"""


def may_be_undone(student: int, most: int) -> QuerySet[Entry]:
    """His entries that stand alone and stand, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [student, [str(kind) for kind in UNDONE_ALONE], most])
        numbers = [pk for (pk,) in cursor.fetchall()]
    return Entry.objects.filter(pk__in=numbers).select_related("against").order_by("-day", "-id")


def undo(entry: Entry, *, reason: str, by: By) -> None:
    """Its exact opposite, and those of what came out of it. Raises Refused: undone before."""
    with refusing(), transaction.atomic():
        lock_balances([entry.student_id])
        if entry.kind not in UNDONE_ALONE:
            raise Refused("not_alone", _("This entry is not undone by itself."))
        if not undo_all([entry], day=timezone.localdate(), by=by, note=reason):
            raise Refused("entry_one_reversal", _("It was undone before."))
