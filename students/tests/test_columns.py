"""Which column of a sheet is which of ours: said by its heading, asked where that isn't clear."""

import re
from itertools import permutations

import pytest
from django.conf import settings

from students.columns import BY_KEY, COLUMNS, EITHER, HEADINGS, KEYS, NEEDED, mapped
from students.headings import plain
from students.schemas import StudentOut

SPELLINGS = [(head, column.key) for column in COLUMNS for head in column.heads.split(", ")]
CLEAR = ["Name", "City", "Fees"]


@pytest.mark.parametrize(("head", "key"), SPELLINGS)
def test_every_spelling(head, key):
    for each in (head, head.upper(), head.title(), f"  {head.replace(' ', '  ')}. ", f"{head}:"):
        assert mapped([each]) == ({key: 0}, {})


def test_no_spelling_means_two_columns():
    for head, key in SPELLINGS:
        assert HEADINGS.known[plain(head)] == key
    assert not {plain(head) for head in EITHER} & set(HEADINGS.known)


def test_what_we_write_is_read_again():
    heads = [str(column.head) for column in COLUMNS]
    assert mapped(heads) == ({key: at for at, key in enumerate(KEYS)}, {})
    assert mapped(KEYS) == ({key: at for at, key in enumerate(KEYS)}, {})


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("Monthly Fee (Rs.)", "fees"),
        ("FEES (PKR)", "fees"),
        ("Fee in Rs.", "fees"),
        ("Fees [Rupees]", "fees"),
        ("Fees (per month)", "fees"),
        ("Fees_Monthly", "fees"),
        ("ماہانہ فیس (روپے)", "fees"),
        ("فيس", "fees"),  # with the Arabic yeh
        (" Student  Name ", "name"),
        ("Ｎａｍｅ", "name"),
        ("Naam", "name"),
        ("*Name", "name"),
        ("نام", "name"),
        ("شہر", "city"),
        ("شهر", "city"),  # with the Arabic heh
        ("City / Town", "city"),
        ("Father's Name", "father_name"),
        ("Father’s Name", "father_name"),
        ("S/O", "father_name"),
        ("Mobile #", "phone"),
        ("Joining Date (dd/mm/yyyy)", "joined_on"),
        ("Phone (optional)", "phone"),
    ],
)
def test_headings_are_matched_loosely(head, key):
    assert mapped(["Remarks", head]) == ({key: 1}, {})


@pytest.mark.parametrize(
    ("head", "keys"),
    [
        ("Nmae", ["name"]),
        ("Stuednt name", ["name"]),
        ("Clas", ["class_name"]),
        ("Tution Fee", ["fees"]),
        ("Ctiy", ["city"]),
        ("Fees (annual)", ["fees"]),
        ("Name (of the father)", ["name"]),
        ("Fees (without a bracket", ["fees"]),
        ("F. Name", ["father_name", "name"]),
        ("Date", ["joined_on", "left_on"]),
        ("تاریخ", ["joined_on", "left_on"]),
        ("Number", ["id", "phone"]),
        ("No.", ["id", "phone"]),
        ("نمبر", ["id", "phone"]),
        ("Parent Contact", ["phone", "father_name"]),
        ("Address", ["city"]),
        ("Annual fee", ["fees"]),
        ("Roll No", ["id"]),
        ("Admission No.", ["id"]),
        ("Student No", ["id"]),
    ],
)
def test_what_is_not_certain_is_asked(head, keys):
    assert mapped(["Remarks", head]) == ({}, {1: keys})


@pytest.mark.parametrize(
    "head",
    [
        *("Remarks", "Sr. No.", "S#", "Roll", "Email", "CNIC", "Date of birth", "Mother name"),
        *(
            "Class teacher",
            "Fees due",
            "Section",
            "نمبر شمار",
            "Ali Raza",
            "12500",
            "",
            "#",
            "(Rs)",
        ),
    ],
)
def test_anything_else_is_left_out(head):
    assert mapped([head]) == ({}, {})


def test_two_headings_that_say_the_same_are_both_asked():
    mapping = mapped(["Name", "City", "Fees", "Phone", "Mobile No", "Monthly fee"])
    assert mapping == (
        {"name": 0, "city": 1},
        {2: ["fees"], 5: ["fees"], 3: ["phone"], 4: ["phone"]},
    )
    assert mapping.missing == ["fees"]
    assert not mapping.is_clear


def test_what_a_certain_heading_says_a_vague_one_does_not():
    mapping = mapped([*CLEAR, "Nmae", "Address", "Date", "Joined"])
    assert mapping == ({"name": 0, "city": 1, "fees": 2, "joined_on": 6}, {5: ["left_on"]})
    assert mapped([*CLEAR, "Nmae", "Address"]).is_clear


def test_what_a_new_student_needs():
    assert mapped(CLEAR).missing == []
    assert mapped(CLEAR).is_clear
    assert mapped([]).missing == ["name", "city", "fees"]
    assert mapped(["City", "Phone"]).missing == ["name", "fees"]
    assert not mapped(["City", "Phone"]).is_clear


def test_students_who_are_here_already_need_their_id_alone():
    mapping = mapped(["ID", "Fees"])
    assert mapping.missing == ["name", "city"]
    assert mapping.is_clear
    assert not mapped(["Roll No", "Fees"]).is_clear


def test_the_order_does_not_matter():
    heads = ["Fees", "Naam", "شہر", "Date", "Nmae", "Remarks"]

    def by_head(order):
        columns, asked = mapped(order)
        return (
            {key: order[at] for key, at in columns.items()},
            {order[at]: keys for at, keys in asked.items()},
        )

    expected = (
        {"fees": "Fees", "name": "Naam", "city": "شہر"},
        {"Date": ["joined_on", "left_on"]},
    )
    assert all(by_head(order) == expected for order in permutations(heads))


def test_how_many_headings_a_row_has():
    """A title above the headings says one thing at most."""
    assert HEADINGS.known_heads(["Students of Lahore"]) == 0
    assert HEADINGS.known_heads(["Name", "Student name", "Nmae", "City", ""]) == 2


def test_a_heading_of_any_length():
    assert mapped(["x" * 100_000, "(" * 100_000, "Name" + " " * 100_000]) == ({"name": 2}, {})


def test_only_columns_of_ours_are_asked_about():
    assert all(set(keys) <= set(BY_KEY) for keys in EITHER.values())


def test_the_docs_have_the_same_columns():
    page = (settings.BASE_DIR / "docs/spreadsheets.md").read_text()
    rows = re.findall(r"^\| (.+?) \| `(\w+)` \|(.*?)\| (.+) \|$", page, re.M)
    assert rows == [
        (str(column.head), column.key, " yes " if column.key in NEEDED else " ", str(column.help))
        for column in COLUMNS
    ]


def test_the_api_calls_them_the_same():
    others = {"updated_at"}  # for which programs have ETags
    members = set(StudentOut.model_fields) - {"warnings"}
    assert {column.key for column in COLUMNS} - others == members
