""" "Did you mean …", of names, where nobody was found: on the list and in the admin."""

import time
from html import unescape

import pytest
from django.db import connection
from django.urls import reverse

from students import similar
from students.models import Student
from students.similar import similar_names
from students.tests.factories import make_student
from students.tests.test_student_list import text

SEARCH = reverse("admin:students_student_changelist")


@pytest.fixture
def office(db):
    for name in ["Abdul Rehman", "Abdul Rehman Khan S/o Muhammad Aslam", "Ayesha Siddiqa"]:
        make_student(name=name, city="Lahore", fees="5000")
    make_student(name="Abdur Rehmat", city="Karachi", fees="9000")
    make_student(name="محمد عثمان خان", city="Quetta")
    make_student(name="عبدالرحمٰن", city="Quetta")
    make_student(name="Sa’ad Ghazanfar", city="Quetta")


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("Abdul Rehmen", ["Abdul Rehman"]),
        ("abdur rehman", ["Abdul Rehman", "Abdur Rehmat"]),
        ("rehmen abdul", ["Rehman Abdul"]),
        ("Rehmen", ["Rehman", "Rehmat"]),
        ("Rehman Aslm", ["Rehman Aslam"]),
        ("Aysha Sidiqa", ["Ayesha Siddiqa"]),
        ("saad gazanfar", ["Sa’ad Ghazanfar"]),
        ("محمد عثمن", ["محمد عثمان"]),
        ("عبدلرحمان", ["عبدالرحمٰن"]),
        ("ﻣﺤﻤﺪ ﻋﺜﻤﻦ", ["محمد عثمان"]),
        ("Zxqwv", []),
        ("Abdul Zxqwv", []),
        ("%", []),
        ("…", []),
    ],
)
def test_names_like_the_typed_one_are_suggested(viewer, office, typed, suggested):
    page = viewer.get("/students/", {"q": typed})
    assert page.context["totals"].students == 0
    assert ("Did you mean " + ", ".join(suggested) + "?" in text(page)) is bool(suggested)
    assert ("Did you mean" in text(page)) is bool(suggested)
    for name in suggested:  # the link finds somebody
        assert viewer.get("/students/", {"q": name}).context["totals"].students > 0


def test_the_other_filters_stay_and_whom_they_leave_out_is_not_suggested(viewer, office):
    page = viewer.get("/students/?city=lhr&q=abdur+rehman&min_fees=5000&sort=-fees")
    assert "Did you mean Abdul Rehman?" in text(page)  # of Lahore, not Abdur Rehmat of Karachi
    link = '<a href="/students/?city=Lahore&q=Abdul+Rehman&min_fees=5000&sort=-fees"><bdi'
    assert link in unescape(page.content.decode())
    for others in ("city=Karachi&max_fees=8000", "min_fees=9000.01", "city=Quetta"):
        assert "Did you mean" not in text(viewer.get(f"/students/?q=abdur+rehman&{others}"))


def test_a_misspelt_city_is_asked_about_first(viewer, office):
    page = viewer.get("/students/?city=Lahoree&q=abdur+rehman")
    assert "Did you mean Lahore?" in text(page)


def test_nobody_is_asked_who_found_somebody(viewer, editor, office, monkeypatch):
    for door in ("forms.filters", "admin"):
        monkeypatch.setattr(f"students.{door}.similar_names", None)
    assert "Did you mean" not in text(viewer.get("/students/?q=abdul+rehman"))
    assert "Did you mean" not in text(editor.get(SEARCH, {"q": "abdul rehman"}))


def test_names_are_escaped(viewer, db):
    make_student(name="R<b>ehman")
    page = viewer.get("/students/", {"q": "R<b>ehmen"}).content.decode()
    assert ">R&lt;b&gt;ehman</bdi>" in page
    assert "<b>" not in page


def test_the_admin_asks_too(editor, office):
    page = editor.get(SEARCH, {"q": "abdur rehman", "city": "lhr"})
    assert "Did you mean Abdul Rehman?" in text(page)
    assert f'{SEARCH}?city=lhr&q=Abdul+Rehman"'.removeprefix(SEARCH) in unescape(
        page.content.decode()
    )
    assert "Did you mean" not in text(editor.get(SEARCH, {"q": "Abdul"}))
    assert "Did you mean" not in text(editor.get(SEARCH, {"q": "x" * 101}))


def test_what_takes_too_long_is_given_up_and_the_page_comes(viewer, office, monkeypatch):
    slow = similar.LIMITS.replace("500ms", "100ms") + "; SELECT pg_sleep(20)"
    monkeypatch.setattr(similar, "LIMITS", slow)
    began = time.monotonic()
    page = viewer.get("/students/?q=abdur+rehman")
    assert time.monotonic() - began < 10
    assert "No students match: Search abdur rehman." in text(page)
    assert "Did you mean" not in text(page)


def test_the_limits_end_with_the_question(office):
    def limits():
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()

    before = limits()
    assert similar_names("abdur rehman", Student.objects.all()) == ["Abdul Rehman", "Abdur Rehmat"]
    assert limits() == before


def test_the_index_finds_them(office):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "student_parts" in Student.objects.resembling("abdur rehman").explain()
