"""XLSX, as Excel and LibreOffice write and open it.

Read by openpyxl, row by row: python-calamine is ten times as quick, but holds the whole sheet in
memory, as large as its farthest cell, and knows no number formats, so that 15 % would be 0.15.
openpyxl trusts the file, so sheets/guard.py looks through it first.
Written by XlsxWriter, a row at a time.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from sheets.errors import LONGEST_CELL, Unreadable
from sheets.formulas import as_typed, defused
from sheets.guard import MOST_ROWS, look_through

__all__ = ["MOST_ROWS", "Column", "Page", "read", "write"]

MOST_NAMED = 20  # other sheets
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

# -- Reading ---------------------------------------------------------------------------------------


def read(
    file: BinaryIO, unpacked: int
) -> tuple[dict[str, str], Iterator[tuple[int, list[str], float]]]:
    """The name of the sheet that is read, those of the others; its rows: line, cells, how far."""
    from openpyxl import load_workbook  # takes 0.2 s, and those who serve pages never read one

    try:
        look_through(file, unpacked)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl leaves out
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except Unreadable:
        raise
    except Exception:  # whatever they stumble over in a file that is damaged, or made to harm
        raise Unreadable("zip") from None
    if not sheets:
        raise Unreadable("empty")
    first, *others = sheets
    named = ", ".join(sheet.title for sheet in others[:MOST_NAMED])
    return {"sheet": first.title, "others": named}, rows_of(first)


def rows_of(sheet: Any) -> Iterator[tuple[int, list[str], float]]:
    said = min(max(sheet.max_row or 1, 1), MOST_ROWS)
    sheet.reset_dimensions()  # those that the file claims, and rows would be filled up to
    try:
        for line, cells in enumerate(sheet.iter_rows(), start=1):
            if cells:
                texts = [as_typed(shown(cell)) for cell in cells]
                if max(map(len, texts)) > LONGEST_CELL:
                    raise Unreadable("too_long", line=line)
                yield line, texts, min(line / said, 1)
    except Unreadable:
        raise
    except Exception:  # as above
        raise Unreadable("zip") from None


def shown(cell: Any) -> str:
    """A cell as a person sees it: 12500.0 as 12500, 0.15 as 15% where its format says so."""
    value = cell.value
    if isinstance(value, str):
        return ESCAPED.sub(unescaped, value) if "_x" in value else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        if "%" in (cell.number_format or ""):
            return f"{number(value * 100)}%"
        return number(value)
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))


def number(value: float) -> str:
    """With the 15 digits that a spreadsheet shows, never as 1.25E+04."""
    return str(value) if isinstance(value, int) else f"{Decimal(f'{value:.15g}').normalize():f}"


# -- Writing ---------------------------------------------------------------------------------------


class Column(NamedTuple):
    head: str
    width: int  # characters
    kind: str = "text"  # or amount, day, number


FORMATS = {"amount": '"Rs "#,##0.00', "day": "dd/mm/yyyy", "number": "0"}


class Page(NamedTuple):
    """A sheet: its cells are text as in CSV, and become numbers and days by their column's kind."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[str | int | Decimal | None]]


class PlainSheet(Worksheet):  # type: ignore[misc]
    """XlsxWriter takes a text from `<r>` to `</r>` for XML of its own, and writes it as it is."""

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        self._xml_inline_string(string, True, attributes)


def write(file: BinaryIO, pages: Iterable[Page]) -> None:
    """Frozen heads, widths, rupees grouped, days as days; text is never a formula."""
    with Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True})
        formats = {kind: book.add_format({"num_format": shape}) for kind, shape in FORMATS.items()}
        for page in pages:
            sheet = book.add_worksheet(page.name[:31], PlainSheet)
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(page.columns):
                sheet.set_column(at, at, column.width)
                sheet.write_string(0, at, defused(column.head), bold)
            kinds = [(at, column.kind) for at, column in enumerate(page.columns)]
            for line, row in enumerate(page.rows, start=1):
                for at, kind in kinds:
                    cell = row[at]
                    if cell is None or cell == "":
                        continue
                    if kind == "text":
                        sheet.write_string(line, at, defused(str(cell)))
                    elif kind == "day":
                        sheet.write_datetime(
                            line, at, date.fromisoformat(str(cell)), formats["day"]
                        )
                    else:
                        sheet.write_number(line, at, float(cell), formats[kind])
                for at in range(len(kinds), len(row)):  # beside all columns
                    sheet.write_string(line, at, defused(str(row[at])))
