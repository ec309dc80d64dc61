"""What the ancestors offered: the small Flask and FastAPI programs, and the Django sketch."""

import pytest
from django.utils import timezone

from students.models import Student
from students.tests.api.calls import STUDENTS, names, one, send, whole
from students.tests.factories import make_student


def test_flask_add_student(writer):
    response = send(writer, "POST", STUDENTS, {"name": "Ali", "city": "Lahore", "fees": 5000})
    student = Student.objects.get()
    assert response.status_code == 201
    assert response["Location"] == one(student.pk)
    today = timezone.localdate().isoformat()
    assert response.json() == whole(student.pk, "Ali", "Lahore", "5000.00", joined_on=today)


def test_flask_students(reader, three):
    ali, sana, urdu = Student.objects.order_by("id")
    assert reader.get(STUDENTS).json() == {
        "students": [
            whole(ali.pk, "Ali", "Lahore", "5000.00"),
            whole(sana.pk, "Sana", "Karachi", "7.50"),
            whole(urdu.pk, "علی", "Islamabad", "7000.00"),
        ],
        "next": None,
    }


def test_flask_students_of_a_city(reader, three):
    ali = Student.objects.get(name="Ali")
    for typed in ("Lahore", "lhr", "لاہور"):
        assert reader.get(f"{STUDENTS}city/{typed}/").json() == {
            "students": [whole(ali.pk, "Ali", "Lahore", "5000.00")],
            "next": None,
        }


@pytest.mark.parametrize("typed", ["isb", "ISB"])
def test_flask_students_isb(reader, three, typed):
    assert names(reader.get(f"{STUDENTS}city/{typed}/")) == ["علی"]


def test_fastapi_fees(reader, db):
    student = make_student(name="Ahmad", city="Multan", fees="7000")
    assert reader.get("/api/fees/Ahmad/").json() == {
        "student": "Ahmad", "city": "Multan", "fees": "7000.00", "id": student.pk,
    }  # fmt: skip


def test_fastapi_documents_itself(reader, viewer):
    document = reader.get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert viewer.get("/api/docs").status_code == 200


def test_django_list_page_and_average(viewer, three):
    assert "Rs 5,000" in viewer.get("/students/").content.decode()
    answer = viewer.get("/students/average-fees/?city=Lahore").json()
    assert answer["average_fees"] == "5000.00"


def test_django_filter_in_the_shell(three):
    assert [
        f"{student.name} pays {student.fees:.0f} PKR"
        for student in Student.objects.filter(city="Lahore")
    ] == ["Ali pays 5000 PKR"]
