"""A new place that looks like a known city is saved, and the answer to the write says so."""

import pytest
from django.utils import timezone

from students.models import Student
from students.tests.api.calls import STUDENTS, error, one, send, whole
from students.tests.factories import make_student

ALI = {"name": "Ali", "city": "Lhaore", "fees": "5000"}


def warning(city):
    words = f"Saved as a new place that looks like {city}: change it if that was meant."
    return error("city", "similar", words, suggestion=city)


def test_what_is_added(writer, db):
    answer = send(writer, "POST", STUDENTS, ALI)
    pk = Student.objects.get().pk
    today = timezone.localdate().isoformat()
    shown = whole(pk, "Ali", "Lhaore", "5000.00", joined_on=today)
    assert (answer.status_code, answer.json()) == (201, shown | {"warnings": [warning("Lahore")]})
    assert writer.get(one(pk)).json() == shown
    # Once told, it is a place like any other.
    assert "warnings" not in send(writer, "POST", STUDENTS, ALI | {"city": "lhaore"}).json()


@pytest.mark.parametrize("city", ["lhr", "لاہور", "Chak 204 RB"])
def test_what_looks_like_no_slip(writer, db, city):
    assert "warnings" not in send(writer, "POST", STUDENTS, ALI | {"city": city}).json()


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_is_changed(writer, db, method):
    pk = make_student().pk
    answer = send(writer, method, one(pk), ALI | {"city": "Multam"})
    assert answer.status_code == 200
    assert answer.json()["warnings"] == [warning("Multan")]
    assert "warnings" not in send(writer, method, one(pk), ALI | {"city": "Multam"}).json()
    assert "warnings" not in send(writer, "PATCH", one(pk), {"fees": "1"}).json()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_the_etag_is_the_students_own(writer, db, method):
    address = STUDENTS if method == "POST" else one(make_student().pk)
    answer = send(writer, method, address, ALI)
    assert answer.json()["warnings"]
    pk = answer.json()["id"]
    assert answer["ETag"] == writer.get(one(pk))["ETag"]
    again = send(writer, "PATCH", one(pk), {"fees": "1"}, **{"If-Match": answer["ETag"]})
    assert again.status_code == 200


def test_a_call_sent_again_is_warned_alike(writer, db):
    first, again = (
        send(writer, "POST", STUDENTS, ALI, **{"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.json()["warnings"] == [warning("Lahore")]
    assert (first.content, first["ETag"]) == (again.content, again["ETag"])
    assert Student.objects.count() == 1


def test_a_refused_one_is_not_warned(writer, db):
    answer = send(writer, "POST", STUDENTS, ALI | {"fees": "x"})
    assert answer.status_code == 400
    assert [each["parameter"] for each in answer.json()["errors"]] == ["fees"]


def test_a_known_city_costs_no_question(writer, db, prepared_runs):
    send(writer, "POST", STUDENTS, ALI | {"city": "Lahore"})
    before = prepared_runs()
    send(writer, "POST", STUDENTS, ALI | {"city": "Lahore"})
    assert prepared_runs() == before + 2  # whose token it is, and the student
