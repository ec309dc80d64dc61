"""Whatever changes a student leaves a row of history: who, when, which door, old and new."""

import io
import json
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from api.models import ApiToken
from students.models import Family, Student, StudentEvent
from students.tests.factories import make_student
from students.triggers import TRACKED

pytestmark = pytest.mark.django_db


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def last(count=1):
    return list(StudentEvent.objects.order_by("-pgh_id")[:count])


def told(event):
    return event.pgh_label, event.name, event.fees, event.pgh_old, event.pgh_context


def test_coming_changing_and_going_are_recorded():
    student = make_student(name="Ali", city="Lahore", fees="5000")
    (event,) = last()
    assert told(event) == ("insert", "Ali", Decimal("5000.00"), None, None)
    assert event.pgh_obj_id == student.pk
    Student.objects.filter(pk=student.pk).update(fees="6000.50", city="Karachi")
    (event,) = last()
    old = {"fees": "5000.00", "city": "Lahore"}
    assert told(event) == ("update", "Ali", Decimal("6000.50"), old, None)
    assert (event.city_key, event.old_city_key) == ("karachi", "lahore")
    student.delete()
    (event,) = last()
    assert told(event) == ("delete", "Ali", Decimal("6000.50"), None, None)
    assert event.search_key.startswith("ali")
    assert StudentEvent.objects.count() == 3


def test_one_row_written_before_many_makes_them_no_slower():
    """A connection keeps the plan of its first statement: a loop in a loop, fit for one row."""
    students = [make_student(name=f"Ali {number}") for number in range(20)]
    for student in students[:10]:
        Student.objects.filter(pk=student.pk).update(fees="1")
    sql("LOAD 'auto_explain'")
    for name, value in {"min_duration": "0", "nested_statements": "on", "level": "notice"}.items():
        sql("SELECT set_config(%s, %s, true)", f"auto_explain.log_{name}", value)
    Student.objects.update(fees="2")
    (plan,) = [
        said for said in connection.connection.notices if "INTO students_studentevent" in said
    ]
    assert "Full Join" in plan
    assert "Nested Loop" not in plan


def test_days_are_kept_the_same_whatever_the_writer_s_style(viewer):
    student = make_student(name="Ali", joined_on="2026-12-05")
    sql("SET LOCAL datestyle = 'German'")
    Student.objects.filter(pk=student.pk).update(joined_on=None)
    sql("SET LOCAL datestyle = 'ISO'")
    assert last()[0].pgh_old == {"joined_on": "2026-12-05"}
    assert viewer.get(f"/students/{student.pk}/").status_code == 200


def test_a_context_that_says_nothing_is_nobody_s(viewer):
    sql("SET LOCAL tuition.context = '7'")
    student = make_student(name="Ali")
    assert viewer.get(f"/students/{student.pk}/").status_code == 200


def test_a_write_with_a_context_may_be_saved(transactional_db):
    """As without one: whoever loses the answer to it is not told that nothing was saved."""
    connection.may_be_saved, connection.context = False, {"door": "site"}
    try:
        make_student(name="Ali")
    finally:
        connection.context = None
    assert connection.may_be_saved


def test_every_fact_of_a_student_is_tracked():
    kept = {"id", "created_at", "updated_at", "name_key", "city_key", "search_key"}
    assert {field.column for field in Student._meta.concrete_fields} - kept == set(TRACKED)
    family = Family.objects.create(name="Raza")
    student = make_student(name="Ali", city="Lahore", fees="5000")
    facts = {
        "name": "Bilal", "city": "Quetta", "fees": "1.00", "father_name": "Aslam",
        "phone": "03001234567", "class_name": "9", "joined_on": "2026-01-01",
        "left_on": "2026-02-01", "family_id": family.pk,
    }  # fmt: skip
    assert set(facts) == set(TRACKED)
    before = Student.objects.values(*TRACKED).get(pk=student.pk)
    Student.objects.filter(pk=student.pk).update(**facts)
    (event,) = last()
    assert event.pgh_old == {
        name: str(value) if isinstance(value, Decimal) else value for name, value in before.items()
    }
    after = StudentEvent.objects.values(*TRACKED).get(pk=event.pk)
    assert {name: str(value) for name, value in after.items()} == {
        name: str(value) for name, value in facts.items()
    }


def test_what_changes_nothing_leaves_nothing():
    student = make_student()
    student.save()
    Student.objects.update(fees=student.fees)
    Student.objects.filter(pk=0).delete()
    assert StudentEvent.objects.count() == 1


def test_bulk_copy_upsert_and_truncate_are_recorded():
    Student.objects.bulk_create(Student(name="B", city="Lahore", fees=n) for n in range(3))
    assert [event.pgh_label for event in last(3)] == ["insert"] * 3
    with connection.cursor() as cursor:
        text = io.StringIO("C\tMultan\t7\n")
        cursor.copy_expert("COPY students_student (name, city, fees) FROM STDIN", text)
    assert told(*last()) == ("insert", "C", Decimal("7.00"), None, None)
    copied = Student.objects.get(name="C")
    upsert = (
        "INSERT INTO students_student (id, name, city, fees) VALUES (%s, 'U', 'Multan', 1)"
        " ON CONFLICT (id) DO UPDATE SET fees = 8"
    )
    sql(upsert, copied.pk)
    assert told(*last()) == ("update", "C", Decimal("8.00"), {"fees": "7.00"}, None)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("TRUNCATE students_student CASCADE")
    assert sorted(event.name for event in last(4)) == ["B", "B", "B", "C"]
    assert {event.pgh_label for event in last(4)} == {"delete"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE students_studentevent SET fees = 0",
        "DELETE FROM students_studentevent",
        "UPDATE students_student SET id = id + 1",
    ],
)
def test_history_is_kept_as_it_is(statement):
    make_student()
    with pytest.raises(IntegrityError, match=r"kept|keeps"), transaction.atomic():
        sql(statement)


def test_history_cannot_be_emptied():
    """The suite itself empties all tables between tests, with this one guard off."""
    make_student()
    sql("ALTER TABLE students_studentevent ENABLE TRIGGER ALL")
    with pytest.raises(IntegrityError, match="nothing of it goes"), transaction.atomic():
        sql("TRUNCATE students_studentevent")
    assert StudentEvent.objects.count() == 1


# -- Who, and through which door -------------------------------------------------------------------


def who(event):
    return {name: event.pgh_context[name] for name in event.pgh_context if name != "user"}


def test_the_site_and_the_admin_say_who(editor):
    typed = {"name": "Ali", "city": "Lahore", "fees": "5000"}
    editor.post("/students/add/", typed)
    student = Student.objects.get()
    assert who(*last()) == {"door": "site", "name": "editor"}
    page = f"/admin/students/student/{student.pk}/change/"
    form = editor.get(page).context["adminform"].form
    initial = {n: form[n].value() for n in form.fields if form[n].value() is not None}
    editor.post(page, initial | {"fees": "6000"})
    assert who(*last()) == {"door": "admin", "name": "editor"}
    assert last()[0].pgh_old == {"fees": "5000.00"}


def test_the_api_says_whose_token_it_was(client, editor):
    _token, key = ApiToken.objects.make(name="100% “Accounts” \\ O'Brien", can_edit=True)
    added = client.post(
        "/api/students/",
        json.dumps({"name": "Ali", "city": "Lahore", "fees": "5000"}),
        content_type="application/json",
        headers={"authorization": f"Bearer {key}"},
    )
    assert added.status_code == 201
    (event,) = last()
    assert event.pgh_context == {
        "door": "api", "token": _token.pk, "name": "100% “Accounts” \\ O'Brien",
    }  # fmt: skip
    client.patch(
        added["Location"],
        '{"fees": "7000"}',
        content_type="application/json",
        headers={"authorization": f"Bearer {key}"},
    )
    assert last()[0].pgh_context["token"] == _token.pk


@contextmanager
def context(**context):
    connection.context = context
    try:
        yield
    finally:
        connection.context = None


def test_a_command_says_which():
    with context(door="command", command="shell"):
        make_student()
    assert last()[0].pgh_context == {"door": "command", "command": "shell"}


@pytest.mark.django_db(transaction=True)
def test_what_is_told_ends_with_the_transaction(editor):
    """A pooler gives the connection to somebody else then."""
    with context(door="site"), transaction.atomic():
        student = make_student()
        assert last()[0].pgh_context == {"door": "site"}
    Student.objects.update(fees=3)
    assert last()[0].pgh_context is None
    editor.post(f"/students/{student.pk}/left/", {"left_on": "25/11/2026", "seen": ""})
    Student.objects.update(fees=4)
    assert last()[0].pgh_context is None
