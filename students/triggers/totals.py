"""PostgreSQL keeps the totals of each city itself, in the transaction that changes a student.

Whatever writes (admin, bulk_create, update(), COPY, TRUNCATE, psql), the totals are exact at every
commit. A city has one row of totals, or several: a writer adds to a row that nobody else is
changing, and makes another when there is none. So no writer ever waits for another one's commit,
and two that touch the same cities in opposite order can't deadlock. The sum over a city's rows is
the city's total; there are never more of them than there were writers in that city at once.
"""

import pgtrigger

from students.triggers.tables import referencing

# `added` and `removed` are the rows the statement wrote and took away (PostgreSQL's transition
# tables). Who has left is not counted. A change that moves no money and no student (a new name)
# touches no totals.
ADD_TO_TOTALS = """
    FOR change IN
        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees
        FROM ({changes}) AS changes
        GROUP BY city, city_key
        HAVING sum(students) <> 0 OR sum(fees) <> 0
    LOOP
        UPDATE students_citytotal AS total
        SET students = total.students + change.students, fees = total.fees + change.fees
        WHERE total.id = (
            SELECT id FROM students_citytotal
            WHERE city_key = change.city_key AND city = change.city
            LIMIT 1 FOR UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO students_citytotal (city, city_key, students, fees)
            VALUES (change.city, change.city_key, change.students, change.fees);
        END IF;
    END LOOP;
    RETURN NULL;
"""
ADDED = "SELECT city, city_key, 1 AS students, fees FROM added WHERE left_on IS NULL"
REMOVED = "SELECT city, city_key, -1 AS students, -fees AS fees FROM removed WHERE left_on IS NULL"


def trigger(
    name: str, operation: pgtrigger.Operation, changes: str, **tables: str
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing(**tables),
        declare=[("change", "record")],
        func=ADD_TO_TOTALS.format(changes=changes),
    )


KEEP_TOTALS = [
    trigger("totals_insert", pgtrigger.Insert, ADDED, new="added"),
    trigger("totals_delete", pgtrigger.Delete, REMOVED, old="removed"),
    trigger(
        "totals_update",
        pgtrigger.Update,
        f"{ADDED} UNION ALL {REMOVED}",
        new="added",
        old="removed",
    ),
    pgtrigger.Trigger(
        name="totals_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Truncate,
        func="DELETE FROM students_citytotal; RETURN NULL;",
    ),
]
