"""Students out, as a spreadsheet: exactly those of a queryset, all of them, of one moment."""

import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import F, Func, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from sheets.csv import csv_bytes, csv_chunks
from sheets.xlsx import MOST_ROWS, Page, write
from sheets.xlsx import Column as SheetColumn
from students.columns import BY_KEY, COLUMNS, NEEDED
from students.headings import Column
from students.imports.told import row_problems
from students.models import Import, ImportRow, Kind, StudentQuerySet

AT_ONCE = 2_000  # rows fetched
CHUNK = 1 << 16  # bytes


class TooManyRows(Exception):  # noqa: N818 - nothing broke: CSV holds them
    """More than an Excel sheet holds."""


class Phone(Func):
    """`imports.cells.sheet_phone` in SQL."""

    template = """CASE WHEN %(expressions)s LIKE '00%%%%'
        THEN left(%(expressions)s, 6) || '-' || substr(%(expressions)s, 7)
        WHEN %(expressions)s LIKE '0%%%%' OR length(%(expressions)s) > 11
        THEN left(%(expressions)s, 4) || '-' || substr(%(expressions)s, 5)
        ELSE NULLIF(%(expressions)s, '') END"""
    output_field = TextField()


class Defused(Func):
    """`sheets.formulas.defused` in SQL; what begins with a letter passes by its code alone.

    An empty text is null: an empty cell, not a quoted one.
    """

    template = """CASE WHEN %(expressions)s COLLATE "C" >= 'A'
        AND %(expressions)s COLLATE "C" < U&'\\FE00' THEN %(expressions)s
        WHEN %(expressions)s ~ E'^''*[-=+@\\t\\r\\n＝＋－＠]' THEN '''' || %(expressions)s
        ELSE NULLIF(%(expressions)s, '') END"""
    output_field = TextField()


TEXTS = ("name", "father_name", "city", "class_name")
CELLS: dict[str, Any] = {
    **{key: F(key) for key in BY_KEY},
    "phone": Phone(F("phone")),
    "family": F("family_id"),
}
IN_CSV = {**CELLS, **{key: Defused(F(key)) for key in TEXTS}}
IN_XLSX = {
    **CELLS,
    **{key: Cast(F(key), TextField()) for key in ("fees", "joined_on", "left_on", "updated_at")},
}
# Days and times in one spelling, whatever is set for the database or the role.
SPELLING = (
    "SET LOCAL statement_timeout = 0; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'"
)


def heads() -> list[str]:
    return [str(column.head) for column in COLUMNS]


def values(students: StudentQuerySet, cells: dict[str, Any]) -> Any:
    """Of each student the cells of COLUMNS, in their order."""
    return students.values_list(*(cells[column.key] for column in COLUMNS))


def csv_export(students: StudentQuerySet) -> Iterator[bytes]:
    """UTF-8 with a BOM, CRLF, plain numbers, ISO days; the head comes at once.

    PostgreSQL writes it, all of one moment, as fast as it is read and no faster. To be read to its
    end, or closed: it holds the connection.
    """
    yield csv_bytes(heads(), [])
    try:
        query, params = values(students, IN_CSV).query.sql_with_params()
    except EmptyResultSet:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SPELLING)
        asked = cursor.mogrify(query, params).decode()
        try:
            for chunk in copied(cursor.cursor, f"COPY ({asked}) TO STDOUT (FORMAT csv)"):
                yield chunk.replace(b"\n", b"\r\n")
        except Exception:
            # Who reads it is told no other way.
            yield f"\r\n{_('This export broke off: it is not complete.')}\r\n".encode()
            raise


def copied(cursor: Any, copy: str) -> Iterator[bytes]:
    """What a COPY writes. The driver pushes it, so that it takes a thread and a pipe."""
    out, into = os.pipe()
    failed: list[BaseException] = []

    def push() -> None:
        try:
            with open(into, "wb", CHUNK) as file:
                cursor.copy_expert(copy, file)
        except BaseException as error:  # told to whoever reads
            failed.append(error)

    pusher = threading.Thread(target=push, name="export")
    pusher.start()
    whole = False
    try:
        with open(out, "rb", 0) as file:
            while chunk := file.read(CHUNK):
                yield chunk
        whole = True
    finally:
        pusher.join()  # who finds the pipe closed, when nobody reads to the end
        if failed or not whole:
            connection.close()  # in the midst of a COPY
    if failed:
        raise failed[0]


def rows(students: StudentQuerySet) -> Iterator[Sequence[Any]]:
    """Of each student the cells of COLUMNS, of one moment; to be read to the end, or closed."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(SPELLING)
        yield from values(students, IN_XLSX).iterator(chunk_size=AT_ONCE)


def xlsx_page(students: StudentQuerySet, progress: Any = None) -> Page:
    return Page(_("Students"), sheet_columns(), at_most(rows(students), progress))


def xlsx_export(file: BinaryIO, students: StudentQuerySet, progress: Any = None) -> None:
    """Into `file`, which is complete when this returns. Raises TooManyRows."""
    write(file, [xlsx_page(students, progress)])


def xlsx_chunks(*pages: Page) -> Iterator[bytes]:
    """An Excel file, by way of one of its own: it is whole before its first byte."""
    with tempfile.TemporaryFile() as file:
        write(file, pages)
        file.seek(0)
        yield from iter(lambda: file.read(CHUNK), b"")


def fits_in_xlsx(students: StudentQuerySet) -> bool:
    return not students.order_by()[MOST_ROWS - 1 : MOST_ROWS].exists()


def at_most(some: Iterator[Any], progress: Any = None) -> Iterator[Any]:
    for number, row in enumerate(some, start=2):
        if number > MOST_ROWS:
            raise TooManyRows
        if progress and not number % AT_ONCE:
            progress(AT_ONCE)
        yield row


def sheet_columns(columns: Sequence[Column] = COLUMNS) -> list[SheetColumn]:
    return [SheetColumn(str(column.head), column.width, column.kind) for column in columns]


# -- What helps with imports -----------------------------------------------------------------------


def template() -> list[Page]:
    """To be filled in: two students as examples, and a sheet that says what goes where."""
    filled = [column for column in COLUMNS if column.key not in ("id", "updated_at")]
    examples = [[column.examples[n] for column in filled] for n in (0, 1)]
    needed = {True: _("needed"), False: _("may be empty")}
    helps = [
        [str(column.head), needed[column.key in NEEDED], str(column.help), others(column.heads)]
        for column in COLUMNS
    ]
    words = [
        SheetColumn(_("Column"), 16),
        SheetColumn(_("Needed?"), 14),
        SheetColumn(_("What goes there"), 64),
        SheetColumn(_("It may also be called"), 80),
    ]
    return [Page(_("Students"), sheet_columns(filled), examples), Page(_("Help"), words, helps)]


def others(names: str) -> str:
    return ", ".join(names.split(", ")[1:8])


def bad_rows(imported: Import) -> tuple[list[str], Iterator[list[str]]]:
    """The headings of the file, and its rows that weren't taken, as typed, with the reasons."""
    names = list(imported.options["heads"])
    width = len(names)
    if not imported.options["head_line"]:  # what would be its headings is a student
        ours = {place: key for key, place in imported.options["columns"].items()}
        names = [str(BY_KEY[ours[at]].head) if at in ours else "" for at in range(width)]

    def each() -> Iterator[list[str]]:
        bad = ImportRow.objects.filter(imported=imported, kind=Kind.BAD).order_by("line")
        with transaction.atomic():
            yield from map(told, bad.iterator(chunk_size=AT_ONCE))

    def told(row: ImportRow) -> list[str]:
        cells = (row.cells or []) + [""] * width
        reasons = "; ".join(row_problems(imported, row))
        return [*cells[:width], reasons, *filter(None, cells[width:])]  # too wide as it came

    return [*names, _("What is wrong")], each()


def bad_rows_page(imported: Import) -> Page:
    names, some = bad_rows(imported)
    shown = [SheetColumn(name, 18) for name in names[:-1]] + [SheetColumn(names[-1], 90)]
    return Page(_("With errors"), shown, some)


def write_bad_rows(imported: Import, path: str) -> None:
    """XLSX where the name says so, else CSV."""
    with open(path, "wb") as file:
        if path.lower().endswith(".xlsx"):
            write(file, [bad_rows_page(imported)])
        else:
            file.writelines(csv_chunks(*bad_rows(imported)))
