"""`next` and Location lead on, whatever a name or a city holds and however long it is."""

from urllib.parse import quote

import pytest
from django.core.signing import Signer
from django.db import connection

from rules.cities import CITY_LENGTH
from rules.text import NAME_LENGTH
from students.models import Student
from students.tests.api.calls import STUDENTS, names
from students.tests.factories import ODD, make_student
from students.tests.test_links import follow


@pytest.mark.parametrize("odd", ODD)
def test_next_and_location_lead_on(writer, odd):
    for fees in "123":
        body = {"name": odd, "city": odd, "fees": fees}
        added = writer.post(STUDENTS, body, content_type="application/json")
        assert added.status_code == 201
        shown = {name: value for name, value in added.json().items() if name != "warnings"}
        assert follow(writer, added["Location"]).json() == shown
    make_student(city="Quetta")
    city, name = (quote(text, safe="") for text in (added.json()["city"], odd))
    for address in (
        f"{STUDENTS}city/{city}/?limit=2&sort=-fees",
        f"{STUDENTS}?city={city}&q={name}&limit=2&sort=-fees",
    ):
        first = writer.get(address)
        assert len(names(first)) == 2, address
        onward = first.json()["next"]
        assert first["Link"] == f'<{onward}>; rel="next"'
        rest = follow(writer, onward).json()
        assert [student["fees"] for student in rest["students"]] == ["1.00"], address


@pytest.mark.parametrize("letter", ["😀", "\U0010fffd", "ﷺ", "ۓ", '"', "\\", "Ω", "a"])
@pytest.mark.parametrize("sort", ["name", "city", "-city", "fees"])
def test_the_longest_names_are_passed_by(reader, db, letter, sort):
    for _n in range(3):
        make_student(name=letter * NAME_LENGTH, city=letter * CITY_LENGTH, fees="999999.99")
    seen, onward = [], f"{STUDENTS}?sort={sort}&limit=1&city={quote(letter * CITY_LENGTH)}"
    while onward:
        page = reader.get(onward)
        assert page.status_code == 200, page.json()
        seen += [student["id"] for student in page.json()["students"]]
        onward = page.json()["next"]
    assert len(seen) == len(set(seen)) == 3


def test_what_only_psql_can_store_is_passed_by_too(reader, db):
    for _ in range(2):
        make_student()
    with connection.cursor() as cursor:
        values = ["\x01" * 99 + "a", "\x01" * 49 + "a"]
        cursor.execute("UPDATE students_student SET name = %s, city = %s", values)
    first = reader.get(f"{STUDENTS}?sort=city&limit=1").json()
    assert len(reader.get(first["next"]).json()["students"]) == 1


def test_bookmarks_handed_out_earlier_hold(reader, db):
    """Their JSON was escaped; the words they are signed with are the same."""
    for name in ("علی", "عمر"):
        make_student(name=name)
    first = Student.objects.order_by("name_key").first()
    salt = "place " + repr([[], "", None, None, "name"])
    old = Signer(salt=salt).sign_object([first.name_key, first.pk])
    assert names(reader.get(STUDENTS, {"after": old})) == ["عمر"]
