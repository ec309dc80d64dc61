"""A database of before tokens had an app of their own: all that was in it comes along, and back.

And of before spellings were compared as they are now.
"""

from datetime import date
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from api.models import ApiToken
from students.models import CityTotal, Student
from students.reconcile import differences
from students.tests.api.calls import whole

BEFORE = Path(__file__).with_name("before_rooms.sql")
KEY = "tuition_DFBlz-29XlCqeTaRtJqtOf0PKqqhIe_S-KRTkXaRjjI"
REVOKED = "tuition_IdHrjHWo3ZRp4GuOhA0SaaboVdefSdbUQib3Hzf0TGg"
SENT = '{"name": "Hina Malik", "city": "khi", "fees": "9000.25"}'
KEPT = b'{"id":4,"name":"Hina Malik","city":"Karachi","fees":"9000.25"}'  # what SENT was answered
STUDENTS = [
    whole(1, "Ali Raza", "Lahore", "5000.00"),
    whole(3, "Bilal Ahmed", "Lahore", "7250.75"),
    whole(4, "Hina Malik", "Karachi", "9000.25"),
    whole(2, "عائشہ خان", "Karachi", "12500.50"),
]

# A token may do what its maker may: the dump's could make tokens, and no more.
RIGHTS = """
INSERT INTO auth_user_user_permissions (user_id, permission_id)
SELECT auth_user.id, auth_permission.id FROM auth_user, auth_permission
WHERE username = 'maker' AND codename IN ('view_student', 'add_student')
"""


@pytest.fixture
def before(django_db_setup, django_db_blocker):
    """The connection leads to a database of its own, as the code of before left it."""
    usual = connection.settings_dict["NAME"]
    scratch = f"{connection.creation._get_test_db_name()}_upgrade"  # each worker's own

    def lead_to(database):
        connection.close()
        connection.settings_dict["NAME"] = database
        ContentType.objects.clear_cache()  # their numbers are each database's own

    with django_db_blocker.unblock():
        suffix = connection.creation.sql_table_creation_suffix()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{scratch}"')  # of a run that was killed
            cursor.execute(f'CREATE DATABASE "{scratch}" {suffix}')
        try:
            lead_to(scratch)
            with connection.cursor() as cursor:
                cursor.execute(BEFORE.read_text(encoding="utf-8"))
                cursor.execute("UPDATE students_keptanswer SET created_at = now()")
                cursor.execute(RIGHTS)
            yield
        finally:
            lead_to(usual)
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{scratch}"')


def migrate(*where):
    call_command("migrate", *where, verbosity=0)


def bearer(key, **headers):
    return Client(headers={"Authorization": f"Bearer {key}", **headers})


def add(client):
    return client.post("/api/students/", SENT, "application/json")


def students():
    return bearer(KEY).get("/api/students/").json()


def rows():
    """Every row of the tables that moved, under the table's name."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.endswith(("_apitoken", "_keptanswer")):
                cursor.execute(f"SELECT * FROM {table} ORDER BY id")
                found[table] = cursor.fetchall()
    return found


def rights():
    return {user.username: user.get_all_permissions() for user in User.objects.all()}


def types():
    """The content types that moved, and that of the one line in the admin's log."""
    names = ContentType.objects.filter(model__in=["apitoken", "keptanswer"]).order_by("model")
    logged = LogEntry.objects.values_list("content_type__app_label", "content_type__model")
    return list(names.values_list("app_label", "model")), logged.get()


def rights_in(app):
    return {
        "maker": {
            *(f"{app}.add_apitoken", f"{app}.view_apitoken"),  # of his group
            *("students.add_student", "students.view_student"),
        },
        "cleaner": {f"{app}.delete_apitoken"},  # his own
    }


def types_in(app):
    return [(app, "apitoken"), (app, "keptanswer")], (app, "apitoken")


def test_what_was_there_comes_along(before):
    old = rows()
    migrate()
    assert rows() == {
        "api_apitoken": [(*row, False) for row in old["students_apitoken"]],  # no money
        "api_keptanswer": old["students_keptanswer"],
    }
    assert (rights(), types()) == (rights_in("api"), types_in("api"))


def test_programs_go_on_as_if_nothing_had_happened(before):
    migrate()
    answer = bearer(KEY).get("/api/students/")
    assert (answer.status_code, answer.json()) == (200, {"students": STUDENTS, "next": None})
    assert bearer(REVOKED).get("/api/students/").status_code == 401
    again = add(bearer(KEY, **{"Idempotency-Key": "form-71"}))
    assert (again.status_code, again.content) == (201, KEPT)
    assert students() == {"students": STUDENTS, "next": None}


def test_life_goes_on(before):
    migrate()
    token, key = ApiToken.objects.make(name="another", can_edit=True)
    added = add(bearer(key, **{"Idempotency-Key": "form-71"}))  # its own, not the website's
    assert (token.pk, added.status_code) == (3, 201)
    today = timezone.localdate().isoformat()
    assert added.json() == whole(5, "Hina Malik", "Karachi", "9000.25", joined_on=today)
    assert Client().get("/api/average-fees/").json() == {
        "city": None, "students": 5, "average_fees": "8550.35", "currency": "PKR"
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="api_token_name_in_use"):
        ApiToken.objects.make(name="the website")


def test_it_can_be_taken_back(before):
    old = rows()
    migrate()
    moved = rows()
    migrate("api", "zero")
    migrate("students", "0005")
    assert rows() == old
    assert (rights(), types()) == (rights_in("students"), types_in("students"))
    migrate()
    assert rows() == moved
    assert (rights(), types()) == (rights_in("api"), types_in("api"))
    assert students() == {"students": STUDENTS, "next": None}


RAW = [  # what psql could write
    ("ﻋﻠﯽ ﺭﺿﺎ", "District Lahore"),
    ("Sa’ad", "Chak–204 RB"),
    ("Sa'ad", "chak-204rb"),
    ("\u200b", "\u3164"),
]


def insert(*rows):
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(
                "INSERT INTO students_student (name, city, fees) VALUES (%s, %s, 1)", row
            )


def stored():
    return list(Student.objects.order_by("id").values_list("name", "city")[4:])


def by_city():
    """How many the kept totals count under the keys of now."""
    return {row.city: row.students for row in CityTotal.objects.by_city()}


def test_more_spellings_are_one_after_it(before):
    insert(*RAW)
    migrate()
    assert stored() == [("ﻋﻠﯽ ﺭﺿﺎ", "Lahore"), *RAW[1:3], ("?", "?")]
    assert by_city() == {"Lahore": 3, "Karachi": 2, "Chak–204 RB": 2, "?": 1}
    assert Student.objects.named("علی رضا").count() == 1
    assert Student.objects.matching("sa'ad").in_cities(["Chak-204 RB"]).count() == 2
    insert(RAW[1])  # the triggers count under the same keys
    with pytest.raises(IntegrityError, match="_not_blank"):
        insert(RAW[3])
    assert by_city()["Chak–204 RB"] == 3
    assert differences() == []


@pytest.mark.parametrize("to", ["0007", "0009"])
def test_they_are_several_again_when_it_is_taken_back(before, to):
    insert(*RAW)
    migrate()
    migrate("students", to)
    assert by_city() == {"Lahore": 3, "Karachi": 2, "Chak–204 RB": 1, "chak-204rb": 1, "?": 1}
    assert Student.objects.filter(name_key="علی رضا").count() == 0
    insert(RAW[2])
    assert by_city()["chak-204rb"] == 2
    migrate()
    assert by_city()["Chak–204 RB"] == 3
    assert differences() == []


def test_who_has_left_is_counted_again_when_it_is_taken_back(before):
    migrate()
    Student.objects.filter(city="Karachi").update(left_on=date(2026, 1, 1), phone="0300-1234567")
    assert by_city() == {"Lahore": 2}
    migrate("students", "0013")
    assert by_city() == {"Lahore": 2, "Karachi": 2}
    migrate()
    assert differences() == []
    assert set(Group.objects.get(name="Editors").permissions.values_list("codename", flat=True)) > {
        "view_family", "add_family", "change_family",
    }  # fmt: skip
