"""Names of fields as people read them; nothing changes in the database."""

from django.db import migrations

import rules.fields


class Migration(migrations.Migration):
    dependencies = [("students", "0006_tokens_move_to_api")]

    operations = [
        migrations.AlterModelOptions(
            name="student",
            options={"verbose_name": "student", "verbose_name_plural": "students"},
        ),
        migrations.AlterField(
            model_name="student",
            name="city",
            field=rules.fields.CityField(max_length=50, verbose_name="city"),
        ),
        migrations.AlterField(
            model_name="student",
            name="name",
            field=rules.fields.TidyField(max_length=100, verbose_name="name"),
        ),
    ]
