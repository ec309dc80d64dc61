"""One name and one city, however keyboard, PDF or psql spelt them: every search finds all."""

import pytest
from django.test import Client
from django.urls import reverse

from api.tests.factories import make_token
from students.models import Student
from students.reconcile import differences
from students.tests.factories import make_student
from students.tests.test_constraints import insert

SA_AD = [f"Sa{sign}ad" for sign in "'’‘‛ʼʻʽʾʿʹ`´′＇"]
REHMAN = [f"Abdul{sign}Rehman" for sign in "-‐‑‒–—−－"]
ALI_RAZA = ["علی رضا", "ﻋﻠﯽ ﺭﺿﺎ", "علي رضا", "ﻋﻠﻲ ﺭﺿﺎ", "عَلی رضا", "ﻋﹷﻠﯽ ﺭﺿﺎ"]
LAL = ["محمد لال", "ﻣﺤﻤﺪ ﻻﻝ", "ﷴ ﻻﻝ"]
RENE = ["René", "rene\u0301", "Ｒｅｎé"]
names = pytest.mark.parametrize("names", [SA_AD, REHMAN, ALI_RAZA, LAL, RENE])


@pytest.fixture
def stored(db):
    """Call it with names: each stored by a form's way and by psql's. Their ids."""

    def store(names, city="Lahore"):
        make_student(name="Saad")  # nobody of these
        before = set(Student.objects.values_list("pk", flat=True))
        for name in names:
            make_student(name=name, city=city)
            insert(name, city, 1)
        return set(Student.objects.values_list("pk", flat=True)) - before

    return store


@names
def test_the_list_finds_every_spelling_by_every_other(viewer, stored, names):
    ids = stored(names)
    for typed in names:
        page = viewer.get("/students/", {"q": typed}).context["page"]
        assert {student.pk for student in page} == ids


@names
def test_so_does_the_admin(editor, stored, names):
    ids = stored(names)
    for typed in names:
        response = editor.get(reverse("admin:students_student_changelist"), {"q": typed})
        assert {student.pk for student in response.context["cl"].result_list} == ids


@names
def test_so_do_programs(stored, names):
    ids = stored(names)
    reader = Client(headers={"Authorization": f"Bearer {make_token(name='reader')}"})
    for typed in names:
        found = reader.get("/api/students/", {"q": typed}).json()["students"]
        assert {student["id"] for student in found} == ids
        fees = reader.get(reverse("api_fees", args=[typed]))
        assert {student["id"] for student in fees.json()["students"]} == ids


def test_a_place_that_no_list_knows_is_one_however_it_is_spelt(viewer, db):
    spellings = [f"Sa{mark}ad Kot{hyphen}2" for mark in "'’ʿ´" for hyphen in "-‑–−"]
    for city in spellings:
        make_student(city=city, fees="10")
        insert("Ali", city, 20)
    for city in spellings:
        page = viewer.get("/students/", {"city": city})
        assert page.context["totals"].students == 2 * len(spellings)
        assert [row.chosen for row in page.context["cities"]] == [True]
        average = viewer.get("/students/average-fees/", {"city": city}).json()
        assert (average["students"], average["average_fees"]) == (2 * len(spellings), "15.00")
    assert differences() == []


def test_a_known_city_is_known_in_the_shapes_of_its_letters(viewer, db):
    make_student(city="ﻻﮨﻮﺭ")
    assert Student.objects.get().city == "Lahore"
    assert viewer.get("/students/", {"city": "ﻻﮨﻮﺭ"}).context["totals"].students == 1


@pytest.mark.parametrize("sign", ["ﷺ", "㌀", "👩"])
def test_signs_that_stand_for_many_letters_make_no_long_keys(viewer, db, sign):
    """An index and a bookmark have their limits: 100 times ﷺ is 1,800 letters."""
    insert(sign * 100, sign * 50, 1)
    keys = Student.objects.values_list("name_key", "city_key").get()
    assert [len(key) for key in keys] == ([100, 50] if sign == "👩" else [100, 100])
    page = viewer.get("/students/", {"q": sign * 100, "city": sign * 50})
    assert page.context["totals"].students == 1
