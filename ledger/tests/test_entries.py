"""What PostgreSQL itself holds of an entry: each guard, and the harm where it is missing."""

import io
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.models import Entry
from ledger.reconcile import day_differences, differences
from ledger.tests.factories import make_entry
from ledger.tests.guards import (
    settle,
    sql,
    without_constraint,
    without_index,
    without_question,
    without_trigger,
)
from ledger.tests.raw import DAY, DUE, JUNE, MAY, NOTE, World, balance, book, refused
from students.models import Balance, Student

pytestmark = pytest.mark.django_db
PLACE = "pgtrigger_place"
FITS = "IF NEW.kind <> 'reversal' AND NOT ("


@pytest.fixture
def world(db):
    return World()


# -- Signs, ranges, notes --------------------------------------------------------------------------

SIGNS = {
    "a fee of less than nothing": ("fee", -5, DUE | JUNE),
    "a fee that is never due": ("fee", 5, JUNE),
    "a fee of no month": ("fee", 5, DUE),
    "a fee against something": ("fee", 5, DUE | JUNE | {"against_id": "fee"}),
    "a charge below 0": ("other", -5, DUE | NOTE),
    "a charge that is never due": ("other", 5, NOTE),
    "a charge against something": ("other", 5, DUE | NOTE | {"against_id": "fee"}),
    "owed from before, never due": ("opening", 5, {}),
    "an advance from before that is due": ("opening", -5, DUE),
    "an opening against something": ("opening", -5, {"against_id": "fee"}),
    "an adjustment of nothing": ("adjustment", 5, NOTE),
    "a fine below 0": ("fine", -5, {"against_id": "fee"}),
    "a fine for nothing": ("fine", 5, {}),
    "a concession that charges": ("concession", 5, {"against_id": "fee"}),
    "a concession of nothing": ("concession", -5, {}),
    "a waiver that charges": ("waiver", 5, NOTE | {"against_id": "fee"}),
    "a waiver of nothing": ("waiver", -5, NOTE),
    "a payment that charges": ("payment", 5, {"receipt_id": "receipt"}),
    "a payment without a receipt": ("payment", -5, {}),
    "a refund that pays": ("refund", -5, {"receipt_id": "receipt"}),
    "a refund without a receipt": ("refund", 5, {}),
    "a refund of a charge": ("refund", 5, {"receipt_id": "receipt", "against_id": "fee"}),
    "a reversal of nothing": ("reversal", 5, {}),
    "a kind that is none": ("gift", -5, {}),
}
OTHERS = {
    "nothing at all": ("entry_amount_in_range", "other", 0, DUE | NOTE),
    "not a number": ("entry_amount_in_range", "other", "NaN", DUE | NOTE),
    "a charge without a note": ("entry_says_why", "other", 5, DUE),
    "an adjustment without a note": ("entry_says_why", "adjustment", 5, {"against_id": "fee"}),
    "a waiver without a note": ("entry_says_why", "waiver", -5, {"against_id": "fee"}),
    "a month that begins on the 2nd": (
        "entry_month_is_a_first", "fee", 5, DUE | {"month": date(2026, 6, 2)},
    ),
}  # fmt: skip


def facts_of(world, more):
    return {
        name: getattr(world, value).pk if isinstance(value, str) and name != "note" else value
        for name, value in more.items()
    }


CHECKED = {name: ("entry_signs", *rest) for name, rest in SIGNS.items()} | OTHERS
checked = pytest.mark.parametrize(
    ("constraint", "kind", "amount", "more"), CHECKED.values(), ids=CHECKED
)


@checked
def test_what_no_entry_is(world, constraint, kind, amount, more):
    by = refused(lambda: book(world.student, kind, amount, **facts_of(world, more)))
    assert by in {constraint, "entry_against_a_charge"}
    assert balance(world.student) == "5000.00"


@checked
def test_without_its_constraint_it_would_be_booked(world, constraint, kind, amount, more):
    for name in {constraint, "entry_signs"} if amount == 0 else {constraint}:
        without_constraint("ledger_entry", name)
    without_question(PLACE, FITS)  # what some of these stumble over, too
    for name in ("balances", "adds_up"):
        without_trigger("ledger_entry", name)
    pk = book(world.student, kind, amount, **facts_of(world, more))
    assert Entry.objects.filter(pk=pk).exists()


def test_more_than_an_amount_holds_is_refused(world):
    with pytest.raises(Exception, match="numeric field overflow"):
        book(world.student, "other", "100000000", **DUE, **NOTE)


def test_a_charge_that_is_not_a_number_would_make_the_balance_none(world):
    without_constraint("ledger_entry", "entry_amount_in_range")
    book(world.student, "other", "NaN", **DUE, **NOTE)
    assert balance(world.student) == "NaN"


def one_fee_more(world):
    book(world.student, "fee", 5000, **DUE, **MAY)


def test_one_fee_a_student_and_month(world):
    assert refused(lambda: one_fee_more(world)) == "entry_one_fee"


def test_without_it_a_month_would_be_charged_twice(world):
    without_index("entry_one_fee")
    one_fee_more(world)
    assert balance(world.student) == "10000.00"


# -- By every door ---------------------------------------------------------------------------------


def copy_in(rows):
    words = "COPY ledger_entry (student_id, kind, amount, day, by) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.copy_expert(words, io.StringIO(rows))


def copy(world):
    copy_in(f"{world.student.pk}\tfee\t-1\t{DAY}\tpsql\n")


def bulk_create(world):
    Entry.objects.bulk_create(
        [Entry(student=world.student, kind="fee", amount=-1, day=DAY, by="staff")]
    )


def save(world):
    Entry(student=world.student, kind="fee", amount=-1, day=DAY, by="staff").save()


def upsert(world):
    sql(
        "INSERT INTO ledger_entry (student_id, kind, amount, day, by)"
        " VALUES (%s, 'fee', -1, now(), '') ON CONFLICT DO NOTHING",
        [world.student.pk],
    )


@pytest.mark.parametrize("door", [copy, bulk_create, save, upsert])
def test_no_door_is_without_a_guard(world, door):
    assert refused(lambda: door(world)) == "entry_signs"


def test_copy_keeps_the_balance_too(world):
    rows = "".join(f"{world.student.pk}\topening\t-{n}\t{DAY}\tpsql\n" for n in (100, 200))
    copy_in(rows)
    assert balance(world.student) == "4700.00"
    assert differences() == []


# -- Append-only -----------------------------------------------------------------------------------

CHANGES = {
    "ledger_entry": "amount = amount * 2",
    "ledger_receipt": "total = 1",
    "ledger_reversal": "reason = 'another'",
    "ledger_challan": "total = 1",
    "ledger_run": "due_on = due_on + 1",
    "ledger_drawer": "opening_cash = 1",
}


@pytest.mark.parametrize("table", CHANGES)
@pytest.mark.parametrize("what", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_booked_stays(world, table, what):
    settle()
    sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")  # a truncate's is off for the sake of tests
    with pytest.raises(IntegrityError, match="What is booked stays"), transaction.atomic():
        sql(what.format(table, CHANGES[table]))


def test_update_and_delete_of_django_are_refused(world):
    for work in (
        lambda: Entry.objects.update(note="x"),
        lambda: Entry.objects.filter(pk=world.fee.pk).delete(),
        lambda: world.receipt.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            work()


def test_without_the_guard_kept_balances_would_be_wrong(world):
    without_trigger("ledger_entry", "kept")
    sql("UPDATE ledger_entry SET amount = 1 WHERE id = %s", [world.fee.pk])
    (found,) = differences()
    assert (found.student, str(found.kept), str(found.real)) == (
        world.student.pk, "5000.00", "1.00",
    )  # fmt: skip
    assert day_differences() == ["2026-05-01, fee: kept 10000.00, entries say 5001.00"]


def test_without_the_guard_a_payment_would_vanish(world):
    without_trigger("ledger_entry", "stays")
    sql("DELETE FROM ledger_entry WHERE id = %s", [world.payment.pk])
    assert [each.student for each in differences()] == [world.other.pk]


def test_a_student_with_entries_is_not_deleted(world):
    name = refused(lambda: sql("DELETE FROM students_student WHERE id = %s", [world.student.pk]))
    assert name.endswith("_fk_students_student_id")


# -- Moving ----------------------------------------------------------------------------------------


def cities():
    return set(Balance.objects.values_list("city_key", flat=True))


def test_who_moves_takes_his_balance_along(world):
    Student.objects.update(city="Quetta")
    assert cities() == {"quetta"}
    assert differences() == []


def test_without_it_defaulters_would_be_listed_elsewhere(world):
    without_trigger("students_student", "balance_moves")
    Student.objects.update(city="Quetta")
    assert cities() == {"lahore"}
    assert len(differences()) == 2


def test_without_balances_trigger_nothing_is_kept(world):
    without_trigger("ledger_entry", "balances")
    make_entry(world.student, "opening", "-100")
    assert balance(world.student) == "5000.00"
    assert [each.student for each in differences()] == [world.student.pk]
