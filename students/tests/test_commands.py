"""manage.py load_sample_students, check_totals and list_students."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Max
from django.forms import model_to_dict

from students.models import CityTotal, Family, Student
from students.tests.factories import make_leaver, make_student

pytestmark = pytest.mark.django_db


def test_loads_the_same_students_for_the_same_seed(capsys):
    call_command("load_sample_students")
    assert capsys.readouterr().out == "Added 500 sample students (seed 1).\n"
    first = list(Student.objects.order_by("id").values_list("name", "city", "fees"))
    assert len(first) == 500
    Student.objects.all().delete()
    call_command("load_sample_students")
    assert list(Student.objects.order_by("id").values_list("name", "city", "fees")) == first
    Student.objects.all().delete()
    call_command("load_sample_students", seed=2)
    assert list(Student.objects.order_by("id").values_list("name", "city", "fees")) != first


def test_families_of_samples_come_with_their_children():
    call_command("load_sample_students", count=2000, verbosity=0)
    families = Family.objects.annotate(children=Count("students"))
    assert families.filter(children__gt=1).count() > 20
    assert not families.filter(children=0).exists()
    for child in Student.objects.filter(family__isnull=False).select_related("family"):
        assert (child.family.name, child.family.phone) == (child.father_name, child.phone)


def test_no_sample_has_left_and_the_last_joined_on_the_day_that_is_told():
    call_command("load_sample_students", count=2000, today=date(2020, 4, 30), verbosity=0)
    assert not Student.objects.filter(left_on__isnull=False).exists()
    assert Student.objects.aggregate(Max("joined_on"))["joined_on__max"] == date(2020, 4, 30)


def test_samples_are_as_tidy_as_anything_saved():
    call_command("load_sample_students", count=2000, verbosity=0)
    for student in Student.objects.all():
        before = model_to_dict(student)
        student.full_clean()
        assert model_to_dict(student) == before


def test_refuses_to_mix_into_other_students_unless_told():
    make_student()
    with pytest.raises(CommandError, match="There are students here already"):
        call_command("load_sample_students")
    assert Student.objects.count() == 1
    call_command("load_sample_students", count=3, append=True)
    assert Student.objects.count() == 4


@pytest.mark.parametrize("count", [0, -5])
def test_refuses_a_count_of_nothing(count):
    with pytest.raises(CommandError, match="--count takes a whole number of 1 or more"):
        call_command("load_sample_students", count=count)


def test_check_totals_says_when_all_is_exact(capsys):
    make_student()
    call_command("check_totals")
    assert capsys.readouterr().out == "The totals of every city are exact.\n"


def test_check_totals_finds_and_mends_what_was_written_behind_its_back(capsys):
    make_student(city="Lahore", fees="5000")
    make_student(city="Quetta", fees="1")
    CityTotal.objects.filter(city="Lahore").update(students=7)
    CityTotal.objects.create(city="Nowhere", city_key="nowhere", students=1, fees=9)
    for options in ({}, {"repair": True}):
        with pytest.raises(SystemExit) as stopped:
            call_command("check_totals", **options)
        assert stopped.value.code == 1
        assert capsys.readouterr().out.splitlines()[:2] == [
            "Lahore: kept 7 students and Rs 5000.00; there are 1 and Rs 5000.00",
            "Nowhere: kept 1 students and Rs 9.00; there are 0 and Rs 0",
        ]
    call_command("check_totals")
    assert CityTotal.objects.totals().students == 2


def test_list_students_prints_a_line_each(capsys):
    make_student(name="Sana", city="Lahore", fees="7500.50")
    make_student(name="Ali", city="lhr", fees="5000")
    make_student(name="Omar", city="Karachi", fees="1")
    call_command("list_students", city=["Lahore"])
    assert capsys.readouterr().out == "Ali pays 5000 PKR\nSana pays 7500.50 PKR\n"
    call_command("list_students", city=["LHR", "khi"])
    assert capsys.readouterr().out.splitlines()[1] == "Omar pays 1 PKR"
    call_command("list_students")
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_list_students_knows_who_has_left(capsys):
    make_student(name="Ali")
    make_leaver(name="Sana")
    for status, names in {"current": ["Ali"], "left": ["Sana"], "all": ["Ali", "Sana"]}.items():
        call_command("list_students", status=status)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == names


@pytest.mark.parametrize("city", ["x" * 51, " ", "a\0b"])
def test_list_students_refuses_what_is_no_city(city):
    with pytest.raises(CommandError, match="--city: "):
        call_command("list_students", city=[city])
