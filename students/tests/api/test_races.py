"""The same call twice, two people at one student: real threads, real transactions."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client

from api import idempotency
from api.models import KeptAnswer
from api.tests.factories import make_token
from students.models import Student, StudentQuerySet
from students.tests.api.calls import at_once
from students.tests.factories import make_student

ALI = {"name": "Ali", "city": "Lahore", "fees": "5000"}
STUDENTS = "/api/students/"


def send(key, method, address, body, **headers):
    # A 500 is an answer here: the client's own raising hears of other threads' requests too.
    client = Client(
        raise_request_exception=False, headers={"Authorization": f"Bearer {key}", **headers}
    )
    return client.generic(method, address, json.dumps(body), content_type="application/json")


@pytest.fixture
def key(db):
    return make_token(can_edit=True)


def add(key, name="one", body=ALI):
    return send(key, "POST", STUDENTS, body, **{"Idempotency-Key": name})


def test_the_same_call_again_adds_nothing_and_is_answered_alike(key):
    first, again = add(key), add(key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    for header in ("Location", "ETag"):
        assert first[header] == again[header]
    assert Student.objects.count() == 1


def test_without_a_key_it_adds_again(key):
    for _ in range(2):
        assert send(key, "POST", STUDENTS, ALI).status_code == 201
    assert Student.objects.count() == 2


def test_another_body_under_the_same_key(key):
    add(key)
    other = add(key, body=ALI | {"fees": "6000"})
    assert other.status_code == 409
    assert other.json()["detail"] == (
        "This Idempotency-Key went with another body: take a new one."
    )
    assert Student.objects.count() == 1


def test_a_key_is_the_callers_own(key):
    other = make_token(name="other", can_edit=True)
    assert add(key).json()["id"] != add(other).json()["id"]


def test_a_refused_call_may_be_mended_under_its_key(key):
    assert add(key, body=ALI | {"fees": "-1"}).status_code == 400
    assert add(key).status_code == 201


@pytest.mark.parametrize("name", ["", "a b", "x" * 201, "کلید"])
def test_what_is_no_key(key, name):
    response = add(key, name=name)
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {
            "parameter": "Idempotency-Key",
            "code": "invalid",
            "detail": "A key has 1 to 200 visible ASCII characters and no space.",
        }
    ]
    assert not Student.objects.exists()


def test_a_day_later_the_key_is_new(key):
    """Whether or not the old answer has gone yet, which it does by itself."""
    add(key, name="one")
    KeptAnswer.objects.update(created_at=F("created_at") - timedelta(hours=24))
    assert add(key, name="one", body=ALI | {"fees": "1"}).status_code == 201
    assert Student.objects.count() == 2
    assert KeptAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twins_at_once_add_one_student(transactional_db):
    key = make_token(can_edit=True)
    answers = at_once(8, lambda number: add(key))
    assert Student.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    for answer in answers:
        assert answer.status_code == 201 or answer["Retry-After"] == "1"
    assert add(key).status_code == 201


@contextmanager
def slowly(monkeypatch):
    """Saving takes long enough for a twin to come."""
    started, add = threading.Event(), StudentQuerySet.add

    def slow(self, **student):
        pk = add(self, **student)
        started.set()
        time.sleep(0.5)
        return pk

    monkeypatch.setattr(StudentQuerySet, "add", slow)
    yield started


@pytest.mark.django_db(transaction=True)
def test_a_twin_in_flight_is_told_to_come_back(transactional_db, monkeypatch):
    key = make_token(can_edit=True)
    with slowly(monkeypatch) as started:

        def act(number):
            return add(key) if number == 0 else started.wait(5) and add(key)

        first, twin = at_once(2, act)
    assert (first.status_code, twin.status_code) == (201, 409)
    assert twin["Retry-After"] == "1"
    assert twin.json()["detail"] == "The first call with this Idempotency-Key is still running."
    assert add(key).content == first.content
    assert Student.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_kept_answer_twins_add_two(transactional_db, monkeypatch):
    monkeypatch.setattr("api.idempotency.once", lambda caller, key, body, act: act())
    key = make_token(can_edit=True)
    at_once(2, lambda number: add(key))
    assert Student.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_twin_waits_or_fails(transactional_db, monkeypatch):
    """The unique row still keeps it to one student; the lock makes the answer a clear one."""
    monkeypatch.setattr(idempotency, "try_lock", lambda name: True)
    key = make_token(can_edit=True)
    with slowly(monkeypatch):
        answers = at_once(2, lambda number: add(key).status_code)
    assert sorted(answers) == [201, 500]
    assert Student.objects.count() == 1


@pytest.mark.hunt
@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_is_told(transactional_db):
    """200 rounds: of two who read the same student and write, one gets a 412; none is lost."""
    key = make_token(can_edit=True)
    address = f"{STUDENTS}{make_student(fees='0').pk}/"
    client = Client(headers={"Authorization": f"Bearer {key}"})
    etag = client.get(address)["ETag"]
    barrier = threading.Barrier(2)

    def act(body):
        barrier.wait()
        return send(key, "PATCH", address, body, **{"If-Match": etag})

    def leave(number):
        barrier.wait()
        connection.close()

    with ThreadPoolExecutor(2) as people:
        for turn in range(1, 201):
            answers = list(people.map(act, [{"fees": f"{turn}.1"}, {"fees": f"{turn}.2"}]))
            assert sorted(answer.status_code for answer in answers) == [200, 412]
            (won,) = [answer for answer in answers if answer.status_code == 200]
            assert client.get(address).json() == won.json()
            etag = won["ETag"]
        list(people.map(leave, range(2)))


@pytest.mark.django_db(transaction=True)
def test_without_if_match_a_change_is_lost(transactional_db):
    key = make_token(can_edit=True)
    address = f"{STUDENTS}{make_student().pk}/"
    answers = at_once(2, lambda number: send(key, "PATCH", address, {"fees": f"{number + 1}"}))
    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.django_db(transaction=True)
def test_changes_of_different_members_both_hold(transactional_db):
    """PATCH reads and writes under one lock: what the other one wrote meanwhile stays."""
    key = make_token(can_edit=True)
    for _ in range(10):
        student = make_student()
        address = f"{STUDENTS}{student.pk}/"
        bodies = [{"fees": "1"}, {"name": "Sana"}]
        at_once(2, lambda n, address=address, bodies=bodies: send(key, "PATCH", address, bodies[n]))
        student.refresh_from_db()
        assert (student.name, str(student.fees)) == ("Sana", "1.00")
