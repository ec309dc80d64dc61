"""The list as a spreadsheet: all of it, exactly what the filter says, and back without a change."""

import csv
import io
import random
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from rules.phones import parse_phone
from sheets.formulas import defused
from students.exports import copied, csv_export, xlsx_chunks, xlsx_page
from students.imports.cells import exported, sheet_phone
from students.models import ImportRow, Student
from students.tests.factories import make_family, make_leaver, make_student
from students.tests.test_import_rows import counts, make_import, problems

HEADS = [
    "Name", "Father’s name", "City", "Fees (PKR)", "Phone", "Class", "Joined", "Left", "Family",
    "ID", "Updated at",
]  # fmt: skip


def rows_of(response):
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def written_time(student):
    """As PostgreSQL does, without zeros at its end."""
    seconds, _dot, fraction = f"{student.updated_at:%Y-%m-%d %H:%M:%S.%f}".partition(".")
    return f"{seconds}.{fraction}".rstrip("0").rstrip(".") + "+00"


def names(client, query=""):
    return [row[0] for row in rows_of(client.get(f"/students/export.csv{query}"))[1:]]


@pytest.fixture
def ali(db):
    return make_student(
        name="علی رضا",
        father_name="=Aslam",
        fees="12500.50",
        phone="0300-1234567",
        class_name="9-B",
        joined_on=date(2026, 4, 1),
        family=make_family(),
    )


def test_the_bytes(editor, ali):
    make_student(name='Sana "S", Khan', city="Chak 204")
    response = editor.get("/students/export.csv?sort=-fees")
    today = response.headers["Content-Disposition"]
    assert today.startswith('attachment; filename="students-2')
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = b"".join(response).decode().split("\r\n")
    sana = Student.objects.get(city="Chak 204")
    times = [written_time(each) for each in (ali, sana)]
    assert lines == [
        "\ufeff" + ",".join(HEADS),
        f"علی رضا,'=Aslam,Lahore,12500.50,0300-1234567,9-B,2026-04-01,,{ali.family_id},{ali.pk},"
        f"{times[0]}",
        f'"Sana ""S"", Khan",,Chak 204,5000.00,,,,,,{sana.pk},{times[1]}',
        "",
    ]


def test_an_excel_sheet(editor, ali):
    response = editor.get("/students/export.xlsx")
    assert response.headers["Content-Disposition"].endswith('.xlsx"')
    sheet = load_workbook(io.BytesIO(b"".join(response))).active
    head, row = sheet.iter_rows()
    assert [cell.value for cell in head] == HEADS
    assert [cell.value for cell in row][:10] == [
        "علی رضا", "'=Aslam", "Lahore", 12500.5, "0300-1234567", "9-B",
        row[6].value, None, str(ali.family_id), ali.pk,
    ]  # fmt: skip
    assert row[6].value.date() == date(2026, 4, 1)
    assert (row[3].number_format, row[6].number_format) == ('"Rs "#,##0.00', "dd/mm/yyyy")
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width > 20


def test_exactly_the_filtered_list(editor):
    make_student(name="Ali", city="Lahore", fees="5000")
    make_student(name="Bilal", city="Lahore", fees="9000")
    make_student(name="Sana", city="Karachi", fees="7000")
    make_leaver(name="Umar", city="Lahore")
    assert names(editor) == ["Ali", "Bilal", "Sana"]
    assert names(editor, "?city=lhr&sort=-fees&page=7&per_page=25") == ["Bilal", "Ali"]
    assert names(editor, "?status=all&q=u") == ["Umar"]
    assert names(editor, "?min_fees=6000&max_fees=8000") == ["Sana"]
    assert names(editor, "?city=Nowhere") == []
    page = editor.get("/students/?city=lhr&sort=-fees").content.decode()
    query = "?city=Lahore&amp;sort=-fees"
    assert (
        f'This list as <a href="/students/export.csv{query}" download>CSV</a> ·'
        f' <a href="/students/export.xlsx{query}" download>Excel</a> ·'
        f' <a href="/api/students/{query}">JSON</a>'
    ) in page


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_bad_filter_leads_to_the_list_that_says_so(editor, ending):
    response = editor.get(f"/students/export.{ending}?min_fees=abc")
    assert response.headers["Location"] == "/students/?min_fees=abc"


def test_it_takes_its_own_right(viewer, ali):
    for ending in ("csv", "xlsx"):
        assert viewer.get(f"/students/export.{ending}").status_code == 403
    assert "export.csv" not in viewer.get("/students/").content.decode()


def test_more_than_excel_holds(editor, ali, monkeypatch):
    monkeypatch.setattr("students.exports.MOST_ROWS", 2)
    make_student()
    page = editor.get("/students/export.xlsx", follow=True).content.decode()
    assert "These are more students than an Excel sheet holds: choose CSV, or fewer." in page


def test_from_the_admin(admin, ali):
    other = make_student(name="Sana", city="Karachi")
    page = admin.get("/admin/students/student/?city=lhr&o=1").content.decode()
    assert 'href="/students/export.csv?city=lhr"' in page
    assert 'href="/students/import/"' in page
    chosen = {"_selected_action": [other.pk], "index": 0}
    response = admin.post("/admin/students/student/", chosen | {"action": "export_as_csv"})
    assert [row[0] for row in rows_of(response)] == ["Name", "Sana"]
    response = admin.post("/admin/students/student/", chosen | {"action": "export_as_xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(response))).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Name", "Sana"]


# -- Of one moment, and told when it breaks off ----------------------------------------------------


def test_what_comes_meanwhile_is_not_in_it(ali):
    chunks = csv_export(Student.objects.order_by("id"))
    assert next(chunks).startswith(b"\xef\xbb\xbfName")
    assert len(b"".join(chunks).splitlines()) == 1


def test_who_reads_only_a_part_holds_nothing(transactional_db):
    call_command("load_sample_students", count=5_000, verbosity=0)
    chunks = csv_export(Student.objects.order_by("id"))
    next(chunks)
    next(chunks)
    del chunks
    assert Student.objects.count() == 5_000


def test_an_export_that_breaks_off_says_so(transactional_db):
    make_student()
    chunks = csv_export(Student.objects.extra(where=["1/(fees-fees) = 1"]).order_by("id"))
    told = b""

    def read():
        nonlocal told
        for chunk in chunks:
            told += chunk

    with pytest.raises(Exception, match="division by zero"):
        read()
    assert told.endswith(b"\r\nThis export broke off: it is not complete.\r\n")


def test_what_a_copy_says_wrong_is_raised(transactional_db):
    with connection.cursor() as cursor, pytest.raises(Exception, match="division by zero"):
        list(copied(cursor.cursor, "COPY (SELECT 1/0) TO STDOUT"))


# -- There and back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "cell"),
    [
        ("03001234567", "0300-1234567"),
        ("04235761234", "0423-5761234"),
        ("442079460000", "4420-79460000"),
        ("003001234567", "003001-234567"),
        ("5761234", "5761234"),
        ("", ""),
    ],
)
def test_phones_that_no_spreadsheet_takes_for_numbers(db, digits, cell):
    student = make_student(phone=digits)
    assert (student.phone, sheet_phone(digits)) == (digits, cell)
    assert parse_phone(cell) == digits
    (row,) = list(
        csv.reader([b"".join(csv_export(Student.objects.all())).decode().splitlines()[1]])
    )
    assert row[4] == cell


HOSTILE = st.text(
    st.one_of(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
        st.sampled_from("=+-@\t\r\n'\",;|%_\\＝＋－＠ \u200c\u202e\ufeffعلیABab09/"),
    ),
    max_size=30,
)
PAPER = {"name": 100, "father_name": 100, "city": 50, "class_name": 30}


def hostile_table(rows):
    """As psql could write it: past every form."""
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(
                "INSERT INTO students_student"
                " (name, father_name, city, class_name, fees, phone, joined_on, left_on)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                row,
            )


texts = [HOSTILE.map(lambda text, most=most: text[:most]) for most in PAPER.values()]
days = st.none() | st.dates(date(1900, 1, 1), date(2026, 11, 1))
students = st.tuples(
    texts[0].map(lambda text: f"x{text}"[:100]),
    texts[1],
    texts[2].map(lambda text: f"{text[:49]}y"),
    texts[3],
    st.decimals(0, Decimal("999999.99"), places=2, allow_nan=False, allow_infinity=False),
    st.just("") | st.from_regex("[0-9]{7,17}", fullmatch=True),
    days,
    st.none(),
)


def differing(imported):
    """What the sheet said, and what an export says."""
    some = ImportRow.objects.filter(imported=imported).exclude(kind="same")
    here = Student.objects.in_bulk([row.student for row in some])
    cells = [(row.cells, list(exported(here[row.student]).values())) for row in some]
    return cells, problems(imported)


@pytest.mark.hunt
@given(st.lists(students, min_size=20, max_size=20))
@settings(
    max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False
)
def test_a_hostile_table_comes_back_unchanged(db, rows):
    """50 times 20 rows."""
    Student.objects.all().delete()
    hostile_table(rows)
    chunks = csv_export(Student.objects.order_by("id"))
    back = make_import(b"".join(chunks))
    assert counts(back) == (0, 0, len(rows), 0), differing(back)
    xlsx = make_import(b"".join(xlsx_chunks(xlsx_page(Student.objects.order_by("id")))))
    assert counts(xlsx) == (0, 0, len(rows), 0), differing(xlsx)


def test_sql_and_python_write_the_same_cells(db):
    random.seed(7)
    odd = ["=1", "'=1", "＝1", "A", "9-B", "علی", "\ufeff x", "+92", " =1", "-", "@a", "''-"]
    hostile_table(
        [(text, text, text, text[:30], "1.50", f"{number:07}", None, None)
         for number, text in enumerate(odd)]
    )  # fmt: skip
    chunks = csv_export(Student.objects.order_by("id"))
    found = list(csv.reader(io.StringIO(b"".join(chunks).decode("utf-8-sig"), newline="")))[1:]
    for row, student in zip(found, Student.objects.order_by("id"), strict=True):
        cells = [defused(cell) for cell in exported(student).values()]
        assert row[:10] == cells[:10]


# -- The command -----------------------------------------------------------------------------------


def test_the_command(db, tmp_path, capsysbinary):
    make_student(name="Ali", city="Lahore")
    make_student(name="Sana", city="Karachi")
    make_leaver(name="Umar", city="Lahore")
    path = tmp_path / "all.csv"
    call_command("export_students", str(path))
    assert capsysbinary.readouterr().out == f"Exported 3 students: {path}\n".encode()
    assert [line.split(",")[0] for line in path.read_text("utf-8-sig").splitlines()] == [
        "Name", "Ali", "Sana", "Umar",
    ]  # fmt: skip
    call_command("export_students", "-", city=["lhr"], status="current")
    assert capsysbinary.readouterr().out.decode("utf-8-sig").count("\r\n") == 2
    book = tmp_path / "all.xlsx"
    call_command("export_students", str(book), verbosity=0)
    assert load_workbook(book).active.max_row == 4
    assert sorted(each.name for each in tmp_path.iterdir()) == ["all.csv", "all.xlsx"]
