"""Undone after the next one: who has left is counted again."""

from django.db import migrations

RECOUNT = """
    SET LOCAL statement_timeout = 0;
    LOCK TABLE students_student IN SHARE MODE;
    DELETE FROM students_citytotal;
    INSERT INTO students_citytotal (city, city_key, students, fees)
    SELECT city, city_key, count(*), sum(fees) FROM students_student GROUP BY city, city_key;
    ANALYZE students_student, students_citytotal
"""


class Migration(migrations.Migration):
    dependencies = [("students", "0013_vacuum_students")]

    operations = [migrations.RunSQL(migrations.RunSQL.noop, RECOUNT)]
