"""What the database itself refuses, whichever way a row comes."""

import io
import random
import sys
from datetime import date, timedelta
from decimal import Decimal

import psycopg2
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from rules.text import tidy
from students.models import Family, Student
from students.tests.factories import make_student

pytestmark = pytest.mark.django_db

BAD = [
    ("", "Lahore", "1"),
    ("   ", "Lahore", "1"),
    ("\t\n", "Lahore", "1"),
    ("Ali", "", "1"),
    ("Ali", "  ", "1"),
    ("Ali", "Lahore", "-0.01"),
    ("Ali", "Lahore", "1000000"),
    ("Ali", "Lahore", "NaN"),
    ("Ali", "Lahore", "Infinity"),
    ("A" * 101, "Lahore", "1"),
    ("Ali", "L" * 51, "1"),
]


def insert(name, city, fees):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO students_student (name, city, fees) VALUES (%s, %s, %s::numeric)",
            [name, city, fees],
        )


def copy(name, city, fees):
    escapes = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
    name, city = (value.translate(str.maketrans(escapes)) for value in (name, city))
    with connection.cursor() as cursor:
        cursor.copy_expert(
            "COPY students_student (name, city, fees) FROM STDIN",
            io.StringIO(f"{name}\t{city}\t{fees}\n"),
        )


def bulk_create(name, city, fees):
    Student.objects.bulk_create([Student(name=name, city=city, fees=Decimal(fees))])


def update(name, city, fees):
    student = make_student()
    Student.objects.filter(pk=student.pk).update(name=name, city=city, fees=Decimal(fees))


@pytest.mark.parametrize("write", [insert, copy])
@pytest.mark.parametrize(("name", "city", "fees"), BAD)
def test_raw_writes_are_refused(write, name, city, fees):
    # COPY is the driver's own, and raises the driver's own errors.
    with pytest.raises((DatabaseError, psycopg2.Error)), transaction.atomic():
        write(name, city, fees)
    assert not Student.objects.exists()


@pytest.mark.parametrize("write", [bulk_create, update])
@pytest.mark.parametrize(("name", "city", "fees"), BAD)
def test_bulk_writes_are_refused(write, name, city, fees):
    # Django itself refuses NaN and Infinity on their way to a numeric column.
    with pytest.raises((DatabaseError, ValidationError, ArithmeticError)), transaction.atomic():
        write(name, city, fees)
    assert not Student.objects.filter(fees=Decimal(fees) if fees == "-0.01" else 1).exists()


LETTERS = (chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
UNSEEN = [letter for letter in LETTERS if not tidy(letter)]
PIECES = ["".join(UNSEEN[n : n + 50]) for n in range(0, len(UNSEEN), 50)]


@pytest.mark.parametrize("write", [insert, copy, bulk_create, update])
@pytest.mark.parametrize("column", ["name", "city"])
def test_nothing_that_cannot_be_seen_is_a_name_or_a_city(write, column):
    """Of one piece with one letter that the constraint sees, the whole would be taken."""
    for piece in ["\xa0", "\u200b", *PIECES]:
        row = {"name": "Ali", "city": "Lahore", "fees": "1"} | {column: piece}
        with (
            pytest.raises((IntegrityError, psycopg2.IntegrityError), match=f"{column}_not_blank"),
            transaction.atomic(),
        ):
            write(**row)


@pytest.mark.parametrize("column", ["name", "city"])
def test_whatever_can_be_seen_is_enough(column):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s",
            [f"student_{column}_not_blank"],
        )
        ((definition,),) = cursor.fetchall()
        taken = definition.removeprefix("CHECK ").replace(f"({column})::text", "chr(code)")
        cursor.execute(
            "SELECT chr(code) FROM generate_series(1, 1114111) AS code"
            f" WHERE code NOT BETWEEN 55296 AND 57343 AND NOT {taken} ORDER BY code"
        )
        assert [letter for (letter,) in cursor.fetchall()] == UNSEEN


@pytest.mark.parametrize("write", [insert, copy, bulk_create])
@pytest.mark.parametrize("fees", ["0", "999999.99"])
def test_the_ends_are_allowed(write, fees):
    write("Ali", "Lahore", fees)
    student = Student.objects.get()
    assert student.fees == Decimal(fees)
    assert student.created_at
    assert student.updated_at


def test_without_the_upper_bound_nan_would_come_in():
    """Why `fees >= 0` alone is not enough."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE students_student DROP CONSTRAINT student_fees_in_range")
        cursor.execute("ALTER TABLE students_student ADD CONSTRAINT only_lower CHECK (fees >= 0)")
    insert("Ali", "Lahore", "NaN")
    assert Student.objects.totals().fees.is_nan()


@pytest.mark.parametrize(
    "write", [bulk_create, update, lambda *row: make_student(name=row[0], city=row[1], fees=row[2])]
)
def test_text_is_tidied_on_every_way_in(write):
    write(" Ali\u200b\u202e  Raza ", "لاہور", "5")
    student = Student.objects.get()
    assert (student.name, student.city) == ("Ali Raza", "Lahore")


def test_a_saved_student_has_what_was_stored():
    student = make_student(name=" Ali  Raza", city="lhr")
    assert (student.name, student.city) == ("Ali Raza", "Lahore")


def test_the_line_every_tutorial_begins_with(capsys):
    make_student(name="Ali", city="LHR", fees="5000")
    for student in Student.objects.filter(city="Lahore"):
        print(f"{student.name} pays {student.fees:.0f} PKR")
    assert capsys.readouterr().out == "Ali pays 5000 PKR\n"
    assert Student.objects.filter(city="lahore ").count() == 1


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Student.objects.order_by("name_key", "id"), "student_by_name"),
        (Student.objects.order_by("-name_key", "-id"), "student_by_name"),
        (Student.objects.order_by("city_key", "name_key", "id"), "student_by_city"),
        (Student.objects.order_by("-city_key", "-name_key", "-id"), "student_by_city"),
        (Student.objects.order_by("fees", "id"), "student_by_fees"),
        (Student.objects.order_by("-fees", "-id"), "student_by_fees"),
        (Student.objects.in_cities(["Lahore"]).order_by("name_key", "id"), "student_by_city"),
        (Student.objects.in_cities(["Lahore"]).order_by("fees", "id"), "student_by_city_fees"),
        (Student.objects.with_fees(Decimal(5), None).order_by("fees", "id"), "student_by_fees"),
        (Student.objects.matching("raza"), "student_parts"),
        (Student.objects.matching("علی"), "student_parts"),
        (Student.objects.matching("0300-1234567"), "student_parts"),
        (Student.objects.current().order_by("name_key", "id"), "student_by_name"),
        (Student.objects.current().in_cities(["Lahore"]).order_by("fees", "id"), "city_fees"),
        (Student.objects.with_status("left"), "student_by_left"),
        (Student.objects.filter(joined_on__gte=date(2026, 1, 1)), "student_by_joined"),
        (Student.objects.filter(family=1), "student_by_family"),
    ],
)
def test_every_sort_and_filter_has_its_index(query, index):
    make_student()
    with connection.cursor() as cursor:
        # With one row a plain scan is cheapest: ask what is possible, not what is cheap.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert index in query[:50].explain()


@pytest.mark.parametrize(
    ("cities", "index"), [([], "student_by_name"), (["Lahore"], "student_by_city")]
)
def test_a_filter_in_the_order_of_names_reads_an_index_only(db, cities, index):
    """Who is found may stand at the end of a million names: none of their rows is read."""
    make_student()
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    students = Student.objects.current().matching("zainab khan").with_fees(5000, 9000)
    students = students.in_cities(cities)
    plan = students.order_by("name_key", "id").values("pk")[:50].explain()
    assert f"Index Only Scan using {index}" in plan


def test_the_longest_student_fits_into_every_index():
    """An entry of an index takes 2,704 bytes: letters of four each, at random, that none packs."""
    dice = random.Random(1)

    def letters(count):
        return "".join(chr(dice.randrange(0x20000, 0x2A6D0)) for _ in range(count))

    lengths = {"name": 100, "father_name": 100, "city": 50, "class_name": 30}
    facts = {name: letters(length) for name, length in lengths.items()}
    student = make_student(**facts, phone="03001234567")
    student.refresh_from_db()
    assert len(student.search_key.encode()) > 800
    more = "INCLUDE (search_key, father_name, name, city, class_name, name_key, city_key)"
    sql = "SET CONSTRAINTS ALL IMMEDIATE"  # no check of a family waits for the end
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="exceeds btree"):
        cursor.execute(f"{sql}; CREATE INDEX too_wide ON students_student (name_key) {more}")


def test_a_number_is_looked_up_beside_the_parts_of_names():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO students_student (name, city, fees)"
            " SELECT md5(n::text), 'Lahore', 5 FROM generate_series(1, 5000) AS n"
        )
        cursor.execute("ANALYZE students_student")
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Student.objects.matching("204").explain()
    assert "students_student_pkey" in plan
    assert "student_parts" in plan


# -- The facts that may be left out ----------------------------------------------------------------


def test_three_facts_are_enough_for_sql():
    insert("Ali", "Lahore", "5")
    copy("Sara", "Lahore", "5")
    for student in Student.objects.all():
        facts = (student.father_name, student.phone, student.class_name)
        assert facts == ("", "", "")
        assert (student.joined_on, student.left_on, student.family) == (None, None, None)


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("phone", "'0300-1234567'", "student_phone_of_digits"),
        ("phone", "'123456'", "student_phone_of_digits"),
        ("phone", "'۰۳۰۰۱۲۳۴۵۶۷'", "student_phone_of_digits"),
        ("joined_on", "'infinity'", "student_joined_in_range"),
        ("joined_on", "'0044-03-15 BC'", "student_joined_in_range"),
        ("joined_on", "'1899-12-31'", "student_joined_in_range"),
        ("left_on", "'infinity'", "student_left_in_range"),
        ("left_on", "'-infinity'", "student_left_in_range"),
        ("left_on", "current_date + 2", "student_left_in_range"),
        ("left_on", "'2024-01-01', joined_on = '2024-01-02'", "student_joined_before_left"),
    ],
)
def test_what_is_refused_of_them(column, value, constraint):
    make_student()
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE students_student SET {column} = {value}")


def test_days_that_are_allowed():
    today = timezone.localdate()
    make_student(joined_on=today, left_on=today)
    make_student(joined_on=today + timedelta(days=30))
    make_student(joined_on=date(1900, 1, 1), left_on=date(1900, 1, 1))


def test_a_phone_is_kept_by_its_digits():
    student = make_student(phone="+92 300-1234567")
    assert student.phone == "03001234567"
    assert Student.objects.get(phone="0300 1234567") == student
    Student.objects.update(phone="042-35761234")
    assert Student.objects.get().phone == "04235761234"


def test_a_family_that_is_deleted_leaves_its_students():
    family = Family.objects.create(name="Aslam", phone="0300-1234567")
    assert str(family) == "Aslam · 0300-1234567"
    student = make_student(family=family)
    family.delete()
    student.refresh_from_db()
    assert student.family is None


@pytest.mark.parametrize("name", ["", " ", "\u200b"])
def test_a_family_has_a_name(name):
    with pytest.raises(IntegrityError, match="family_name_not_blank"), transaction.atomic():
        Family.objects.create(name=name)
