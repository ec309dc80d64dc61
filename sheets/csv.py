"""CSV as spreadsheets write and open it."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from sheets.errors import LONGEST_CELL, Unreadable
from sheets.formulas import as_typed, defused

BOM = "\ufeff"  # without it Excel takes UTF-8 for the old code page of its machine
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CHUNK = 1 << 20  # bytes, or characters
LONGEST_LINE = 1 << 20  # characters
SEPARATORS = ",;\t|"
LOOKED_AT = 20  # lines, for the separator
AT_ONCE = 1_000  # rows

# -- Writing ---------------------------------------------------------------------------------------


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """A sheet of text and numbers; a text in it stays a text, a number (an int, or digits) one."""
    return b"".join(csv_chunks(head, rows))


def csv_chunks(
    head: Sequence[str], rows: Iterable[Sequence[str | int | Decimal | None]]
) -> Iterator[bytes]:
    """The same, some rows at a time: the head at once. None is an empty cell.

    UTF-8 with a BOM, CRLF, no cell that would be run.
    """
    text = io.StringIO(BOM, newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, lineterminator="\r\n")
    some: list[Sequence[str | int | Decimal | None]] = [head]
    rows = iter(rows)
    while some:
        writer.writerows(
            [defused(cell) if isinstance(cell, str) else cell for cell in row] for row in some
        )
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
        some = list(islice(rows, AT_ONCE))


# -- Reading ---------------------------------------------------------------------------------------


def read(
    file: BinaryIO, _unpacked: int
) -> tuple[dict[str, str], Iterator[tuple[int, list[str], float]]]:
    """What the file turned out to be, and its rows: line, cells, how far in the file."""
    encoding = encoding_of(file)
    size = file.seek(0, io.SEEK_END) or 1
    start: list[str] = []
    # What is too long is said below, where the row's number is known.
    with suppress(Unreadable), as_text(file, encoding) as text:
        start.extend(islice(lines(text), LOOKED_AT))
    told = re.fullmatch(r"sep=([^\w\s\"]|\t)\s*", start[0], re.I) if start else None  # Excel
    skipped = 1 if told else 0
    separator = told[1] if told else separator_of(start)

    def rows() -> Iterator[tuple[int, list[str], float]]:
        with as_text(file, encoding) as text:
            some = islice(lines(text), skipped, None)
            for line, cells in cells_of(some, separator, skipped):
                yield line, cells, file.tell() / size

    return {"encoding": encoding, "separator": separator}, rows()


@contextmanager
def as_text(file: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """From its beginning; CR, LF and CRLF are one. It stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline=None)
    try:
        yield text
    finally:
        with suppress(ValueError):  # the file was closed first
            text.detach()


def encoding_of(file: BinaryIO) -> str:
    """By its BOM; else UTF-8 where all of it is, else the code page of a Windows in English.

    Raises Unreadable on what is no text.
    """
    begin = file.read(4 * LONGEST_LINE + 1)
    if len(begin) > 4 * LONGEST_LINE and not {b"\n"[0], b"\r"[0]} & set(begin):
        raise Unreadable("too_long", line=1)  # before a gigabyte is looked through
    for bom, encoding in BOMS.items():
        if begin.startswith(bom):
            check(file, encoding)
            return encoding
    if b"\0" in begin:
        raise Unreadable("not_text")
    try:
        check(file, "utf-8")
    except Unreadable as error:
        if error.code == "not_text":
            raise
        check(file, "cp1252")
        return "cp1252"
    return "utf-8"


def check(file: BinaryIO, encoding: str) -> None:
    """Whether the whole file is text in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK):
            if "\0" in decoder.decode(chunk):
                raise Unreadable("not_text")
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise Unreadable("encoding") from None


def lines(text: io.TextIOWrapper) -> Iterator[str]:
    """One by one; none is as long as LONGEST_LINE: a file may be one line of a gigabyte."""
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Unreadable("too_long")
        yield line


def separator_of(some: list[str]) -> str:
    """The one that most lines have, and then as often as each other."""
    counts = {
        mark: Counter(len(cells) for _, cells in cells_of(iter(some), mark, strict=False))
        for mark in SEPARATORS
    }

    def agreement(mark: str) -> tuple[int, int, int]:
        several = {width: count for width, count in counts[mark].items() if width > 1}
        width = max(several, key=lambda each: (several[each], each), default=0)
        return sum(several.values()), several.get(width, 0), width

    return max(SEPARATORS, key=agreement)


def cells_of(
    some: Iterator[str], separator: str, before: int = 0, *, strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number; `before` it were so many."""
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(some, delimiter=separator, strict=strict)
    line = before
    try:
        for line, cells in enumerate(rows, start=before + 1):
            yield line, [as_typed(cell) if cell[:1] == "'" else cell for cell in cells]
    except csv.Error as error:
        if strict:
            code = "too_long" if "field larger" in str(error) else "quotes"
            raise Unreadable(code, line=line + 1) from None
    except Unreadable as error:
        raise Unreadable(error.code, line=line + 1) from None
