"""What was confirmed becomes students, and ceases to be when it is undone, each at one moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction

from api.idempotency import lock
from students.imports.checking import compare, count, unlimited
from students.imports.reading import FACTS
from students.models import Family, Import, ImportRow, Kind, State, Student

SLICE = 50_000  # rows in one statement, and one step of the progress
LEFT_SHOWN = 100  # students whom undoing left alone
COLUMNS = ", ".join(FACTS)
# In one order for all, so that no two writers wait for each other.
LOCK = """
SELECT id FROM students_student WHERE id IN (
    SELECT student FROM students_importrow WHERE imported_id = %s AND kind IN ('changed', 'same')
) ORDER BY id FOR UPDATE
"""
NEW_FAMILIES = """
WITH made AS (
    INSERT INTO students_family (name, phone)
    SELECT DISTINCT ON (lower(family_name)) family_name, coalesce(phone, '')
    FROM students_importrow
    WHERE imported_id = %(import)s AND kind IN ('new', 'changed')
        AND family IS NULL AND family_name IS NOT NULL
    ORDER BY lower(family_name), line
    RETURNING id, name
), placed AS (
    UPDATE students_importrow AS r SET family = made.id FROM made
    WHERE r.imported_id = %(import)s AND r.family IS NULL
        AND lower(r.family_name) = lower(made.name)
)
SELECT coalesce(array_agg(id), '{}') FROM made
"""
CHANGE = f"""
UPDATE students_student AS s SET
    {", ".join(f"{name} = coalesce(r.{name}, s.{name})" for name in FACTS)},
    family_id = coalesce(r.family, s.family_id)
FROM students_importrow AS r
WHERE r.imported_id = %(import)s AND r.kind = 'changed' AND s.id = r.student
"""
TEXTS = ("father_name", "phone", "class_name")
ADD = f"""
INSERT INTO students_student ({COLUMNS}, family_id)
SELECT {", ".join(f"coalesce({n}, '')" if n in TEXTS else n for n in FACTS)}, family
FROM students_importrow
WHERE imported_id = %(import)s AND kind = 'new' AND line > %(after)s AND line <= %(upto)s
ORDER BY line
"""
CLOCK = "SELECT clock_timestamp()"
# The changes that an import made, and whether somebody was at the student since.
MINE = """
    SELECT e.pgh_id, e.pgh_obj_id AS student, e.pgh_label AS label, e.pgh_old AS old, EXISTS (
        SELECT FROM students_studentevent AS later
        WHERE later.pgh_obj_id = e.pgh_obj_id AND later.pgh_id > e.pgh_id
    ) AS touched
    FROM students_studentevent AS e
    WHERE e.pgh_created_at BETWEEN %(began)s AND %(done)s
        AND e.pgh_context @> jsonb_build_object('import', %(import)s::bigint)
"""
LOCK_MINE = f"""
SELECT id FROM students_student WHERE id IN (SELECT student FROM ({MINE}) AS mine)
ORDER BY id FOR UPDATE
"""
KEEP_MINE = f"CREATE TEMPORARY TABLE mine ON COMMIT DROP AS {MINE}"
# Whom money was charged to, or taken from, stays.
KEEP_PROTECTED = """
UPDATE mine SET touched = true WHERE label = 'insert' AND NOT touched AND ({protected})
"""
TAKE_OUT = """
DELETE FROM students_student AS s USING mine
WHERE s.id = mine.student AND mine.label = 'insert' AND NOT touched
"""


def before(name: str) -> str:
    """SQL for what a column held before the import."""
    old = f"mine.old->>'{name}'"
    cast = {"fees": "::numeric", "joined_on": "::date", "left_on": "::date"}.get(name, "")
    return f"{name} = CASE WHEN mine.old ? '{name}' THEN ({old}){cast} ELSE s.{name} END"


PUT_BACK = f"""
UPDATE students_student AS s SET {", ".join(map(before, FACTS))},
    updated_at = coalesce(mine.seen_at, clock_timestamp()), -- a sheet exported before holds again
    family_id = CASE WHEN mine.old ? 'family_id'
        THEN (SELECT f.id FROM students_family AS f WHERE f.id = (mine.old->>'family_id')::bigint)
        ELSE s.family_id END
FROM (
    SELECT mine.*, r.seen_at FROM mine LEFT JOIN students_importrow AS r
        ON r.imported_id = %(import)s AND r.kind = 'changed' AND r.student = mine.student
) AS mine
WHERE s.id = mine.student AND mine.label = 'update' AND NOT touched
"""
LEFT_ALONE = "SELECT count(*), (array_agg(student ORDER BY student))[:%s] FROM mine WHERE touched"
EMPTY_FAMILIES = """
DELETE FROM students_family AS f WHERE f.id = ANY(%s)
    AND NOT EXISTS (SELECT FROM students_student AS s WHERE s.family_id = f.id)
    AND NOT ({protected})
"""


def protected(model: type[models.Model], number: str) -> str:
    """SQL for whether another table, of whichever app, forbids to delete this row."""
    found = [
        f'EXISTS (SELECT FROM "{rel.field.model._meta.db_table}" AS other'
        f' WHERE other."{rel.field.column}" = {number})'
        for rel in model._meta.related_objects
        if rel.on_delete is models.PROTECT
    ]
    return " OR ".join(found) or "false"


class RowsMissing(Exception):  # noqa: N818 - what was to be written is there no more
    """Fewer rows than were confirmed, or more: none of them is written."""


def write(
    number: int, *, may_add_families: bool, progress: Callable[[int], object] = lambda rows: None
) -> Import:
    """The rows of an import that is WRITING: all of them become students, or none.

    It is READY again, with `options["notice"]`, where what was confirmed is no longer what would
    happen: `meanwhile` somebody changed students or families, or the same file came in (`again`).
    Called again, it does nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        unlimited()
        imported = Import.objects.select_for_update().defer("content").get(pk=number)
        if imported.state != State.WRITING:
            return imported
        lock(f"import {imported.checksum}")  # two of one file at once: the second sees the first
        imported.options.pop("notice", None)
        imported.options.pop("tries", None)
        twice = Import.objects.done_with(imported.checksum).exclude(pk=imported.pk)
        if not imported.again and twice.exists():
            return not_yet(imported, "again")
        cursor.execute(LOCK, [imported.pk])
        if compare(imported, may_add_families=may_add_families):
            return not_yet(imported, "meanwhile")
        with as_writer(imported.context()):
            bring(imported, cursor, progress)
        rows = ImportRow.objects.filter(imported=imported)
        rows.filter(kind__in=[Kind.NEW, Kind.SAME]).delete()  # the others are asked for yet
        imported.has_rows = rows.exists()
        imported.state = State.DONE
        imported.content = None
        imported.busy_until = None
        imported.save()
    return imported


def not_yet(imported: Import, notice: str) -> Import:
    count(imported)
    imported.state = State.READY
    imported.busy_until = None
    imported.options["notice"] = notice
    imported.save()
    return imported


def bring(imported: Import, cursor: Any, progress: Callable[[int], object]) -> None:
    values: dict[str, Any] = {"import": imported.pk}
    cursor.execute(CLOCK)
    (imported.began_at,) = cursor.fetchone()
    cursor.execute(NEW_FAMILIES, values)
    (imported.families,) = cursor.fetchone()
    cursor.execute(CHANGE, values)
    written = cursor.rowcount
    progress(written)
    after, last = 0, ImportRow.objects.filter(imported=imported).order_by("-line").first()
    while last and after < last.line:
        cursor.execute(ADD, {**values, "after": after, "upto": after + SLICE})
        after += SLICE
        written += cursor.rowcount
        progress(cursor.rowcount)
    if written != imported.new + imported.changed:
        raise RowsMissing
    cursor.execute(CLOCK)
    (imported.done_at,) = cursor.fetchone()


def undo(number: int) -> Import:
    """Put back what an import that is UNDOING did, but for whom somebody changed since.

    Called again, it does nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        unlimited()
        imported = Import.objects.select_for_update().get(pk=number)
        if imported.state != State.UNDOING:
            return imported
        values = {"import": imported.pk, "began": imported.began_at, "done": imported.done_at}
        cursor.execute(LOCK_MINE, values)  # the next statement sees what they came to
        cursor.execute(KEEP_MINE, values)
        cursor.execute(KEEP_PROTECTED.format(protected=protected(Student, "mine.student")))
        with as_writer({**imported.context(), "undo": True}):
            cursor.execute(TAKE_OUT)
            cursor.execute(PUT_BACK, values)
        cursor.execute(LEFT_ALONE, [LEFT_SHOWN])
        imported.left_alone, imported.options["left"] = cursor.fetchone()
        empty = EMPTY_FAMILIES.format(protected=protected(Family, "f.id"))
        cursor.execute(empty, [imported.families])
        cursor.execute(CLOCK)
        (imported.undone_at,) = cursor.fetchone()
        imported.state = State.UNDONE
        imported.busy_until = None
        imported.save()
    return imported


@contextmanager
def as_writer(context: dict[str, Any]) -> Iterator[None]:
    """What the history is told of who writes here."""
    before = connection.context  # type: ignore[attr-defined]
    connection.context = context  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.context = before  # type: ignore[attr-defined]
