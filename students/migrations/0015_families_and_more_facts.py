"""A student's father, phone, class, days of joining and leaving, and family; who has left isn't counted.

The indexes are made again with the day of leaving in them, and searching gets a column of its own.
Like 0011, it writes the table anew.
"""

import datetime
from importlib import import_module

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models.functions import Cast, Now

import rules.fields

folded = import_module("students.migrations.0011_fold_more_spellings").folded
NO_LIMIT = migrations.RunSQL("SET LOCAL statement_timeout = 0", "SET LOCAL statement_timeout = 0")


class Migration(migrations.Migration):
    dependencies = [
        ("students", "0014_recount_all_on_the_way_back"),
    ]

    operations = [
        NO_LIMIT,
        migrations.CreateModel(
            name="Family",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", rules.fields.TidyField(max_length=100, verbose_name="name")),
                (
                    "phone",
                    rules.fields.PhoneField(
                        blank=True, db_default="", default="", max_length=17, verbose_name="phone"
                    ),
                ),
            ],
            options={
                "verbose_name": "family",
                "verbose_name_plural": "families",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="student",
            name="totals_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="student",
            name="totals_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="student",
            name="totals_update",
        ),
        migrations.RemoveIndex(
            model_name="student",
            name="student_by_fees",
        ),
        migrations.RemoveIndex(
            model_name="student",
            name="student_by_name",
        ),
        migrations.RemoveIndex(
            model_name="student",
            name="student_by_city",
        ),
        migrations.RemoveIndex(
            model_name="student",
            name="student_by_city_fees",
        ),
        migrations.RemoveIndex(
            model_name="student",
            name="student_name_parts",
        ),
        migrations.AddField(
            model_name="student",
            name="class_name",
            field=rules.fields.TidyField(
                blank=True, db_default="", default="", max_length=30, verbose_name="class"
            ),
        ),
        migrations.AddField(
            model_name="student",
            name="father_name",
            field=rules.fields.TidyField(
                blank=True, db_default="", default="", max_length=100, verbose_name="father's name"
            ),
        ),
        migrations.AddField(
            model_name="student",
            name="joined_on",
            field=models.DateField(blank=True, default=None, null=True, verbose_name="joined on"),
        ),
        migrations.AddField(
            model_name="student",
            name="left_on",
            field=models.DateField(blank=True, default=None, null=True, verbose_name="left on"),
        ),
        migrations.AddField(
            model_name="student",
            name="phone",
            field=rules.fields.PhoneField(
                blank=True, db_default="", default="", max_length=17, verbose_name="phone"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="student",
            trigger=pgtrigger.compiler.Trigger(
                name="totals_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE change record;",
                    func="\n    FOR change IN\n        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees\n        FROM (SELECT city, city_key, 1 AS students, fees FROM added WHERE left_on IS NULL) AS changes\n        GROUP BY city, city_key\n        HAVING sum(students) <> 0 OR sum(fees) <> 0\n    LOOP\n        UPDATE students_citytotal AS total\n        SET students = total.students + change.students, fees = total.fees + change.fees\n        WHERE total.id = (\n            SELECT id FROM students_citytotal\n            WHERE city_key = change.city_key AND city = change.city\n            LIMIT 1 FOR UPDATE SKIP LOCKED\n        );\n        IF NOT FOUND THEN\n            INSERT INTO students_citytotal (city, city_key, students, fees)\n            VALUES (change.city, change.city_key, change.students, change.fees);\n        END IF;\n    END LOOP;\n    RETURN NULL;\n",
                    hash="d1520319596f0ded8b71edd53376c6263ddead82",
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
                    func="\n    FOR change IN\n        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees\n        FROM (SELECT city, city_key, -1 AS students, -fees AS fees FROM removed WHERE left_on IS NULL) AS changes\n        GROUP BY city, city_key\n        HAVING sum(students) <> 0 OR sum(fees) <> 0\n    LOOP\n        UPDATE students_citytotal AS total\n        SET students = total.students + change.students, fees = total.fees + change.fees\n        WHERE total.id = (\n            SELECT id FROM students_citytotal\n            WHERE city_key = change.city_key AND city = change.city\n            LIMIT 1 FOR UPDATE SKIP LOCKED\n        );\n        IF NOT FOUND THEN\n            INSERT INTO students_citytotal (city, city_key, students, fees)\n            VALUES (change.city, change.city_key, change.students, change.fees);\n        END IF;\n    END LOOP;\n    RETURN NULL;\n",
                    hash="80fc4b55be15e53e06c2c45a8d565120046539d7",
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
                    func="\n    FOR change IN\n        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees\n        FROM (SELECT city, city_key, 1 AS students, fees FROM added WHERE left_on IS NULL UNION ALL SELECT city, city_key, -1 AS students, -fees AS fees FROM removed WHERE left_on IS NULL) AS changes\n        GROUP BY city, city_key\n        HAVING sum(students) <> 0 OR sum(fees) <> 0\n    LOOP\n        UPDATE students_citytotal AS total\n        SET students = total.students + change.students, fees = total.fees + change.fees\n        WHERE total.id = (\n            SELECT id FROM students_citytotal\n            WHERE city_key = change.city_key AND city = change.city\n            LIMIT 1 FOR UPDATE SKIP LOCKED\n        );\n        IF NOT FOUND THEN\n            INSERT INTO students_citytotal (city, city_key, students, fees)\n            VALUES (change.city, change.city_key, change.students, change.fees);\n        END IF;\n    END LOOP;\n    RETURN NULL;\n",
                    hash="4358f25910d22cada223418fdd4bb70113cf16f3",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_totals_update_aa891",
                    referencing="REFERENCING OLD TABLE AS removed  NEW TABLE AS added ",
                    table="students_student",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="family",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "name__regex",
                        "[^\xad͏\u061cᅟᅠ឴឵᠋-᠏\u200b\u200e\u200f\u202a-\u202e\u2060-\u206fㅤ︀-️\ufeffﾠ\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\x01- \x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f⠀\u3000\u200c\u200d]",
                    )
                ),
                name="family_name_not_blank",
                violation_error_message="Type the family's name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="family",
            constraint=models.CheckConstraint(
                condition=models.Q(("phone__regex", "^([0-9]{7,17})?$")),
                name="family_phone_of_digits",
                violation_error_message="A phone has 7 to 17 digits.",
            ),
        ),
        migrations.AddField(
            model_name="student",
            name="family",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                default=None,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="students",
                to="students.family",
                verbose_name="family",
            ),
        ),
        migrations.AddField(
            model_name="student",
            name="search_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    folded("name"),
                    models.Value(" "),
                    folded("father_name"),
                    models.Value(" "),
                    models.F("phone"),
                    arg_joiner=" || ",
                    output_field=models.TextField(),
                    template="(%(expressions)s)",
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                fields=["name_key", "id"],
                include=("left_on", "search_key", "fees"),
                name="student_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                fields=["city_key", "name_key", "id"],
                include=("left_on", "search_key", "fees"),
                name="student_by_city",
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(fields=["fees", "id"], include=("left_on",), name="student_by_fees"),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                fields=["city_key", "fees", "id"], include=("left_on",), name="student_by_city_fees"
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=GinIndex(fields=["search_key"], name="student_parts", opclasses=["gin_trgm_ops"]),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=models.Q(("joined_on__isnull", False)),
                fields=["joined_on"],
                name="student_by_joined",
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=models.Q(("left_on__isnull", False)),
                fields=["left_on"],
                name="student_by_left",
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=models.Q(("family__isnull", False)),
                fields=["family"],
                name="student_by_family",
            ),
        ),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.CheckConstraint(
                condition=models.Q(("phone__regex", "^([0-9]{7,17})?$")),
                name="student_phone_of_digits",
                violation_error_message="A phone has 7 to 17 digits.",
            ),
        ),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("joined_on__range", (datetime.date(1900, 1, 1), datetime.date(2999, 12, 31)))
                ),
                name="student_joined_in_range",
                violation_error_message="A student joined in 1900 or later.",
            ),
        ),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "left_on__range",
                        (
                            datetime.date(1900, 1, 1),
                            Cast(
                                models.Func(
                                    models.Value("Pacific/Kiritimati"),
                                    Now(),
                                    function="TIMEZONE",
                                    output_field=models.DateTimeField(),
                                ),
                                models.DateField(),
                            ),
                        ),
                    )
                ),
                name="student_left_in_range",
                violation_error_message="Nobody has left on a day to come: type today or a day before.",
            ),
        ),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_on__gte", models.F("joined_on"))),
                name="student_joined_before_left",
                violation_error_message="Nobody leaves before he joins: see the day of joining.",
            ),
        ),
        NO_LIMIT,  # the way back begins here
    ]
