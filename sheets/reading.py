"""Bytes in, rows of text out: CSV in whatever encoding and with whatever separator, or XLSX.

What a file is, its first bytes say, not its name. Nothing of it is believed: sizes, rows and cells
are counted as they come, and `Limits` ends it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from sheets import csv, xlsx
from sheets.errors import Unreadable

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # XLSX; XLS, or XLSX with a password


@dataclass(frozen=True)
class Limits:
    rows: int
    cells: int
    unpacked: int  # bytes of an XLSX file, which is a ZIP
    columns: int = 1_000  # up to the last that holds something


class Row(NamedTuple):
    line: int  # as a spreadsheet numbers its rows, from 1
    cells: list[str]  # up to the last that holds something
    width: int  # in CSV with the empty ones after it: of an amount with a comma one may be the end
    position: float  # how much of the file is behind us, 0 to 1


class Sheet(NamedTuple):
    kind: str  # csv or xlsx
    about: dict[str, str]  # CSV: encoding, separator; XLSX: sheet, others
    rows: Iterator[Row]  # those that hold something


def read(file: BinaryIO, limits: Limits) -> Sheet:
    """Raises Unreadable, at once or from its rows."""
    start = file.read(8)
    file.seek(0)
    if not start:
        raise Unreadable("empty")
    if start.startswith(OLE):
        raise Unreadable("old_excel")
    kind = xlsx if start.startswith(ZIP) else csv
    about, rows = kind.read(file, limits.unpacked)
    name = "xlsx" if kind is xlsx else "csv"
    return Sheet(name, about, counted(rows, limits, name))


def counted(
    rows: Iterator[tuple[int, list[str], float]], limits: Limits, kind: str
) -> Iterator[Row]:
    total = 0
    for line, cells, position in rows:
        width = len(cells)
        while cells and not cells[-1].strip():
            cells.pop()
        if line > limits.rows:
            raise Unreadable("rows", most=limits.rows)
        if len(cells) > limits.columns:
            raise Unreadable("columns", most=limits.columns, line=line)
        total += len(cells)
        if total > limits.cells:
            raise Unreadable("cells", most=limits.cells)
        if cells:
            yield Row(line, cells, width if kind == "csv" else len(cells), position)
