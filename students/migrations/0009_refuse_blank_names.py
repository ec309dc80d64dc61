"""A name and a city hold something that can be seen: PostgreSQL's white space is less than that."""

from django.db import migrations, models

VISIBLE = (
    "[^\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\x01-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029"
    "\u202f\u205f\u2800\u3000\u200c\u200d]"
)
NO_LIMIT = migrations.RunSQL("SET LOCAL statement_timeout = 0", "SET LOCAL statement_timeout = 0")


class Migration(migrations.Migration):
    dependencies = [("students", "0008_show_blank_names")]

    operations = [
        NO_LIMIT,
        migrations.RemoveConstraint(model_name="student", name="student_name_not_blank"),
        migrations.RemoveConstraint(model_name="student", name="student_city_not_blank"),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__regex", VISIBLE)),
                name="student_name_not_blank",
                violation_error_message="Type the student's name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.CheckConstraint(
                condition=models.Q(("city__regex", VISIBLE)),
                name="student_city_not_blank",
                violation_error_message="Type the student's city.",
            ),
        ),
        NO_LIMIT,  # the way back begins here
    ]
