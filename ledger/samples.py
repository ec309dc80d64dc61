"""A made-up office's money, for trials: six months charged and paid as people do, or don't."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Q

from ledger.charging import Terms, begin, charge, first_of, last_of
from ledger.drawers import open_drawer
from ledger.models import Concession, Entry, FineRule, Kind, Method, Receipt
from ledger.owed import ZERO, dues, owed
from ledger.receipts import By, Payment, take
from ledger.reversals import reverse
from students.models import Family, Student

MONTHS = 6
FINE = Decimal("100.00")
BY = By("sample office")
REASONS = [("Orphan", "50"), ("Teacher’s child", "25"), ("Two brothers here", "10")]
HABITS = ["in time"] * 12 + ["late"] * 3 + ["part", "part", "slow", "never", "ahead"]
METHODS = [Method.CASH] * 6 + [Method.BANK] * 2 + [Method.EASYPAISA, Method.JAZZCASH]


class Paid(NamedTuple):
    fee: Entry
    amount: Decimal
    day: date
    method: str


def fill(today: date, *, seed: int, cashier: User | None = None) -> None:
    """Six months up to `today`; with a cashier, an open drawer with today's cash in it."""
    random = Random(f"{seed}, the fees")  # noqa: S311 - nothing secret
    students = list(Student.objects.order_by("pk"))
    habits = {student.pk: random.choice(HABITS) for student in students}
    concede(random.sample(students, min(len(students) // 25, 20)), months_before(today, MONTHS))
    extras(random, students, today)
    for ago in range(MONTHS - 1, -1, -1):
        month = months_before(today, ago)
        due_on = month.replace(day=10)
        terms = Terms(due_on, due_on + timedelta(days=20), FineRule.FLAT, FINE)
        run, _made = begin(month, terms, BY)
        charge(run, BY, today=min(month, today))
        last = min(last_of(month), today - timedelta(days=1))
        book(paid(random, month, habits, last))
        late(random, habits, month, last)
    families(random, today)
    if cashier:
        at_the_desk(random, cashier, today)


def months_before(today: date, ago: int) -> date:
    months = today.year * 12 + today.month - 1 - ago
    return date(months // 12, months % 12 + 1, 1)


def concede(students: Sequence[Student], month: date) -> None:
    Concession.objects.bulk_create(
        Concession(
            student=student, reason=reason, percent=Decimal(percent), from_month=month, by=BY.name
        )
        for number, student in enumerate(students)
        for reason, percent in [REASONS[number % len(REASONS)]]
    )


def extras(random: Random, students: Sequence[Student], today: date) -> None:
    """What some brought over from the old register, and an exam that one class pays for."""
    before = months_before(today, MONTHS)
    opening = {"kind": Kind.OPENING, "day": before, "note": "from the old register"}
    exam = {"kind": Kind.OTHER, "day": first_of(today), "note": "Exam fee"}
    shared = {"by": BY.name, "due_on": before}
    entries = [
        Entry(student=student, amount=Decimal(500 * random.randint(1, 12)), **opening | shared)
        for student in random.sample(list(students), min(len(students) // 60, 10))
    ]
    entries += [
        Entry(student=student, amount=Decimal(800), **exam | shared | {"due_on": today})
        for student in students
        if student.class_name == "10-A"
    ][:15]
    Entry.objects.bulk_create(entries)


def paid(random: Random, month: date, habits: dict[int, str], last: date) -> Iterable[Paid]:
    """Who pays this month's fee at the desk, whole or in part, by its due day."""
    fees = Entry.objects.filter(kind=Kind.FEE, month=month).order_by("pk")
    conceded = dict(
        Entry.objects.filter(kind=Kind.CONCESSION, month=month).values_list("against", "amount")
    )
    for fee in fees:
        habit, day = habits[fee.student_id], month + timedelta(days=random.randrange(10))
        amount = fee.amount + conceded.get(fee.pk, ZERO)
        if habit == "part":
            amount = (amount / 2).quantize(Decimal("1"))
        elif habit not in ("in time", "ahead"):
            continue
        if day <= last and amount > 0:
            yield Paid(fee, amount, day, random.choice(METHODS))


def book(found: Iterable[Paid]) -> None:
    """Many receipts at once, numbered in the order of their days."""
    some = sorted(found, key=lambda each: each.day)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('ledger_receipt', 'id'))"
            " FROM generate_series(1, %s)",
            [len(some)],
        )
        numbers = [pk for (pk,) in cursor.fetchall()]
    Entry.objects.bulk_create(
        Entry(
            student_id=each.fee.student_id, kind=Kind.PAYMENT, amount=-each.amount, day=each.day,
            against=each.fee, receipt_id=pk, by=BY.name,
        )
        for pk, each in zip(numbers, some, strict=True)
    )  # fmt: skip
    students = Student.objects.select_related("balance").in_bulk(
        [each.fee.student_id for each in some]
    )
    Receipt.objects.bulk_create(
        receipt(pk, each, students[each.fee.student_id])
        for pk, each in zip(numbers, some, strict=True)
    )


def receipt(pk: int, each: Paid, student: Student) -> Receipt:
    month = each.fee.month
    line = {
        "student": student.pk, "name": student.name, "class_name": student.class_name,
        "what": "fee", "month": f"{month:%Y-%m}", "due_on": f"{each.fee.due_on:%Y-%m-%d}",
        "note": "", "amount": str(each.amount),
    }  # fmt: skip
    return Receipt(
        pk=pk, key=UUID(int=pk), asked={}, student=student, payer=student.father_name,
        day=each.day, method=each.method, total=each.amount, lines=[line],
        balance_after=student.balance.balance, by=BY.name,
    )  # fmt: skip


def late(random: Random, habits: dict[int, str], month: date, last: date) -> None:
    """Who pays some days late, and a fine with it, by a transfer that the desk books."""
    for pk, habit in habits.items():
        day = month + timedelta(days=random.randrange(11, 27))
        if habit not in ("late", "ahead") or day > last or random.random() < 0.3:
            continue
        extra = Decimal(5_000 if habit == "ahead" else 0)
        if amount := owed(dues([pk], day)) + extra:
            take(payment(random, [pk], amount, day, random.choice(METHODS[6:])), BY)


def families(random: Random, today: date) -> None:
    """Some pay for all their children at once."""
    for family in Family.objects.order_by("pk")[:6]:
        children = list(family.students.order_by("pk").values_list("pk", flat=True))
        day = today - timedelta(days=random.randrange(1, 9))
        if children and (all_owed := owed(dues(children, day))):
            take(payment(random, children, all_owed, day, Method.BANK, family=family.pk), BY)


def payment(
    random: Random,
    students: Sequence[int],
    amount: Decimal,
    day: date,
    method: str,
    *,
    family: int | None = None,
    drawer: int | None = None,
) -> Payment:
    return Payment(
        key=UUID(int=random.getrandbits(128)), students=students, amount=amount, method=method,
        day=day, advance=True, family=family, drawer=drawer,
    )  # fmt: skip


def at_the_desk(random: Random, cashier: User, today: date) -> None:
    """The cashier's morning: an open drawer, a dozen who paid, one booked on the wrong student."""
    by = By(cashier.get_username(), cashier)
    drawer = open_drawer(cashier, Decimal("2000.00"))
    owing = Student.objects.filter(Q(balance__fees_owed__gt=0), left_on=None).order_by("pk")
    taken = []
    for student in random.sample(list(owing), min(owing.count(), 14)):
        found = owed(dues([student.pk], today))
        amount = found if random.random() < 0.7 else (found / 2).quantize(Decimal("1"))
        sent = payment(random, [student.pk], amount, today, Method.CASH, drawer=drawer.pk)
        taken.append(take(sent, by)[0])
    if len(taken) > 3:
        reverse(taken[2], reason="Booked on the wrong student", cash_returned=True, by=by)
