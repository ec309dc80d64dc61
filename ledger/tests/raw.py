"""The ledger written by plain SQL, as psql would: past all that Python holds."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from ledger.models import Entry
from ledger.tests.factories import charged, pay
from ledger.tests.guards import settle, sql
from students.models import Balance
from students.tests.factories import make_student

DAY = date(2026, 5, 10)
DUE, MAY, JUNE = {"due_on": DAY}, {"month": date(2026, 5, 1)}, {"month": date(2026, 6, 1)}
NOTE = {"note": "why"}


class World:
    """A student with a fee of May (5,000, a flat fine of 100), and another one."""

    def __init__(self):
        self.student, self.other = make_student(name="Ali"), make_student(name="Sana")
        self.run = charged("2026-05", fine=("flat", "100", "0"))
        self.fee = Entry.objects.get(student=self.student)
        self.others_fee = Entry.objects.get(student=self.other)
        self.receipt = pay(self.other, "1000", method="bank", reference="HBL 1", day=DAY)
        self.payment = Entry.objects.get(kind="payment")


def book(student, kind, amount, **more):
    """By plain SQL, as psql would; its number."""
    facts = {
        "student_id": student.pk,
        "kind": kind,
        "amount": amount,
        "day": DAY,
        "by": "psql",
        **{name: getattr(value, "pk", value) for name, value in more.items()},
    }
    slots = ", ".join(["%s"] * len(facts))
    words = f"INSERT INTO ledger_entry ({', '.join(facts)}) VALUES ({slots}) RETURNING id"
    ((pk,),) = sql(words, list(facts.values()))
    return pk


def write(student, total="100", **more):
    """A receipt by plain SQL, with its payment; its number in the table."""
    key = more.pop("key", None) or str(uuid4())
    posted = more.pop("posted", total)
    facts = {
        "student_id": student and student.pk,
        "key": key,
        "asked": "{}",
        "payer": "",
        "day": DAY,
        "method": "cash",
        "total": total,
        "lines": "[]",
        "balance_after": 0,
        "by": "psql",
        **more,
    }
    slots = ", ".join(["%s"] * len(facts))
    words = f"INSERT INTO ledger_receipt ({', '.join(facts)}) VALUES ({slots}) RETURNING id"
    ((pk,),) = sql(words, list(facts.values()))
    if posted and student:
        book(student, "payment", -Decimal(posted), receipt_id=pk)
    return pk


def refused(work):
    """By which constraint."""

    def whole():
        work()
        settle()

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        whole()
    return error.value.__cause__.diag.constraint_name


def balance(student):
    return str(Balance.objects.get(student=student).balance)
