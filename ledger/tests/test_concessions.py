"""/fees/students/<pk>/concessions/: what a student need not pay, from a month on."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.models import Concession, Entry
from ledger.tests.factories import charged, concede
from ledger.tests.pages import said
from students.tests.factories import make_student
from students.tests.test_clerk import errors

pytestmark = pytest.mark.django_db


@pytest.fixture
def student():
    return make_student()


def page_of(student):
    return f"/fees/students/{student.pk}/concessions/"


def send(client, student, **more):
    sent = client.get(page_of(student)).context["form"]["sent"].value()
    data = {
        "reason": "Orphan", "percent": "25", "amount": "", "from_month": "2026-05", "until": "",
        "sent": sent,
    }  # fmt: skip
    return client.post(page_of(student), data | more)


def test_conceded_and_counted_from_the_run_on(manager, student):
    assert "Nothing." in said(manager.get(page_of(student)))
    assert send(manager, student).status_code == 302
    made = Concession.objects.get()
    assert (made.reason, made.percent, made.amount, made.from_month, made.until, made.by) == (
        "Orphan", Decimal(25), None, date(2026, 5, 1), None, "manager",
    )  # fmt: skip
    assert "Orphan: 25 %, from May 2026 on" in said(manager.get(page_of(student)))
    charged("2026-05")
    assert str(Entry.objects.get(kind="concession").amount) == "-1250.00"


def test_an_amount_of_some_months(manager, student):
    send(manager, student, percent="", amount="1,000", until="2026-06")
    page = said(manager.get(page_of(student)))
    assert "Orphan: Rs 1,000 a month, May 2026 to June 2026" in page


def test_sent_twice_it_is_conceded_once(manager, student):
    for _once in range(2):
        send(manager, student, sent="f2b1c1de-1111-4222-8333-444455556666")
    assert Concession.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"percent": ""}, "percent"),
        ({"amount": "5"}, "percent"),
        ({"percent": "0"}, "percent"),
        ({"percent": "100.01"}, "percent"),
        ({"percent": "NaN"}, "percent"),
        ({"percent": "12.345"}, "percent"),
        ({"percent": "", "amount": "0"}, "amount"),
        ({"percent": "", "amount": "99,999,999"}, "amount"),
        ({"from_month": "May"}, "from_month"),
        ({"until": "2026-04"}, "until"),
    ],
)
def test_bad_values_are_refused_beside_their_field(manager, student, more, field):
    response = send(manager, student, **more)
    assert response.status_code == 200
    assert list(errors(response)) == [field]
    assert "Error: Concessions of Ali" in said(response)
    assert not Concession.objects.exists()


def test_ended_and_months_that_were_charged_stay(manager, student):
    made = concede(student, percent="10")
    charged("2026-05")
    sent = {"end": made.pk, "last": "2026-04"}
    assert manager.post(page_of(student), sent).status_code == 302
    charged("2026-06")
    assert Entry.objects.filter(kind="concession").count() == 1
    assert "January 2026 to April 2026" in said(manager.get(page_of(student)))


@pytest.mark.parametrize("last", ["2025-12", "x", ""])
def test_it_does_not_end_before_it_begins(manager, student, last):
    made = concede(student, percent="10")
    response = manager.post(page_of(student), {"end": made.pk, "last": last})
    assert response.status_code == 200
    assert "Error: Concessions of Ali" in said(response)
    made.refresh_from_db()
    assert made.until is None


@pytest.mark.parametrize("end", ["x", "9" * 30, "0", ""])
def test_what_is_no_concession_of_his_is_not_ended(manager, student, end):
    other = concede(make_student(name="Sana"), percent="10")
    for each in (end, other.pk):
        response = manager.post(page_of(student), {"end": each, "last": "2026-05"})
        assert response.status_code == 200
    other.refresh_from_db()
    assert other.until is None


def test_a_cashier_concedes_nothing(cashier, student):
    assert cashier.get(page_of(student)).status_code == 403
    assert cashier.post(page_of(student), {"reason": "x"}).status_code == 403
