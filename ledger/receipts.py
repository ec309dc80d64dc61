"""Money taken, handed back, and undone: each in one transaction, in which the number comes last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg2.extras import Json

from ledger.models import Challan, Entry, Kind, Method, Receipt
from ledger.owed import ZERO, Due, dues, lock_balances, owed
from ledger.refusals import Refused, refusing
from rules.money import format_rupees
from students.models import Balance, Student


class By(NamedTuple):
    """Who books something: `name` is as entries show it, "staff" or "token website"."""

    name: str
    user: User | None = None


@dataclass(frozen=True)
class Payment:
    """What somebody brings, as the forms have cleaned it. `amount` is PKR above 0.

    `students` are numbers: one, or the children of `family`. `first` are charges that the parent
    wants paid before others. `key` is of the page or the program: sent twice, booked once.
    """

    key: UUID
    students: Sequence[int]
    amount: Decimal
    method: str
    day: date
    reference: str = ""
    payer: str = ""
    advance: bool = False
    first: Sequence[int] = ()
    family: int | None = None
    drawer: int | None = None
    challan: int | None = None
    note: str = ""
    booked_late: bool = False  # of an old register: cash too counts as of its day

    def asked(self) -> dict[str, Any]:
        """What the key stands for."""
        return {
            "student": None if self.family else self.students[0],
            "family": self.family,
            "amount": f"{self.amount:.2f}",
            "method": self.method,
            "reference": self.reference,
            "day": self.day.isoformat(),
        }


class Part(NamedTuple):
    """So much of the money goes to this charge; of an advance there is none."""

    student: int
    amount: Decimal
    due: Due | None = None


class Plan(NamedTuple):
    """Where the money goes, which fines it brings, and which it undoes."""

    parts: list[Part]
    fines: list[tuple[Due, Decimal]]  # (the fee, how much of the new fine is paid at once)
    let_off: list[int]  # fines
    owed: Decimal  # all of it, before the money came


def plan(payment: Payment, today: date) -> Plan:
    """What `take` would do: see docs/fee_desk.md, "What is paid by what"."""
    in_cash = payment.method == Method.CASH and not payment.booked_late
    found = dues(payment.students, today if in_cash else payment.day)
    found.sort(key=lambda due: due.charge not in payment.first)
    in_time = {
        due.charge: due.fine_id
        for due in found
        if due.fine_id and due.due_on and not in_cash and payment.day <= due.due_on
    }
    spared = set(in_time.values())
    all_owed = owed([due for due in found if due.charge not in spared])
    left, parts, let_off = payment.amount, [], []
    fees = [due for due in found if not due.is_fine]
    for due in fees:
        part = min(left, due.unpaid)
        if part:
            parts.append(Part(due.student, part, due))
        if part == due.unpaid and due.charge in in_time:
            let_off.append(in_time[due.charge])
        left -= part
    for due in found:
        part = min(left, due.unpaid)
        if due.is_fine and part and due.charge not in let_off:
            parts.append(Part(due.student, part, due))
            left -= part
    fines = []
    for each in [part.due for part in parts if part.due and part.due.fine]:
        part = min(left, each.fine)
        fines.append((each, part))
        left -= part
    if left:
        parts.append(Part(ahead(payment.students), left))
    return Plan(parts, fines, let_off, all_owed)


def ahead(students: Sequence[int]) -> int:
    """Whose advance the rest is: a month to come uses it up only of a child who is there."""
    if len(students) == 1:
        return students[0]
    here = Student.objects.current().filter(pk__in=students)
    return here.aggregate(first=Min("pk"))["first"] or min(students)


def take(payment: Payment, by: By) -> tuple[Receipt, bool]:
    """The receipt of this money, and whether it is new: the same key again gives the same one.

    Raises Refused: `more_than_owed` unless it is to be an `advance` or a challan asked for it (what
    is owed now is in `owed_now`), `other_body` under the key, `reference_used`, a closed drawer.
    """
    try:
        with refusing(), transaction.atomic():
            lock_balances(payment.students)
            if before := booked_under(payment.key):
                return same(before, payment), False
            planned = plan(payment, timezone.localdate())
            if payment.amount > planned.owed and not may_exceed(payment):
                raise too_much(planned.owed)
            refuse_reference(payment.method, payment.reference)
            return post(payment, planned, by), True
    except IntegrityError as error:
        return booked_meanwhile(error, payment), False


def may_exceed(payment: Payment) -> bool:
    """More than is owed comes as an advance, or by a challan: what that asked for, and once."""
    challan = Challan.objects.filter(pk=payment.challan or 0).first()
    if payment.advance or not challan:
        return payment.advance
    came = challan.receipts.filter(reversal=None).aggregate(sum=Sum("total"))["sum"] or ZERO
    return bool(came + payment.amount <= challan.total_after)


NEXT_RECEIPT = "SELECT nextval(pg_get_serial_sequence('ledger_receipt', 'id'))"


def booked_under(key: UUID) -> Receipt | None:
    sql = "SELECT id FROM ledger_receipt WHERE key = $1"
    found = connection.fetch_prepared(sql, [str(key)])  # type: ignore[attr-defined]
    return Receipt.objects.get(pk=found[0][0]) if found else None


def booked_meanwhile(error: IntegrityError, payment: Payment) -> Receipt:
    """By the same page or program, a moment earlier."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if name != "ledger_receipt_key_key":
        raise error
    return same(Receipt.objects.get(key=payment.key), payment)


def same(before: Receipt, payment: Payment) -> Receipt:
    if before.asked != payment.asked():
        words = _("This page's money was booked as receipt %(number)s, with something else in it.")
        raise Refused("other_body", words % {"number": before.number}, receipt=before.number)
    return before


def too_much(now: Decimal) -> Refused:
    words = _("%(owed)s is owed now. Take that, or say that the rest is an advance.")
    return Refused("more_than_owed", words % {"owed": format_rupees(now)}, owed_now=str(now))


def refuse_reference(method: str, reference: str) -> None:
    """A friendlier word than PostgreSQL's, which holds it at the same moment for others."""
    if not reference:
        return
    used = Receipt.objects.standing().with_reference(method, reference).first()
    if used:
        words = _("Receipt %(number)s has this reference: look whether it is the same money.")
        raise Refused("reference_used", words % {"number": used.number}, receipt=used.number)


def take_all(payments: Sequence[Payment], by: By) -> list[int]:
    """Rows of an old register, in the caller's transaction: their receipts' ids, in this order.

    Each of one student, all that is more than he owes an advance. Entries first and all numbers
    last: others who take money wait for a moment, not for the whole sheet. Raises Refused.
    """
    receipts = []
    with refusing(), transaction.atomic():
        students = sorted({student for payment in payments for student in payment.students})
        lock_balances(students)
        called = Student.objects.in_bulk(students)
        for payment in payments:
            planned = plan(payment, timezone.localdate())
            pk = post_entries(payment, planned, by)
            (student,) = payment.students
            facts = {"name": called[student].name, "class_name": called[student].class_name}
            receipts.append(
                Receipt(
                    pk=pk, key=payment.key, asked=payment.asked(), student_id=student,
                    payer=payment.payer, day=payment.day, method=payment.method,
                    reference=payment.reference, total=payment.amount, note=payment.note,
                    lines=[line | facts for line in lines_of(payment, planned)],
                    balance_after=Balance.objects.values_list("balance", flat=True).get(
                        student=student
                    ),
                    by=by.name, user=by.user,
                )
            )  # fmt: skip
        Receipt.objects.bulk_create(receipts, batch_size=1_000)
    return [receipt.pk for receipt in receipts]


def post(payment: Payment, planned: Plan, by: By) -> Receipt:
    pk = post_entries(payment, planned, by)
    return write(payment, pk, lines=lines_of(payment, planned), total=payment.amount, by=by)


POST = """
INSERT INTO ledger_entry (student_id, kind, amount, against_id, day, receipt_id, by, user_id)
SELECT student, kind, amount, against, day, $6, $7, $8
FROM unnest($1::bigint[], $2::text[], $3::numeric[], $4::bigint[], $5::date[])
    WITH ORDINALITY AS entry (student, kind, amount, against, day, nth)
ORDER BY nth RETURNING id
"""


class Posted(NamedTuple):
    """An entry of a receipt, as it is to be written."""

    student: int
    kind: str
    amount: Decimal
    against: int | None
    day: date


def post_entries(payment: Payment, planned: Plan, by: By) -> int:
    """The id of the receipt to come."""
    ((receipt,),) = connection.fetch_prepared(NEXT_RECEIPT)  # type: ignore[attr-defined]
    today, day = timezone.localdate(), payment.day
    fines = [
        Posted(fee.student, Kind.FINE, fee.fine, fee.charge, day) for fee, _paid in planned.fines
    ]
    let_off = Entry.objects.filter(pk__in=planned.let_off) if planned.let_off else ()
    spared = [
        Posted(fine.student_id, Kind.REVERSAL, -fine.amount, fine.pk, today) for fine in let_off
    ]
    written = write_entries([*fines, *spared], receipt, by) if fines or spared else []
    parts = [
        Posted(part.student, Kind.PAYMENT, -part.amount, part.due and part.due.charge, day)
        for part in planned.parts
    ]
    parts += [
        Posted(fine.student, Kind.PAYMENT, -paid, pk, day)
        for fine, pk, (_fee, paid) in zip(fines, written, planned.fines, strict=False)
        if paid
    ]
    write_entries(parts, receipt, by)
    return int(receipt)


def write_entries(posted: Sequence[Posted], receipt: int, by: By) -> list[int]:
    """Their numbers. Written out, because Django takes as long to say it as PostgreSQL to do it."""
    columns = [list(column) for column in zip(*posted, strict=True)]
    values = [*columns, receipt, by.name, by.user and by.user.pk]
    rows = connection.fetch_prepared(POST, values)  # type: ignore[attr-defined]
    return [pk for (pk,) in rows]


def lines_of(payment: Payment, planned: Plan) -> list[dict[str, Any]]:
    """As printed; amounts are PKR as text."""
    parts: list[tuple[int, Decimal, Due | None, str]] = [
        (part.student, part.amount, part.due, part.due.kind if part.due else "advance")
        for part in planned.parts
    ]
    parts += [(fee.student, paid, fee, "fine") for fee, paid in planned.fines if paid]
    return [
        {
            "student": student,
            "what": kind,
            "month": f"{due.month:%Y-%m}" if due and due.month else None,
            "due_on": due.due_on.isoformat() if due and due.due_on else None,
            "note": due.note if due else "",
            "amount": f"{amount:.2f}",
        }
        for student, amount, due, kind in parts
    ]


WRITE = """
INSERT INTO ledger_receipt (
    id, key, asked, student_id, family_id, payer, day, method, reference, total, lines, drawer_id,
    challan_id, note, by, user_id, balance_after
)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (
    SELECT jsonb_agg(line || jsonb_build_object('name', s.name, 'class_name', s.class_name)
        ORDER BY place)
    FROM jsonb_array_elements($11::jsonb) WITH ORDINALITY AS lines (line, place)
    JOIN students_student AS s ON s.id = (line->>'student')::bigint
), $12, $13, $14, $15, $16, (
    SELECT coalesce(sum(balance), 0) FROM students_balance WHERE student_id = ANY($17::bigint[])
)
RETURNING number, total, lines, balance_after, at
"""


def write(
    payment: Payment, pk: int, *, lines: list[dict[str, Any]], total: Decimal, by: By
) -> Receipt:
    """Takes the number: from here to the commit all others who take money wait.

    So nothing is asked after it: what PostgreSQL fills in comes back with it.
    """
    receipt = Receipt(
        pk=pk, key=payment.key, asked=payment.asked(), family_id=payment.family,
        student_id=None if payment.family else payment.students[0], payer=payment.payer,
        day=payment.day, method=payment.method, reference=payment.reference, total=total,
        drawer_id=payment.drawer, challan_id=payment.challan, note=payment.note, by=by.name,
        user=by.user,
    )  # fmt: skip
    values = [
        pk, str(receipt.key), Json(receipt.asked), receipt.student_id, receipt.family_id,
        receipt.payer, receipt.day, receipt.method, receipt.reference, total, Json(lines),
        receipt.drawer_id, receipt.challan_id, receipt.note, receipt.by, receipt.user_id,
        list(payment.students),
    ]  # fmt: skip
    ((number, receipt.total, printed, after, at),) = connection.fetch_prepared(WRITE, values)  # type: ignore[attr-defined]
    receipt.number, receipt.lines = number, json.loads(printed)
    receipt.balance_after, receipt.at = after, at
    receipt._state.adding, receipt._state.db = False, connection.alias
    return receipt


def hand_back(payment: Payment, by: By) -> tuple[Receipt, bool]:
    """A receipt below 0: so much of a student's advance goes back to him.

    Raises Refused as `take` does, and `more_than_advance` (there is `advance` now).
    """
    try:
        with refusing(), transaction.atomic():
            lock_balances(payment.students)
            if before := booked_under(payment.key):
                return same(before, payment), False
            (student,) = payment.students
            credit = credit_of(student)
            if payment.amount > credit:
                words = _("%(amount)s was paid in advance: no more can be handed back.")
                told = words % {"amount": format_rupees(credit)}
                raise Refused("more_than_advance", told, advance=str(credit))
            refuse_reference(payment.method, payment.reference)
            ((pk,),) = connection.fetch_prepared(NEXT_RECEIPT)  # type: ignore[attr-defined]
            Entry.objects.create(
                student_id=student, kind=Kind.REFUND, amount=payment.amount, day=payment.day,
                receipt_id=pk, by=by.name, user=by.user,
            )  # fmt: skip
            line = {"student": student, "what": "refund", "month": None, "due_on": None, "note": ""}
            lines = [line | {"amount": f"{-payment.amount:.2f}"}]
            return write(payment, pk, lines=lines, total=-payment.amount, by=by), True
    except IntegrityError as error:
        return booked_meanwhile(error, payment), False


def credit_of(student: int) -> Decimal:
    """What was paid in advance and nothing needs yet, PKR."""
    balance = Balance.objects.filter(student=student).values_list("balance", flat=True).first()
    return max(-(balance or ZERO), ZERO)


def no_drawer() -> Refused:
    return Refused("no_drawer", _("Open your drawer first: cash goes into it."))
