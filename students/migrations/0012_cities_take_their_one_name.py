"""Give students in known cities the one name of each, and count them under the keys of now.

Spellings that nobody knew when they were typed ("District Lahore") would stay cities of their own,
which no filter finds: it looks for Lahore.
"""

from django.db import migrations

from rules.cities import canonical_city, city_populations

RECOUNT = """
    LOCK TABLE students_student IN SHARE MODE;
    DELETE FROM students_citytotal;
    INSERT INTO students_citytotal (city, city_key, students, fees)
    SELECT city, city_key, count(*), sum(fees) FROM students_student GROUP BY city, city_key
"""


def rename(apps, schema_editor):
    known = city_populations()
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT DISTINCT city FROM students_student")
        names = {city: canonical_city(city) for (city,) in cursor.fetchall()}
        changed = {city: name for city, name in names.items() if name != city and name in known}
        cursor.execute(
            "UPDATE students_student SET city = one FROM unnest(%s::text[], %s::text[])"
            " AS changed (spelling, one) WHERE city = spelling",
            [list(changed), list(changed.values())],
        )


class Migration(migrations.Migration):
    dependencies = [("students", "0011_fold_more_spellings")]

    operations = [
        migrations.RunPython(rename, migrations.RunPython.noop),  # they are that city before too
        migrations.RunSQL(RECOUNT, migrations.RunSQL.noop),
    ]
