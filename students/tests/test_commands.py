"""manage.py load_sample_students, and the pieces of manage.py run."""

import socket

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from api.tests.factories import make_user
from students.models import CityTotal, Student
from students.tests.factories import make_student
from tuition.accounts import check_sample_sign_ins, make_sample_sign_ins, sample_sign_ins
from tuition.management.commands.run import Command as Run
from tuition.serving import free_port

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


def test_samples_are_as_tidy_as_anything_saved():
    call_command("load_sample_students", count=2000, verbosity=0)
    for student in Student.objects.all():
        before = (student.name, student.city, student.fees)
        student.full_clean()
        assert (student.name, student.city, student.fees) == before


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


def embedded(monkeypatch, value):
    from django.db import connection

    monkeypatch.setitem(connection.settings_dict, "EMBEDDED", value)


def test_an_empty_embedded_database_gets_students_and_sign_ins_once(monkeypatch):
    embedded(monkeypatch, "somewhere")
    for _ in range(2):
        Run().fill_if_empty()
        assert Student.objects.count() == 500
        assert User.objects.count() == 3
    assert [name for name, _, _ in sample_sign_ins()] == ["admin", "staff", "viewer"]


def test_a_database_of_somebody_elses_gets_no_sign_ins(monkeypatch):
    embedded(monkeypatch, None)
    Run().fill_if_empty()
    assert Student.objects.count() == 500
    assert not User.objects.exists()


def test_a_database_with_a_user_or_a_student_is_left_alone():
    make_user()
    Run().fill_if_empty()
    assert not Student.objects.exists()


def test_sample_sign_ins_may_do_what_they_say(client):
    make_sample_sign_ins()
    rights = {user.username: user for user in User.objects.all()}
    assert rights["admin"].is_superuser
    assert rights["staff"].is_staff
    assert rights["staff"].has_perm("students.change_student")
    assert not rights["staff"].has_perm("students.delete_student")
    assert not rights["viewer"].is_staff
    assert rights["viewer"].get_all_permissions() == {"students.view_student"}


def test_the_check_warns_until_the_passwords_are_changed():
    assert check_sample_sign_ins(databases=["default"]) == []
    make_sample_sign_ins()
    (warning,) = check_sample_sign_ins(databases=["default"])
    assert "admin, staff, viewer" in warning.msg
    for user in User.objects.all():
        user.set_password("something-else")
        user.save()
    assert check_sample_sign_ins(databases=["default"]) == []


def test_the_sign_in_page_shows_them_only_while_debugging(client, settings):
    make_sample_sign_ins()
    assert "staff-sample" not in client.get("/accounts/login/").content.decode()
    settings.DEBUG = True
    assert "staff-sample" in client.get("/accounts/login/").content.decode()
    User.objects.all().delete()
    assert "staff-sample" not in client.get("/accounts/login/").content.decode()


def test_a_taken_port_is_named_before_anything_starts(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(ImproperlyConfigured, match=f"port {port} can't be used"):
            free_port()


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1", "۸۰۰۰"])
def test_a_port_that_is_none(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(ImproperlyConfigured, match="PORT takes a"):
        free_port()


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


@pytest.mark.parametrize("city", ["x" * 51, " ", "a\0b"])
def test_list_students_refuses_what_is_no_city(city):
    with pytest.raises(CommandError, match="--city: "):
        call_command("list_students", city=[city])
