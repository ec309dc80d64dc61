"""POST /api/receipts/<number>/reversal/: a receipt undone."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ledger.drawers import taken
from ledger.models import Receipt, Reversal
from ledger.reports import report
from ledger.tests.factories import charged, make_drawer, pay
from students.models import Balance
from students.tests.api.calls import send
from students.tests.factories import make_student


@pytest.fixture
def receipt(db):
    student = make_student(name="Ali", fees="5000")
    charged("2026-05")
    return pay(student, "5000")


def address(receipt):
    return f"/api/receipts/{receipt.number}/reversal/"


def test_it_is_undone_once(program, receipt):
    answer = send(program, "POST", address(receipt), {"reason": "Booked twice"})
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/receipts/{receipt.number}/"
    told = answer.json()
    reversal = told["reversal"]
    assert reversal.pop("at")[:10] == reversal.pop("day")
    assert reversal == {"reason": "Booked twice", "cash_returned": False, "by": "token website"}
    assert (told["number"], told["total"]) == (receipt.number, "5000.00")
    assert program.get(answer["Location"]).content == answer.content
    kept = Balance.objects.get()
    assert (kept.balance, kept.owed_since.isoformat()) == (5000, "2026-05-10")
    again = send(program, "POST", address(receipt), {"reason": "Booked twice"})
    assert (again.status_code, again.json()["code"]) == (409, "reversed_before")
    assert Reversal.objects.count() == 1


def test_cash_that_is_handed_back_leaves_the_open_drawer(manager, receipt):
    sent = {"reason": "Came twice", "cash_returned": True}
    answer = send(manager, "POST", address(receipt), sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_drawer")
    assert not Reversal.objects.exists()
    drawer = make_drawer(User.objects.get(username="manager"))
    answer = send(manager, "POST", address(receipt), sent)
    assert answer.json()["reversal"]["cash_returned"] is True
    assert answer.json()["reversal"]["by"] == "manager"
    assert Reversal.objects.get().drawer == drawer


@pytest.mark.parametrize(
    ("sent", "parameter", "code"),
    [
        ({}, "reason", "required"),
        ({"reason": ""}, "reason", "required"),
        ({"reason": " \u200b "}, "reason", "required"),
        ({"reason": "x" * 201}, "reason", "max_length"),
        ({"reason": "a\0"}, "reason", "invalid"),
        ({"reason": 5}, "reason", "invalid"),
        ({"reason": "x", "cash_returned": "yes"}, "cash_returned", "invalid"),
        ({"reason": "x", "cash_returnd": True}, "cash_returnd", "unknown"),
    ],
)
def test_what_is_no_reversal(program, receipt, sent, parameter, code):
    answer = send(program, "POST", address(receipt), sent)
    assert answer.status_code == 400
    assert [(each["parameter"], each["code"]) for each in answer.json()["errors"]] == [
        (parameter, code)
    ]
    assert not Reversal.objects.exists()


def test_of_no_receipt(program, receipt):
    sent = {"reason": "x"}
    assert send(program, "POST", "/api/receipts/999999/reversal/", sent).status_code == 404
    assert send(program, "GET", address(receipt), "").status_code == 405
    assert Receipt.objects.standing().count() == 1


def test_cash_for_what_came_by_the_bank_is_cash_on_desk_and_report(manager, program, db):
    student = make_student(name="Ali", fees="5000")
    charged("2026-05")
    receipt = pay(student, "5000", method="bank")
    send(program, "POST", address(receipt), {"reason": "His own", "cash_returned": True})
    today = timezone.localdate()
    desk = {way: amount for way, amount in taken(today, today).items() if amount}
    assert desk == {"bank": Decimal("5000.00"), "cash": Decimal("-5000.00")}
    rows = {row.label: row.collected for row in report(today, today, "method").rows}
    assert rows == desk
    assert report(today, today, "cashier").total.collected == 0
