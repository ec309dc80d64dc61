"""The students, what the database refuses of them, and the indexes of every sort and filter."""

from decimal import Decimal

import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

import rules.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        django.contrib.postgres.operations.TrigramExtension(),
        migrations.CreateModel(
            name="Student",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", rules.fields.TidyField(max_length=100)),
                ("city", rules.fields.CityField(max_length=50)),
                (
                    "fees",
                    models.DecimalField(
                        decimal_places=2, help_text="PKR", max_digits=8, verbose_name="monthly fees"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True,
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="added",
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True,
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="last changed",
                    ),
                ),
                (
                    "name_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Lower(
                            models.Func(
                                models.F("name"),
                                models.Value("يىئكڪهۀةۃەۂآأإٱؤۓİΣςًٌٍَُِّْٰٕٓٔـ\u200c"),
                                models.Value("یییککہہہہہہااااوےiσσ"),
                                function="TRANSLATE",
                            ),
                            output_field=models.TextField(),
                        ),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "city_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Lower(
                            models.Func(
                                models.F("city"),
                                models.Value("يىئكڪهۀةۃەۂآأإٱؤۓİΣςًٌٍَُِّْٰٕٓٔـ\u200c "),
                                models.Value("یییککہہہہہہااااوےiσσ"),
                                function="TRANSLATE",
                            ),
                            output_field=models.TextField(),
                        ),
                        output_field=models.TextField(),
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["name_key", "id"], name="student_by_name"),
                    models.Index(fields=["city_key", "name_key", "id"], name="student_by_city"),
                    models.Index(fields=["fees", "id"], name="student_by_fees"),
                    models.Index(fields=["city_key", "fees", "id"], name="student_by_city_fees"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name_key"], name="student_name_parts", opclasses=["gin_trgm_ops"]
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name__regex", "[^[:space:]]")),
                        name="student_name_not_blank",
                        violation_error_message="Type the student's name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("city__regex", "[^[:space:]]")),
                        name="student_city_not_blank",
                        violation_error_message="Type the student's city.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fees__gte", 0), ("fees__lte", Decimal("999999.99"))),
                        name="student_fees_in_range",
                        violation_error_message="Fees are between Rs 0 and Rs 999,999.99.",
                    ),
                ],
            },
        ),
    ]
