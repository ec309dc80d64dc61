"""PostgreSQL keeps each student's balance, and what each day came to, with their entries.

Of balances: lock first, always in the order of the students' numbers, then walk: what the walk
reads is then all that others committed before. A statement of many students walks them all at once.
"""

import pgtrigger

from students.triggers.tables import referencing

KEEP = """
    ids := ARRAY(SELECT DISTINCT student_id FROM added ORDER BY student_id);
    INSERT INTO students_balance (student_id, city_key)
    SELECT s.id, s.city_key FROM students_student AS s
    WHERE s.id = ANY(ids)
        AND NOT EXISTS (SELECT FROM students_balance AS b WHERE b.student_id = s.id)
    ORDER BY s.id FOR SHARE OF s -- or one who is moving now would leave his balance behind
    ON CONFLICT (student_id) DO NOTHING;
    PERFORM FROM students_balance WHERE student_id = ANY(ids) ORDER BY student_id FOR UPDATE;
    WITH owed AS MATERIALIZED (
        SELECT * FROM ledger_owed(ids)
    ), kept AS (
        UPDATE students_balance AS b
        SET balance = o.balance, fees_owed = o.fees_owed, fines_owed = o.fines_owed,
            paid = o.paid, owed_since = o.owed_since
        FROM owed AS o WHERE b.student_id = o.student_id
    )
    SELECT min(o.net) AS net, min(o.advance) AS advance, bool_or(o.balance > 0
        AND EXISTS (SELECT FROM added AS a WHERE a.student_id = o.student_id AND a.kind = 'refund')
    ) AS refunded INTO least FROM owed AS o;
    IF least.net < 0 THEN
        RAISE EXCEPTION 'More is taken off a charge than was charged.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_takes_off_too_much';
    END IF;
    IF least.advance < 0 OR least.refunded THEN
        RAISE EXCEPTION 'More is handed back than was paid in advance.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_hands_back_too_much';
    END IF;
    RETURN NULL;
"""
# As the city totals are kept: added to a row that nobody else is changing, or to a new one, so that
# no writer waits for another's commit. The sum over a day's rows is the day's.
ADD_TO_DAYS = """
    FOR change IN
        SELECT day, counts_as, count(*) AS entries, sum(amount) AS amount
        FROM added GROUP BY day, counts_as
    LOOP
        UPDATE ledger_daytotal AS total
        SET entries = total.entries + change.entries, amount = total.amount + change.amount
        WHERE total.id = (
            SELECT id FROM ledger_daytotal
            WHERE day = change.day AND counts_as = change.counts_as
            LIMIT 1 FOR UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO ledger_daytotal (day, counts_as, entries, amount)
            VALUES (change.day, change.counts_as, change.entries, change.amount);
        END IF;
    END LOOP;
    RETURN NULL;
"""
KEEP_BALANCES = [
    pgtrigger.Trigger(
        name="balances",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=referencing(new="added"),
        declare=[("ids", "bigint[]"), ("least", "record")],
        func=KEEP,
    ),
    pgtrigger.Trigger(
        name="day_totals",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=referencing(new="added"),
        declare=[("change", "record")],
        func=ADD_TO_DAYS,
    ),
]
