"""The facts that may be left out: father, phone, class, days of joining and leaving, family."""

from datetime import timedelta

import pytest
from django.utils import timezone

from students.models import Student
from students.tests.api.calls import STUDENTS, error, one, refused, send, whole
from students.tests.factories import make_family, make_student

ALI = {"name": "Ali", "city": "Lahore", "fees": "5000"}
NOTHING_SAVED = "Nothing was saved; see errors."


def facts(family):
    return {
        "father_name": "Muhammad Aslam",
        "phone": "03001234567",
        "class_name": "9-B",
        "joined_on": "2026-04-01",
        "left_on": "2026-05-31",
        "family": family.pk,
    }


def test_all_of_them(writer, db):
    sent = facts(make_family()) | {"phone": "+92 300-1234567", "father_name": " Muhammad  Aslam"}
    answer = send(writer, "POST", STUDENTS, ALI | sent)
    pk = answer.json()["id"]
    expected = whole(pk, "Ali", "Lahore", "5000.00", **facts(make_family_of(pk)))
    assert (answer.status_code, answer.json()) == (201, expected)
    assert writer.get(one(pk)).json() == expected
    assert writer.get(f"{STUDENTS}?status=left").json()["students"] == [expected]
    assert answer["ETag"] == writer.get(one(pk))["ETag"]


def make_family_of(pk):
    return Student.objects.get(pk=pk).family


def test_who_joins_today_needs_not_say_so(writer, db):
    today = timezone.localdate()
    assert send(writer, "POST", STUDENTS, ALI).json()["joined_on"] == today.isoformat()
    always = send(writer, "POST", STUDENTS, ALI | {"joined_on": None}).json()
    assert always["joined_on"] is None
    gone = send(writer, "POST", STUDENTS, ALI | {"left_on": "2025-04-05"}).json()
    assert (gone["joined_on"], gone["left_on"]) == (None, "2025-04-05")


def test_put_with_three_leaves_the_others(writer, db):
    family = make_family()
    student = make_student(**facts(family) | {"family": family})
    answer = send(writer, "PUT", one(student.pk), ALI | {"fees": "6000"})
    assert answer.json() == whole(student.pk, "Ali", "Lahore", "6000.00", **facts(family))


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"phone": "042 35761234"}, {"phone": "04235761234"}),
        ({"phone": ""}, {"phone": ""}),
        ({"father_name": "اسلم"}, {"father_name": "اسلم"}),
        ({"class_name": ""}, {"class_name": ""}),
        ({"left_on": None}, {"left_on": None}),
        ({"joined_on": None}, {"joined_on": None}),
        ({"family": None}, {"family": None}),
        ({"left_on": "2026-06-01", "joined_on": "2026-06-01"},) * 2,
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_what_is_sent_is_changed(writer, db, method, change, shown):
    family = make_family()
    student = make_student(**facts(family) | {"family": family})
    answer = send(writer, method, one(student.pk), ALI | change)
    assert answer.json() == whole(student.pk, "Ali", "Lahore", "5000.00", **facts(family) | shown)


TOMORROW = (timezone.localdate() + timedelta(days=1)).isoformat()
TO_COME = "Nobody has left on a day to come: type today or a day before."
NOT_BEFORE = "Nobody leaves before he joins: see the day of joining."
NO_DAY = "It must be a day such as 2026-12-05, or null."


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"left_on": TOMORROW}, error("left_on", "invalid", TO_COME)),
        (
            {"joined_on": "2026-01-02", "left_on": "2026-01-01"},
            error("left_on", "invalid", NOT_BEFORE),
        ),
        ({"joined_on": "01/04/2026"}, error("joined_on", "invalid", NO_DAY)),
        ({"joined_on": ""}, error("joined_on", "invalid", NO_DAY)),
        ({"joined_on": 20260401}, error("joined_on", "invalid", NO_DAY)),
        ({"joined_on": "2026-04-01T00:00:00"}, error("joined_on", "invalid", NO_DAY)),
        (
            {"joined_on": "2026-02-30"},
            error(
                "joined_on",
                "invalid",
                "There is no day “2026-02-30”: type it as day/month/year.",
            ),
        ),
        (
            {"left_on": "0001-01-01"},
            error("left_on", "invalid", "Type a day from 1900 on; found “0001-01-01”."),
        ),
        (
            {"phone": "12"},
            error("phone", "invalid", "Type one phone number, such as 0300-1234567; found “12”."),
        ),
        ({"phone": None}, error("phone", "invalid", "It must be text.")),
        ({"phone": 3001234567}, error("phone", "invalid", "It must be text.")),
        ({"phone": "0" * 41}, error("phone", "max_length", "It has at most 40 characters.")),
        (
            {"class_name": "9" * 31},
            error("class_name", "max_length", "It has at most 30 characters."),
        ),
        ({"family": 77}, error("family", "invalid_choice", "There is no such family.")),
        (
            {"family": "1"},
            error("family", "invalid", "It must be the id of a family, or null."),
        ),
        (
            {"family": True},
            error("family", "invalid", "It must be the id of a family, or null."),
        ),
    ],
)
def test_refusals(writer, db, change, expected):
    refused(send(writer, "POST", STUDENTS, ALI | change), expected, detail=NOTHING_SAVED)
    student = make_student(phone="0300-1234567")
    refused(send(writer, "PATCH", one(student.pk), change), expected, detail=NOTHING_SAVED)
    assert Student.objects.get().phone == "03001234567"


def test_a_change_of_any_fact_changes_the_etag(writer, db):
    family = make_family()
    student = make_student()
    seen = {writer.get(one(student.pk))["ETag"]}
    for name, value in (facts(family) | {"family": family}).items():
        Student.objects.filter(pk=student.pk).update(**{name: value})
        seen.add(writer.get(one(student.pk))["ETag"])
    assert len(seen) == 7
