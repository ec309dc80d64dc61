"""A register booked, and taken back: each in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from api.idempotency import lock
from ledger.imports.finding import find
from ledger.models import Entry, Kind, Register, RegisterRow, RegisterState, What
from ledger.owed import lock_balances
from ledger.receipts import By, Payment, take_all
from ledger.refusals import Refused, refusing
from ledger.reversals import reverse, undo_all

SHEETS = UUID("6f1d2c52-7d0e-4a38-9f3b-2f6a5f0c8a41")  # keys of receipts: of a sheet and its line
UNMENDED = [Kind.ADJUSTMENT, Kind.WAIVER]


def confirm(
    register: Register, by: By, *, seen: str, skip_bad: bool = False, again: bool = False
) -> bool:
    """Book all good rows; False where that was done before: pressed twice, it is done once.

    Raises Refused, and nothing is booked: rows with errors that nobody chose to leave out, the same
    file booked before, something else than was `seen` (the register then says what it would be
    now).
    """
    with refusing(), transaction.atomic():
        lock(f"register {register.checksum}")
        register = locked(register)
        if register.state != RegisterState.READY:
            return False
        same = not find(register) and register.version == seen
        if same:
            refuse(register, skip_bad=skip_bad, again=again)
            book(register, by)
            register.state = RegisterState.DONE
            register.booked_by, register.booked_at = by.name, timezone.now()
            register.save()
    if not same:  # what was found now is kept
        words = _("Students or receipts were changed meanwhile. Look at what would be booked now.")
        raise Refused("meanwhile", words)
    return True


def locked(register: Register) -> Register:
    return Register.objects.select_for_update(no_key=True).get(pk=register.pk)


def refuse(register: Register, *, skip_bad: bool, again: bool) -> None:
    if not register.good:
        raise Refused("nothing", _("There is nothing in it that could be booked."))
    if register.bad and not skip_bad:
        raise Refused("bad_rows", _("There are rows with errors: mend them, or leave them out."))
    if booked_before(register) and not again:
        words = _("This very file was booked before. Say that it is to be booked again.")
        raise Refused("booked_before", words)


def of_this_sheet(register: Register) -> Any:
    same = Register.objects.filter(checksum=register.checksum, what=register.what)
    return same.exclude(pk=register.pk)


def booked_before(register: Register) -> Register | None:
    """The newest that stands."""
    found: Register | None = (
        of_this_sheet(register).filter(state=RegisterState.DONE).order_by("-pk").first()
    )
    return found


def good_rows(register: Register) -> list[RegisterRow]:
    rows = register.rows.filter(problems=[]).exclude(amount=0)
    return list(rows.order_by("line"))


def book(register: Register, by: By) -> None:
    rows = good_rows(register)
    lock_balances(sorted({row.student for row in rows if row.student}))
    register.nth = of_this_sheet(register).exclude(nth=None).count()
    if register.what == What.OPENINGS:
        book_openings(rows, by)
        RegisterRow.objects.bulk_update(rows, ["entry"], batch_size=1_000)
    else:
        book_payments(register, rows, by)
        RegisterRow.objects.bulk_update(rows, ["receipt"], batch_size=1_000)


def book_openings(rows: Sequence[RegisterRow], by: By) -> None:
    today = timezone.localdate()
    entries = Entry.objects.bulk_create(
        Entry(
            student_id=row.student or 0, kind=Kind.OPENING, amount=row.amount, day=today,
            due_on=row.day, note=row.note, by=by.name, user=by.user,
        )
        for row in rows
    )  # fmt: skip
    for row, entry in zip(rows, entries, strict=True):
        row.entry = entry


def book_payments(register: Register, rows: Sequence[RegisterRow], by: By) -> None:
    numbers = take_all([payment_of(register, row) for row in rows], by)
    for row, number in zip(rows, numbers, strict=True):
        row.receipt_id = number


def payment_of(register: Register, row: RegisterRow) -> Payment:
    """Of no drawer: the cash of a register was counted long ago."""
    if row.student is None or row.amount is None or row.day is None:
        raise LookupError(row.line)  # a row with problems is not booked
    return Payment(
        key=uuid5(SHEETS, f"{register.checksum} {register.nth} {row.line}"),
        students=[row.student],
        amount=row.amount,
        method=row.method,
        day=row.day,
        reference=row.reference,
        payer=row.payer,
        advance=True,
        note=_("register %(number)s") % {"number": register.pk},
        booked_late=True,
    )


# -- Taken back ------------------------------------------------------------------------------------


def undo(register: Register, by: By) -> bool:
    """Reverse what it booked, but for what can't be, which is left alone and counted.

    That is an advance that was handed back since, and an opening that was mended since. False
    where it was undone before.
    """
    with transaction.atomic():
        register = locked(register)
        if register.state != RegisterState.DONE:
            return False
        rows = good_rows(register)
        lock_balances(sorted({row.student for row in rows if row.student}))
        reason = _("register %(number)s undone") % {"number": register.pk}
        if register.what == What.OPENINGS:
            left = undo_openings(rows, by, reason)
        else:
            left = [row for row in rows if not undo_payment(row, by, reason)]
        register.rows.filter(pk__in=[row.pk for row in left]).update(is_left=True)
        register.state, register.left_alone = RegisterState.UNDONE, len(left)
        register.undone_by, register.undone_at = by.name, timezone.now()
        register.save()
    return True


def undo_openings(rows: Sequence[RegisterRow], by: By, reason: str) -> list[RegisterRow]:
    """All at once; where PostgreSQL refuses that, one by one. Which were left."""
    mended = mended_since(rows)
    left = [row for row in rows if row.entry_id in mended]
    some = [row for row in rows if row.entry_id not in mended]
    if not undone(some, by, reason):
        left += [row for row in some if not undone([row], by, reason)]
    return left


def mended_since(rows: Sequence[RegisterRow]) -> set[int]:
    mending = Entry.objects.filter(against__in=[row.entry_id for row in rows], kind__in=UNMENDED)
    mending = mending.exclude(named_by__kind=Kind.REVERSAL)
    return {pk for pk in mending.values_list("against", flat=True) if pk}


def undone(rows: Sequence[RegisterRow], by: By, reason: str) -> bool:
    entries = list(Entry.objects.filter(pk__in=[row.entry_id for row in rows]).order_by("pk"))
    try:
        with refusing(), transaction.atomic():
            undo_all(entries, day=timezone.localdate(), by=by, note=reason)
    except Refused:
        return False
    return True


def undo_payment(row: RegisterRow, by: By, reason: str) -> bool:
    if row.receipt is None:
        raise LookupError(row.line)
    try:
        reverse(row.receipt, reason=reason, cash_returned=False, by=by)
    except Refused as refusal:
        return refusal.code == "reversed_before"
    return True
