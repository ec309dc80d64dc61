"""The month: every student who was there in it is charged his fee, once, however often it is tried.

In slices of students, each in a transaction of its own: stopped half way and started again, or run
twice at once, it charges who is missing, and nobody else.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.models import FineRule, Run
from ledger.owed import ZERO, lock_balances
from ledger.receipts import By
from ledger.refusals import Refused
from rules.days import FIRST
from students.imports import start_command

SLICE = 2_000  # students
LATE_JOINER_DAYS = 10  # that who joins after the due day has to pay
MOST_NAMED = 50  # of those left out


class Terms(NamedTuple):
    """Amounts are PKR."""

    due_on: date
    valid_until: date
    fine_rule: str = FineRule.NONE
    fine_amount: Decimal = ZERO
    fine_cap: Decimal = ZERO


class Left(NamedTuple):
    """Who is not charged: `reason` is fee_0 or charged_before."""

    reason: str
    students: int


class Result(NamedTuple):
    """Of a run, or of what it would do: students, and PKR."""

    charged: int
    total: Decimal
    conceded: Decimal
    fined: int
    fines: Decimal
    left_out: list[Left]


def first_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return first_of(month + timedelta(days=31))


def last_of(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def terms_as_before(month: date) -> Terms:
    """The usual ones, with the fine of the month that was charged before."""
    before = Run.objects.filter(month__lt=month).order_by("-month").first()
    usual = usual_terms(month)
    return Terms(usual.due_on, usual.valid_until, *terms_of(before)[2:]) if before else usual


def usual_terms(month: date) -> Terms:
    """What the settings say: due on the 10th, valid for 20 days more, no fine."""
    due_on = month.replace(day=min(settings.FEES_DUE_DAY, last_of(month).day))
    days = min(settings.CHALLAN_VALID_DAYS, (date.max - due_on).days)  # a month of 9999 is refused
    valid_until = due_on + timedelta(days=days)
    return Terms(due_on, valid_until, *settings.FINE_RULE)


# Who was there: he had joined by the month's end, and had not left before it began.
PRESENT = """(s.joined_on IS NULL OR s.joined_on <= %(last)s)
    AND (s.left_on IS NULL OR s.left_on >= %(month)s)"""
HAS_FEE = """EXISTS (SELECT FROM ledger_entry AS e
    WHERE e.student_id = s.id AND e.month = %(month)s AND e.kind = 'fee')"""
DUE_ON = f"""CASE WHEN s.joined_on > %(due_on)s::date
    THEN s.joined_on + {LATE_JOINER_DAYS} ELSE %(due_on)s::date END"""
# What each of `fee` (id, student_id, amount) is spared: percents first, then amounts, never below
# 0; each rounded half up to whole rupees.
SPARED = f"""
place AS (
    SELECT s.id AS student_id, row_number() OVER (
        PARTITION BY s.family_id ORDER BY s.joined_on NULLS FIRST, s.id
    ) AS place
    FROM students_student AS s
    WHERE s.family_id IN (
        SELECT o.family_id FROM fee JOIN students_student AS o ON o.id = fee.student_id
    ) AND {PRESENT} AND cardinality(%(places)s::int[]) > 0
), shares AS (
    SELECT fee.*, c.reason, round(fee.amount * c.percent / 100) AS value, 1 AS turn, c.id AS nth
    FROM fee JOIN ledger_concession AS c ON c.student_id = fee.student_id
    WHERE c.percent IS NOT NULL AND c.from_month <= %(month)s
        AND (c.until IS NULL OR c.until >= %(month)s)
    UNION ALL
    SELECT fee.*, %(sibling)s, round(fee.amount * rule.percent / 100), 2, 0
    FROM fee JOIN place ON place.student_id = fee.student_id
    JOIN LATERAL (
        SELECT r.percent
        FROM unnest(%(places)s::int[], %(percents)s::numeric[]) AS r (place, percent)
        WHERE r.place <= place.place ORDER BY r.place DESC LIMIT 1
    ) AS rule ON true
    UNION ALL
    SELECT fee.*, c.reason, round(c.amount), 3, c.id
    FROM fee JOIN ledger_concession AS c ON c.student_id = fee.student_id
    WHERE c.amount IS NOT NULL AND c.from_month <= %(month)s
        AND (c.until IS NULL OR c.until >= %(month)s)
), spared AS (
    SELECT id, student_id, reason, turn, nth, least(value, amount - (sum(value) OVER (
        PARTITION BY student_id ORDER BY turn, nth ROWS UNBOUNDED PRECEDING
    ) - value)) AS value FROM shares
)
"""
# Fees of earlier months that a run of a later one fines: late, unpaid, not fined yet.
LATE = """
WITH charge AS MATERIALIZED (
    SELECT * FROM ledger_charges(%(late)s::bigint[])
    WHERE unpaid > 0 AND run_id IS NOT NULL AND due_on < %(today)s::date
)
SELECT c.student_id, c.charge_id,
    ledger_fine(r.fine_rule, r.fine_amount, r.fine_cap, c.due_on, %(today)s::date) AS fine
FROM charge AS c JOIN ledger_run AS r ON r.id = c.run_id
WHERE r.fine_rule <> 'none' AND r.month < %(month)s AND NOT EXISTS (
    SELECT FROM ledger_entry AS f
    WHERE f.against_id = c.charge_id AND f.kind = 'fine' AND ledger_stands(f.id)
)
"""
ALL_LATE = """
SELECT b.student_id FROM students_balance AS b JOIN students_student AS s ON s.id = b.student_id
WHERE b.owed_since < %(today)s AND s.left_on IS NULL
    AND EXISTS (SELECT FROM ledger_run WHERE fine_rule <> 'none' AND month < %(month)s)
"""
PREVIEW = f"""
WITH fee AS (
    SELECT s.id, s.id AS student_id, s.fees AS amount FROM students_student AS s
    WHERE {PRESENT} AND s.fees > 0 AND NOT {HAS_FEE}
), {SPARED}
SELECT (SELECT count(*) FROM fee), (SELECT coalesce(sum(amount), 0.00) FROM fee),
    (SELECT round(coalesce(sum(value) FILTER (WHERE value > 0), 0), 2) FROM spared)
"""
LEFT_OUT = f"""
SELECT CASE WHEN {HAS_FEE} THEN 'charged_before' ELSE 'fee_0' END AS reason, count(*)
FROM students_student AS s WHERE {PRESENT} AND (s.fees = 0 OR {HAS_FEE})
GROUP BY 1 ORDER BY 1
"""
FOR_NOTHING = f"""
SELECT 'fee_0', count(*) FROM students_student AS s
WHERE {PRESENT} AND s.fees = 0 AND NOT {HAS_FEE} HAVING count(*) > 0
"""
NAMED = f"""
SELECT s.id FROM students_student AS s
WHERE {PRESENT} AND s.fees = 0 AND NOT {HAS_FEE} ORDER BY s.name_key, s.id LIMIT {MOST_NAMED}
"""
# The next who lack a fee or may be fined: of a month that is charged there is nobody to go through.
NEXT = f"""
SELECT * FROM (
    SELECT s.id, s.fees > 0 AND NOT {HAS_FEE} AS uncharged,
        %(fining)s AND s.left_on IS NULL AND b.owed_since < %(today)s AS late
    FROM students_student AS s LEFT JOIN students_balance AS b ON b.student_id = s.id
    WHERE s.id > %(after)s AND {PRESENT}
) AS s WHERE uncharged OR late ORDER BY id LIMIT {SLICE}
"""
CHARGE = f"""
INSERT INTO ledger_entry (student_id, kind, amount, day, month, due_on, run_id, by, user_id)
SELECT s.id, 'fee', s.fees, %(month)s, %(month)s, {DUE_ON}, %(run)s, %(by)s, %(user)s
FROM students_student AS s
WHERE s.id = ANY(%(uncharged)s) AND s.fees > 0 AND {PRESENT} ORDER BY s.id
ON CONFLICT (student_id, month) WHERE kind = 'fee' DO NOTHING
RETURNING id
"""
CONCEDE = f"""
WITH fee AS (
    SELECT id, student_id, amount FROM ledger_entry WHERE id = ANY(%(fees)s)
), {SPARED}
INSERT INTO ledger_entry (
    student_id, kind, amount, day, month, run_id, against_id, note, by, user_id
)
SELECT student_id, 'concession', -value, %(month)s, %(month)s, %(run)s, id, reason, %(by)s,
    %(user)s
FROM spared WHERE value > 0 ORDER BY student_id, turn, nth
"""
FINE = f"""
INSERT INTO ledger_entry (student_id, kind, amount, day, run_id, against_id, by, user_id)
SELECT student_id, 'fine', fine, %(today)s, %(run)s, charge_id, %(by)s, %(user)s
FROM ({LATE}) AS late WHERE fine > 0 ORDER BY student_id, charge_id
"""
DONE = """
SELECT count(*) FILTER (WHERE kind = 'fee'),
    coalesce(sum(amount) FILTER (WHERE kind = 'fee'), 0.00),
    coalesce(-sum(amount) FILTER (WHERE kind = 'concession'), 0.00),
    count(*) FILTER (WHERE kind = 'fine'),
    coalesce(sum(amount) FILTER (WHERE kind = 'fine'), 0.00)
FROM ledger_entry WHERE run_id = %(run)s
"""


def values(month: date, today: date | None = None, **more: Any) -> dict[str, Any]:
    siblings = settings.SIBLING_CONCESSIONS
    return {
        "month": month,
        "last": last_of(month),
        "today": today or timezone.localdate(),
        "places": list(siblings),
        "percents": list(siblings.values()),
        "sibling": _("Brothers and sisters"),
        **more,
    }


def fetch(sql: str, given: dict[str, Any]) -> list[Any]:
    """Over all students: longer than a page's statements may take."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '120s'")
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def preview(month: date) -> Result:
    """What `charge` would do now; nothing is written."""
    given = values(month)
    ((charged, total, conceded),) = fetch(PREVIEW, given)
    given["late"] = [pk for (pk,) in fetch(ALL_LATE, given)]
    fines = (
        [fine for _student, _charge, fine in fetch(LATE, given) if fine] if given["late"] else []
    )
    left_out = [Left(*row) for row in fetch(LEFT_OUT, given)]
    return Result(charged, total, conceded, len(fines), sum(fines, ZERO), left_out)


def result(run: Run) -> Result:
    """What a run has charged so far, by its entries."""
    ((charged, total, conceded, fined, fines),) = fetch(DONE, {"run": run.pk})
    left_out = [Left(*row) for row in fetch(FOR_NOTHING, values(run.month))]
    return Result(charged, total, conceded, fined, fines, left_out)


def left_out_for_nothing(month: date) -> list[int]:
    """Numbers of those whose fee is 0, up to MOST_NAMED."""
    return [pk for (pk,) in fetch(NAMED, values(month))]


def refuse_month(month: date) -> None:
    """Raises Refused for a month that is too far ahead."""
    if month > next_month(timezone.localdate()):
        words = _("No month is charged before the one that it follows has begun.")
        raise Refused("too_early", words)
    if month < FIRST:
        raise Refused("too_old", _("Type a month from 1900 on."))


def begin(month: date, terms: Terms, by: By) -> tuple[Run, bool]:
    """The month's run, made if there is none, and whether it is new.

    Raises Refused: too far ahead, or charged on other terms.
    """
    refuse_month(month)
    run, made = Run.objects.get_or_create(
        month=month, defaults={**terms._asdict(), "by": by.name, "user": by.user}
    )
    same_terms(run, terms)
    return run, made


def same_terms(run: Run | None, terms: Terms) -> None:
    """Raises Refused for other terms than those that a month was charged on."""
    if run and terms_of(run) != terms:
        words = _("%(month)s was charged on other terms: those stay.")
        raise Refused("other_terms", words % {"month": f"{run.month:%m/%Y}"})


def terms_of(run: Run) -> Terms:
    return Terms(run.due_on, run.valid_until, run.fine_rule, run.fine_amount, run.fine_cap)


def charge(
    run: Run,
    by: By,
    progress: Callable[[int], object] = lambda percent: None,
    today: date | None = None,
) -> int:
    """Charge who is missing; how many entries were written. `progress` gets 0 to 100.

    Fines are as of `today`, the office's day unless told.
    """
    user = by.user and by.user.pk
    given = values(run.month, today, run=run.pk, due_on=run.due_on, by=by.name, user=user)
    fined = Run.objects.exclude(fine_rule=FineRule.NONE).filter(month__lt=run.month)
    given["fining"] = fined.exists()
    ((last,),) = fetch("SELECT coalesce(max(id), 0) FROM students_student", given)
    after, written = 0, 0
    while rows := fetch(NEXT, {**given, "after": after}):
        after = rows[-1][0]
        uncharged = [pk for pk, new, _late in rows if new]
        late = [pk for pk, _new, is_late in rows if is_late]
        written += charge_slice({**given, "uncharged": uncharged, "late": late})
        percent = after * 100 // max(last, 1)
        if percent != run.progress:
            Run.objects.filter(pk=run.pk, progress__lt=percent).update(progress=percent)
            run.progress = percent
        progress(percent)
    Run.objects.filter(pk=run.pk, done_at=None).update(done_at=timezone.now(), progress=100)
    run.refresh_from_db()
    return written


LOCK = 8_451_025  # an advisory lock's key: any number that nobody else uses


def start() -> None:
    """Have the months charged that were begun; nobody waits for it."""
    start_command("charge_month", "--unfinished")


def go_on() -> None:
    """Charge every month that was begun; where another process is at it, it will come to all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return
        try:
            for run in Run.objects.filter(done_at=None).order_by("month"):
                charge(run, By(run.by, run.user))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def charge_again(run: Run) -> None:
    """Whoever came or was forgotten since; `start` does the work."""
    Run.objects.filter(pk=run.pk).update(done_at=None, progress=0)


def charge_slice(given: dict[str, Any]) -> int:
    """All of these students, or none."""
    students = {*given["uncharged"], *given["late"]}
    if not students:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        lock_balances(sorted(students))
        written = 0
        if given["late"]:
            cursor.execute(FINE, given)
            written += cursor.rowcount
        if given["uncharged"]:
            cursor.execute(CHARGE, given)
            fees = [pk for (pk,) in cursor.fetchall()]
            written += len(fees)
            cursor.execute(CONCEDE, {**given, "fees": fees})
            written += cursor.rowcount
    return written
