"""Totals of each city, kept by PostgreSQL; 0004 fills them for the students already there."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("students", "0002_viewers_and_editors"),
    ]

    operations = [
        migrations.CreateModel(
            name="CityTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("city", models.CharField(max_length=50)),
                ("city_key", models.TextField()),
                ("students", models.BigIntegerField()),
                ("fees", models.DecimalField(decimal_places=2, max_digits=20)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        # Half of each page stays free, so that a changed row stays on its page (a HOT update).
        migrations.RunSQL(
            "ALTER TABLE students_citytotal SET (fillfactor = 50,"
            " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)",
            migrations.RunSQL.noop,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="student",
            trigger=pgtrigger.compiler.Trigger(
                name="totals_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE change record;",
                    func="\n    FOR change IN\n        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees\n        FROM (SELECT city, city_key, 1 AS students, fees FROM added) AS changes\n        GROUP BY city, city_key\n        HAVING sum(students) <> 0 OR sum(fees) <> 0\n    LOOP\n        UPDATE students_citytotal AS total\n        SET students = total.students + change.students, fees = total.fees + change.fees\n        WHERE total.id = (\n            SELECT id FROM students_citytotal\n            WHERE city_key = change.city_key AND city = change.city\n            LIMIT 1 FOR UPDATE SKIP LOCKED\n        );\n        IF NOT FOUND THEN\n            INSERT INTO students_citytotal (city, city_key, students, fees)\n            VALUES (change.city, change.city_key, change.students, change.fees);\n        END IF;\n    END LOOP;\n    RETURN NULL;\n",
                    hash="d041695bc0a23e351da2d539496defc7f04a26ea",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_totals_insert_4c794",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="students_student",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="student",
            trigger=pgtrigger.compiler.Trigger(
                name="totals_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE change record;",
                    func="\n    FOR change IN\n        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees\n        FROM (SELECT city, city_key, -1 AS students, -fees AS fees FROM removed) AS changes\n        GROUP BY city, city_key\n        HAVING sum(students) <> 0 OR sum(fees) <> 0\n    LOOP\n        UPDATE students_citytotal AS total\n        SET students = total.students + change.students, fees = total.fees + change.fees\n        WHERE total.id = (\n            SELECT id FROM students_citytotal\n            WHERE city_key = change.city_key AND city = change.city\n            LIMIT 1 FOR UPDATE SKIP LOCKED\n        );\n        IF NOT FOUND THEN\n            INSERT INTO students_citytotal (city, city_key, students, fees)\n            VALUES (change.city, change.city_key, change.students, change.fees);\n        END IF;\n    END LOOP;\n    RETURN NULL;\n",
                    hash="64a3cd87112217f24dfd2eebed5cd3b91cd4943e",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_totals_delete_891c9",
                    referencing="REFERENCING OLD TABLE AS removed ",
                    table="students_student",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="student",
            trigger=pgtrigger.compiler.Trigger(
                name="totals_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE change record;",
                    func="\n    FOR change IN\n        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees\n        FROM (SELECT city, city_key, 1 AS students, fees FROM added UNION ALL SELECT city, city_key, -1 AS students, -fees AS fees FROM removed) AS changes\n        GROUP BY city, city_key\n        HAVING sum(students) <> 0 OR sum(fees) <> 0\n    LOOP\n        UPDATE students_citytotal AS total\n        SET students = total.students + change.students, fees = total.fees + change.fees\n        WHERE total.id = (\n            SELECT id FROM students_citytotal\n            WHERE city_key = change.city_key AND city = change.city\n            LIMIT 1 FOR UPDATE SKIP LOCKED\n        );\n        IF NOT FOUND THEN\n            INSERT INTO students_citytotal (city, city_key, students, fees)\n            VALUES (change.city, change.city_key, change.students, change.fees);\n        END IF;\n    END LOOP;\n    RETURN NULL;\n",
                    hash="fc7226cbd79f7f52f67fea320988533879fe65a6",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_totals_update_aa891",
                    referencing="REFERENCING OLD TABLE AS removed  NEW TABLE AS added ",
                    table="students_student",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="student",
            trigger=pgtrigger.compiler.Trigger(
                name="totals_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="DELETE FROM students_citytotal; RETURN NULL;",
                    hash="5b87114d0932c4511c94c5cb0a82c51b831e5dd1",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_totals_truncate_f37b7",
                    table="students_student",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="citytotal",
            index=models.Index(fields=["city_key"], name="citytotal_by_city"),
        ),
    ]
