"""The cases of the fee desk: a fee of 5,000, due on the 10th, a flat fine of 100."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from ledger.models import Entry, Receipt
from ledger.receipts import hand_back, take
from ledger.refusals import Refused
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, make_entry, pay, payment
from students.models import Balance
from students.tests.factories import make_student

pytestmark = pytest.mark.django_db
FLAT = ("flat", "100", "0")


def balance(student):
    kept = Balance.objects.get(student=student)
    return (
        str(kept.balance),
        str(kept.fees_owed),
        str(kept.fines_owed),
        kept.owed_since and kept.owed_since.isoformat(),
    )


@pytest.fixture
def today(monkeypatch):
    """Call it with the office's day."""

    def set_today(text):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date.fromisoformat(text))

    return set_today


def test_the_same_key_gives_the_same_receipt_and_another_body_is_refused():
    student = make_student()
    charged("2026-05")
    first = payment(student, "5000")
    receipt, new = take(first, BY)
    assert (receipt.number, new) == (1, True)
    assert take(first, BY) == (receipt, False)
    with pytest.raises(Refused) as refusal:
        take(payment(student, "4000", key=first.key), BY)
    assert refusal.value.code == "other_body"
    assert balance(student) == ("0.00", "0.00", "0.00", None)


def test_more_than_is_owed_is_refused_unless_it_is_an_advance():
    student = make_student()
    charged("2026-05")
    with pytest.raises(Refused) as refusal:
        pay(student, "15000")
    assert (refusal.value.code, refusal.value.more) == ("more_than_owed", {"owed_now": "5000.00"})
    assert not Receipt.objects.exists()
    pay(student, "15000", advance=True)
    assert balance(student) == ("-10000.00", "0.00", "0.00", None)
    charged("2026-06")
    charged("2026-07")
    assert balance(student) == ("0.00", "0.00", "0.00", None)


def test_a_part_payment_pays_the_oldest_first():
    student = make_student()
    charged("2026-05")
    charged("2026-06")
    pay(student, "7000")
    assert balance(student) == ("3000.00", "3000.00", "0.00", "2026-06-10")


def test_a_reversed_receipt_restores_what_was_owed_and_keeps_its_number():
    student = make_student()
    charged("2026-05")
    charged("2026-06")
    before = balance(student)
    receipt = pay(student, "7000")
    reverse(receipt, reason="bounced", cash_returned=False, by=BY)
    assert balance(student) == before
    with pytest.raises(Refused) as refusal:
        reverse(receipt, reason="bounced", cash_returned=False, by=BY)
    assert refusal.value.code == "reversed_before"
    assert pay(student, "7000").number == 2


@pytest.mark.parametrize(("day", "fines"), [("2026-05-10", []), ("2026-05-11", ["100.00"])])
def test_paid_on_the_due_day_no_fine_and_a_day_later_one(today, day, fines):
    today(day)
    student = make_student()
    charged("2026-05", fine=FLAT)
    pay(student, "5000")
    assert [str(e.amount) for e in Entry.objects.filter(kind="fine")] == fines
    owed = sum(map(Decimal, fines), Decimal("0.00"))
    assert balance(student) == (str(owed), "0.00", str(owed), None)


def test_the_fine_is_paid_with_the_fee():
    student = make_student()
    charged("2026-05", fine=FLAT)
    receipt = pay(student, "5100")
    assert balance(student) == ("0.00", "0.00", "0.00", None)
    lines = [(line["what"], line["amount"], line["name"]) for line in receipt.lines]
    assert lines == [("fee", "5000.00", "Ali"), ("fine", "100.00", "Ali")]
    reverse(receipt, reason="bounced", cash_returned=False, by=BY)
    assert balance(student) == ("5000.00", "5000.00", "0.00", "2026-05-10")


def test_the_next_run_fines_who_is_late_once(today):
    today("2026-06-01")
    student = make_student()
    charged("2026-05", fine=FLAT)
    charged("2026-06", fine=FLAT)
    charged("2026-06", fine=FLAT)
    assert balance(student) == ("10100.00", "10000.00", "100.00", "2026-05-10")


def test_paid_at_the_bank_in_time_and_entered_late_undoes_the_fine(today):
    today("2026-06-01")
    student = make_student()
    charged("2026-05", fine=FLAT)
    charged("2026-06")
    receipt = pay(student, "5000", method="bank", day=date(2026, 5, 10))
    assert balance(student) == ("5000.00", "5000.00", "0.00", "2026-06-10")
    reverse(receipt, reason="not ours", cash_returned=False, by=BY)
    assert balance(student) == ("10100.00", "10000.00", "100.00", "2026-05-10")


def test_a_fine_does_not_come_back_beside_a_newer_one(today):
    today("2026-06-01")
    student = make_student()
    fee = Entry.objects.get(run=charged("2026-05", fine=FLAT))
    charged("2026-06")
    receipt = pay(student, "5000", method="bank", day=date(2026, 5, 10))
    make_entry(student, "adjustment", "500", against=fee)
    pay(student, "500")
    assert balance(student) == ("5100.00", "5000.00", "100.00", "2026-06-10")
    reverse(receipt, reason="not ours", cash_returned=False, by=BY)
    assert balance(student) == ("10100.00", "10000.00", "100.00", "2026-05-10")


def test_a_fee_changed_later_counts_from_the_next_run():
    student = make_student()
    charged("2026-06")
    student.fees = Decimal("6000")
    student.save()
    charged("2026-07")
    fees = Entry.objects.filter(kind="fee").order_by("month")
    assert [str(fee.amount) for fee in fees] == ["5000.00", "6000.00"]


def test_the_advance_of_a_leaver_is_handed_back():
    student = make_student()
    pay(student, "3000", advance=True)
    receipt, _new = hand_back(payment(student, "3000"), BY)
    assert (receipt.number, str(receipt.total)) == (2, "-3000.00")
    assert balance(student) == ("0.00", "0.00", "0.00", None)
    with pytest.raises(Refused) as refusal:
        hand_back(payment(student, "1"), BY)
    assert refusal.value.code == "more_than_advance"
    with pytest.raises(Refused) as refusal:
        reverse(Receipt.objects.get(number=1), reason="x", cash_returned=False, by=BY)
    assert refusal.value.code == "entry_hands_back_too_much"


def test_a_second_payment_with_the_same_reference_is_refused():
    student = make_student()
    charged("2026-05")
    pay(student, "1000", method="bank", reference="HBL 77")
    with pytest.raises(Refused) as refusal:
        pay(student, "1000", method="bank", reference="HBL 77")
    assert str(refusal.value) == "Receipt 1 has this reference: look whether it is the same money."
    reverse(Receipt.objects.get(), reason="typed wrong", cash_returned=False, by=BY)
    pay(student, "1000", method="bank", reference="HBL 77", key=uuid4())


def test_waived_then_reversed_leaves_no_credit():
    student = make_student()
    charged("2026-05", fine=FLAT)
    receipt = pay(student, "5000")
    fine = Entry.objects.get(kind="fine")
    make_entry(student, "waiver", "-100", against=fine)
    assert balance(student)[0] == "0.00"
    reverse(receipt, reason="bounced", cash_returned=False, by=BY)
    assert balance(student) == ("5000.00", "5000.00", "0.00", "2026-05-10")
