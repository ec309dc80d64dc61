"""/fees/students/<pk>/refund/: an advance goes back."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from ledger.drawers import close_drawer, expected
from ledger.models import Receipt
from ledger.tests.factories import charged, make_drawer, pay
from ledger.tests.pages import said
from students.models import Balance
from students.tests.factories import make_leaver, make_student
from students.tests.test_clerk import errors, opened


def page_of(student):
    return f"/fees/students/{student.pk}/refund/"


@pytest.fixture
def student(db):
    """Who paid 3,000 in advance, and left."""
    student = make_leaver(name="Ali")
    pay(student, "3000", advance=True, method="bank")
    return student


@pytest.fixture
def drawer(cashier):
    return make_drawer(User.objects.get(username="cashier"), "5000")


def test_an_advance_goes_back_whole(cashier, student, drawer):
    sent = opened(cashier, page_of(student))
    assert (sent["amount"], sent["method"]) == ("3,000", "cash")
    assert "Paid in advance, and not used up: Rs 3,000" in said(cashier.get(page_of(student)))
    response = cashier.post(page_of(student), sent, follow=True)
    assert response.redirect_chain == [("/fees/receipts/2/", 302)]
    page = said(response)
    assert "Rs 3,000 was handed back." in page
    assert "Receipt 2: money handed back" in page
    assert "DUPLICATE" not in page
    receipt = Receipt.objects.get(number=2)
    assert (str(receipt.total), receipt.by, receipt.drawer) == ("-3000.00", "cashier", drawer)
    assert str(expected(drawer)["cash"]) == "2000.00"
    assert str(Balance.objects.get().balance) == "0.00"


def test_a_part_goes_back_by_cheque(cashier, student):
    sent = opened(cashier, page_of(student), amount="Rs 1,000/-", method="cheque")
    refused = cashier.post(page_of(student), sent)
    assert errors(refused) == {"reference": ["Type the cheque's bank and number."]}
    cashier.post(page_of(student), sent | {"reference": "HBL 00123", "note": "to his father"})
    receipt = Receipt.objects.get(number=2)
    assert (receipt.reference, receipt.note) == ("HBL 00123", "to his father")
    assert str(Balance.objects.get().balance) == "-2000.00"


def test_more_than_the_advance_is_refused(cashier, student, drawer):
    response = cashier.post(page_of(student), opened(cashier, page_of(student), amount="3001"))
    assert response.status_code == 200
    assert errors(response)["__all__"] == [
        "Rs 3,000 was paid in advance: no more can be handed back."
    ]
    assert "<title>Error: Hand money back to Ali" in response.content.decode()
    assert Receipt.objects.count() == 1


def test_sent_twice_goes_back_once(cashier, student, drawer):
    sent = opened(cashier, page_of(student), amount="1000")
    first = cashier.post(page_of(student), sent)
    again = cashier.post(page_of(student), sent, follow=True)
    assert again.redirect_chain == [(first["Location"], 302)]
    assert "nothing was booked twice" in said(again)
    assert Receipt.objects.count() == 2
    other = cashier.post(page_of(student), sent | {"amount": "2000"})
    assert "was booked as receipt 2" in errors(other)["__all__"][0]


def test_without_an_open_drawer_no_cash_goes_back(cashier, student):
    response = cashier.post(page_of(student), opened(cashier, page_of(student)))
    assert errors(response)["__all__"] == ["Open your drawer first: cash goes into it."]
    cashier.post(page_of(student), opened(cashier, page_of(student), method="bank"))
    assert Receipt.objects.get(number=2).drawer is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "x"}, "amount"),
        ({"method": "gold"}, "method"),
        ({"reference": "x" * 61}, "reference"),
        ({"note": "x" * 201}, "note"),
        ({"key": ""}, "key"),
        ({"key": "x"}, "key"),
    ],
)
def test_refusals(cashier, student, drawer, typed, field):
    response = cashier.post(page_of(student), opened(cashier, page_of(student), **typed))
    assert (response.status_code, list(errors(response))) == (200, [field])
    assert Receipt.objects.count() == 1


def test_who_has_no_advance_is_handed_nothing(cashier, db):
    student = make_student()
    charged("2026-05")
    page = cashier.get(page_of(student))
    assert "there is nothing to hand back" in said(page)
    assert '<form method="post" class' not in page.content.decode()


def test_nobody_of_that_number(cashier, db):
    assert cashier.get("/fees/students/1/refund/").status_code == 404
    assert cashier.get(f"/fees/students/{'9' * 30}/refund/").status_code == 404


def test_more_than_a_million_goes_back(cashier, db):
    """More than a student's monthly fees may be."""
    student = make_leaver(name="Ali")
    pay(student, "1500000", advance=True, method="bank")
    cashier.post(page_of(student), opened(cashier, page_of(student), method="bank"))
    assert str(Receipt.objects.get(number=2).total) == "-1500000.00"


def test_sent_again_when_the_drawer_is_closed(cashier, student, drawer):
    sent = opened(cashier, page_of(student))
    cashier.post(page_of(student), sent)
    close_drawer(drawer, counted=Decimal(2000), note="", user=drawer.cashier)
    assert cashier.post(page_of(student), sent)["Location"] == "/fees/receipts/2/"
    assert Receipt.objects.count() == 2
