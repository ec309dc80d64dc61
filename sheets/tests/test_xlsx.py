"""Excel files as they are written: what Excel finds in them, and that nothing in them runs."""

import io
import re
import zipfile
from datetime import datetime

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sheets.csv import csv_chunks
from sheets.reading import Limits, read
from sheets.xlsx import Column, Page, PlainSheet, write

LIMITS = Limits(rows=1_048_576, cells=20_000_000, unpacked=200_000_000)
COLUMNS = [
    Column("Name", 28),
    Column("Fees (PKR)", 14, "amount"),
    Column("Joined", 12, "day"),
    Column("ID", 10, "number"),
]
ROWS = [
    ["عائشہ صدیقہ", "12500.50", "2026-04-01", 7],
    ["Ali Raza", "9000", None, 1_000_000],
    ["", None, "", None],
]
# Whatever Excel holds: no control characters, no halves of pairs.
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
STARTED = st.tuples(st.sampled_from("=+-@'＝＋－＠"), TEXTS).map("".join)


def book(*pages):
    file = io.BytesIO()
    write(file, pages or [Page("Students", COLUMNS, ROWS)])
    file.seek(0)
    return file


def texts(*cells):
    return book(Page("Students", [Column("Name", 28)] * len(cells), [cells]))


def rows_of(file):
    return [row.cells for row in read(file, LIMITS).rows]


def test_the_cells_are_text_money_days_and_numbers():
    sheet = openpyxl.load_workbook(book())["Students"]
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        ["Name", "Fees (PKR)", "Joined", "ID"],
        ["عائشہ صدیقہ", 12500.5, datetime(2026, 4, 1), 7],  # noqa: DTZ001 - no zone in a sheet
        ["Ali Raza", 9000, None, 1_000_000],
    ]
    assert [cell.number_format for cell in sheet[2]] == [
        "General",
        '"Rs "#,##0.00',
        "dd/mm/yyyy",
        "0",
    ]
    assert sheet["C2"].is_date


def test_the_head_stays_in_sight():
    sheet = openpyxl.load_workbook(book())["Students"]
    assert sheet.freeze_panes == "A2"
    assert [cell.font.b for cell in sheet[1]] == [True] * 4
    assert not sheet["A2"].font.b


def test_the_columns_have_their_widths():
    """Excel adds 5 pixels to each."""
    widths = openpyxl.load_workbook(book())["Students"].column_dimensions
    assert [round(widths[letter].width) for letter in "ABCD"] == [29, 15, 13, 11]


def test_pages_are_sheets_under_names_that_excel_takes():
    file = book(Page("x" * 40, COLUMNS, []), Page("Errors", [Column("Line", 8)], [["2"]]))
    sheet = read(file, LIMITS)
    assert sheet.about == {"sheet": "x" * 31, "others": "Errors"}
    assert [row.cells for row in sheet.rows] == [[column.head for column in COLUMNS]]


def test_what_is_written_is_read_back():
    assert rows_of(book()) == [
        ["Name", "Fees (PKR)", "Joined", "ID"],
        ["عائشہ صدیقہ", "12500.5", "2026-04-01", "7"],
        ["Ali Raza", "9000", "", "1000000"],
    ]


@settings(deadline=None)
@given(st.lists(TEXTS | STARTED, min_size=1, max_size=5))
@example(["_x0041_ _x005F_ x005F_"])
@example(["<r>Ali</r>"])  # which XlsxWriter takes for its own rich text
@example(["<r>&</r>", "</t>", "]]>"])
@example([" Ali  Raza\u2028 "])
@example(["a\nb\tc"])
def test_texts_are_read_back_as_they_were(cells):
    (head, *rows) = rows_of(texts(*cells))
    assert head == ["Name"] * len(cells)
    assert rows == [ending(cells)] * bool(ending(cells))


@given(st.lists(st.lists(TEXTS | STARTED, min_size=2, max_size=5), max_size=5))
@example([["a\nb\tc", "'"]])
def test_texts_are_read_back_from_csv(rows):
    head = ["Name", "City", "Class", "Father", "Phone"]
    content = b"".join(csv_chunks(head, rows))
    sheet = read(io.BytesIO(content), LIMITS)
    assert sheet.about == {"encoding": "utf-8-sig", "separator": ","}
    assert [row.cells for row in sheet.rows] == [head, *filter(None, map(ending, rows))]


def ending(cells):
    """Up to the last that holds something."""
    last = max((at for at, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return cells[:last]


@pytest.mark.parametrize("cell", ["=1+1", "+92300", "-5", "@SUM(A1)", "{=1}", "'=1", "＝1"])
def test_nothing_runs(cell):
    """As CSV has it, with an apostrophe, so that it stays text when the sheet is saved as one."""
    file = texts(cell)
    found = openpyxl.load_workbook(file).active["A2"]
    assert found.data_type == "s"
    assert found.value == (cell if cell.startswith("{") else f"'{cell}")
    with zipfile.ZipFile(file) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert not re.search(rb"<f[ >/]|<hyperlink", sheet)
    assert rows_of(file)[1] == [cell]


@pytest.mark.parametrize("cell", ["https://example.com", "mailto:a@example.com", "internal:A1"])
def test_nothing_is_a_link(cell):
    file = texts(cell)
    assert openpyxl.load_workbook(file).active["A2"].hyperlink is None
    assert rows_of(file)[1] == [cell]


@pytest.mark.parametrize("text", ["<r>&</r>", "<r><t>Ali</t></r></is><f>1+1</f><is><r></r>"])
def test_a_text_is_no_xml(text, monkeypatch):
    """XlsxWriter would write it as it is, and the text break the file or bring a formula in."""
    assert rows_of(texts(text))[1] == [text]
    monkeypatch.delattr(PlainSheet, "_xml_rich_inline_string")
    with zipfile.ZipFile(texts(text)) as parts:
        assert text.encode() in parts.read("xl/worksheets/sheet1.xml")
