"""What students owe, charge by charge: the one answer that pages, paper and programs give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

ZERO = Decimal("0.00")


class Due(NamedTuple):
    """A charge with an unpaid part, PKR. `fine` comes on top when it is paid on the day asked for.

    `fine_id` is the fine that it has: whoever paid in time is let off it. A fine's
    month is its fee's.
    """

    student: int
    charge: int
    kind: str
    month: date | None
    due_on: date | None
    unpaid: Decimal
    charged: Decimal
    note: str
    is_fine: bool
    against: int | None
    fine: Decimal
    fine_id: int | None


# In the order in which money goes to them: fees by (due day, student), then fines.
DUES = """
SELECT c.student_id, c.charge_id, e.kind, coalesce(e.month, fined.month), c.due_on, c.unpaid,
    e.amount, e.note, c.is_fine, e.against_id,
    CASE WHEN run.id IS NULL OR s.left_on IS NOT NULL OR fine.id IS NOT NULL THEN 0.00
        ELSE ledger_fine(run.fine_rule, run.fine_amount, run.fine_cap, e.due_on, $2) END,
    fine.id
FROM ledger_charges($1::bigint[]) AS c
JOIN ledger_entry AS e ON e.id = c.charge_id
LEFT JOIN ledger_entry AS fined ON e.kind = 'fine' AND fined.id = e.against_id
JOIN students_student AS s ON s.id = c.student_id
LEFT JOIN ledger_run AS run ON run.id = e.run_id AND e.kind = 'fee'
LEFT JOIN LATERAL (
    SELECT f.id FROM ledger_entry AS f
    WHERE f.against_id = e.id AND f.kind = 'fine' AND ledger_stands(f.id) LIMIT 1
) AS fine ON e.kind = 'fee'
WHERE c.unpaid > 0
ORDER BY c.is_fine, c.due_on, c.student_id, c.charge_id
"""


def dues(students: Sequence[int], day: date) -> list[Due]:
    """What these students owe, in the order in which money goes to it; fines as of `day`."""
    rows = connection.fetch_prepared(DUES, [list(students), day])  # type: ignore[attr-defined]
    return [Due(*row) for row in rows]


def owed(found: Sequence[Due]) -> Decimal:
    """All of it, PKR, with the fines that paying it today brings."""
    return sum((due.unpaid + due.fine for due in found), ZERO)


# Who has no balance yet gets his first, and only then is anything locked: one who moves with his
# family holds their rows of students, and wants their balances next.
MAKE = """
INSERT INTO students_balance (student_id, city_key)
SELECT s.id, s.city_key FROM students_student AS s
WHERE s.id = ANY($1::bigint[])
    AND NOT EXISTS (SELECT FROM students_balance AS b WHERE b.student_id = s.id)
ORDER BY s.id FOR SHARE OF s
ON CONFLICT (student_id) DO NOTHING RETURNING student_id
"""
# Of few students every statement has the same good plan, to which PostgreSQL would not keep by
# itself: to plan each anew took more than half of what a receipt costs it. Of a month's slice each
# is planned for so many.
FEW = 100
KNOWN = f"""
SELECT count(*), set_config('plan_cache_mode',
    CASE WHEN cardinality($1::bigint[]) < {FEW} THEN 'force_generic_plan' ELSE 'auto' END, true)
FROM students_balance WHERE student_id = ANY($1::bigint[])
"""  # noqa: S608 - a number that is written above
LOCK = """
SELECT student_id FROM students_balance WHERE student_id = ANY($1::bigint[])
ORDER BY student_id FOR UPDATE
"""


def lock_balances(students: Sequence[int]) -> None:
    """Nobody else books anything for these students until this transaction ends.

    Always in the order of their numbers, so that two who want the same can't wait for each other.
    Whoever books nothing after it rolls back, or leaves a balance of nothing.
    """
    numbers = sorted(students)
    ((known, _mode),) = connection.fetch_prepared(KNOWN, [numbers])  # type: ignore[attr-defined]
    if known < len(set(numbers)):
        connection.fetch_prepared(MAKE, [numbers])  # type: ignore[attr-defined]
    connection.fetch_prepared(LOCK, [numbers])  # type: ignore[attr-defined]


def charges_of(students: Sequence[int]) -> list[dict[str, Any]]:
    """Every charge of these students as `ledger_charges` has it, those that are paid too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ledger_charges(%s)", [list(students)])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
