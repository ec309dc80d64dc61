"""The admin: columns, filter, search, what a save does and refuses."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from api.tests.factories import make_user
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
    typed = {"name": "Ali", "city": "Lahore", "fees": "5000", "seen": form["seen"].value() or ""}
    return client.post(address, typed | data)


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


@pytest.mark.parametrize(
    "lookup", ["fees__gt=50000", "id__in=1,2", "name__regex=(", "city__regex=("]
)
def test_only_the_filters_on_the_page_filter(editor, three, lookup):
    assert editor.get(f"{LIST}?{lookup}").status_code == 400


def test_a_save_over_somebody_elses_is_refused_showing_both(editor, admin, db):
    student = make_student(name="Ali", fees="3000")
    address = f"{LIST}{student.pk}/change/"
    seen = editor.get(address).context["adminform"].form["seen"].value()
    post(admin, address, name="Ali", fees="1111")

    mine = {"name": "Ali Raza", "city": "Lahore", "fees": "3,000", "seen": seen}
    refused = editor.post(address, mine)
    assert "Somebody else has changed this student meanwhile" in text(refused)
    assert "Now it is Ali, Lahore, Rs 1,111; below is what you typed." in text(refused)
    assert 'value="3,000"' in refused.content.decode()
    student.refresh_from_db()
    assert (student.name, student.fees) == ("Ali", 1111)

    # Saving again what the page now shows is a decision, and goes through.
    again = refused.context["adminform"].form["seen"].value()
    assert editor.post(address, mine | {"seen": again}).status_code == 302
    student.refresh_from_db()
    assert (student.name, student.fees) == ("Ali Raza", 3000)


@pytest.mark.django_db(transaction=True)
def test_of_many_saves_at_once_one_wins_and_the_others_are_told(transactional_db):
    user = make_user(name="both", is_staff=True, is_superuser=True)
    student = make_student(name="Ali", fees="1")
    address = f"{LIST}{student.pk}/change/"

    def save(client, fees, seen):
        try:
            data = {"name": "Ali", "city": "Lahore", "fees": str(fees), "seen": seen}
            return client.post(address, data).status_code
        finally:
            connection.close()

    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(user)
    for _ in range(10):
        seen = clients[0].get(address).context["adminform"].form["seen"].value()
        fees = Student.objects.get().fees
        with ThreadPoolExecutor(4) as pool:
            jobs = [
                pool.submit(save, client, fees + 1 + n, seen) for n, client in enumerate(clients)
            ]
        assert sorted(job.result() for job in jobs) == [200, 200, 200, 302]


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
