"""Count the students that were there before the totals were kept."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("students", "0003_city_totals")]

    operations = [
        migrations.RunSQL(
            """
            SET LOCAL statement_timeout = 0;
            LOCK TABLE students_student IN SHARE MODE;
            DELETE FROM students_citytotal;
            INSERT INTO students_citytotal (city, city_key, students, fees)
            SELECT city, city_key, count(*), sum(fees) FROM students_student GROUP BY city, city_key
            """,
            migrations.RunSQL.noop,
        )
    ]
