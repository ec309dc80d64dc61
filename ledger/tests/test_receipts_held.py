"""What PostgreSQL holds of receipts and drawers: each guard, and the harm where it is missing."""

import pytest
from django.db import transaction

from api.tests.factories import make_user
from ledger.models import Drawer, Receipt, Reversal
from ledger.refusals import Refused
from ledger.reversals import reverse
from ledger.tests.factories import BY, make_drawer, pay
from ledger.tests.guards import (
    settle,
    sql,
    without_constraint,
    without_index,
    without_question,
    without_trigger,
)
from ledger.tests.raw import DAY, World, balance, book, refused, write
from students.tests.factories import make_student

pytestmark = pytest.mark.django_db
NUMBER = "pgtrigger_numbered"


@pytest.fixture
def world(db):
    return World()


# -- Receipts --------------------------------------------------------------------------------------


def no_reference(world):
    write(world.student, method="cheque")


def of_nobody(world):
    write(None)


def of_zero(world):
    write(world.student, total="0", posted=None)


def by_hand(world):
    write(world.student, method="gold")


def bank_in_a_drawer(world):
    write(world.student, method="bank", drawer_id=make_drawer(make_user()).pk)


RECEIPTS = [
    (no_reference, "receipt_cheque_has_number"),
    (of_nobody, "receipt_of_one"),
    (of_zero, "receipt_of_something"),
    (by_hand, "receipt_method"),
    (bank_in_a_drawer, "receipt_bank_has_no_drawer"),
]
receipts = pytest.mark.parametrize(
    ("work", "constraint"), RECEIPTS, ids=[case[0].__name__ for case in RECEIPTS]
)


@receipts
def test_what_no_receipt_is(world, work, constraint):
    assert refused(lambda: work(world)) == constraint
    assert Receipt.objects.count() == 1


@receipts
def test_without_its_constraint_it_would_be_written(world, work, constraint):
    without_constraint("ledger_receipt", constraint)
    if work is of_nobody:
        without_trigger("ledger_receipt", "adds_up")
    work(world)
    assert Receipt.objects.count() == 2


def test_a_receipt_is_worth_what_it_posted(world):
    assert refused(lambda: write(world.student, total="500", posted="400")) == "receipt_adds_up"
    assert refused(lambda: write(world.student, total="500", posted=None)) == "receipt_adds_up"
    book(world.student, "payment", -100, receipt_id=write(world.student, "500", posted="400"))
    settle()


def test_an_entry_more_of_a_receipt_is_refused(world):
    def late():
        book(world.other, "payment", -1, receipt_id=world.receipt.pk)

    assert refused(late) == "receipt_adds_up"


def test_without_it_money_would_be_booked_that_no_receipt_shows(world):
    for table in ("ledger_receipt", "ledger_entry"):
        without_trigger(table, "adds_up")
    write(world.student, total="500", posted="400")
    settle()
    assert balance(world.student) == "4600.00"


def test_a_number_is_not_chosen(world):
    write(world.student, number=4711)
    assert list(Receipt.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]


def test_without_it_numbers_would_have_gaps(world):
    without_trigger("ledger_receipt", "numbered")
    write(world.student, number=4711)
    assert list(Receipt.objects.order_by("pk").values_list("number", flat=True)) == [1, 4711]


def test_a_rollback_leaves_no_gap(world):
    with transaction.atomic():
        write(world.student)
        transaction.set_rollback(True)
    write(world.student)
    assert list(Receipt.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]


def same_reference(world):
    write(world.student, method="bank", reference="HBL 1")


def test_a_reference_is_used_once(world):
    assert refused(lambda: same_reference(world)) == "receipt_one_a_reference"
    write(world.student, method="cheque", reference="HBL 1")  # another method's
    reverse(world.receipt, reason="bounced", cash_returned=False, by=BY)
    same_reference(world)


def test_without_it_one_transfer_would_be_taken_twice(world):
    without_question(NUMBER, "IF FOUND THEN")
    same_reference(world)
    assert Receipt.objects.filter(reference="HBL 1").count() == 2


def test_a_key_is_used_once(world):
    key = str(world.receipt.key)
    assert refused(lambda: write(world.student, key=key)) == "ledger_receipt_key_key"


# -- Drawers ---------------------------------------------------------------------------------------


@pytest.fixture
def closed(world):
    """A drawer that was closed."""
    user = make_user()
    drawer = make_drawer(user)
    sql(
        "UPDATE ledger_drawer SET closed_at = now(), counted = 0, closed_by_id = %s WHERE id = %s",
        [user.pk, drawer.pk],
    )
    return drawer


def slip_in(world, drawer):
    write(world.student, drawer_id=drawer.pk)


def undo(world, drawer):
    Reversal.objects.create(receipt=world.receipt, day=DAY, reason="x", by="x", drawer=drawer)


@pytest.mark.parametrize("work", [slip_in, undo])
def test_nothing_slips_into_a_closed_drawer(world, closed, work):
    assert refused(lambda: work(world, closed)) == "drawer_is_open"


@pytest.mark.parametrize(
    ("work", "table"), [(slip_in, "ledger_receipt"), (undo, "ledger_reversal")]
)
def test_without_it_the_count_would_be_wrong(world, closed, work, table):
    without_trigger(table, "drawer_is_open")
    work(world, closed)
    assert closed.receipts.count() + closed.reversals.count() == 1


def second_drawer(user):
    Drawer.objects.create(cashier=user)


def test_one_open_drawer_a_cashier(closed):
    second_drawer(closed.cashier)
    assert refused(lambda: second_drawer(closed.cashier)) == "drawer_one_open"


def test_without_it_cash_could_go_into_either(closed):
    without_index("drawer_one_open")
    for _ in range(2):
        second_drawer(closed.cashier)
    assert closed.cashier.drawers.filter(closed_at=None).count() == 2


@pytest.mark.parametrize("spelt", ["HBL 5551", "hbl 5551", "HBL-5551", "hbl5551", " H B L/5551."])
def test_one_cheque_is_one_however_it_is_spelt(spelt):
    student = make_student()
    pay(student, "100", method="cheque", reference="HBL 5551", advance=True)
    with pytest.raises(Refused) as refusal:
        pay(student, "100", method="cheque", reference=spelt, advance=True)
    assert refusal.value.code == "reference_used"
    pay(student, "100", method="cheque", reference="HBL 5552", advance=True)
