"""Tell PostgreSQL what stands in the columns made anew, or it would guess for weeks.

A table that was written anew has no statistics of its new columns and no visibility map, without
which reading an index alone (students/paging.py) is not possible.
"""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False  # VACUUM runs in no transaction

    dependencies = [("students", "0012_cities_take_their_one_name")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        migrations.RunSQL(
            "VACUUM (ANALYZE) students_student, students_citytotal", migrations.RunSQL.noop
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
