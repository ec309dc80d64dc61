"""GET /students/<id>/."""

import re

import pytest
from django.utils import timezone

from students.tests.factories import make_family, make_leaver, make_student


def text(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", response.content.decode()))


def test_shows_all_fields(viewer, db):
    student = make_student(name="علی رضا", city="lhr", fees="12500.50")
    response = viewer.get(student.get_absolute_url())
    page = re.sub(r"\s+", " ", response.content.decode())
    assert response.status_code == 200
    assert "<title>علی رضا, Lahore · Tuition</title>" in page
    assert '<h1><bdi lang="ur">علی رضا</bdi></h1>' in page
    assert '<dd class="big">Rs 12,500.50</dd>' in page
    assert 'href="/students/city/Lahore/"' in page
    added = timezone.localtime(student.created_at).strftime("%d/%m/%Y %H:%M")
    assert f"<dt>Added</dt><dd>{added}</dd>" in page
    assert "Edit in the admin" not in page


def test_those_who_may_edit_get_the_way_into_the_admin(editor, db):
    student = make_student()
    page = editor.get(student.get_absolute_url()).content.decode()
    assert f'href="/admin/students/student/{student.pk}/change/"' in page


def test_its_statements(viewer, db, django_assert_num_queries, prepared_runs):
    student = make_student(phone="0300-1234567", family=make_family())
    before = prepared_runs()
    # The student with his family, who stands before and after him, namesakes, who shares the phone,
    # brothers and sisters, what the family pays, his last changes, the family's name in them.
    with django_assert_num_queries(9):
        viewer.get(student.get_absolute_url())
    assert prepared_runs() == before + 3  # session, user, rights


def test_facts_that_there_are(viewer, db):
    family = make_family(name="Aslam")
    make_student(name="Sana", class_name="7", fees="4000", family=family)
    make_leaver(name="Umar", fees="9", left_on="2026-05-31", family=family)
    student = make_student(
        name="Ali", father_name="Muhammad Aslam", phone="+923001234567", class_name="9-B",
        joined_on="2026-04-01", fees="5000", family=family,
    )  # fmt: skip
    page = text(viewer.get(student.get_absolute_url()))
    for words in (
        "Father’s name Muhammad Aslam", "Class 9-B", "0300-1234567", "Joined on 01/04/2026",
        "Family Aslam", "2 children here, together Rs 9,000 a month.", "class 7",
        "left on 31/05/2026",
    ):  # fmt: skip
        assert words in page
    assert "always here" not in page


def test_facts_that_there_are_not(viewer, db):
    page = text(viewer.get(make_student(joined_on=None).get_absolute_url()))
    assert "always here" in page
    for words in ("Father’s name", "Class", "Phone", "Family", "The same", "Of the same name"):
        assert words not in page


def test_who_has_left_is_marked(viewer, editor, db):
    student = make_leaver(left_on="2026-05-31")
    assert "Left on 31/05/2026" in text(viewer.get(student.get_absolute_url()))
    page = text(editor.get(student.get_absolute_url()))
    assert "Came back" in page
    assert "Mark as left" not in page


def test_only_who_may_change_is_offered_to(viewer, editor, db):
    student = make_student()
    for client, offered in ((viewer, False), (editor, True)):
        page = client.get(student.get_absolute_url()).content.decode()
        assert (f'href="/students/{student.pk}/edit/"' in page) == offered
        assert (f'href="/students/{student.pk}/left/"' in page) == offered


def test_namesakes_and_who_shares_the_phone(viewer, db):
    student = make_student(name="Ali Raza", city="Lahore", phone="0300-1234567")
    make_student(name="ALI RAZA", city="Quetta")
    make_leaver(name="ali raza", city="Swabi")
    make_student(name="Sana", phone="03001234567")
    response = viewer.get(student.get_absolute_url())
    assert [each.city for each in response.context["namesakes"]] == ["Quetta", "Swabi"]
    assert [each.name for each in response.context["sharing_phone"]] == ["Sana"]
    assert "Search all of them" not in text(response)
    for _ in range(9):
        make_student(name="Ali Raza", city="Multan")
    response = viewer.get(student.get_absolute_url())
    assert len(response.context["namesakes"]) == 10
    assert "/students/?q=Ali+Raza&amp;status=all" in response.content.decode()


def test_a_phone_that_the_family_shares_is_no_news(viewer, db):
    family = make_family()
    student = make_student(phone="0300-1234567", family=family)
    make_student(phone="0300-1234567", family=family)
    make_student(name="Stranger", phone="0300-1234567")
    shown = viewer.get(student.get_absolute_url()).context["sharing_phone"]
    assert [each.name for each in shown] == ["Stranger"]


# -- The list one came from ------------------------------------------------------------------------


def walk(client, address):
    """Names of those reached by "next" from an address on, and back by "previous"."""
    found = []
    for way in ("next", "previous"):
        while True:
            response = client.get(address)
            found.append(response.context["student"].name)
            onward = response.context["came_from"].get(way)
            if not onward:
                break
            address = onward[0]
    return found


@pytest.mark.parametrize("sort", ["name", "-name", "city", "-city", "fees", "-fees"])
@pytest.mark.parametrize("filters", ["", "&city=Lahore", "&q=ali", "&q=علی", "&status=all"])
def test_previous_and_next_walk_the_list(viewer, db, sort, filters):
    for number, city in enumerate(["Lahore", "Multan", "lahore", "Karachi"] * 2):
        fees = str(1000 + number % 3)
        make_student(name=f"Ali {'علی' if number % 2 else ''} {number}", city=city, fees=fees)
    make_leaver(name="Ali علی", city="Lahore")
    query = f"?sort={sort}{filters}"
    rows = viewer.get(f"/students/{query}").context["rows"]
    names = [row["name"] for row in rows]
    start = f"/students/{rows[0]['id']}/{query}"
    assert walk(viewer, start) == names + names[::-1]


def test_the_way_back_keeps_filters_and_page(viewer, db):
    student = make_student(city="Lahore")
    page = viewer.get(f"{student.get_absolute_url()}?city=lhr&page=2&sort=-fees&utm_x=1").content
    assert b'href="/students/?city=Lahore&amp;sort=-fees&amp;page=2"' in page
    assert b"Students in Lahore" in page


def test_who_is_no_longer_in_the_list_stands_where_he_would(viewer, db):
    for name in ("Ahmad", "Zain"):
        make_student(name=name, city="Lahore")
    student = make_student(name="Moved", city="Multan")
    came_from = viewer.get(f"{student.get_absolute_url()}?city=Lahore").context["came_from"]
    assert (came_from["previous"][1], came_from["next"][1]) == ("Ahmad", "Zain")


@pytest.mark.parametrize("query", ["?page=x", "?sort=x", "?min_fees=many"])
def test_what_is_no_list_leads_to_the_whole_one(viewer, db, query):
    student = make_student()
    response = viewer.get(student.get_absolute_url() + query)
    assert response.status_code == 200
    assert response.context["came_from"] == {
        "url": "/students/", "heading": "Students", "query": "",
    }  # fmt: skip


def test_nobody_of_that_number(viewer, db):
    for number in ("1", "9" * 18, "9" * 30):
        assert viewer.get(f"/students/{number}/").status_code == 404
