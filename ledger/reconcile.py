"""Compare the kept balances with the entries, and mend them.

They can differ only where somebody switched the triggers off or wrote to students_balance by hand.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

COLUMNS = "balance, fees_owed, fines_owed, paid, owed_since, city_key"
# One statement sees one moment, whoever writes meanwhile.
DIFFERENCES = f"""
WITH real AS (
    SELECT o.student_id, o.balance, o.fees_owed, o.fines_owed, o.paid, o.owed_since, s.city_key
    FROM ledger_owed(ARRAY(SELECT DISTINCT student_id FROM ledger_entry)) AS o
    JOIN students_student AS s ON s.id = o.student_id
)
SELECT student_id, kept.balance, real.balance
FROM students_balance AS kept FULL JOIN real USING (student_id)
WHERE ROW({", ".join(f"kept.{name}" for name in COLUMNS.split(", "))})
    IS DISTINCT FROM ROW({", ".join(f"real.{name}" for name in COLUMNS.split(", "))})
    AND NOT (real.student_id IS NULL AND kept.owed_since IS NULL AND ROW(
        kept.balance, kept.fees_owed, kept.fines_owed, kept.paid) = ROW(0, 0, 0, 0)) -- locked only
ORDER BY student_id
"""  # noqa: S608 - of names that are written above
REPAIR = f"""
INSERT INTO students_balance (student_id, {COLUMNS})
SELECT o.student_id, o.balance, o.fees_owed, o.fines_owed, o.paid, o.owed_since, s.city_key
FROM ledger_owed(ARRAY(SELECT DISTINCT student_id FROM ledger_entry)) AS o
JOIN students_student AS s ON s.id = o.student_id ORDER BY o.student_id
ON CONFLICT (student_id) DO UPDATE SET ({COLUMNS}) = ROW(
    {", ".join(f"excluded.{name}" for name in COLUMNS.split(", "))})
"""  # noqa: S608


DAYS = """
SELECT day, counts_as, kept.entries, kept.amount, real.entries, real.amount
FROM (
    SELECT day, counts_as, sum(entries) AS entries, sum(amount) AS amount
    FROM ledger_daytotal GROUP BY day, counts_as
) AS kept
FULL JOIN (
    SELECT day, counts_as, count(*) AS entries, sum(amount) AS amount
    FROM ledger_entry GROUP BY day, counts_as
) AS real USING (day, counts_as)
WHERE (kept.entries, kept.amount) IS DISTINCT FROM (real.entries, real.amount)
ORDER BY day, counts_as
"""
REPAIR_DAYS = """
INSERT INTO ledger_daytotal (day, counts_as, entries, amount)
SELECT day, counts_as, count(*), sum(amount) FROM ledger_entry GROUP BY day, counts_as
"""


class Difference(NamedTuple):
    """None: there is no such row."""

    student: int
    kept: Decimal | None
    real: Decimal | None


def differences() -> list[Difference]:
    """Students whose kept balance (or since when they owe, or their city) is not the real one."""
    return [Difference(*row) for row in fetch(DIFFERENCES)]


def day_differences() -> list[str]:
    """A line for each day and kind whose kept total is not the real one."""
    return [
        f"{day}, {kind}: kept {kept or 'nothing'}, entries say {real or 'nothing'}"
        for day, kind, _kept_entries, kept, _real_entries, real in fetch(DAYS)
    ]


def repair() -> None:
    """Count anew; whoever books meanwhile waits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'")
        tables = "ledger_entry, students_balance, ledger_daytotal"
        cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(REPAIR)
        cursor.execute("DELETE FROM ledger_daytotal")
        cursor.execute(REPAIR_DAYS)
        cursor.execute(
            "DELETE FROM students_balance AS b WHERE NOT EXISTS"
            " (SELECT FROM ledger_entry AS e WHERE e.student_id = b.student_id)"
        )


def fetch(sql: str) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(sql)
        return list(cursor.fetchall())
