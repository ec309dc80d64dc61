"""The admin: columns, filter, search, what a save does and refuses."""

import re

import pytest
from django.contrib.admin import ModelAdmin, site
from django.contrib.auth.models import User
from django.test import Client
from django.test.html import parse_html

from api.models import ApiToken
from api.tests.factories import make_token, make_user
from students.admin import StudentAdmin
from students.models import Student
from students.tests.factories import make_family, make_student

MODELS = ["students/student", "students/family", "api/apitoken", "auth/user", "auth/group"]
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
    assert "City: no city can have that name." in text(refused)
    for nothing in (" ", "\u200b"):
        refused = editor.get(LIST, {"city": nothing})
        assert rows(refused) == []
        assert refused.context["cl"].result_count == 0


def test_a_students_history_counts_its_own_entries(editor, db):
    student = make_student(name="Ali")
    for number in range(3):
        make_student(name=f"Sana {number}")
    post(editor, f"{LIST}{student.pk}/change/", name="Ali Raza")
    page = editor.get(f"{LIST}{student.pk}/history/").context["action_list"]
    assert page.paginator.count == 1
    assert [str(entry.action_flag) for entry in page] == ["2"]


def test_search_is_the_lists_search(editor, three):
    assert rows(editor.get(LIST, {"q": "raza ali"})) == ["Ali Raza"]
    assert rows(editor.get(LIST, {"q": "علي"})) == ["علی"]
    assert rows(editor.get(LIST, {"q": "a" * 101})) == []


def post(client, address, **data):
    """Open the form, type into it, save."""
    form = client.get(address).context["adminform"].form
    hidden = {name: form[name].value() or "" for name in ("seen", "sent", "other_place")}
    return client.post(address, {"name": "Ali", "city": "Lahore", "fees": "5000"} | hidden | data)


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


@pytest.mark.parametrize("there", ["Ali", "ALI", "Ａli"])
def test_a_namesake_is_a_warning_not_a_refusal(editor, db, there):
    make_student(name=there, city="Lahore")
    response = editor.post(
        LIST + "add/", {"name": "Ali", "city": "lhr", "fees": "5000"}, follow=True
    )
    assert "There is another Ali in Lahore: check that both are real." in text(response)
    assert Student.objects.count() == 2


def test_nothing_is_editable_in_the_list(admin, three):
    page = admin.get(LIST).content.decode()
    assert 'name="form-0-' not in page


@pytest.mark.parametrize(
    "lookup", ["fees__gt=50000", "id__in=1,2", "name__regex=(", "city__regex=("]
)
def test_only_the_filters_on_the_page_filter(editor, three, lookup):
    assert editor.get(f"{LIST}?{lookup}").status_code == 400


def test_select_all_means_the_number_it_shows(admin, three, monkeypatch):
    monkeypatch.setattr("students.admin.COUNT_LIMIT", 1)
    data = {"action": "delete_selected", "select_across": "1", "_selected_action": ["1"]}
    response = admin.post(f"{LIST}?q=a", data, follow=True)
    assert "More than 1 students match: narrow the search first." in text(response)
    assert Student.objects.count() == 3


def test_a_signed_in_person_who_is_not_staff_gets_a_403(viewer):
    for address in ("/admin/", LIST, "/admin/login/"):
        assert viewer.get(address).status_code == 403


def test_who_is_not_there_yet_has_no_times(admin, db):
    page = admin.get(f"{LIST}add/").content.decode()
    assert "DatabaseDefault" not in page
    assert "Last changed" not in page
    assert "Last changed" in admin.get(f"{LIST}{make_student().pk}/change/").content.decode()


def test_no_page_shows_how_python_writes_a_thing(admin, viewer, db):
    make_token()
    student, token = make_student().pk, ApiToken.objects.get().pk
    family = make_family().pk
    post(admin, f"{LIST}{student}/change/", name="Sana")
    pages = [f"/admin/{model}/add/" for model in MODELS]
    for model, pk in zip(MODELS, (student, family, token, User.objects.first().pk, 1), strict=True):
        pages += [f"/admin/{model}/{pk}/{page}/" for page in ("change", "delete", "history")]
    for address in [*pages, "/admin/", *(f"/admin/{model}/" for model in MODELS)]:
        page = admin.get(address, follow=True)
        assert page.status_code == 200
        assert not re.search(r"object at 0x|&lt;\w+[ .:]", page.content.decode()), address
    assert not re.search(r"object at 0x|&lt;\w+[ .:]", viewer.get("/api/docs").content.decode())


def test_who_only_sees_gets_no_field_that_is_there_to_be_sent(db):
    client = Client()
    client.force_login(make_user(group="Viewers", is_staff=True))
    page = client.get(f"{LIST}{make_student().pk}/change/")
    assert page.status_code == 200
    assert not re.search("Seen|Sent|Other", text(page))


def test_the_box_of_a_row_is_djangos(db):
    student = make_student(name="A & B's <b>")
    ours = StudentAdmin(Student, site).action_checkbox(student)
    assert parse_html(ours) == parse_html(ModelAdmin.action_checkbox(None, student))
