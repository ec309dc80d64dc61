"""What stands against what: each guard of PostgreSQL, and the harm where it is missing."""

import pytest

from ledger.models import Entry, Receipt
from ledger.tests.guards import without_question
from ledger.tests.raw import DAY, DUE, NOTE, World, balance, book, refused, write
from students.tests.factories import make_student

pytestmark = pytest.mark.django_db
PLACE, BALANCES = "pgtrigger_place", "pgtrigger_balances"
FITS = "IF NEW.kind <> 'reversal' AND NOT ("
FINE_ONCE = "IF fee IS NOT NULL AND EXISTS ("


@pytest.fixture
def world(db):
    return World()


def of_another(world):
    book(world.student, "waiver", -100, against_id=world.others_fee.pk, note="x")


def not_opposite(world):
    book(world.other, "reversal", 999, against_id=world.payment.pk)


def of_a_fee(world):
    book(world.student, "reversal", -5000, against_id=world.fee.pk)


def fined_other(world):
    charge = book(world.student, "other", 700, **DUE, **NOTE)
    book(world.student, "fine", 100, against_id=charge)


def conceded_other(world):
    charge = book(world.student, "other", 700, **DUE, **NOTE)
    book(world.student, "concession", -100, against_id=charge)


def against_a_payment(world):
    book(world.other, "waiver", -100, against_id=world.payment.pk, note="x")


def reversed_twice(world):
    for _ in range(2):
        book(world.other, "reversal", 1000, against_id=world.payment.pk)


def reversed_twice_in_one(world):
    Entry.objects.bulk_create(
        Entry(
            student=world.other, kind="reversal", amount=1000, against=world.payment, day=DAY, by=""
        )
        for _ in range(2)
    )


def fined_twice(world):
    for _ in range(2):
        book(world.student, "fine", 100, against_id=world.fee.pk)


def fine_comes_back(world):
    """Its place was taken meanwhile."""
    fine = book(world.student, "fine", 100, against_id=world.fee.pk)
    undone = book(world.student, "reversal", -100, against_id=fine)
    book(world.student, "fine", 100, against_id=world.fee.pk)
    book(world.student, "reversal", 100, against_id=undone)


def spared_too_much(world):
    book(world.student, "waiver", "-5000.01", against_id=world.fee.pk, note="x")


def adjusted_too_much(world):
    book(world.student, "waiver", "-3000", against_id=world.fee.pk, note="x")
    book(world.student, "adjustment", "-3000", against_id=world.fee.pk, note="x")


def refund_of_nothing(world):
    write(world.student, total="-100", posted=None)
    (receipt,) = Receipt.objects.filter(total=-100)
    book(world.student, "refund", 100, receipt_id=receipt.pk)


def refund_of_more(world):
    book(world.student, "opening", -5050)
    refund_of_nothing(world)


def advance_taken_back(world):
    """An opening credit undone after it was handed back."""
    student = make_student()
    credit = book(student, "opening", -100)
    pk = write(student, total="-100", posted=None)
    book(student, "refund", 100, receipt_id=pk)
    book(student, "reversal", 100, against_id=credit)


OPPOSITE = "IF NEW.amount <> -named.amount OR named.kind = 'fee' THEN"
STANDS = "IF NOT ledger_stands(named.id) THEN"
OWN = "IF NOT FOUND OR named.student_id <> NEW.student_id THEN"
NET = "IF least.net < 0 THEN"
BACK = "IF least.advance < 0 OR least.refunded THEN"
# What is wrong: by which constraint it is refused, which question of which function holds it, whose
# balance it would change, to what.
AGAINST = [
    (of_another, "entry_against_his_own", PLACE, OWN, "student", "4900.00"),
    (not_opposite, "entry_reversal_is_opposite", PLACE, OPPOSITE, "other", "4999.00"),
    (of_a_fee, "entry_reversal_is_opposite", PLACE, OPPOSITE, "student", "0.00"),
    (fined_other, "entry_against_a_charge", PLACE, FITS, "student", "5800.00"),
    (conceded_other, "entry_against_a_charge", PLACE, FITS, "student", "5600.00"),
    (against_a_payment, "entry_against_a_charge", PLACE, FITS, "other", "3900.00"),
    (reversed_twice, "entry_one_reversal", PLACE, STANDS, "other", "6000.00"),
    (reversed_twice_in_one, "entry_one_reversal", PLACE, STANDS, "other", "6000.00"),
    (fined_twice, "entry_one_fine", PLACE, FINE_ONCE, "student", "5200.00"),
    (fine_comes_back, "entry_one_fine", PLACE, FINE_ONCE, "student", "5200.00"),
    (spared_too_much, "entry_takes_off_too_much", BALANCES, NET, "student", "-0.01"),
    (adjusted_too_much, "entry_takes_off_too_much", BALANCES, NET, "student", "-1000.00"),
    (refund_of_nothing, "entry_hands_back_too_much", BALANCES, BACK, "student", "5100.00"),
    (refund_of_more, "entry_hands_back_too_much", BALANCES, BACK, "student", "50.00"),
]
against = pytest.mark.parametrize(
    ("work", "constraint", "function", "question", "whose", "harm"),
    AGAINST,
    ids=[case[0].__name__ for case in AGAINST],
)


@against
def test_what_stands_against_nothing(world, work, constraint, function, question, whose, harm):
    before = balance(getattr(world, whose))
    assert refused(lambda: work(world)) == constraint
    assert balance(getattr(world, whose)) == before


@against
def test_without_its_guard_a_balance_is_wrong(
    world, work, constraint, function, question, whose, harm
):
    without_question(function, question)
    if question != NET:  # which would notice some of these in the end
        without_question(BALANCES, NET)
    work(world)
    assert balance(getattr(world, whose)) == harm


def test_an_advance_that_was_handed_back_is_not_undone(world):
    assert refused(lambda: advance_taken_back(world)) == "entry_hands_back_too_much"


def test_a_reversal_may_be_reversed_and_then_the_entry_reversed_again(world):
    first = book(world.other, "reversal", 1000, against_id=world.payment.pk)
    assert balance(world.other) == "5000.00"
    book(world.other, "reversal", -1000, against_id=first)
    assert balance(world.other) == "4000.00"
    book(world.other, "reversal", 1000, against_id=world.payment.pk)
    assert balance(world.other) == "5000.00"
    again = refused(lambda: book(world.other, "reversal", 1000, against_id=world.payment.pk))
    assert again == "entry_one_reversal"
    kinds = Entry.objects.filter(student=world.other, kind="reversal")
    assert set(kinds.values_list("counts_as", "charge")) == {("payment", world.others_fee.pk)}


def test_a_fine_may_be_made_again_after_it_was_undone(world):
    fine = book(world.student, "fine", 100, against_id=world.fee.pk)
    book(world.student, "reversal", -100, against_id=fine)
    book(world.student, "fine", 100, against_id=world.fee.pk)
    assert balance(world.student) == "5100.00"


def test_a_concession_is_undone_but_not_beyond(world):
    spared = book(world.student, "concession", -1250, against_id=world.fee.pk)
    assert balance(world.student) == "3750.00"
    book(world.student, "reversal", 1250, against_id=spared)
    assert balance(world.student) == "5000.00"


def test_nobody_chooses_what_an_entry_counts_as(world):
    pk = book(world.student, "opening", -100, counts_as="payment", charge_id=world.fee.pk)
    entry = Entry.objects.get(pk=pk)
    assert (entry.counts_as, entry.charge_id) == ("opening", None)
