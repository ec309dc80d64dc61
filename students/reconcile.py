"""Compare the kept totals with the students themselves, and mend them.

They can differ only where somebody switched the triggers off (`ALTER TABLE ... DISABLE TRIGGER`,
`session_replication_role`) or wrote to students_citytotal by hand.
"""

from django.db import connection, transaction

# One statement sees one moment, whoever writes meanwhile.
DIFFERENCES = """
SELECT city, kept.students, kept.fees, real.students, real.fees
FROM (
    SELECT city, city_key, sum(students) AS students, sum(fees) AS fees
    FROM students_citytotal GROUP BY city, city_key
) AS kept
FULL JOIN (
    SELECT city, city_key, count(*) AS students, sum(fees) AS fees
    FROM students_student WHERE left_on IS NULL GROUP BY city, city_key
) AS real USING (city, city_key)
WHERE (coalesce(kept.students, 0), coalesce(kept.fees, 0))
    IS DISTINCT FROM (coalesce(real.students, 0), coalesce(real.fees, 0))
ORDER BY city, city_key
"""

REPAIR = """
LOCK TABLE students_student IN SHARE MODE;
DELETE FROM students_citytotal;
INSERT INTO students_citytotal (city, city_key, students, fees)
SELECT city, city_key, count(*), sum(fees) FROM students_student
WHERE left_on IS NULL GROUP BY city, city_key
"""


def differences() -> list[str]:
    """A line for each city whose kept totals are not its students'."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES)
        return [
            f"{city}: kept {students or 0} students and Rs {fees or 0};"
            f" there are {real or 0} and Rs {real_fees or 0}"
            for city, students, fees, real, real_fees in cursor.fetchall()
        ]


def repair() -> None:
    """Count all students anew; writers wait meanwhile, readers don't."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(REPAIR)
