"""A file into rows of ImportRow: what each cell says, and what is wrong with it."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from itertools import chain, islice
from math import inf
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from rules.text import UNSTORABLE
from sheets.errors import Unreadable
from sheets.reading import Limits, Row, Sheet
from sheets.reading import read as read_sheet
from students.columns import HEADINGS, KEYS, NEEDED, mapped
from students.forms import StudentForm
from students.imports.cells import BAD, columns, problem
from students.models import Import, ImportRow, State
from students.models.student import problem_of_days

BATCH = 10_000  # rows in one COPY, and one step of the progress
HEAD_AMONG = 10  # rows: a title or two may stand above the headings
SAMPLES = 3  # rows shown when the columns are asked for
MOST_SHOWN = 60  # characters, of a heading or a sample
FACTS = KEYS[:8]  # which are columns of a student's under the same name
COPY = f"""
COPY students_importrow (imported_id, line, kind, student, seen_at, {", ".join(FACTS)}, family,
    family_name, cells, problems)
FROM STDIN (FORMAT csv)
"""

Progress = Callable[[float, int], object]  # how far, 0 to 1, and how many rows so far


def read(
    imported: Import,
    file: BinaryIO,
    limits: Limits,
    progress: Progress = lambda share, rows: None,
) -> None:
    """Rows of `file` into the database, and the state that follows.

    ASKING where its columns aren't clear, REFUSED where it can't be read, READING where all of it
    was read and is to be checked.
    """
    forget(imported)
    try:
        sheet = read_sheet(file, limits)
        columns_of(imported, sheet, progress)
    except Unreadable as error:
        forget(imported)
        imported.state = State.REFUSED
        imported.options |= {"refusal": {"code": error.code, **error.facts}}
    imported.progress = 100
    imported.step_done(State.READING, imported.state, "has_rows", "progress")


def forget(imported: Import) -> None:
    """What an earlier reading left; not another's, who has taken it up meanwhile."""
    with transaction.atomic():
        imported.renew(progress=0, has_rows=False)
        ImportRow.objects.filter(imported=imported).delete()
    imported.has_rows = False


def columns_of(imported: Import, sheet: Sheet, progress: Progress) -> None:
    start = list(islice(sheet.rows, HEAD_AMONG))
    if not start:
        raise Unreadable("empty")
    options = imported.options
    options |= {"kind": sheet.kind, **sheet.about}
    if "columns" not in options:
        at = max(range(len(start)), key=lambda n: (HEADINGS.known_heads(start[n].cells), -n))
        heads = start[at]
        mapping = mapped(heads.cells)
        names = [shortened(cell) for cell in heads.cells]
        if not HEADINGS.known_heads(
            heads.cells
        ):  # perhaps they are a student's, and he has no class
            names += [""] * (max(len(row.cells) for row in start) - len(names))
        options |= {
            "heads": names,
            "width": max(heads.width, len(names)),
            "head_line": heads.line,
            "samples": [[*map(shortened, row.cells)] for row in start[at + 1 :][:SAMPLES]],
            "columns": mapping.columns,
            "asked": mapping.asked,
        }
        if not mapping.is_clear:
            imported.state = State.ASKING
            return
    rows = (row for row in chain(start, sheet.rows) if row.line > options["head_line"])
    stage(imported, rows, progress)


def shortened(cell: str) -> str:
    return storable(cell.strip()[:MOST_SHOWN])


def storable(cell: str) -> str:
    return UNSTORABLE.sub("\ufffd", cell)


def stage(imported: Import, rows: Iterator[Row], progress: Progress) -> None:
    staged = Staged(imported)
    total = 0
    while batch := list(islice(rows, BATCH)):
        text = io.StringIO()
        csv.writer(text).writerows(filter(None, map(staged, batch)))
        text.seek(0)
        with transaction.atomic():
            share = batch[-1].position
            imported.renew(progress=int(share * 100), has_rows=True)
            with connection.cursor() as cursor:
                cursor.copy_expert(COPY, text)
        imported.has_rows = True
        total += len(batch)
        progress(share, total)
    if not imported.has_rows:
        raise Unreadable("no_rows")


class Staged:
    """A row of the file -> one of the table's, in the order of COPY; None where nothing is said."""

    def __init__(self, imported: Import) -> None:
        self.pk = imported.pk
        places = imported.options["columns"]
        # Without headings nobody says how wide a row may be.
        self.width = imported.options["width"] if imported.options["head_line"] else inf
        parsed = columns(imported.options.get("cities"))
        self.columns = [(key, places[key], parsed[key]) for key in KEYS if key in places]

    def __call__(self, row: Row) -> list[Any] | None:
        cells = row.cells
        width = len(cells)
        said: dict[str, Any] = dict.fromkeys(KEYS)
        problems: list[list[Any]] = []
        nothing = True
        for key, place, column in self.columns:
            if place >= width:
                continue
            value = column[cells[place]]
            if value is None:
                continue
            nothing = False
            if value is BAD:
                problems.append([key, "cell"])
            else:
                said[key] = value
        if nothing:
            return None
        if row.width > self.width:
            problems.append(["", "wide"])
        student = said["id"]
        if student is None:
            wrong = {key for key, _code in problems}
            if "id" not in wrong:
                problems += [[k, "required"] for k in NEEDED if said[k] is None and k not in wrong]
        if said["left_on"] and problem_of_days(said["joined_on"], said["left_on"]):
            problems.append(["left_on", "days"])
        family = said["family"]
        named = isinstance(family, str)
        kind = "bad" if problems else "new" if student is None else "changed"
        return [
            self.pk,
            row.line,
            kind,
            student,
            said["updated_at"],
            *[said[key] for key in FACTS],
            None if named else family,
            family if named else None,
            # What PostgreSQL may find wrong yet, a clean new row's nothing.
            array(cells) if problems or student or family is not None else None,
            json.dumps(problems) if problems else None,
        ]


def array(cells: list[str]) -> str:
    """PostgreSQL's spelling of a text[]."""
    quoted = (storable(cell).replace("\\", "\\\\").replace('"', '\\"') for cell in cells)
    return "{" + ",".join(f'"{cell}"' for cell in quoted) + "}"


# -- What is wrong, in words -----------------------------------------------------------------------


def explain(imported: Import, row: ImportRow, key: str, code: str, *facts: Any) -> str:
    """Why a row isn't taken, or is to be looked at, and what to type."""
    match code:
        case "cell":
            return problem(key, cell_of(imported, row, key))
        case "required":
            return str(StudentForm.base_fields[key].error_messages["required"])
        case "days":
            parsed = columns()
            days = [parsed[each][cell_of(imported, row, each)] for each in ("joined_on", "left_on")]
            return str(problem_of_days(*days) or _("Nobody leaves before he joins."))
        case "wide":
            return _(
                "There are more cells than headings. Give each its heading; an amount with a comma"
                " goes in quotation marks."
            )
        case "gone":
            words = _("There is no student %(number)s: clear the ID to add a new one.")
            return words % {"number": row.student}
        case "twice":
            words = _("Line %(line)s is about student %(number)s too: delete one of them.")
            return words % {"line": facts[0], "number": row.student}
        case "stale":
            return _(
                "This student was changed since the sheet was exported. Export him again, and type"
                " it there."
            )
        case "no_family":
            return _("There is no such family: type its name, or the number of another.")
        case "no_right":
            return _("There is no family of this name, and you may not make one.")
        case "several_families":
            return _("Several families are called so: type the number of one.")
        case "double":
            words = _("The same name and city as in line %(line)s: check that both are real.")
            return words % {"line": facts[0]}
        case "namesake":
            return _("A student of this name is in this city already: check that both are real.")
        case "high":
            words = _("More than ten times the usual %(usual)s: check it.")
            return words % {"usual": facts[0]}
    raise LookupError(code)


def cell_of(imported: Import, row: ImportRow, key: str) -> str:
    """What was typed there; of no column: beside all headings."""
    cells = row.cells or []
    if not key:
        return ", ".join(cells[len(imported.options["heads"]) :])
    place = imported.options["columns"].get(key)
    return cells[place] if place is not None and place < len(cells) else ""
