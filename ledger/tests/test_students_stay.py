"""Whom money was charged to, or taken from, stays a student, at every door."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.models import Entry, Kind
from ledger.tests.factories import charged, concede, make_entry, pay
from students.forms import state_of
from students.imports import writing
from students.models import Family, State, Student
from students.tests.api.calls import one, send
from students.tests.factories import make_family, make_student
from students.tests.test_admin_twice import LIST, seen_on
from students.tests.test_import_writing import call_back, confirm, make_import

WORDS = "Money was charged to or taken from this student: mark him as left instead."


@pytest.fixture
def ali(db):
    student = make_student(name="Ali")
    make_entry(student, Kind.OTHER, "4321", note="Admission")
    return student


def test_the_api_refuses_to_delete_him(program, ali):
    answer = program.delete(one(ali.pk))
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == WORDS
    assert Student.objects.get() == ali
    assert send(program, "PATCH", one(ali.pk), {"left_on": "2026-05-31"}).status_code == 200


def test_the_admin_refuses_and_tells_no_amount(admin, ali):
    address = f"{LIST}{ali.pk}/delete/"
    page = admin.get(address).content.decode()
    assert WORDS in page
    assert "4321" not in page
    assert "Yes, I" not in page
    admin.post(address, {"post": "yes", "seen": state_of(ali)})
    assert Student.objects.get() == ali


def test_the_admin_refuses_to_delete_several_with_him(admin, ali):
    sana = make_student(name="Sana")
    chosen = {"action": "delete_selected", "_selected_action": [ali.pk, sana.pk]}
    page = admin.post(LIST, chosen).content.decode()
    assert WORDS in page
    assert "4321" not in page
    assert "Yes, I" not in page
    admin.post(LIST, {**chosen, "post": "yes"})
    assert Student.objects.count() == 2
    chosen["_selected_action"] = [sana.pk]
    seen = seen_on(admin.post(LIST, chosen))
    admin.post(LIST, {**chosen, "post": "yes", "seen": seen})
    assert Student.objects.get() == ali


def three_from_a_file():
    done = confirm(make_import("name,city,fees\nAli,Lahore,1\nSana,Lahore,1\nHina,Lahore,1\n"))
    return done, *Student.objects.order_by("pk")


def test_undoing_an_import_leaves_him_alone(db):
    done, ali, sana, _hina = three_from_a_file()
    make_entry(ali, Kind.FEE, "5000", day=date(2026, 5, 1))
    concede(sana, percent="10")  # no entry yet
    undone = call_back(done)
    assert list(Student.objects.order_by("pk")) == [ali, sana]
    assert (undone.state, undone.left_alone) == (State.UNDONE, 2)
    assert undone.options["left"] == [ali.pk, sana.pk]
    assert Entry.objects.count() == 1


def call_back_and_check(done):
    call_back(done)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does


def test_without_the_guard_nothing_could_be_undone(db, monkeypatch):
    monkeypatch.setattr(writing, "protected", lambda model, number: "false")
    done, ali, *_others = three_from_a_file()
    make_entry(ali, Kind.FEE, "5000", day=date(2026, 5, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        call_back_and_check(done)
    assert Student.objects.count() == 3


def test_a_family_with_a_receipt_stays_too(db):
    done = confirm(make_import("name,city,fees,family\nAli,Lahore,1,Butt\nSana,Lahore,1,Aslam\n"))
    butt = Family.objects.get(name="Butt")
    charged("2026-05")
    pay(butt, "1")
    Student.objects.filter(family=butt).update(family=make_family(name="Khan"))
    call_back(done)
    assert Family.objects.filter(pk=butt.pk).exists()


def test_a_changed_student_with_money_is_put_back(db):
    ali = make_student(name="Ali", fees="5000")
    done = confirm(make_import(f"id,fees\n{ali.pk},6000\n"))
    make_entry(ali, Kind.FEE, "6000", day=date(2026, 5, 1))
    undone = call_back(done)
    ali.refresh_from_db()
    assert (str(ali.fees), undone.left_alone) == ("5000.00", 0)
