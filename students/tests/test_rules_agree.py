"""The quick reading, the form, the model's own checks and PostgreSQL never differ."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from students.columns import NEEDED
from students.forms import StudentForm
from students.imports.cells import BAD, columns
from students.models import Student

pytestmark = pytest.mark.django_db

ODD = "\0\t\n \u00a0\u0085\u1680\u200b\u200c\u200d\u202e\u2060\u2800\u3000\u3164\ufeff\ud800'’-–ء"
texts = st.one_of(
    st.text(max_size=110),
    st.text(st.sampled_from(ODD), max_size=6),
    st.text(st.sampled_from("aAé ٹے" + ODD), max_size=110),
    st.sampled_from(["Ali Raza", "علی رضا", "a" * 100, "a" * 101, "LHR", "لاہور", "Lahore cantt"]),
)
typed = st.one_of(
    texts,
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.decimals(-1, 1_000_000, places=2).map(str),
    st.sampled_from(["0", "-0", "999999.99", "1000000", "Rs 12,500/-", "۱۲۵۰۰", "1e3", "0.005"]),
)
amounts = st.one_of(
    st.decimals(-1, 1_000_000, places=2),
    st.sampled_from(["0", "-0.01", "999999.99", "1000000", "NaN", "Infinity"]).map(Decimal),
)
many = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@given(texts, texts, typed)
@many
def test_reading_is_the_form(name, city, fees):
    sent = {"name": name, "city": city, "fees": fees}
    form = StudentForm(sent)
    try:
        read = StudentForm.read(sent)
    except ValidationError:
        assert not form.is_valid()
    else:
        assert form.is_valid(), form.errors
        student = form.instance
        assert read == {"name": student.name, "city": student.city, "fees": student.fees}
        assert str(read["fees"]) == str(student.fees)


@given(texts, texts, typed, texts, texts)
@example("a" * 101, "b" * 51, "1000000", "a" * 101, "a" * 31)
@example("\0", "\ud800", "1e400", "\ud800", "\0")
@many
def test_a_row_of_a_sheet_is_the_form(name, city, fees, father_name, class_name):
    sent = {
        "name": name, "city": city, "fees": fees, "father_name": father_name,
        "class_name": class_name,
    }  # fmt: skip
    form = StudentForm(sent)
    form.is_valid()
    parsed = columns()
    for key, cell in sent.items():
        value = parsed[key][cell]
        if value is BAD or (value is None and key in NEEDED):
            assert key in form.errors
        else:
            assert key not in form.errors
            assert (value or "") == (getattr(form.instance, key) or "")
            assert str(value or "") == str(getattr(form.instance, key) or "")


@given(texts, texts, typed)
@example("a" * 100, "b" * 50, "999999.99")
@many
def test_what_is_read_is_stored_as_it_is(name, city, fees):
    try:
        read = StudentForm.read({"name": name, "city": city, "fees": fees})
    except ValidationError:
        return
    stored = Student.objects.get(pk=Student.objects.add(**read))
    assert read == {"name": stored.name, "city": stored.city, "fees": stored.fees}
    assert stored.created_at == stored.updated_at
    stored.delete()


@given(texts, texts, amounts)
@example("Ali", "Lahore", Decimal("-0.01"))
@example("Ali", "Lahore", Decimal("0"))
@example("\u200b", "Lahore", Decimal("0"))
@example("Ali", "\u00a0", Decimal("0"))
@many
def test_the_model_refuses_what_postgresql_refuses_and_nothing_else(name, city, fees):
    """Without asking it: `Student.validate_constraints`."""
    student = Student(name=name, city=city, fees=fees)
    try:
        student.full_clean()
    except ValidationError:
        assert refused(name, city, fees)
    else:
        assert not refused(student.name, student.city, student.fees)


def refused(name, city, fees):
    """Whether PostgreSQL refuses this row as it is: no field has tidied it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO students_student (name, city, fees) VALUES (%s, %s, %s::numeric)",
                [name, city, str(fees)],
            )
            transaction.set_rollback(True)
    except (DatabaseError, ValueError):  # the driver itself refuses NUL and lone surrogates
        return True
    return False


def test_cleaning_a_student_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        Student(name="Ali", city="Lahore", fees=Decimal(1)).full_clean()
        assert StudentForm({"name": "Ali", "city": "Lahore", "fees": "1"}).is_valid()
