"""The admin: columns, filter, search, what a save does and refuses."""

import re

import pytest
from django.contrib.auth.models import User

from students.models import Student
from students.tests.factories import make_student

LIST = "/admin/students/student/"


def rows(response):
    return [student.name for student in response.context["cl"].result_list]


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def three(db):
    make_student(name="Ali Raza", city="Lahore", fees="12500")
    make_student(name="Sana", city="Karachi", fees="8000.50")
    make_student(name="علی", city="Lahore", fees="7000")


def test_the_list(editor, three):
    response = editor.get(LIST)
    assert rows(response) == ["Ali Raza", "Sana", "علی"]
    assert "Rs 12,500" in text(response)
    assert "Lahore (2)" in text(response)
    assert response.context["cl"].list_per_page == 50


def test_the_city_filter_takes_any_spelling(editor, three):
    assert rows(editor.get(LIST, {"city": "lhr"})) == ["Ali Raza", "علی"]
    refused = editor.get(LIST, {"city": "x" * 51})
    assert rows(refused) == []
    assert "A city has at most 50 characters" in text(refused)


def test_search_is_the_lists_search(editor, three):
    assert rows(editor.get(LIST, {"q": "raza ali"})) == ["Ali Raza"]
    assert rows(editor.get(LIST, {"q": "علي"})) == ["علی"]
    assert rows(editor.get(LIST, {"q": "a" * 101})) == []


def post(client, address, **data):
    return client.post(address, {"name": "Ali", "city": "Lahore", "fees": "5000"} | data)


def test_adding_takes_what_people_type(editor, db):
    response = post(editor, LIST + "add/", name=" Sana  Khan ", city="khi", fees="Rs 12,500/-")
    assert response.status_code == 302
    student = Student.objects.get()
    assert (student.name, student.city, str(student.fees)) == ("Sana Khan", "Karachi", "12500.00")


def test_an_edit_shows_on_the_page_and_in_the_average_at_once(editor, db):
    student = make_student(fees="5000")
    post(editor, f"{LIST}{student.pk}/change/", fees="۷۰۰۰")
    assert "average Rs 7,000.00" in text(editor.get("/students/"))
    assert editor.get("/students/average-fees/").json()["average_fees"] == "7000.00"


def test_the_form_shows_fees_as_people_write_them(editor, db):
    student = make_student(fees="12500")
    page = editor.get(f"{LIST}{student.pk}/change/").content.decode()
    assert 'name="fees" value="12,500"' in page
    assert "Any usual spelling: LHR and لاہور become Lahore." in page


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \u200b\u202e "}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"city": " "}, "city"),
        ({"city": "x" * 51}, "city"),
        ({"fees": ""}, "fees"),
        ({"fees": "NaN"}, "fees"),
        ({"fees": "Infinity"}, "fees"),
        ({"fees": "1e400"}, "fees"),
        ({"fees": "-1"}, "fees"),
        ({"fees": "0.005"}, "fees"),
        ({"fees": "123456789"}, "fees"),
        ({"fees": "1_000"}, "fees"),
    ],
)
def test_refusals_change_nothing(editor, db, data, field):
    student = make_student(name="Ali", fees="1")
    for address in (f"{LIST}add/", f"{LIST}{student.pk}/change/"):
        response = post(editor, address, **data)
        assert response.status_code == 200
        assert list(response.context["adminform"].form.errors) == [field]
    assert list(Student.objects.values_list("name", "fees")) == [("Ali", 1)]


@pytest.mark.parametrize(
    "name", ["=1+1", "😀 Ali", "Ali" + "\u0301" * 60, "Jose\u0301", "O'Brien; DROP TABLE x"]
)
def test_odd_names_are_names(editor, db, name):
    assert post(editor, LIST + "add/", name=name).status_code == 302
    assert Student.objects.count() == 1


def test_fields_that_are_not_on_the_form_are_not_taken(editor, db):
    student = make_student()
    post(editor, f"{LIST}{student.pk}/change/", id="99", created_at_0="2000-01-01", is_staff="on")
    assert Student.objects.get().pk == student.pk
    assert Student.objects.get().created_at == student.created_at
    assert not User.objects.get(username="editor").is_superuser


def test_a_namesake_is_a_warning_not_a_refusal(editor, db):
    make_student(name="Ali", city="Lahore")
    response = editor.post(
        LIST + "add/", {"name": "Ali", "city": "lhr", "fees": "5000"}, follow=True
    )
    assert "There is another Ali in Lahore: check that both are real." in text(response)
    assert Student.objects.count() == 2


def test_nothing_is_editable_in_the_list(admin, three):
    page = admin.get(LIST).content.decode()
    assert 'name="form-0-' not in page
