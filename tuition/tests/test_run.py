"""The pieces of manage.py run: what an empty database gets, and the port."""

import socket

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured

from api.tests.factories import make_user
from ledger.models import Drawer, Entry
from students.models import Student
from tuition import serving
from tuition.accounts import check_sample_sign_ins, make_sample_sign_ins, sample_sign_ins
from tuition.management.commands.run import Command as Run
from tuition.serving import another, free_port, refuse_samples

pytestmark = pytest.mark.django_db


def embedded(monkeypatch, value):
    from django.db import connection

    monkeypatch.setitem(connection.settings_dict, "EMBEDDED", value)


def test_an_empty_embedded_database_gets_students_and_sign_ins_once(monkeypatch):
    embedded(monkeypatch, "somewhere")
    for _ in range(2):
        Run().fill_if_empty()
        assert Student.objects.count() == 500
        assert User.objects.count() == 5
        assert Entry.objects.filter(kind="fee").values("month").distinct().count() == 6
        assert Drawer.objects.filter(cashier__username="cashier", closed_at=None).count() == 1
    samples = ["admin", "staff", "viewer", "cashier", "manager"]
    assert [name for name, _, _ in sample_sign_ins()] == samples


def test_a_database_of_somebody_elses_gets_no_sign_ins(monkeypatch):
    embedded(monkeypatch, None)
    Run().fill_if_empty()
    assert Student.objects.count() == 500
    assert Entry.objects.exists()
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
    seen = {"students.view_student", "students.view_family"}
    assert rights["viewer"].get_all_permissions() == seen
    assert rights["cashier"].get_all_permissions() == seen | {
        "ledger.view_entry",
        "ledger.add_receipt",
    }
    assert rights["manager"].has_perms(["ledger.run", "ledger.reverse", "ledger.close"])


def test_the_check_warns_until_the_passwords_are_changed():
    assert check_sample_sign_ins(databases=["default"]) == []
    make_sample_sign_ins()
    (warning,) = check_sample_sign_ins(databases=["default"])
    assert "admin, staff, viewer, cashier, manager" in warning.msg
    for user in User.objects.all():
        user.set_password("something-else")
        user.save()
    assert check_sample_sign_ins(databases=["default"]) == []


def test_no_server_for_real_work_until_each_sample_password_is_gone():
    refuse_samples()
    make_sample_sign_ins()
    admin, *others, viewer = User.objects.order_by("username")
    admin.set_password("something-else")
    admin.save()
    for other in others:
        other.delete()
    with pytest.raises(ImproperlyConfigured, match=r"sample password as viewer\. Change each"):
        refuse_samples()
    viewer.is_active = False
    viewer.save()
    refuse_samples()


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


@pytest.fixture
def only(monkeypatch):
    """A machine on which nothing but these ports can be listened on."""
    return lambda *ports: monkeypatch.setattr(
        serving, "taken", lambda port: "" if port in ports else "Permission denied"
    )


@pytest.mark.parametrize(
    ("port", "advised"), [(80, 8001), (1023, 8001), (8001, 8003), (8003, 65535), (65535, 8001)]
)
def test_the_port_advised_is_one_that_works(monkeypatch, only, port, advised):
    only(81, 1024, *{8001, 8003, 65535} - {port})
    monkeypatch.setenv("PORT", str(port))
    with pytest.raises(ImproperlyConfigured) as caught:
        free_port()
    assert str(caught.value) == (
        f"port {port} can't be used (Permission denied). Choose another, such as PORT={advised}."
    )


def test_a_port_that_is_taken_is_not_advised():
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        port = first.getsockname()[1]
        try:
            second.bind(("127.0.0.1", port + 1))
        except (OSError, OverflowError):
            pytest.skip("somebody else is there")
        second.listen()
        assert another(port) not in (port, port + 1)


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1", "۸۰۰۰"])
def test_a_port_that_is_none(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(ImproperlyConfigured, match="PORT takes a"):
        free_port()
