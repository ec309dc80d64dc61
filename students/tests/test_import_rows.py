"""What is read of a file: columns, cells, and all its errors and warnings at once."""

import hashlib
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from sheets.reading import Limits
from students.imports import check, read
from students.imports.told import refusal, row_problems, warnings_told
from students.models import Import, ImportRow, State, Student
from students.tests.factories import make_family, make_student

pytestmark = pytest.mark.django_db
LIMITS = Limits(rows=10_000, cells=100_000, unpacked=10_000_000)
HEAD = "name,city,fees\n"


def make_import(content, *, limits=LIMITS, may_add_families=True, **facts):
    """A file that was read and compared."""
    content = content.encode() if isinstance(content, str) else content
    imported = Import.objects.create(
        file_name="a.csv", checksum=hashlib.sha256(content).hexdigest(), size=len(content), **facts
    )
    read(imported, io.BytesIO(content), limits)
    if imported.state == State.READING:
        check(imported, may_add_families=may_add_families)
    return imported


def counts(imported):
    imported.refresh_from_db()
    return imported.new, imported.changed, imported.same, imported.bad


def problems(imported):
    rows = ImportRow.objects.filter(imported=imported, kind="bad").order_by("line")
    return [words for row in rows for words in row_problems(imported, row)]


def warnings(imported):
    return list(warnings_told(imported))


def facts(imported, line=2):
    row = ImportRow.objects.get(imported=imported, line=line)
    names = ("name", "city", "fees", "father_name", "phone", "class_name", "joined_on", "left_on")
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def test_a_sheet_of_the_office():
    imported = make_import(
        "ABC Academy,,,,,,\n"
        "Naam,Walid ka naam,Shehr,Monthly Fee (Rs.),Mobile No.,Class,Admission Date,Remarks\n"
        "  Ali   Raza ,Muhammad Aslam,lhr,\"Rs 12,500/-\",3001234567,9-B,01/04/2026,good\n"
        "عائشہ,,لاہور,۹۰۰۰,+92 321 7654321,,,\n"
    )  # fmt: skip
    assert imported.state == State.READY
    assert counts(imported) == (2, 0, 0, 0)
    assert facts(imported, line=3) == {
        "name": "Ali Raza",
        "city": "Lahore",
        "fees": Decimal("12500.00"),
        "father_name": "Muhammad Aslam",
        "phone": "03001234567",
        "class_name": "9-B",
        "joined_on": date(2026, 4, 1),
    }
    assert facts(imported, line=4) == {
        "name": "عائشہ", "city": "Lahore", "fees": Decimal(9000), "phone": "03217654321",
    }  # fmt: skip


def test_all_errors_of_a_file_at_once():
    imported = make_import(
        "name,city,fees,phone,joined,left\n"
        "Ali,Lahore,abc,12,,\n"
        "Ali,Lahore,5000,,,\n"
        ",,,0300-1234567,,\n"
        "Sana,Lahore,-1,,31/02/2026,\n"
        "Sana,Lahore,1,,05/05/2026,04/05/2026\n"
        "#REF!,Lahore,1,,,\n"
    )
    assert counts(imported) == (1, 0, 0, 5)
    assert problems(imported) == [
        "line 2, Fees (PKR), “abc”: Fees must be one amount; found “abc”. Type an amount such as"
        " 12500 or 12,500.50.",
        "line 2, Phone, “12”: Type one phone number, such as 0300-1234567; found “12”.",
        "line 4, Name, “”: Type the student's name.",
        "line 4, City, “”: Type the student's city.",
        "line 4, Fees (PKR), “”: Type the monthly fees, such as 12,500.",
        "line 5, Fees (PKR), “-1”: Fees can't be below zero; found “-1”. Type an amount such as"
        " 12500 or 12,500.50.",
        "line 5, Joined, “31/02/2026”: There is no day “31/02/2026”: type it as day/month/year.",
        "line 6, Left, “04/05/2026”: Nobody leaves before he joins: see the day of joining.",
        "line 7, Name, “#REF!”: The formula of this cell failed (#REF!): type what it should say.",
    ]
    assert not Student.objects.exists()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("name,student,city,fees",
         "the heading “name” may mean Name; the heading “student” may mean Name"),
        ("name,city,montly fee", "the heading “montly fee” may mean Fees (PKR)"),
        ("name,city,fees,date", "the heading “date” may mean Joined"),
        ("name,city", "no column says Fees (PKR)"),
        ("Ali,Lahore,5000",
         "no column says Name; no column says City; no column says Fees (PKR)"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_asked(head, said):
    imported = make_import(f"{head}\nAli,Lahore,5000,1\n")
    assert imported.state == State.ASKING
    assert not ImportRow.objects.exists()
    words = f"Its columns aren't clear: {said}. Name them as in the template."
    assert refusal(imported) == words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "The file is empty."),
        ("\n\n", "The file is empty."),
        (HEAD, "There are headings in it, and no students."),
        ("a\0b", "This is no text and no Excel file. Save it as .xlsx or .csv."),
        (b"PK\x03\x04 and no more",
         "This Excel file is damaged. Open it in Excel, and save it again as .xlsx."),
        (HEAD + '"Ali,Lahore,1\n',
         "In line 2 a quotation mark opens and doesn't close as it should."),
        (HEAD + "Ali,Lahore,1\n" * 30, "It has too many lines: at most 20. Split it."),
        (HEAD + f"{'x' * 40_000},Lahore,1\n",
         "Line 2 is too long for a list of students: is a quotation mark open there, or is it the"
         " wrong file?"),
    ],
)  # fmt: skip
def test_a_file_that_is_refused_leaves_nothing(content, words):
    limits = Limits(rows=20, cells=1_000, unpacked=10_000)
    imported = make_import(content, limits=limits)
    assert imported.state == State.REFUSED
    assert refusal(imported) == words
    assert not ImportRow.objects.exists()


def test_more_cells_than_headings():
    """An amount that was typed with a comma, and without quotation marks."""
    imported = make_import("name,city,fees,,\nAli,Lahore,12,500,,\nSana,Lahore,12500,,\n")
    assert counts(imported) == (1, 0, 0, 1)
    assert problems(imported) == [
        "line 2, Row, “500”: There are more cells than headings. Give each its heading; an amount"
        " with a comma goes in quotation marks."
    ]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("updated_at", "9999-12-31 23:59:59-12:00"), ("updated_at", "0001-01-01 00:00:00+05:00"),
        ("updated_at", "2026-01-01"), ("updated_at", "yesterday"),
        ("family", "0" * 20 + "9" * 30), ("family", "0"), ("family", "9" * 19),
        ("id", "9" * 19), ("id", "0"), ("id", "1.5"),
    ],
)  # fmt: skip
def test_cells_that_no_database_would_take(column, cell):
    ali = make_student()
    given = {"id": str(ali.pk), "name": "Ali", "city": "Lahore", "fees": "1", column: cell}
    imported = make_import(f"{','.join(given)}\n{','.join(given.values())}\n")
    assert counts(imported) == (0, 0, 0, 1)
    assert len(problems(imported)) == 1


# -- Rows with an ID -------------------------------------------------------------------------------


def test_a_row_with_an_id_changes_and_a_blank_cell_leaves():
    ali = make_student(name="Ali", fees="5000", father_name="Aslam")
    same = make_student(name="Sana", fees="7000")
    imported = make_import(f"id,fees,father\n{ali.pk},6000,\n{same.pk},7000.00,\n")
    assert counts(imported) == (0, 1, 1, 0)
    assert facts(imported) == {"fees": Decimal(6000)}


def test_an_id_that_nobody_has_and_one_that_comes_twice():
    ali = make_student(name="Ali")
    gone = ali.pk + 1
    imported = make_import(f"id,fees\n{ali.pk},6000\n{gone},1\n{ali.pk},7000\nx,1\n")
    assert counts(imported) == (0, 1, 0, 3)
    assert problems(imported) == [
        f"line 3, ID, “{gone}”: There is no student {gone}: clear the ID to add a new one.",
        f"line 4, ID, “{ali.pk}”: Line 2 is about student {ali.pk} too: delete one of them.",
        "line 5, ID, “x”: The ID is a number that Tuition gave a student; leave it empty for a new"
        " one.",
    ]


@pytest.mark.parametrize("way", ["save", "update"])
def test_a_student_changed_since_the_export_is_refused(way):
    ali = make_student(name="Ali", fees="5000")
    exported = ali.updated_at.isoformat(" ")
    if way == "save":
        ali.phone = "03001234567"
        ali.save()
    else:  # as psql does, which knows nothing of updated_at
        Student.objects.filter(pk=ali.pk).update(phone="03001234567")
    imported = make_import(f"id,fees,updated_at\n{ali.pk},6000,{exported}\n")
    assert problems(imported) == [
        f"line 2, ID, “{ali.pk}”: This student was changed since the sheet was exported. Export him"
        " again, and type it there."
    ]
    # What it says already is no change, whoever made it.
    again = make_import(f"id,fees,phone,updated_at\n{ali.pk},5000,03001234567,{exported}\n")
    assert counts(again) == (0, 0, 1, 0)


def test_nobody_leaves_before_he_joined_as_the_database_has_it():
    ali = make_student(joined_on=date(2026, 5, 1))
    imported = make_import(f"id,left\n{ali.pk},30/04/2026\n")
    assert problems(imported) == ["line 2, Left, “30/04/2026”: Nobody leaves before he joins."]


def test_what_is_there_already_is_no_error_however_it_is_spelt():
    """What came in by psql may be spelt as no form would take it."""
    odd = make_student()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE students_student SET name = E' Ali\\n  Raza', city = 'lahore'")
        cursor.execute("UPDATE students_student SET phone = '03001234'")
    cells = f'id,name,city,phone\n{odd.pk}," Ali\n  Raza",lahore,0300-1234\n'
    assert counts(make_import(cells)) == (0, 0, 1, 0)
    changed = make_import(cells.replace("1234", "1234567").replace("lahore", "Multan"))
    assert counts(changed) == (0, 1, 0, 0)
    assert facts(changed) == {"city": "Multan", "phone": "03001234567"}


# -- Families --------------------------------------------------------------------------------------


def test_families_by_number_by_name_and_new():
    aslam = make_family(name="Aslam", phone="03001234567")
    make_family(name="Khan")
    make_family(name="khan")
    imported = make_import(
        "name,city,fees,family\n"
        f"Ali,Lahore,1,{aslam.pk}\nSana,Lahore,1,ASLAM\nHina,Lahore,1,Aslam · 0300-1234567\n"
        "Umar,Lahore,1,Butt\nZain,Lahore,1,butt\nAsad,Lahore,1,Khan\nMusa,Lahore,1,999999\n"
    )
    rows = ImportRow.objects.filter(imported=imported).order_by("line")
    assert [(row.family, row.kind) for row in rows] == [
        (aslam.pk, "new"), (aslam.pk, "new"), (aslam.pk, "new"), (None, "new"), (None, "new"),
        (None, "bad"), (999999, "bad"),
    ]  # fmt: skip
    assert problems(imported) == [
        "line 7, Family, “Khan”: Several families are called so: type the number of one.",
        "line 8, Family, “999999”: There is no such family: type its name, or the number of"
        " another.",
    ]


def test_a_new_family_takes_the_right_to_make_one():
    imported = make_import("name,city,fees,family\nAli,Lahore,1,Butt\n", may_add_families=False)
    assert problems(imported) == [
        "line 2, Family, “Butt”: There is no family of this name, and you may not make one."
    ]


# -- What looks like a slip ------------------------------------------------------------------------


def test_doubles_namesakes_and_fees_out_of_the_way():
    for number in range(20):
        make_student(name=f"Student {number}", fees="5000")
    make_student(name="Hina", father_name="Karim", city="Lahore", fees="5000")
    imported = make_import(
        "name,father,city,fees\n"
        "Ali,,Lahore,5000\n"
        "ali,,lahore,5000\n"
        "Ali,,Karachi,5000\n"
        "Hina,Karim,Lahore,5000\n"
        "Hina,Somebody else,Lahore,5000\n"
        "Umar,,Lahore,50000\n"
    )
    assert warnings(imported) == [
        "3 rows to be looked at:",
        "line 3: The same name and city as in line 2: check that both are real.",
        "line 5: A student of this name is in this city already: check that both are real.",
        "line 7: More than ten times the usual Rs 5,000: check it.",
    ]
    assert counts(imported) == (6, 0, 0, 0)


def test_a_city_that_looks_like_a_known_one():
    rows = "".join(f"Student {number},Lhaore,5000\n" for number in range(14))
    imported = make_import(f"{HEAD}{rows}Ali,Chak 204,5000\n")
    assert imported.options["similar"] == [{"city": "Lhaore", "rows": 14, "meant": ["Lahore"]}]
    assert warnings(imported) == ["City “Lhaore” (14 rows) is new: did you mean Lahore?"]
