"""CSV as spreadsheets open it: UTF-8 with a BOM, CRLF, no cell that would be run."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

BOM = "\ufeff"  # without it Excel takes UTF-8 for the old code page of its machine

# What begins a formula for Excel, LibreOffice or Google Sheets; the wide ones in East Asian Excel.
# An apostrophe before it counts too, so that `defused` can be undone: one comes off, one stays.
RUNS = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """A sheet of text and numbers; a text in it stays a text, a number (an int, or digits) one."""
    text = io.StringIO(BOM, newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([defused(cell) for cell in row] for row in (head, *rows))
    return text.getvalue().encode()


def defused(cell: str | int) -> str | int:
    """`cell` with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and RUNS.match(cell) else cell
