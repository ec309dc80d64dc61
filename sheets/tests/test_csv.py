"""CSV that Excel opens as it was meant, and that runs nothing."""

import csv
import io
import re

import pytest

from sheets.csv import csv_bytes, defused


def test_the_bytes():
    rows = [["Lahore", 73, "9435.62"], ["لاہور", 1, "0.50"], ['a "b", c\nd', 0, ""]]
    assert csv_bytes(["City", "Students", "Average"], rows) == (
        b"\xef\xbb\xbfCity,Students,Average\r\n"
        b"Lahore,73,9435.62\r\n"
        b"\xd9\x84\xd8\xa7\xdb\x81\xd9\x88\xd8\xb1,1,0.50\r\n"
        b'"a ""b"", c\nd",0,\r\n'
    )


def test_nothing_but_a_head():
    assert csv_bytes(["City"], []) == b"\xef\xbb\xbfCity\r\n"


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+92300", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=", "'=1", "''@x", "＝1", "－1"],
)
def test_what_a_spreadsheet_would_run_is_text(cell):
    assert defused(cell) == f"'{cell}"
    (row,) = csv.reader(io.StringIO(csv_bytes([cell], []).decode("utf-8-sig"), newline=""))
    assert row == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["", "Lahore", "a=1", "'Ali'", "O'Brien", " =1", "12.50", -5, 0])
def test_anything_else_stays(cell):
    assert defused(cell) == cell


def test_one_apostrophe_off_is_what_it_was():
    for cell in ("=1", "'=1", "''=1"):
        assert re.sub("^'", "", defused(cell)) == cell
