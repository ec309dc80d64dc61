"""As 0013: the table was written anew once more."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False  # VACUUM runs in no transaction

    dependencies = [("students", "0016_rights_on_families")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        migrations.RunSQL(
            "VACUUM (ANALYZE) students_student, students_citytotal", migrations.RunSQL.noop
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
