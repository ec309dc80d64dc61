"""A look through the parts of an XLSX file, XML in a ZIP, before openpyxl builds trees of them.

What a file brings may be made to fill the memory or to take hours: tags without end, one inside
another, millions in one row, entities, a gigabyte of nothing. Here nothing is kept of it, so that
it is refused at little cost. What isn't XML ends the look, as it would end openpyxl's.
"""

import zipfile
from typing import IO, BinaryIO
from xml.parsers import expat

from sheets.errors import LONGEST_CELL, Unreadable

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, its head among them
MOST_TEXTS = 48_000_000  # bytes of the texts that cells share, which are held in memory
MOST_SHARED = 1_000_000  # of those
MOST_OTHERS = 2_000_000  # bytes of each other part but the sheets
MOST_LISTED = 1_000_000  # bytes of the ZIP's list of its parts
CHUNK = 1 << 16  # bytes
LONGEST_TAG = 1 << 16  # bytes: expat holds it, and begins it anew with each chunk
MOST_NAMES = 1_000  # of elements and attributes, in one part: expat forgets none
MOST_STRANGE = 200_000  # elements that are neither rows nor cells nor in them
DEEPEST = 100  # elements, one inside another
OF_CELLS = {"row", "c", "v", "is", "t", "r", "rPr", "f", "si"}


def look_through(file: BinaryIO, unpacked: int) -> None:
    """Raises Unreadable. No part gets longer than the ZIP says it is."""
    ending = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    if not ending or ending[5] > MOST_LISTED:
        raise Unreadable("zip")
    with zipfile.ZipFile(file) as parts:
        infos = parts.infolist()
        if sum(info.file_size for info in infos) > unpacked:
            raise Unreadable("unpacked", most=unpacked)
        for info in infos:
            # The others that Python knows unpack without a limit, and no spreadsheet uses them.
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unreadable("zip")
            with parts.open(info) as part:
                look_at(part, info.file_size)
    file.seek(0)


def look_at(part: IO[bytes], size: int) -> None:
    parser = expat.ParserCreate()
    guard = Guard(size)
    parser.StartDoctypeDeclHandler = refuse_entities
    parser.StartElementHandler = guard.start
    parser.EndElementHandler = guard.end
    parser.CharacterDataHandler = guard.text
    given = 0
    try:
        while chunk := part.read(CHUNK):
            given += len(chunk)
            parser.Parse(chunk)
            # Of a tag that is not whole yet, this is the beginning.
            unfinished = given - parser.CurrentByteIndex
            if unfinished > LONGEST_TAG + CHUNK or len(parser.intern) > MOST_NAMES:
                raise Unreadable("zip")
    except expat.ExpatError:
        return


def refuse_entities(*_: object) -> None:
    raise Unreadable("entities")


class Guard:
    """Of one part. Lines and columns of a file that is whole only rise."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.depth = self.strange = self.shared = 0
        self.line = self.column = self.letters = 0
        self.in_row = self.is_sheet = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable("zip")
        name = name[name.find(":") + 1 :]
        if self.depth == 1:
            self.begin(name)
        elif name == "c":
            self.letters = 0
            self.column += 1
            if not self.in_row or self.column > MOST_COLUMNS:
                raise Unreadable("zip")
        elif name == "row":
            self.in_row, self.column = True, 0
            line = attributes.get("r", "")
            number = int(line) if line.isdecimal() else self.line + 1
            if not self.line < number <= MOST_ROWS:
                raise Unreadable("zip")
            self.line = number
        elif name == "si":
            self.letters = 0
            self.shared += 1
            if self.shared > MOST_SHARED:
                raise Unreadable("cells", most=MOST_SHARED)
        elif name not in OF_CELLS:
            self.strange += 1
            if self.strange > MOST_STRANGE:
                raise Unreadable("zip")

    def begin(self, name: str) -> None:
        most = {"worksheet": self.size, "sst": MOST_TEXTS}.get(name, MOST_OTHERS)
        self.is_sheet = name == "worksheet"
        if self.size > most:
            raise Unreadable("unpacked", most=most)

    def end(self, name: str) -> None:
        self.depth -= 1
        if name.endswith("row"):
            self.in_row = False

    def text(self, text: str) -> None:
        self.letters += len(text)
        if self.is_sheet and self.letters > LONGEST_CELL and not text.isspace():
            raise Unreadable("too_long", line=self.line)
