"""The admin: who has left, families, and the facts that may be left out."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from api.tests.factories import make_user
from rules.days import format_day
from students.models import Family, Student
from students.tests.factories import make_family, make_leaver, make_student
from students.tests.test_admin import LIST, post, rows, text


@pytest.fixture
def office(db):
    make_student(name="Ali", city="Lahore", joined_on="2026-04-01")
    make_leaver(name="Sana", city="Lahore", left_on="2026-05-31")
    make_leaver(name="Umar", city="Quetta", left_on="2026-05-31")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Ali"]),
        ({"status": "left"}, ["Sana", "Umar"]),
        ({"status": "all"}, ["Ali", "Sana", "Umar"]),
        ({"status": "left", "city": "lhr"}, ["Sana"]),
        ({"status": "all", "q": "a"}, ["Ali", "Sana", "Umar"]),
        ({"status": "nonsense"}, []),
    ],
)
def test_the_list_shows_who_is_asked_for_and_counts_them(editor, office, query, found):
    response = editor.get(LIST, query)
    assert rows(response) == found
    assert response.context["cl"].result_count == len(found)
    said = "Status: choose one of those on the page." in text(response)
    assert said == (query.get("status") == "nonsense")


def test_who_has_left_is_marked_in_the_list(editor, office):
    assert "Sana (left on 31/05/2026)" in text(editor.get(LIST, {"status": "left"})).replace(
        "  ", " "
    )


def send(client, action, names, query="", **data):
    chosen = [str(pk) for pk in Student.objects.filter(name__in=names).values_list("pk", flat=True)]
    sent = {"action": action, "_selected_action": chosen} | data
    return client.post(LIST + query, sent, follow="post" in data)


def opened(client, action, names, query="", **typed):
    """The page that asks for the day, and what a browser would send of it."""
    form = send(client, action, names, query).context["form"]
    return {"post": "yes", "seen": form["seen"].value(), "day": form["day"].value()} | typed


def test_mark_as_left(editor, office):
    sent = opened(editor, "mark_as_left", ["Ali"])
    assert sent["day"] == format_day(timezone.localdate())
    assert not Student.objects.get(name="Ali").has_left  # asked, not done
    response = send(editor, "mark_as_left", ["Ali"], **sent | {"day": "30/06/2026"})
    assert "1 student is marked as left on 30/06/2026." in text(response)
    assert Student.objects.get(name="Ali").left_on == date(2026, 6, 30)
    assert LogEntry.objects.get().change_message == "Mark as left"


def test_came_back(editor, office):
    names, query = ["Sana", "Umar"], "?status=left"
    sent = opened(editor, "mark_as_back", names, query, day="01/09/2026")
    assert "2 students are here." in text(send(editor, "mark_as_back", names, query, **sent))
    assert rows(editor.get(LIST)) == ["Ali", "Sana", "Umar"]
    assert set(Student.objects.filter(name__in=names).values_list("joined_on", flat=True)) == {
        date(2026, 9, 1)
    }


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "This field is required."),
        ("x", "Type a day such as 05/12/2026"),
        ("01/01/2999", "Nobody has left on a day to come"),
        ("31/03/2026", "Nobody leaves before he joins"),
    ],
)
def test_a_bad_day_saves_nothing(editor, office, day, words):
    make_student(name="Bilal")
    sent = opened(editor, "mark_as_left", ["Ali", "Bilal"], day=day)
    assert words in text(send(editor, "mark_as_left", ["Ali", "Bilal"], **sent))
    assert Student.objects.current().count() == 2


def test_over_somebody_elses_change_it_is_asked_again(editor, office):
    sent = opened(editor, "mark_as_left", ["Ali"])
    Student.objects.filter(name="Ali").update(fees="6000")
    response = send(editor, "mark_as_left", ["Ali"], **sent)
    assert "One of these students was changed or deleted" in text(response)
    assert not Student.objects.get(name="Ali").has_left
    again = sent | {"seen": response.context["form"]["seen"].value()}
    send(editor, "mark_as_left", ["Ali"], **again)
    assert Student.objects.get(name="Ali").has_left


def test_not_too_many_at_once(editor, office, monkeypatch):
    monkeypatch.setattr("students.admin.MOST_MARKED", 1)
    make_student(name="Bilal")
    response = editor.post(
        LIST,
        {
            "action": "mark_as_left",
            "_selected_action": Student.objects.values_list("pk", flat=True),
        },
        follow=True,
    )
    assert "Choose at most 1 students at once." in text(response)


def test_only_who_may_change_is_offered_the_actions(editor, office, client, nobody):
    client.force_login(make_user(name="looker", group="Viewers", is_staff=True))
    assert "mark_as_left" in editor.get(LIST).content.decode()
    assert "mark_as_left" not in client.get(LIST).content.decode()
    send(client, "mark_as_left", ["Ali"], post="yes", day="01/06/2026")
    assert not Student.objects.get(name="Ali").has_left


def test_all_facts_are_typed_as_people_write_them(editor, db):
    family = make_family(name="Aslam", phone="0300-1234567")
    facts = {
        "father_name": "Muhammad Aslam", "class_name": "9-B", "phone": "+92 300 1234567",
        "joined_on": "1/4/2026", "family": "aslam",
    }  # fmt: skip
    post(editor, f"{LIST}add/", **facts)
    student = Student.objects.get()
    assert (student.phone, student.joined_on, student.family) == (
        "03001234567", date(2026, 4, 1), family,
    )  # fmt: skip
    page = editor.get(f"{LIST}{student.pk}/change/").content.decode()
    for shown in ("0300-1234567", "01/04/2026", "Aslam · 0300-1234567"):
        assert f'value="{shown}"' in page


def test_a_new_family_is_asked_about(editor, db):
    response = post(editor, f"{LIST}add/", family="Raza")
    assert "Make a new family “Raza”" in text(response)
    assert not Family.objects.exists()
    post(editor, f"{LIST}add/", family="Raza", new_family="Raza", phone="03001234567")
    assert str(Student.objects.get().family) == "Raza · 0300-1234567"


def test_families(editor, db):
    family = make_family(name="Aslam", phone="0300-1234567")
    child = make_student(name="علی", family=family)
    address = "/admin/students/family/"
    assert "0300-1234567" in text(editor.get(f"{address}?q=asl"))
    page = editor.get(f"{address}{family.pk}/change/").content.decode()
    assert f'<a href="{LIST}{child.pk}/change/"><bdi lang="ur">علی</bdi></a>' in page
    response = editor.post(f"{address}{family.pk}/change/", {"name": " ", "phone": "12"})
    assert "Type one phone number" in text(response)
    editor.post(f"{address}{family.pk}/change/", {"name": "Aslam Khan", "phone": "+923001234567"})
    family.refresh_from_db()
    assert (family.name, family.phone) == ("Aslam Khan", "03001234567")
