"""What a preview says of each row of a file."""

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rules.text import bdi
from students.columns import BY_KEY
from students.imports import explain
from students.imports.reading import FACTS, cell_of
from students.imports.told import label, shortened
from students.models import Family, Import, ImportRow, Kind, Student
from students.views.changes import shown

SHOWN = [*FACTS, "family"]


class KindOfRows(NamedTuple):
    name: str
    label: str
    rows: int


class Told(NamedTuple):
    """A row of the file: who it is about, and what there is to say of him."""

    line: int
    name: SafeString
    url: str  # of a student who is here
    facts: list[tuple[str, SafeString, SafeString]]  # label, before, after
    problems: list[tuple[str, SafeString, str]]  # label, what was typed, what is wrong
    warnings: list[tuple[str, str]]  # what to look at, and where


def kinds_of(imported: Import) -> list[KindOfRows]:
    return [
        KindOfRows(Kind.BAD, _("With errors"), imported.bad),
        KindOfRows("odd", _("To be looked at"), imported.odd),
        KindOfRows(Kind.NEW, _("New"), imported.new),
        KindOfRows(Kind.CHANGED, _("Changed"), imported.changed),
        KindOfRows(Kind.SAME, _("Unchanged"), imported.same),
    ]


def rows_of(imported: Import, rows: list[ImportRow]) -> list[Told]:
    students = Student.objects.in_bulk([row.student for row in rows if row.student])
    numbers = {row.family for row in rows} | {each.family_id for each in students.values()}
    found = Family.objects.in_bulk([number for number in numbers if number])
    families = {number: str(family) for number, family in found.items()}
    return [told(imported, row, students.get(row.student or 0), families) for row in rows]


def told(
    imported: Import, row: ImportRow, student: Student | None, families: dict[int, str]
) -> Told:
    name = row.name or (student and student.name) or cell_of(imported, row, "name")
    return Told(
        row.line,
        bdi(shortened(name)),
        student.get_absolute_url() if student else "",
        [] if row.kind == Kind.BAD else list(facts_of(row, student, families)),
        [
            (label(key), cell(imported, row, key), explain(imported, row, key, *rest))
            for key, *rest in row.problems or []
        ],
        [(explain(imported, row, key, *rest), where(rest)) for key, *rest in row.warnings or []],
    )


def cell(imported: Import, row: ImportRow, key: str) -> SafeString:
    typed = cell_of(imported, row, key)
    return bdi(shortened(typed)) if typed.strip() else SafeString("")


def where(rest: list[Any]) -> str:
    code, *facts = rest
    return reverse("student_detail", args=facts) if code == "namesake" else ""


def facts_of(row: ImportRow, student: Student | None, families: dict[int, str]) -> Any:
    """Of a new student all facts, of one who is here those that change."""
    for key in SHOWN:
        now = getattr(row, key)
        if key == "family" and now is None and row.family_name:
            now = row.family_name
        if now is None or (key == "name" and not student):
            continue
        was = getattr(student, "family_id" if key == "family" else key) if student else None
        if student and was == now:
            continue
        before = in_words(key, was, families) if was not in (None, "") else SafeString("")
        yield str(BY_KEY[key].head), before, in_words(key, now, families)


def in_words(key: str, value: Any, families: dict[int, str]) -> SafeString:
    """As the history shows it, which has days and amounts as text."""
    if key == "family" and isinstance(value, str):
        return bdi(_("%(name)s (a new family)") % {"name": value})
    return shown(key, value if isinstance(value, int) else str(value), families)
