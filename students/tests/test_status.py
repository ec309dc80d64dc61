"""Who has left is neither shown nor counted unless asked for; what searches find; the new facts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from api.tests.factories import make_token
from students.forms import StudentForm
from students.models import Student
from students.tests.factories import make_family, make_leaver, make_student

LIST, API = "/students/", "/api/students/"


@pytest.fixture
def office(db):
    make_student(name="Ali", fees="5000")
    make_leaver(name="Sana", fees="9000")
    make_student(name="Omar", city="Karachi", fees="7000")


def shown(response):
    return [row["name"] for row in response.context.get("rows", [])]


@pytest.mark.parametrize(
    ("status", "names", "students", "fees"),
    [
        ("", ["Ali", "Omar"], 2, 12000),
        ("?status=current", ["Ali", "Omar"], 2, 12000),
        ("?status=left", ["Sana"], 1, 9000),
        ("?status=all", ["Ali", "Omar", "Sana"], 3, 21000),
        ("?status=all&city=Lahore", ["Ali", "Sana"], 2, 14000),
        ("?city=Lahore", ["Ali"], 1, 5000),
        ("?min_fees=6000", ["Omar"], 1, 7000),
        ("?q=a&status=left", ["Sana"], 1, 9000),
        ("?q=a", ["Ali", "Omar"], 2, 12000),
    ],
)
def test_on_the_list(viewer, office, status, names, students, fees):
    response = viewer.get(f"{LIST}{status}")
    assert shown(response) == names
    totals = response.context["totals"]
    assert (totals.students, totals.fees) == (students, Decimal(fees))


def test_no_such_status(viewer, office):
    response = viewer.get(f"{LIST}?status=gone")
    assert shown(response) == []
    assert "status" in response.context["form"].errors


def test_it_is_a_filter_that_can_be_removed(viewer, office):
    response = viewer.get(f"{LIST}?status=left&sort=-fees")
    assert response.context["filters"] == [("Students", "Left", "/students/?sort=-fees")]
    assert response.context["form"].query() == "?status=left&sort=-fees"


@pytest.mark.parametrize(
    ("query", "names"),
    [("", ["Ali", "Omar"]), ("?status=left", ["Sana"]), ("?status=all&limit=2", ["Ali", "Omar"])],
)
def test_for_programs(client, office, query, names):
    headers = {"Authorization": f"Bearer {make_token()}"}
    answer = client.get(f"{API}{query}", headers=headers).json()
    assert [student["name"] for student in answer["students"]] == names
    if answer["next"]:
        rest = client.get(answer["next"], headers=headers).json()["students"]
        assert [student["name"] for student in rest] == ["Sana"]
    elsewhere = client.get(f"{API}?status=gone", headers=headers)
    assert elsewhere.json()["errors"][0]["parameter"] == "status"


def test_a_bookmark_of_one_status_means_nothing_in_another(client, office):
    headers = {"Authorization": f"Bearer {make_token()}"}
    onward = client.get(f"{API}?status=all&limit=1", headers=headers).json()["next"]
    moved = onward.replace("status=all", "status=current")
    assert client.get(moved, headers=headers).status_code == 400


def test_by_id_and_by_name_they_are_found(client, viewer, office):
    leaver = Student.objects.get(name="Sana")
    headers = {"Authorization": f"Bearer {make_token()}"}
    assert client.get(f"{API}{leaver.pk}/", headers=headers).status_code == 200
    assert client.get("/api/fees/Sana/", headers=headers).json()["fees"] == "9000.00"
    assert viewer.get(leaver.get_absolute_url()).status_code == 200


def test_they_are_not_averaged(client, office):
    answer = client.get("/students/average-fees/?city=Lahore").json()
    assert (answer["students"], answer["average_fees"]) == (1, "5000.00")


# -- Searching -------------------------------------------------------------------------------------


@pytest.fixture
def searched(db):
    facts = {"father_name": "Muhammad Aslam", "phone": "0300-1234567"}
    make_student(name="Ali Raza", **facts)
    make_student(name="Sana", father_name="اسلم", phone="042-35761234")
    make_student(name="Omar 7", city="Karachi")


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("aslam", ["Ali Raza"]),
        ("ali aslam", ["Ali Raza"]),
        ("اسلم", ["Sana"]),
        ("0300-1234567", ["Ali Raza"]),
        ("+92 300 1234567", ["Ali Raza"]),
        ("0300 1234567", ["Ali Raza"]),
        ("3001234567", ["Ali Raza"]),
        ("۰۳۰۰۱۲۳۴۵۶۷", ["Ali Raza"]),
        ("ali 0300-1234567", ["Ali Raza"]),
        ("sana 0300-1234567", []),
        ("0300-12", ["Ali Raza"]),
        ("4567", ["Ali Raza"]),
        ("1234", ["Ali Raza", "Sana"]),
        ("042 35761234", ["Sana"]),
        ("7", ["Omar 7"]),  # not each phone with a 7
        ("omar 7", ["Omar 7"]),
        ("raza muhammad", ["Ali Raza"]),
    ],
)
def test_what_is_searched(viewer, searched, q, names):
    omar = Student.objects.get(name="Omar 7")
    Student.objects.filter(pk=omar.pk).delete()  # a number is never changed
    omar.pk = 1_000_000
    omar.save(force_insert=True)
    assert shown(viewer.get(LIST, {"q": q})) == names


@pytest.mark.parametrize("number", ["204", "۲۰۴", "000204"])
def test_a_number(viewer, searched, number):
    make_student(id=204, name="Hina")
    assert shown(viewer.get(LIST, {"q": number})) == ["Hina"]


@pytest.mark.parametrize("number", ["9" * 18, "9" * 19, "9" * 100])
def test_a_number_of_nobody(viewer, searched, number):
    assert shown(viewer.get(LIST, {"q": number})) == []


# -- The rules of the new facts --------------------------------------------------------------------


def filled(**facts):
    return StudentForm({"name": "Ali", "city": "Lahore", "fees": "5000"} | facts)


def test_facts_as_people_type_them(db):
    family = make_family()
    form = filled(
        father_name=" Muhammad  Aslam",
        phone="+92 300 1234567",
        class_name="9-B",
        joined_on="1/4/2026",
        left_on="2026-05-01",
        family=str(family.pk),
    )
    student = form.save()
    student.refresh_from_db()
    assert (student.father_name, student.phone) == ("Muhammad Aslam", "03001234567")
    assert (student.class_name, student.family) == ("9-B", family)
    assert (student.joined_on, student.left_on) == (date(2026, 4, 1), date(2026, 5, 1))


def test_what_is_not_sent_stays(db):
    student = make_student(phone="0300-1234567", joined_on=date(2026, 1, 1), family=make_family())
    form = StudentForm({"name": "Ali", "city": "Lahore", "fees": "6000"}, instance=student)
    form.save()
    student.refresh_from_db()
    assert (student.phone, student.joined_on) == ("03001234567", date(2026, 1, 1))
    assert student.family
    assert student.fees == 6000


@pytest.mark.parametrize(
    ("facts", "field", "problem"),
    [
        ({"father_name": "A" * 101}, "father_name", "at most 100 characters"),
        ({"class_name": "A" * 31}, "class_name", "at most 30 characters"),
        ({"phone": "12"}, "phone", "Type one phone number, such as 0300-1234567; found “12”."),
        ({"phone": "0\x00"}, "phone", "can't be stored"),
        ({"joined_on": "31/02/2026"}, "joined_on", "There is no day “31/02/2026”"),
        ({"left_on": "soon"}, "left_on", "Type a day such as 05/12/2026; found “soon”."),
        ({"family": "77"}, "family", "There is no such family."),
        ({"family": "x"}, "family", "There is no such family."),
        (
            {"joined_on": "02/01/2026", "left_on": "01/01/2026"},
            "left_on",
            "Nobody leaves before he joins",
        ),
    ],
)
def test_what_is_refused(db, facts, field, problem):
    form = filled(**facts)
    assert list(form.errors) == [field]
    assert problem.lower() in form.errors[field][0].lower()


def test_nobody_has_left_tomorrow(db):
    tomorrow = timezone.localdate() + timedelta(days=1)
    form = filled(left_on=tomorrow.isoformat())
    assert "Nobody has left on a day to come" in form.errors["left_on"][0]
    assert filled(left_on=timezone.localdate().isoformat()).is_valid()
