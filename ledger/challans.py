"""Challans: who gets one, what it says, and what has become of it since.

What a challan says is frozen; what he owes now is worked out as everywhere else. The two are
compared: who owes the same keeps the one he has, for others a newer one replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ledger.charging import Terms, first_of, terms_of, usual_terms
from ledger.models import Challan, Kind, Receipt, Run
from ledger.owed import ZERO, Due, dues, lock_balances
from ledger.receipts import By
from students.models import Student, StudentQuerySet

MOST = 500  # sheets at once


class Status(models.TextChoices):
    OPEN = "open", _("open")
    PAID = "paid", _("paid")
    REPLACED = "replaced", _("replaced by a newer one")
    EXPIRED = "expired", _("expired")
    OUT_OF_DATE = "out_of_date", _("out of date: something else is owed now")


class Draft(NamedTuple):
    """What a student's challan would say now, and the newest that he has.

    `total` is PKR until `due_on`, `total_after` until `valid_until`.
    """

    student: Student
    lines: list[dict[str, Any]]
    due_on: date
    valid_until: date
    total: Decimal
    total_after: Decimal
    newest: Challan | None

    def is_needed(self, today: date) -> bool:
        """Whether his newest one says something else, or is taken by no bank any more."""
        if self.newest is None or self.newest.valid_until < today:
            return True
        before = (self.newest.lines, self.newest.total, self.newest.total_after)
        return before != (self.lines, self.total, self.total_after)


def usual_month() -> date:
    """The month charged last, or this one."""
    newest = Run.objects.order_by("-month").values_list("month", flat=True).first()
    return newest or first_of(timezone.localdate())


def who_owes(students: StudentQuerySet) -> StudentQuerySet:
    """Those of them who owe anything, as a class is called."""
    owing = Q(balance__fees_owed__gt=0) | Q(balance__fines_owed__gt=0)
    return students.filter(owing).order_by("class_name", "name_key", "id")


# What each of these charges has been lessened to, payments aside.
NET = """
SELECT charge_id, net FROM ledger_charges(%s::bigint[]) WHERE unpaid > 0
"""
# The fine that each of these fees brings when it is paid on the one day, and on the other.
FINES = """
SELECT e.id, ledger_fine(r.fine_rule, r.fine_amount, r.fine_cap, e.due_on, d.due_on),
    ledger_fine(r.fine_rule, r.fine_amount, r.fine_cap, e.due_on, d.valid_until)
FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS d (charge, due_on, valid_until)
JOIN ledger_entry AS e ON e.id = d.charge JOIN ledger_run AS r ON r.id = e.run_id
"""


def fetch(sql: str, *given: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def drafts(students: Sequence[Student], month: date, today: date) -> list[Draft]:
    """What these owe up to `month`, on paper; who owes nothing of it is left out."""
    numbers = [student.pk for student in students]
    of: dict[int, list[Due]] = {}
    for due in dues(numbers, today):
        if not due.month or due.month <= month or due.kind != Kind.FEE:
            of.setdefault(due.student, []).append(due)
    nets = dict(fetch(NET, numbers))
    run = Run.objects.filter(month=month).first()
    terms = terms_of(run) if run else usual_terms(month)
    days = {pk: days_of(found, month, terms, today) for pk, found in of.items()}
    here = {student.pk for student in students if not student.has_left}
    may_be_fined = [
        (due.charge, *days[due.student])
        for found in of.values()
        for due in found
        if due.kind == Kind.FEE and due.fine_id is None and due.student in here
    ]
    columns = [list(column) for column in zip(*may_be_fined, strict=True)] or [[], [], []]
    fines = {charge: (first, last) for charge, first, last in fetch(FINES, *columns)}
    newest = {
        each.student_id: each for each in Challan.objects.newest().filter(student__in=numbers)
    }
    return [
        draft(student, of[student.pk], nets, days[student.pk], fines, newest.get(student.pk))
        for student in students
        if student.pk in of
    ]


def days_of(found: Sequence[Due], month: date, terms: Terms, today: date) -> tuple[date, date]:
    """(due on, valid until): the month's, later for who joined late or gets it when it is over."""
    of_month = [due for due in found if due.month == month] or found
    own = [due.due_on for due in of_month if due.due_on]
    due_on, valid_until = max([terms.due_on, *own]), terms.valid_until
    if valid_until < today:
        valid_until = today + timedelta(days=settings.CHALLAN_VALID_DAYS)
    return due_on, max(due_on, valid_until)


def draft(
    student: Student,
    found: Sequence[Due],
    nets: dict[int, Decimal],
    days: tuple[date, date],
    fines: dict[int, tuple[Decimal, Decimal]],
    newest: Challan | None,
) -> Draft:
    lines = [line_of(due, nets.get(due.charge, due.charged)) for due in found]
    some = [fines.get(due.charge, (ZERO, ZERO)) for due in found]
    in_time, late = (sum(column, ZERO) for column in zip(*some, strict=True))
    if in_time:  # for months before, which are late already
        lines.append({"what": "late", "month": None, "amount": str(in_time)})
    total = sum((due.unpaid for due in found), in_time)
    return Draft(student, lines, *days, total, total - in_time + late, newest)


def line_of(due: Due, net: Decimal) -> dict[str, Any]:
    """PKR as text: what was charged, less what was conceded and paid, is the amount."""
    return {
        "what": due.kind,
        "charge": due.charge,
        "month": f"{due.month:%Y-%m}" if due.month else None,
        "note": due.note,
        "charged": str(due.charged),
        "conceded": str(due.charged - net),
        "paid": str(net - due.unpaid),
        "amount": str(due.unpaid),
    }


def issue(students: Sequence[Student], month: date, by: By) -> list[Challan]:
    """New ones for those who need one.

    Their balances are locked: what is frozen is owed at that moment, and of two who issue at once
    the second finds nothing left to do.
    """
    today = timezone.localdate()
    with transaction.atomic():
        lock_balances([student.pk for student in students])
        return Challan.objects.bulk_create(
            Challan(
                student=each.student, issued_on=today, due_on=each.due_on,
                valid_until=each.valid_until, lines=each.lines, facts=facts_of(each.student),
                total=each.total, total_after=each.total_after, by=by.name, user=by.user,
            )
            for each in drafts(students, month, today)
            if each.is_needed(today)
        )  # fmt: skip


def facts_of(student: Student) -> dict[str, str]:
    return {
        name: str(getattr(student, name)) for name in ("name", "father_name", "class_name", "city")
    }


def statuses(challans: Iterable[Challan], today: date) -> dict[int, Status]:
    """What has become of each, by its number; worked out, never kept."""
    found = list(challans)
    of_students = [challan.student_id for challan in found]
    paid = dict(
        Receipt.objects.standing()
        .filter(challan__in=[challan.pk for challan in found])
        .values_list("challan")
        .annotate(sum=Sum("total"))
    )
    newest = set(
        Challan.objects.newest().filter(student__in=of_students).values_list("pk", flat=True)
    )
    unpaid = {due.charge: due.unpaid for due in dues(of_students, today)}
    return {
        challan.pk: status_of(
            challan, unpaid, today, paid=paid.get(challan.pk, ZERO), newest=challan.pk in newest
        )
        for challan in found
    }


def status_of(
    challan: Challan, unpaid: dict[int, Decimal], today: date, *, paid: Decimal, newest: bool
) -> Status:
    asked = {line["charge"]: Decimal(line["amount"]) for line in challan.lines if "charge" in line}
    left = {charge: unpaid.get(charge, ZERO) for charge in asked}
    if paid >= challan.total:
        return Status.PAID
    if not newest:
        return Status.REPLACED
    if not any(left.values()):
        return Status.PAID
    if today > challan.valid_until:
        return Status.EXPIRED
    return Status.OPEN if left == asked else Status.OUT_OF_DATE


def had_been_replaced(receipt: Receipt) -> bool:
    """Whether this money came by a challan that a newer one had replaced when it was taken."""
    challan = receipt.challan
    return (
        challan is not None
        and Challan.objects.filter(
            student=challan.student_id, pk__gt=challan.pk, at__lt=receipt.at
        ).exists()
    )
