"""/fees/receipts/<number>/reverse/: a receipt undone, with a reason."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from api.tests.factories import make_user
from ledger.drawers import close_drawer, expected
from ledger.models import Reversal
from ledger.receipts import hand_back
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, make_drawer, pay, payment
from ledger.tests.pages import said
from students.models import Balance
from students.tests.factories import make_student
from students.tests.test_clerk import errors

WHY = {"reason": "cheque bounced"}


def page_of(receipt):
    return f"/fees/receipts/{receipt.number}/reverse/"


@pytest.fixture
def receipt(db):
    """Of 5,000 in cash, for May."""
    student = make_student(name="Ali")
    charged("2026-05")
    return pay(student, "5000")


def owed():
    return str(Balance.objects.get().balance)


def test_it_is_reversed_with_a_reason(manager, receipt):
    page = said(manager.get(page_of(receipt)))
    for words in ("Reverse receipt 1", "Total Rs 5,000", "Ali Fee, May 2026: Rs 5,000"):
        assert words in page
    response = manager.post(page_of(receipt), WHY, follow=True)
    assert response.redirect_chain == [("/fees/receipts/1/", 302)]
    page = said(response)
    assert "Receipt 1 is reversed: what was owed before is owed again." in page
    assert "REVERSED" in page
    undone = Reversal.objects.get()
    assert (undone.reason, undone.cash_returned, undone.by) == ("cheque bounced", False, "manager")
    assert owed() == "5000.00"


def test_cash_that_is_handed_back_leaves_the_reversers_drawer(manager, receipt):
    drawer = make_drawer(User.objects.get(username="manager"), "9000")
    manager.post(page_of(receipt), WHY | {"cash_returned": "on"})
    assert Reversal.objects.get().drawer == drawer
    assert str(expected(drawer)["cash"]) == "4000.00"


def test_without_an_open_drawer_no_cash_is_handed_back(manager, receipt):
    response = manager.post(page_of(receipt), WHY | {"cash_returned": "on"})
    assert response.status_code == 200
    assert errors(response)["__all__"] == ["Open your drawer first: cash goes into it."]
    assert "<title>Error: Reverse receipt 1" in response.content.decode()
    assert not Reversal.objects.exists()
    assert owed() == "0.00"


@pytest.mark.parametrize("reason", ["", "  ", "\u200b"])
def test_a_reason_is_needed(manager, receipt, reason):
    response = manager.post(page_of(receipt), {"reason": reason})
    assert errors(response) == {"reason": ["This field is required."]}
    assert not Reversal.objects.exists()


def test_reversed_twice_is_refused(manager, receipt):
    for _ in range(2):
        response = manager.post(page_of(receipt), WHY)
    assert response.status_code == 200
    assert errors(response)["__all__"] == ["Receipt 1 was reversed before."]
    assert Reversal.objects.count() == 1


def test_what_is_reversed_is_not_asked_about(manager, receipt):
    reverse(receipt, reason="x", cash_returned=False, by=BY)
    assert manager.get(page_of(receipt))["Location"] == "/fees/receipts/1/"


def test_of_the_bank_no_cash_is_offered(manager, db):
    receipt = pay(make_student(), "5000", advance=True, method="bank")
    assert "cash_returned" not in manager.get(page_of(receipt)).context["form"].fields
    manager.post(page_of(receipt), WHY | {"cash_returned": "on"})
    assert Reversal.objects.get().cash_returned is False


def test_a_refund_in_cash_comes_back_into_the_drawer(manager, db):
    student = make_student()
    pay(student, "3000", advance=True)
    drawer = make_drawer(User.objects.get(username="manager"))
    refund, _new = hand_back(payment(student, "3000"), BY)
    assert "The cash came back" in said(manager.get(page_of(refund)))
    manager.post(page_of(refund), WHY | {"cash_returned": "on"})
    assert str(expected(drawer)["cash"]) == "3000.00"
    assert owed() == "-3000.00"


def test_an_advance_that_was_handed_back_since_is_refused(manager, db):
    student = make_student()
    receipt = pay(student, "3000", advance=True)
    hand_back(payment(student, "3000"), BY)
    response = manager.post(page_of(receipt), WHY)
    assert "More would be handed back than was paid in advance" in errors(response)["__all__"][0]
    assert not Reversal.objects.exists()


def test_looking_changes_nothing(manager, receipt):
    for method in (manager.get, manager.head):
        assert method(page_of(receipt)).status_code == 200
    assert manager.put(page_of(receipt)).status_code == 405
    assert not Reversal.objects.exists()


def test_cashiers_do_not_reverse(cashier, receipt):
    assert cashier.post(page_of(receipt), WHY).status_code == 403
    assert not Reversal.objects.exists()


def test_the_form_must_be_our_own(receipt):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user(group="Managers"))
    assert strict.post(page_of(receipt), WHY).status_code == 403
    assert not Reversal.objects.exists()


@pytest.mark.parametrize("value", ["x" * 201, "a\0b", "🙂", "<script>", "\u202e"])
def test_bad_input_is_never_a_500(manager, receipt, value):
    for name in ("reason", "cash_returned"):
        status = manager.post(page_of(receipt), WHY | {name: value}).status_code
        assert status == 400 if "\0" in value else status in (200, 302)


def test_cash_of_a_closed_drawer_is_ticked_to_go_out_once_more(manager, db, django_user_model):
    """Else it would come into a drawer twice when it is booked anew."""
    cashier = make_user(name="cashier", group="Cashiers")
    drawer = make_drawer(cashier, "0")
    receipt = pay(make_student(), "500", drawer=drawer.pk, advance=True)
    page = f"/fees/receipts/{receipt.number}/reverse/"
    assert "checked" not in manager.get(page).content.decode()
    close_drawer(drawer, counted=Decimal(500), note="", user=cashier)
    shown = manager.get(page).content.decode()
    assert "checked" in shown
    assert "Its drawer is closed: leave this ticked to take the money anew yourself." in shown
