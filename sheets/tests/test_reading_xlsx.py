"""Excel files as they are brought: what a person sees in their cells, and what isn't let in."""

import io
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from sheets.errors import Unreadable
from sheets.reading import Limits, read

LIMITS = Limits(rows=1_048_576, cells=20_000_000, unpacked=200_000_000)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


KINDS = {"workbook": "sheet.main", "sharedStrings": "sharedStrings", "styles": "styles"}


def types_of(parts):
    """What openpyxl finds the parts by."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    there = {each: KINDS[each] for each in KINDS if f"xl/{each}.xml" in parts}
    there["worksheets/sheet1"] = "worksheet"
    named = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{kind}.{each}+xml"/>'
        for part, each in there.items()
    )
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<Types xmlns="{types}">{named}</Types>'


def rows_of(content, **limits):
    sheet = read(io.BytesIO(content), Limits(**{**vars(LIMITS), **limits}))
    assert sheet.kind == "xlsx"
    return [(row.line, row.cells) for row in sheet.rows]


def refusal(content, **limits):
    with pytest.raises(Unreadable) as caught:
        rows_of(content, **limits)
    return caught.value.code, caught.value.facts


def written(*rows, **options):
    """By XlsxWriter: cells as they are, or with a number format."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            for at, cell in enumerate(row):
                value, shape = cell if isinstance(cell, tuple) else (cell, None)
                sheet.write(
                    line, at, value, book.add_format({"num_format": shape} if shape else {})
                )
    return file.getvalue()


def moment(*parts):
    return datetime(*parts)  # noqa: DTZ001 - a sheet knows no zone


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as into:
        for name, part in parts.items():
            into.writestr(name, part)
    return file.getvalue()


def parts_of(sheet="", *, texts=None, styles=None, book=None):
    """The least that is an Excel file, by hand; `sheet` is what its sheetData holds."""
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(
            [
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "sharedStrings.xml"),
                ("styles", "styles.xml"),
            ],
            start=1,
        )
        if kind == "worksheet" or {"sharedStrings": texts, "styles": styles}[kind] is not None
    )
    if not sheet.startswith("<?xml"):
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
    book = book or (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Students" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1"'
        f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    if texts is not None:
        parts["xl/sharedStrings.xml"] = texts
    if styles is not None:
        parts["xl/styles.xml"] = styles
    return {"[Content_Types].xml": types_of(parts), **parts}


def by_hand(sheet="", **others):
    return zipped(parts_of(sheet, **others))


def row(*cells, line=1):
    return f'<row r="{line}">{"".join(cells)}</row>'


# -- What a person sees ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (12500.0, "12500"),
        (12500.5, "12500.5"),
        (0.1 + 0.2, "0.3"),
        (-5, "-5"),
        (0, "0"),
        (1e21, "1" + "0" * 21),
        (0.000001, "0.000001"),
        (923001234567, "923001234567"),
        ((12500, '"Rs "#,##0.00'), "12500"),
        ((12500, '#,##0 "days"'), "12500"),
        ((12500, "[$Rs-420]#,##0"), "12500"),
        ((12500, r"#,##0\ \d"), "12500"),
        ((0.15, "0%"), "15%"),
        ((0.155, "0.00%"), "15.5%"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("Ali Raza", "Ali Raza"),
        ("عائشہ صدیقہ", "عائشہ صدیقہ"),
        (" two\nlines ", " two\nlines "),
        ("'Ali'", "'Ali'"),
        ((date(2026, 4, 1), "dd/mm/yyyy"), "2026-04-01"),
        ((moment(2026, 4, 1), "d mmm yy"), "2026-04-01"),
        ((moment(2026, 4, 1, 8, 30), "dd/mm/yyyy hh:mm"), "2026-04-01 08:30:00"),
        ((moment(2026, 4, 1, 8, 30), 22), "2026-04-01 08:30:00"),
        ((date(2026, 4, 1), 14), "2026-04-01"),
        ((date(1900, 1, 1), 14), "1900-01-01"),
        ((date(1900, 3, 1), 14), "1900-03-01"),
        ((time(8, 30), "hh:mm"), "08:30:00"),
        ((timedelta(hours=30, minutes=5), "[h]:mm:ss"), "30:05:00"),
    ],
)
def test_a_cell(cell, shown):
    assert rows_of(written([cell])) == [(1, [shown])]


def test_numbers_that_were_typed_as_text_stay_as_they_were_typed():
    content = written(["03001234567", "007", "1E5"])
    assert rows_of(content) == [(1, ["03001234567", "007", "1E5"])]


def test_days_of_a_book_that_counts_them_since_1904():
    assert rows_of(written([(date(2026, 4, 1), 14)], date_1904=True)) == [(1, ["2026-04-01"])]


def test_a_formula_is_what_it_came_to():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, "=2500*5", None, 12500)
        sheet.write_formula(0, 1, '="Ali"&" Raza"', None, "Ali Raza")
        sheet.write_formula(0, 2, "=1=1", None, True)
        sheet.write_formula(0, 3, "=NA()", None, "#N/A")
        sheet.write_formula(0, 4, '=""', None, "")
        sheet.write_array_formula(0, 5, 0, 5, "{=SUM(A1:A1)}", None, 7)
    cells = ["12500", "Ali Raza", "TRUE", "#N/A", "", "7"]
    assert rows_of(file.getvalue()) == [(1, cells)]


def test_a_formula_that_was_never_worked_out_is_nothing():
    book = openpyxl.Workbook()
    book.active.append(["Ali", "=1+1", "Lahore"])
    assert rows_of(saved(book)) == [(1, ["Ali", "", "Lahore"])]


def test_what_went_wrong_is_read_as_it_is_shown():
    book = openpyxl.Workbook()
    book.active.append(["#N/A", "#DIV/0!"])
    assert rows_of(saved(book)) == [(1, ["#N/A", "#DIV/0!"])]


def test_letters_in_several_colours_are_one_text():
    book = openpyxl.Workbook()
    book.active["A1"] = CellRichText("Ali ", TextBlock(InlineFont(b=True), "Raza"))
    assert rows_of(saved(book)) == [(1, ["Ali Raza"])]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_rich_string(0, 0, "Ali ", book.add_format({"bold": True}), "Raza")
    assert rows_of(file.getvalue()) == [(1, ["Ali Raza"])]


def test_how_a_text_is_pronounced_is_no_part_of_it():
    shared = f'<sst xmlns="{MAIN}"><si><t>山田</t><rPh sb="0" eb="2"><t>ヤマダ</t></rPh></si></sst>'
    inline = '<c t="inlineStr"><is><t>山田</t><rPh sb="0" eb="2"><t>ヤマダ</t></rPh></is></c>'
    content = by_hand(row('<c t="s"><v>0</v></c>', inline), texts=shared)
    assert rows_of(content) == [(1, ["山田", "山田"])]


def test_what_excel_escapes():
    content = by_hand(row('<c t="inlineStr"><is><t>a_x000D_b _x005F_x0041_</t></is></c>'))
    assert rows_of(content) == [(1, ["a\rb _x0041_"])]


def test_a_day_as_strict_files_have_it():
    content = by_hand(row('<c t="d"><v>2026-04-01</v></c>', '<c t="d"><v>2026-04-01T08:30</v></c>'))
    assert rows_of(content) == [(1, ["2026-04-01", "2026-04-01 08:30:00"])]


def test_names_with_a_prefix():
    sheet = (
        f'<?xml version="1.0"?><x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c><x:v>7</x:v>'
        "</x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert rows_of(by_hand(sheet)) == [(1, ["7"])]


def test_cells_and_rows_without_a_place_follow_one_another():
    sheet = "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/><row><c><v>4</v></c></row>"
    assert rows_of(by_hand(sheet)) == [(1, ["1", "", "3"]), (3, ["4"])]


# -- Sheets and rows -------------------------------------------------------------------------------


def test_the_first_sheet_that_is_seen():
    book = openpyxl.Workbook()
    book.active.title = "Lists"
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet("Secrets").sheet_state = "veryHidden"
    for title in ("Class 9", "Class 10", "کلاس"):
        book.create_sheet(title).append([title])
    sheet = read(io.BytesIO(saved(book)), LIMITS)
    assert sheet.about == {"sheet": "Class 9", "others": "Class 10, کلاس"}
    assert [row.cells for row in sheet.rows] == [["Class 9"]]


def test_a_sheet_that_is_a_chart_is_none():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Students!$A$1:$A$1"})
        book.add_chartsheet("Chart").set_chart(chart)
        book.add_worksheet("Students").write(0, 0, 7)
    sheet = read(io.BytesIO(file.getvalue()), LIMITS)
    assert sheet.about == {"sheet": "Students", "others": ""}
    assert [row.cells for row in sheet.rows] == [["7"]]


def test_no_sheet_that_is_seen():
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Students" sheetId="1" state="hidden" r:id="rId1"/></sheets></workbook>'
    )
    assert refusal(by_hand(row("<c><v>1</v></c>"), book=book)) == ("empty", {})


def test_a_sheet_with_nothing_in_it_is_no_rows():
    assert rows_of(written()) == []


def test_rows_keep_their_numbers_and_end_with_what_they_hold_last():
    bold = ("", "0")
    content = written(
        ["Name", "City"], [], ["Ali", "", None, bold], [" ", bold], ["Sara", "Multan"]
    )
    assert rows_of(content) == [(1, ["Name", "City"]), (3, ["Ali"]), (5, ["Sara", "Multan"])]


def test_what_was_made_text_for_excel_is_as_it_was_typed():
    assert rows_of(written(["'=1", "'+92", "'Ali'"])) == [(1, ["=1", "+92", "'Ali'"])]


def test_how_far_in_the_file():
    content = written(*([f"Student {line}", "Lahore"] for line in range(5_000)))
    positions = [row.position for row in read(io.BytesIO(content), LIMITS).rows]
    assert len(positions) == 5_000
    assert positions == sorted(positions)
    assert 0 < positions[0] < positions[-1] <= 1


def test_limits():
    content = written(["a", "b"], ["c", "d"])
    assert len(rows_of(content, rows=2, columns=2, cells=4)) == 2
    assert refusal(content, rows=1) == ("rows", {"most": 1})
    assert refusal(content, columns=1) == ("columns", {"most": 1, "line": 1})
    assert refusal(content, cells=3) == ("cells", {"most": 3})
    assert refusal(content, unpacked=2_000) == ("unpacked", {"most": 2_000})


def test_the_longest_cell():
    longest = "ع" * 32_767
    shared = f'<sst xmlns="{MAIN}"><si><t>{longest}</t></si><si><t>{longest}x</t></si></sst>'
    of_shared = '<c t="s"><v>{}</v></c>'
    assert rows_of(by_hand(row(of_shared.format(0)), texts=shared)) == [(1, [longest])]
    long = ("too_long", {"line": 3})
    assert refusal(by_hand(row(of_shared.format(1), line=3), texts=shared)) == long
    inline = '<c t="inlineStr"><is><t>{}</t></is></c>'
    assert rows_of(by_hand(row(inline.format(longest)))) == [(1, [longest])]
    assert refusal(by_hand(row(inline.format(longest + "x"), line=3))) == long


# -- No workbook, or a damaged one -----------------------------------------------------------------


def test_an_old_excel_file_or_one_with_a_password():
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)) == ("old_excel", {})


def test_a_zip_that_is_no_workbook():
    assert refusal(zipped({"students.csv": "Name,City\n"})) == ("zip", {})


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_truncated_file(share):
    content = written(["Ali"])
    assert refusal(content[: int(len(content) * share)]) == ("zip", {})


@pytest.mark.parametrize(
    "missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]
)
def test_a_part_is_missing(missing):
    parts = parts_of(row("<c><v>1</v></c>"))
    del parts[missing]
    code = "empty" if missing.endswith("sheet1.xml") else "zip"
    assert refusal(zipped(parts)) == (code, {})


@pytest.mark.parametrize(
    "sheet",
    [
        row('<c t="s"><v>0</v></c>'),  # no such text
        row('<c t="s"><v>-1</v></c>'),
        row("<c><v>twelve</v></c>"),
        row("<c><v>1</v></c>", line=1_048_577),
        row("<c><v>1</v></c>", line=0),
        row("<c><v>1</v></c>", line=2) + row("<c><v>1</v></c>", line=2),
        "<row><c><v>1</v></row>",
        "<row>&nbsp;</row>",
    ],
)
def test_a_sheet_that_no_spreadsheet_writes(sheet):
    assert refusal(by_hand(sheet)) == ("zip", {})


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packed_as_no_spreadsheet_does(compression):
    assert refusal(zipped(parts_of(row("<c><v>1</v></c>")), compression)) == ("zip", {})


WHOLE = bytearray(
    written(["Name", "Joined"], ["Ali", (date(2026, 4, 1), 14)], ["Sara", (0.15, "0%")])
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1))
def test_whatever_is_damaged_is_read_or_refused(changes):
    content = WHOLE[:]
    for at, byte in changes:
        content[at] = byte
    content[:4] = b"PK\x03\x04"
    with suppress(Unreadable):
        list(read(io.BytesIO(content), LIMITS).rows)


PARTS = parts_of(
    row('<c r="A1" t="s" s="1"><v>0</v></c>', '<c r="B1" s="1"><v>0.5</v></c>'),
    texts=f'<sst xmlns="{MAIN}"><si><t>Ali</t></si></sst>',
    styles=f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="0%"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_a_part_says_is_read_or_refused(data):
    name = data.draw(st.sampled_from(sorted(PARTS)))
    part = bytearray(PARTS[name].encode())
    at = data.draw(st.integers(0, len(part)))
    part[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=4))
    with suppress(Unreadable):
        list(read(io.BytesIO(zipped({**PARTS, name: bytes(part)})), LIMITS).rows)


# -- Made to harm ----------------------------------------------------------------------------------

LAUGHS = (
    "<!DOCTYPE x ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


def streamed(name, chunks, parts):
    """`parts` with one more, that is never whole in memory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as into:
        for each, part in parts.items():
            if each != name:
                into.writestr(each, part)
        with into.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
START = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
MB = 1_000_000


def sheet_of(chunk, megabytes, start=START):
    """A sheet of so many MB that says one thing over and over."""
    times = MB // len(chunk) + 1
    return streamed(SHEET, [start, *([chunk * times] * megabytes)], parts_of())


def zeros():
    return sheet_of(b"\0", 300)


def zeros_in_a_cell():
    return sheet_of(b"0", 190, START + b"<row><c><v>")


def lying():
    """The directory says that the sheet has 1,000 bytes; it has 300 MB."""
    content = bytearray(zeros())
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        size = parts.getinfo(SHEET).file_size
    place = content.rindex(size.to_bytes(4, "little"))
    content[place : place + 4] = (1_000).to_bytes(4, "little")
    return bytes(content)


def laughs_in_sheet():
    sheet = f'<?xml version="1.0"?>{LAUGHS}<worksheet xmlns="{MAIN}"><sheetData>'
    return by_hand(sheet + row('<c t="str"><v>&a9;</v></c>') + "</sheetData></worksheet>")


def laughs_in_texts():
    texts = f'{LAUGHS}<sst xmlns="{MAIN}"><si><t>&a9;</t></si></sst>'
    return by_hand(row('<c t="s"><v>0</v></c>'), texts=texts)


def laughs_in_utf_16():
    texts = f'<?xml version="1.0" encoding="utf-16"?>{LAUGHS}<sst><si><t>&a9;</t></si></sst>'
    return by_hand(row('<c t="s"><v>0</v></c>'), texts=texts.encode("utf-16"))


def laughs_behind_a_comment():
    texts = f"<!--{' ' * 60_000}-->{LAUGHS}<sst><si><t>&a9;</t></si></sst>"
    return by_hand(row('<c t="s"><v>0</v></c>'), texts=texts)


def claimed_dimension():
    return by_hand(
        f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">'
        '<dimension ref="A1:XFD1048576"/><sheetData>'
        + row('<c r="A1"><v>1</v></c>')
        + '<row r="3"><c r="B3"><v>2</v></c></row></sheetData></worksheet>'
    )


def last_cell():
    return by_hand(row('<c r="XFD1048576"><v>1</v></c>', line=1_048_576))


def wide_rows():
    lines = range(1, 2_001)
    return by_hand("".join(row(f'<c r="XFD{n}"><v>1</v></c>', line=n) for n in lines))


def wide_rows_of_nothing():
    lines = range(1, 2_001)
    return by_hand("".join(row(f'<c r="XFD{n}" s="1"/>', line=n) for n in lines))


def one_row_of_cells():
    return sheet_of(b"<c><v>1</v></c>", 190, START + b"<row>")


def cells_in_no_row():
    return sheet_of(b"<c><v>1</v></c>", 190)


def nested():
    return sheet_of(b"<c>", 190)


def one_tag():
    return sheet_of(b"x", 190, START + b'<row r="')


def many_names():
    names = (b"".join(b"<n%x/>" % n for n in range(at, at + 50_000)) for at in range(0, MB, 50_000))
    return streamed(SHEET, [START, *names], parts_of())


def before_the_cells():
    return sheet_of(b"<a/>", 10, f'<worksheet xmlns="{MAIN}">'.encode())


def empty_texts():
    texts = [f'<sst xmlns="{MAIN}">'.encode(), *([b"<si/>" * 200_000] * 10), b"</sst>"]
    return streamed("xl/sharedStrings.xml", texts, parts_of(row("<c><v>1</v></c>"), texts=""))


def one_text():
    texts = [f'<sst xmlns="{MAIN}"><si><t>'.encode(), *([b"x" * MB] * 60), b"</t></si></sst>"]
    return streamed("xl/sharedStrings.xml", texts, parts_of(row("<c><v>1</v></c>"), texts=""))


def too_many_texts():
    return streamed("xl/sharedStrings.xml", [b" " * MB] * 65, parts_of(texts=""))


def styles():
    parts = parts_of(row("<c><v>1</v></c>"), styles="")
    xfs = b"<xf/>" * 700_000
    return streamed(
        "xl/styles.xml", [b"<styleSheet><cellXfs>", xfs, b"</cellXfs></styleSheet>"], parts
    )


def many_sheets():
    sheet = '<sheet name="a" sheetId="1" r:id="rId1"/>'
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheet * 90_000}</sheets></workbook>'
    )
    return by_hand(row("<c><v>1</v></c>"), book=book)


def many_parts():
    return zipped(dict.fromkeys(map(str, range(100_000)), b""))


ONE = ["1"]
HOSTILE = [
    (zeros, "unpacked {'most': 200000000}"),
    (zeros_in_a_cell, "too_long {'line': 1}"),
    (lying, "zip {}"),
    (laughs_in_sheet, "entities {}"),
    (laughs_in_texts, "entities {}"),
    (laughs_in_utf_16, "entities {}"),
    (laughs_behind_a_comment, "entities {}"),
    (claimed_dimension, "2 rows"),
    (last_cell, "columns {'most': 1000, 'line': 1048576}"),
    (wide_rows, "columns {'most': 1000, 'line': 1}"),
    (wide_rows_of_nothing, "0 rows"),
    (one_row_of_cells, "zip {}"),
    (cells_in_no_row, "zip {}"),
    (nested, "zip {}"),
    (one_tag, "zip {}"),
    (many_names, "zip {}"),
    (before_the_cells, "zip {}"),
    (empty_texts, "cells {'most': 1000000}"),
    (one_text, "unpacked {'most': 48000000}"),
    (too_many_texts, "zip {}"),
    (styles, "unpacked {'most': 2000000}"),
    (many_sheets, "unpacked {'most': 2000000}"),
    (many_parts, "zip {}"),
]
READING = """
import re, resource, sys
from pathlib import Path
from sheets.errors import Unreadable
from sheets.reading import Limits, read

def peak():  # in KB; ru_maxrss is that of whoever started us too, where it was more
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

limits = Limits(rows=1_048_576, cells=20_000_000, unpacked=200_000_000)
with open(sys.argv[1], "rb") as file:
    before = peak()
    try:
        said = f"{sum(1 for _ in read(file, limits).rows)} rows"
    except Unreadable as error:
        said = f"{error.code} {error.facts}"
    print(said)
    print((peak() - before) // 1000)
"""


def told_by(script, file):
    """What was read, and by how many MB that process grew."""
    command = [sys.executable, "-c", script, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    said, grown = done.stdout.splitlines()
    return said, int(grown)


@pytest.mark.parametrize(("made", "said"), HOSTILE, ids=[made.__name__ for made, _said in HOSTILE])
def test_what_is_made_to_harm_costs_little(made, said, tmp_path):
    file = tmp_path / "students.xlsx"
    file.write_bytes(made())
    assert file.stat().st_size < 12 * MB  # an office may bring 10
    told, grown = told_by(READING, file)
    assert told == said
    assert grown < 100


def test_without_the_guard_it_would_grow(tmp_path):
    """The harm that `sheets.guard` keeps away, and that it would be seen here."""
    file = tmp_path / "students.xlsx"
    with zipfile.ZipFile(io.BytesIO(written(["Ali"]))) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    row_of_cells = [START, b"<row>", *([b"<c><v>1</v></c>" * 70_000] * 30)]
    file.write_bytes(streamed(SHEET, row_of_cells, parts))
    with_trees = (
        READING.replace("read(file, limits)", "load_workbook(file, read_only=True).active")
        .replace("except Unreadable", "except SyntaxError")
        .replace("{error.code} {error.facts}", "damaged")
    )
    with_trees = f"from openpyxl import load_workbook\n{with_trees}"
    told, grown = told_by(with_trees, file)
    assert told == "damaged"
    assert grown > 100
