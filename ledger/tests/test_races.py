"""Two at once: each race has one winner, and a twin that takes the lock away and sees two."""

import dataclasses
import random
import threading
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction

from ledger import charging, receipts, reversals
from ledger.models import Entry, Receipt, Reversal
from ledger.receipts import take
from ledger.reconcile import day_differences, differences
from ledger.refusals import Refused
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, make_entry, payment
from ledger.tests.guards import replaced, sql
from ledger.tests.oracle import accounts, kept
from students.models import Student
from students.tests.factories import make_student

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10  # seconds that one waits for the other at most


def at_once(*works):
    """What each gives, or the exception that it raises; each on a connection of its own."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def work(place):
        try:
            connection.ensure_connection()
            barrier.wait(PATIENCE)
            results[place] = works[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def codes(results):
    """What each came to: "booked", or the code of its refusal."""
    for each in results:
        if isinstance(each, Exception) and not isinstance(each, Refused):
            raise each
    return sorted(each.code if isinstance(each, Refused) else "booked" for each in results)


def meeting(monkeypatch, module, name, *, before=False):
    """Both come here before either goes on."""
    barrier, real = threading.Barrier(2), getattr(module, name)

    def meet(*args, **more):
        if before:
            barrier.wait(PATIENCE)
        found = real(*args, **more)
        if not before:
            barrier.wait(PATIENCE)
        return found

    monkeypatch.setattr(module, name, meet)


def unlocked(monkeypatch):
    for module in (receipts, reversals):
        monkeypatch.setattr(module, "lock_balances", lambda students: None)


def exact():
    assert differences() == []
    assert day_differences() == []
    assert kept() == {student: account.kept() for student, account in accounts().items()}
    numbers = list(Receipt.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


@contextmanager
def dropped(table, name, back):
    """Without this constraint or index; what came of it goes, before it comes back."""
    sql(f"DROP INDEX {name}" if back.startswith("CREATE") else f"ALTER TABLE {table} DROP {name}")
    try:
        yield
    finally:
        sql("TRUNCATE students_student CASCADE")
        sql("TRUNCATE ledger_run CASCADE")
        sql(back)


def without_unique(table, column):
    """Of one column, as Django names it."""
    name = f"{table}_{column}_key"
    back = f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({column})"
    return dropped(table, f"CONSTRAINT {name}", back)


# -- The last 5,000 --------------------------------------------------------------------------------


def last_5000(rounds):
    student = make_student()
    for done in range(rounds):
        make_entry(student, "opening", "5000")
        results = at_once(*[lambda: take(payment(student, "5000"), BY)] * 2)
        assert codes(results) == ["booked", "more_than_owed"]
        (refusal,) = [each for each in results if isinstance(each, Refused)]
        assert refusal.more == {"owed_now": "0.00"}
        assert Receipt.objects.count() == done + 1
    exact()


def test_two_cashiers_take_the_last_5000():
    last_5000(10)


@pytest.mark.hunt
def test_two_cashiers_take_the_last_5000_two_hundred_times():
    last_5000(200)


def test_without_the_lock_it_would_be_taken_twice(monkeypatch):
    student = make_student()
    make_entry(student, "opening", "5000")
    unlocked(monkeypatch)
    meeting(monkeypatch, receipts, "plan")
    results = at_once(*[lambda: take(payment(student, "5000"), BY)] * 2)
    assert codes(results) == ["booked", "booked"]


# -- One key ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("owes", [True, False], ids=["who owes", "who has no balance yet"])
def test_one_key_gives_one_receipt(owes):
    for _ in range(10):
        student = make_student()
        if owes:
            make_entry(student, "opening", "5000")
        money = payment(student, "5000", advance=True)
        one, other = at_once(*[lambda money=money: take(money, BY)] * 2)
        assert one[0] == other[0]
        assert sorted([one[1], other[1]]) == [False, True]
        assert Receipt.objects.filter(key=money.key).count() == 1
    exact()


def test_one_key_of_two_bodies_is_refused():
    student, key = make_student(), uuid4()
    works = [
        lambda amount=amount: take(payment(student, amount, key=key, advance=True), BY)
        for amount in ("100", "200")
    ]
    assert codes(at_once(*works)) == ["booked", "other_body"]
    exact()


def test_without_lock_and_constraint_there_would_be_two_receipts(monkeypatch):
    student = make_student()
    make_entry(student, "opening", "9000")
    money = payment(student, "4000")
    unlocked(monkeypatch)
    meeting(monkeypatch, receipts, "plan")
    with without_unique("ledger_receipt", "key"):
        results = at_once(*[lambda: take(money, BY)] * 2)
        assert [new for _receipt, new in results] == [True, True]


# -- One reference ---------------------------------------------------------------------------------


def one_reference(monkeypatch):
    meeting(monkeypatch, receipts, "refuse_reference")
    money = {"method": "bank", "reference": "HBL 1", "advance": True}
    payments = [payment(make_student(), "100", **money) for _ in range(2)]
    return codes(at_once(*[lambda each=each: take(each, BY) for each in payments]))


def test_one_reference_for_two_students(monkeypatch):
    assert one_reference(monkeypatch) == ["booked", "receipt_one_a_reference"]
    exact()


def test_without_its_question_one_transfer_would_pay_twice(monkeypatch):
    with replaced("pgtrigger_numbered", "IF FOUND THEN", "IF false THEN"):
        assert one_reference(monkeypatch) == ["booked", "booked"]


# -- The month -------------------------------------------------------------------------------------


def two_runs():
    for n in range(30):
        make_student(name=f"S{n}")
    results = at_once(*[lambda: charged("2026-05")] * 2)
    codes(results)
    return Entry.objects.filter(kind="fee").count()


def test_two_runs_at_once_charge_everybody_once(monkeypatch):
    monkeypatch.setattr(charging, "charge_slice", charging.charge_slice)
    meeting(monkeypatch, charging, "charge_slice", before=True)
    assert two_runs() == 30
    exact()


def test_without_its_index_everybody_would_be_charged_twice(monkeypatch):
    meeting(monkeypatch, charging, "charge_slice", before=True)
    words = "ON CONFLICT (student_id, month) WHERE kind = 'fee' DO NOTHING"
    monkeypatch.setattr(charging, "CHARGE", charging.CHARGE.replace(words, ""))
    back = (
        "CREATE UNIQUE INDEX entry_one_fee ON ledger_entry (student_id, month) WHERE kind = 'fee'"
    )
    with dropped("ledger_entry", "entry_one_fee", back):
        assert two_runs() == 60


def test_a_run_and_a_receipt_at_once():
    student = make_student()
    for month in range(1, 11):
        make_entry(student, "opening", "100")
        results = at_once(
            lambda month=month: charged(f"2026-{month:02}"),
            lambda: take(payment(student, "100"), BY),
        )
        codes(results)
        exact()


# -- One student's balance -------------------------------------------------------------------------


def one_after_the_other(first, second):
    """`second` begins when `first` is written and not committed yet."""
    written, gone_on = threading.Event(), threading.Event()

    def one():
        with transaction.atomic():
            first()
            written.set()
            gone_on.wait(0.5)

    def other():
        written.wait(PATIENCE)
        try:
            second()
        finally:
            gone_on.set()

    return at_once(one, other)


def two_entries():
    student = make_student()
    make_entry(student, "opening", "1000")
    works = [lambda n=n: make_entry(student, "opening", f"-{n}") for n in (10, 200)]
    assert one_after_the_other(*works)[0] is None


def test_a_balance_counts_both():
    two_entries()
    exact()


def test_without_the_lock_a_balance_would_forget_one():
    lock = "ORDER BY student_id FOR UPDATE"
    with replaced("pgtrigger_balances", lock, "ORDER BY student_id"):
        two_entries()
        assert len(differences()) == 1


# -- Undoing ---------------------------------------------------------------------------------------


def reversed_at_once():
    student = make_student()
    make_entry(student, "opening", "5000")
    receipt, _new = take(payment(student, "5000"), BY)
    work = lambda: reverse(receipt, reason="bounced", cash_returned=False, by=BY)  # noqa: E731
    return codes(at_once(work, work))


def test_one_reversal_of_two_at_once():
    for _ in range(10):
        assert reversed_at_once() == ["booked", "reversed_before"]
    exact()


def test_without_lock_and_constraints_it_would_be_undone_twice(monkeypatch):
    unlocked(monkeypatch)
    meeting(monkeypatch, reversals, "posted_by")
    stands = "IF NOT ledger_stands(named.id) THEN"
    with (
        without_unique("ledger_reversal", "receipt_id"),
        replaced("pgtrigger_place", stands, "IF false THEN"),
    ):
        assert reversed_at_once() == ["booked", "booked"]
        assert Reversal.objects.count() == 2
        assert Entry.objects.filter(kind="reversal").count() == 2


def two_opposites():
    """By plain entries; how many were booked."""
    student = make_student()
    charge = make_entry(student, "opening", "500")
    spared = make_entry(student, "waiver", "-100", against=charge)
    undo = lambda: make_entry(student, "reversal", "100", against=spared)  # noqa: E731
    one_after_the_other(undo, undo)
    return Entry.objects.filter(kind="reversal").count()


def test_an_entry_is_reversed_once():
    assert two_opposites() == 1
    exact()


def test_without_its_lock_it_would_be_reversed_twice():
    lock = "PERFORM FROM students_balance WHERE student_id = NEW.student_id FOR UPDATE;"
    with replaced("pgtrigger_place", lock, ""):
        assert two_opposites() == 2


# -- Deadlocks -------------------------------------------------------------------------------------


def crosswise(rounds, seed=1):
    """Two parents whose children are the same, each time in another order."""
    dice, children = random.Random(seed), [make_student(name=f"S{n}").pk for n in range(4)]
    base = payment(Student.objects.get(pk=children[0]), "10", advance=True)
    found = []
    for _ in range(rounds):
        orders = [tuple(dice.sample(children, 4)), tuple(dice.sample(children, 4)[::-1])]
        works = [lambda order=order: take(replace_of(base, order), BY) for order in orders]
        found += [each for each in at_once(*works) if isinstance(each, Exception)]
    return found


def replace_of(base, order):
    return dataclasses.replace(base, students=order, key=uuid4())


def test_families_in_any_order_never_deadlock():
    assert crosswise(20) == []
    exact()


def test_without_an_order_they_would(monkeypatch):
    one, other = (make_student(name=name) for name in "AB")
    for student in (one, other):
        make_entry(student, "opening", "100")
    barrier = threading.Barrier(2)

    def one_by_one(students):
        sql("SET LOCAL deadlock_timeout = '100ms'")
        for student in students:
            sql("SELECT 1 FROM students_balance WHERE student_id = %s FOR UPDATE", [student])
            if student == students[0]:
                barrier.wait(PATIENCE)

    monkeypatch.setattr(receipts, "lock_balances", one_by_one)
    base = payment(one, "10", advance=True)
    orders = ((one.pk, other.pk), (other.pk, one.pk))
    results = at_once(*[lambda o=order: take(replace_of(base, o), BY) for order in orders])
    (error,) = [each for each in results if isinstance(each, Exception)]
    assert isinstance(error, OperationalError)
    assert "deadlock detected" in str(error)


def test_a_family_pays_while_all_its_children_move():
    """One of them has no balance yet: his row of students is asked for before any balance is."""
    other, one = (make_student(name=name) for name in "AB")
    make_entry(one, "opening", "100")
    moving, paying = threading.Event(), threading.Event()

    def move():
        with transaction.atomic():
            sql("SET LOCAL deadlock_timeout = '100ms'")
            sql("SELECT 1 FROM students_student WHERE id = %s FOR NO KEY UPDATE", [other.pk])
            moving.set()
            paying.wait(0.5)
            Student.objects.update(city="Quetta")

    def pay():
        moving.wait(PATIENCE)
        base = payment(one, "300", advance=True)
        return take(replace_of(base, (other.pk, one.pk)), BY)

    moved, paid = at_once(move, pay)
    assert moved is None, moved
    assert paid[1]
    exact()
