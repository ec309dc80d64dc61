"""Money for tests. Each takes only what matters to the test; the rest is ordinary."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from ledger.charging import Terms, begin, charge, first_of
from ledger.models import Concession, Drawer, Entry, Kind, Receipt, Run
from ledger.receipts import By, Payment, take
from students.models import Family, Student

BY = By("staff")


def charged(month: str, *, fine: tuple[str, str, str] = ("none", "0", "0"), due: int = 10) -> Run:
    """The month's run: everybody who is there has his fee, due on the 10th."""
    first = date.fromisoformat(f"{month}-01")
    rule, amount, cap = fine
    due_on = first.replace(day=due)
    terms = Terms(due_on, due_on + timedelta(days=20), rule, Decimal(amount), Decimal(cap))
    run, _made = begin(first, terms, BY)
    charge(run, BY)
    return run


def make_entry(student: Student, kind: str, amount: str, **more: Any) -> Entry:
    facts: dict[str, Any] = {"day": timezone.localdate(), "by": "staff", **more}
    if kind in (Kind.OTHER, Kind.FEE) or (kind == Kind.OPENING and Decimal(amount) > 0):
        facts.setdefault("due_on", facts["day"])
    if kind == Kind.FEE:
        facts.setdefault("month", first_of(facts["day"]))
    if kind in (Kind.OTHER, Kind.ADJUSTMENT, Kind.WAIVER):
        facts.setdefault("note", "as agreed")
    entry = Entry.objects.create(student=student, kind=kind, amount=Decimal(amount), **facts)
    entry.refresh_from_db()
    return entry


def payment(student: Student | Family, amount: str, **more: Any) -> Payment:
    """Cash of today, unless told; `student` may be a family: its children share it."""
    family = student if isinstance(student, Family) else None
    children = sorted(student.students.values_list("pk", flat=True)) if family else [student.pk]
    facts: dict[str, Any] = {"key": uuid4(), "method": "cash", "day": timezone.localdate(), **more}
    return Payment(students=children, family=family and family.pk, amount=Decimal(amount), **facts)


def pay(student: Student | Family, amount: str, **more: Any) -> Receipt:
    return take(payment(student, amount, **more), BY)[0]


def make_drawer(user: Any, cash: str = "0") -> Drawer:
    return Drawer.objects.create(cashier=user, opening_cash=Decimal(cash))


def concede(student: Student, *, percent: str = "", amount: str = "", **more: Any) -> Concession:
    facts: dict[str, Any] = {"reason": "Orphan", "from_month": date(2026, 1, 1), "by": "staff"}
    return Concession.objects.create(
        student=student,
        percent=Decimal(percent) if percent else None,
        amount=Decimal(amount) if amount else None,
        **facts | more,
    )
