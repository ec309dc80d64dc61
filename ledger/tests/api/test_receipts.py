"""POST /api/receipts/ and GET /api/receipts/<number>/: money that programs and people take."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ledger.drawers import close_drawer, open_drawer
from ledger.models import Drawer, Entry, Receipt
from ledger.owed import ZERO
from ledger.tests.factories import charged, make_drawer, pay
from students.models import Balance
from students.tests.api.calls import at_once, error, send
from students.tests.factories import make_family, make_leaver, make_student

RECEIPTS = "/api/receipts/"
KEY = "0a6f2a4e-3f0d-4d0e-9a53-0f7b2f6f1d11"
NOTHING_SAVED = "Nothing was saved; see errors."


@pytest.fixture
def ali(db):
    """He owes 5,000 of May."""
    student = make_student(name="Ali", fees="5000", class_name="9-B")
    charged("2026-05")
    return student


def body(student, amount="5000", **more):
    return {"key": KEY, "student": student.pk, "amount": amount, "method": "easypaisa", **more}


def take(client, sent):
    return send(client, "POST", RECEIPTS, sent)


def errors(answer):
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert not Receipt.objects.exists()
    return answer.json()["errors"]


def test_money_is_taken_and_the_receipt_read(program, ali):
    answer = take(program, body(ali, reference=" EP-1 ", payer="Aslam", day="2026-05-09"))
    assert answer.status_code == 201
    receipt = Receipt.objects.get()
    assert answer["Location"] == f"{RECEIPTS}{receipt.number}/"
    told = answer.json()
    assert told.pop("at")[:10] == timezone.localdate().isoformat()
    assert told == {
        "number": receipt.number,
        "key": KEY,
        "student": ali.pk,
        "family": None,
        "payer": "Aslam",
        "day": "2026-05-09",
        "method": "easypaisa",
        "reference": "EP-1",
        "currency": "PKR",
        "total": "5000.00",
        "lines": [
            {
                "student": ali.pk,
                "name": "Ali",
                "class_name": "9-B",
                "what": "fee",
                "month": "2026-05",
                "due_on": "2026-05-10",
                "note": "",
                "amount": "5000.00",
            }
        ],
        "balance_after": "0.00",
        "by": "token website",
        "reversal": None,
    }
    assert (receipt.user, receipt.drawer) == (None, None)
    read = program.get(answer["Location"])
    assert (read.status_code, read.content, read["ETag"]) == (200, answer.content, answer["ETag"])
    again = program.get(answer["Location"], headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("amount", "total"),
    [
        ("Rs 5,000/-", "5000.00"),
        (4999.99, "4999.99"),
        ("0.01", "0.01"),
        ("۵۰۰۰", "5000.00"),
        (1, "1.00"),
    ],
)
def test_amounts_are_text_or_numbers_and_exact(program, ali, amount, total):
    assert take(program, body(ali, amount)).json()["total"] == total


def test_up_to_what_the_ledger_holds(program, ali):
    answer = take(program, body(ali, "99999999.99", advance=True))
    assert answer.json()["balance_after"] == "-99994999.99"


def test_the_same_key_gives_the_same_receipt(program, ali):
    first = take(program, body(ali))
    again = take(program, body(ali))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert "Location" not in again
    assert Receipt.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(program, ali):
    number = take(program, body(ali)).json()["number"]
    for other in (
        {"amount": "4000"},
        {"method": "bank"},
        {"reference": "x"},
        {"day": "2026-05-09"},
    ):
        answer = take(program, body(ali, **{"amount": "5000", **other}))
        assert answer.status_code == 409
        assert (answer.json()["code"], answer.json()["receipt"]) == ("other_body", number)
    assert Receipt.objects.count() == 1


def test_a_repeat_after_midnight_is_the_same(program, ali, today):
    today("2026-06-01")
    number = take(program, body(ali)).json()["number"]
    today("2026-06-02")
    answer = take(program, body(ali))
    assert (answer.status_code, answer.json()["number"]) == (200, number)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_one_receipt(program):
    student = make_student(fees="5000")
    charged("2026-05")
    answers = at_once(4, lambda _n: take(program, body(student)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert Receipt.objects.count() == 1


def test_more_than_is_owed_is_refused_unless_it_is_an_advance(program, ali):
    answer = take(program, body(ali, "15000"))
    assert answer.status_code == 409
    assert answer.json() == {
        "type": "about:blank",
        "title": "This can't be done as things stand",
        "status": 409,
        "detail": "Rs 5,000 is owed now. Take that, or say that the rest is an advance.",
        "code": "more_than_owed",
        "owed_now": "5000.00",
    }
    assert not Receipt.objects.exists()
    told = take(program, body(ali, "15000", advance=True)).json()
    assert [line["what"] for line in told["lines"]] == ["fee", "advance"]
    assert told["balance_after"] == "-10000.00"


def test_a_reference_that_was_used_is_refused(program, ali):
    number = take(program, body(ali, "1000", reference="EP-1")).json()["number"]
    answer = take(program, body(ali, "1000", reference="EP-1", key=str(uuid4())))
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["receipt"]) == ("reference_used", number)
    other = body(ali, "1000", reference="EP-1", method="bank", key=str(uuid4()))
    assert take(program, other).status_code == 201


def test_a_family_pays_for_its_children(program, db):
    family = make_family(name="Aslam")
    sana = make_student(name="Sana", fees="3000", family=family)
    ali = make_student(name="Ali", fees="2000", family=family)
    charged("2026-05")
    sent = {"key": KEY, "family": family.pk, "amount": "4500", "method": "bank"}
    told = take(program, sent).json()
    assert (told["student"], told["family"], told["balance_after"]) == (None, family.pk, "500.00")
    assert [(line["student"], line["name"], line["amount"]) for line in told["lines"]] == [
        (sana.pk, "Sana", "3000.00"),
        (ali.pk, "Ali", "1500.00"),
    ]


def test_the_rest_of_a_familys_money_is_of_a_child_who_is_there(program, db):
    """No month to come would use up a leaver's."""
    family = make_family(name="Aslam")
    make_leaver(name="Sana", family=family)
    ali = make_student(name="Ali", family=family)
    sent = {"key": KEY, "family": family.pk, "amount": "500", "method": "bank", "advance": True}
    told = send(program, "POST", RECEIPTS, sent).json()
    assert [(line["student"], line["what"]) for line in told["lines"]] == [(ali.pk, "advance")]


def test_one_of_a_student_and_a_family(program, ali):
    family = make_family()
    both = body(ali, family=family.pk)
    neither = {name: value for name, value in body(ali).items() if name != "student"}
    for sent in (both, neither):
        words = "Name a student or a family: one of the two."
        assert errors(take(program, sent)) == [error("student", "required", words)]
    of_nobody = neither | {"family": family.pk}
    words = "This family has no children here."
    assert errors(take(program, of_nobody)) == [error("family", "invalid", words)]


@pytest.mark.parametrize(
    ("sent", "parameter", "code"),
    [
        ({"key": "no"}, "key", "invalid"),
        ({"key": None}, "key", "invalid"),
        ({"key": KEY + "\0"}, "key", "invalid"),
        ({"student": 10**9}, "student", "invalid_choice"),
        ({"student": 2**63}, "student", "invalid"),
        ({"student": "1"}, "student", "invalid"),
        ({"student": True}, "student", "invalid"),
        ({"family": 10**9, "student": None}, "family", "invalid_choice"),
        ({"amount": 0}, "amount", "invalid"),
        ({"amount": "-5"}, "amount", "invalid"),
        ({"amount": -5}, "amount", "invalid"),
        ({"amount": "0.001"}, "amount", "invalid"),
        ({"amount": 0.001}, "amount", "invalid"),
        ({"amount": "100000000"}, "amount", "invalid"),
        ({"amount": "9" * 5000}, "amount", "max_length"),
        ({"amount": "\ud800"}, "amount", "invalid"),
        ({"method": "\ud800"}, "method", "invalid"),
        ({"key": "\ud800"}, "key", "invalid"),
        ({"amount": "NaN"}, "amount", "invalid"),
        ({"amount": "1e3"}, "amount", "invalid"),
        ({"amount": True}, "amount", "invalid"),
        ({"amount": None}, "amount", "invalid"),
        ({"amount": [5000]}, "amount", "invalid"),
        ({"amount": ""}, "amount", "required"),
        ({"amount": "۵5"}, "amount", "invalid"),
        ({"amount": "5\0"}, "amount", "invalid"),
        ({"method": "gold"}, "method", "invalid_choice"),
        ({"method": 1}, "method", "invalid"),
        ({"method": "cheque"}, "reference", "required"),
        ({"reference": "x" * 61}, "reference", "max_length"),
        ({"reference": "\0"}, "reference", "invalid"),
        ({"payer": "x" * 101}, "payer", "max_length"),
        ({"payer": "\ud800"}, "payer", "invalid"),
        ({"day": "31/12/2025"}, "day", "invalid"),
        ({"day": "2026-02-30"}, "day", "invalid"),
        ({"day": 20260501}, "day", "invalid"),
        ({"advance": "true"}, "advance", "invalid"),
        ({"advance": 1}, "advance", "invalid"),
        ({"advance": None}, "advance", "invalid"),
    ],
)
def test_what_is_no_payment_is_refused(program, ali, sent, parameter, code):
    assert [
        (each["parameter"], each["code"]) for each in errors(take(program, body(ali) | sent))
    ] == [(parameter, code)]
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    "amount", ["NaN", "Infinity", "1e400", "-1e400", "1e-400", "1" + "0" * 400]
)
def test_numbers_that_are_no_amount(program, ali, amount):
    sent = f'{{"key": "{KEY}", "student": {ali.pk}, "amount": {amount}, "method": "bank"}}'
    answer = take(program, sent)
    assert answer.status_code == 400
    assert not Receipt.objects.exists()


def test_no_money_has_come_tomorrow(program, ali):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert [each["parameter"] for each in errors(take(program, body(ali, day=tomorrow)))] == ["day"]


def test_a_misspelt_member_is_not_left_out(program, ali):
    known = "key, student, family, amount, method, reference, payer, day, advance"
    words = f"There is no such parameter; this address takes: {known}."
    sent = body(ali) | {"amuont": 1}
    assert errors(take(program, sent)) == [error("amuont", "unknown", words, suggestion="amount")]
    answer = send(program, "POST", f"{RECEIPTS}?dry_run=true", body(ali))
    assert [each["code"] for each in errors(answer)] == ["unknown"]


def test_everything_that_is_missing_at_once(program, ali):
    assert [(each["parameter"], each["code"]) for each in errors(take(program, {}))] == [
        ("key", "required"),
        ("amount", "required"),
        ("method", "required"),
    ]


def test_another_method_and_another_content(program, ali):
    assert program.get(RECEIPTS).status_code == 405
    answer = program.post(RECEIPTS, {"amount": "1"})
    assert answer.status_code == 415
    number = pay(ali, "1").number
    assert program.get(f"{RECEIPTS}{number}/").json()["lines"][0]["amount"] == "1.00"
    assert program.delete(f"{RECEIPTS}{number}/").status_code == 405
    assert program.get(f"{RECEIPTS}{number + 1}/").status_code == 404
    assert program.get(f"{RECEIPTS}{number}/?x=1").status_code == 400


# -- People who are signed in ----------------------------------------------------------------------


def test_a_cashiers_cash_goes_into_his_drawer(cashier, ali):
    answer = take(cashier, body(ali, method="cash"))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_drawer")
    assert not Receipt.objects.exists()
    user = User.objects.get(username="cashier")
    drawer = make_drawer(user)
    answer = take(cashier, body(ali, method="cash"))
    assert (answer.status_code, answer.json()["by"]) == (201, "cashier")
    receipt = Receipt.objects.get()
    assert (receipt.drawer, receipt.user) == (drawer, user)


def test_a_repeat_after_the_drawer_was_closed_is_the_same(cashier, ali):
    user = User.objects.get(username="cashier")
    open_drawer(user, ZERO)
    number = take(cashier, body(ali, method="cash")).json()["number"]
    close_drawer(Drawer.objects.get(), counted=Receipt.objects.get().total, note="", user=user)
    answer = take(cashier, body(ali, method="cash"))
    assert (answer.status_code, answer.json()["number"]) == (200, number)
    answer = take(cashier, body(ali, method="cash", key=str(uuid4())))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_drawer")


def test_a_programs_cash_is_in_no_drawer(program, ali):
    make_drawer(User.objects.create_user("somebody"))
    assert take(program, body(ali, method="cash")).status_code == 201
    assert Receipt.objects.get().drawer is None
    assert Balance.objects.get(student=ali).balance == 0
