"""Give what can't be seen a sign, so that people find it and type the true name or city.

The constraints of the next migration refuse what is mended here: white space that isn't ASCII, and
characters without a shape, which psql and COPY could write until now.
"""

from django.db import migrations

VISIBLE = (
    "[^\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\x01-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029"
    "\u202f\u205f\u2800\u3000\u200c\u200d]"
)


class Migration(migrations.Migration):
    dependencies = [("students", "0007_words_to_translate")]

    operations = [
        migrations.RunSQL(
            [
                "SET LOCAL statement_timeout = 0",
                ("UPDATE students_student SET name = '?' WHERE name !~ %s", [VISIBLE]),
                ("UPDATE students_student SET city = '?' WHERE city !~ %s", [VISIBLE]),
            ],
            migrations.RunSQL.noop,  # nobody wants what can't be seen back
        )
    ]
