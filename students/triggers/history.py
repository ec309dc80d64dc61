"""PostgreSQL keeps the history itself: a row for each student that a statement changed.

Whatever writes (pages, API, bulk_create, update(), COPY, TRUNCATE, psql), the row says who, when,
and through which door, as the connection's `tuition.context` does; with none it was somebody at the
database itself. One statement more records all the rows of one, so that many cost little.
"""

from typing import Any

import pgtrigger

from students.triggers.tables import referencing

TRACKED = (
    "name", "city", "fees", "father_name", "phone", "class_name", "joined_on", "left_on",
    "family_id",
)  # fmt: skip
# An amount is text in JSON: a number there would pass through a float. (Days are so by themselves,
# as 2026-12-05 whatever the writer's DateStyle.)
AS_TEXT = {"fees"}
# By the clock, not the statement's start: who waited for another's change comes after it.
HAPPENED = ("happened", "timestamptz := clock_timestamp()")
CONTEXT = (
    "context",
    "jsonb := nullif(current_setting('tuition.context', true), '')::jsonb",
)
RECORD = (
    "INSERT INTO students_studentevent (pgh_created_at, pgh_label, pgh_obj_id, pgh_context,"
    " pgh_old, city_key, old_city_key, search_key, {columns}) SELECT happened, '{label}', {row}.id,"
    " context, {old}, {row}.city_key, {moved}, {searched}, {values} FROM {rows}; RETURN NULL;"
)
MOVED = "CASE WHEN removed.city_key <> added.city_key THEN removed.city_key END"


def changed(name: str) -> str:
    """SQL for the old value of a column, as JSON, if it changed: {"fees": "5000.00"}."""
    old = f"removed.{name}" + ("::text" if name in AS_TEXT else "")
    return (
        f"CASE WHEN removed.{name} IS DISTINCT FROM added.{name}"
        f" THEN jsonb_build_object('{name}', {old}) ELSE '{{}}' END"
    )


def values_of(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in TRACKED)


def record(
    operation: pgtrigger.Operation, label: str, row: str, rows: str, old: str = "NULL", **more: Any
) -> pgtrigger.Trigger:
    """`row` is whose values are kept; who is no longer there is found by `search_key`."""
    return pgtrigger.Trigger(
        **{
            "name": f"history_{label}",
            "level": pgtrigger.Statement,
            "when": pgtrigger.After,
            "operation": operation,
            "declare": [HAPPENED, CONTEXT],
            "func": RECORD.format(
                label=label,
                row=row,
                rows=rows,
                old=old,
                columns=", ".join(TRACKED),
                values=values_of(row),
                moved=MOVED if label == "update" else "NULL",
                searched=f"{row}.search_key" if label == "delete" else "NULL",
            ),
            **more,
        }
    )


def refuse(name: str, operation: pgtrigger.Operation, words: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=operation,
        func=f"RAISE EXCEPTION '{words}' USING ERRCODE = 'restrict_violation';",
    )


# By which a sheet knows that a student is still as it was exported, whatever changed him.
TOUCH = pgtrigger.Trigger(
    name="touched",
    level=pgtrigger.Row,
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "(NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at"
        f" AND ({values_of('NEW')}) IS DISTINCT FROM ({values_of('OLD')}))"
    ),
    func="NEW.updated_at = clock_timestamp(); RETURN NEW;",
)
OF_NUMBER = pgtrigger.UpdateOf("id")  # type: ignore[no-untyped-call]
KEEP_HISTORY = [
    record(pgtrigger.Insert, "insert", "added", "added", referencing=referencing(new="added")),
    record(
        pgtrigger.Update,
        "update",
        "added",
        # A full join, of rows that all have their match, because it can't be planned as a nested
        # loop: that's how the first one-row change has all later ones of its connection planned.
        "added FULL JOIN removed USING (id)"
        f" WHERE ({values_of('removed')}) IS DISTINCT FROM ({values_of('added')})",
        old=" || ".join(map(changed, TRACKED)),
        referencing=referencing(new="added", old="removed"),
    ),
    record(
        pgtrigger.Delete, "delete", "removed", "removed", referencing=referencing(old="removed")
    ),
    record(
        pgtrigger.Truncate,
        "delete",
        "removed",
        "students_student AS removed",
        name="history_truncate",
        when=pgtrigger.Before,
    ),
    # By its number a student is found in the history.
    refuse("number_kept", OF_NUMBER, "A student keeps the number he has."),
]
KEPT_FOR_GOOD = [
    refuse("kept", pgtrigger.Update | pgtrigger.Delete, "History is kept: nothing in it changes."),
    refuse("kept_whole", pgtrigger.Truncate, "History is kept: nothing of it goes."),
]
