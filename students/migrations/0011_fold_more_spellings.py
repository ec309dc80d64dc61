"""Names and cities are compared with the shapes of letters, apostrophes and hyphens as one.

PostgreSQL before 17 can't change the expression of a column: it is dropped, with its indexes, and
made again. Half a minute for a million students.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models import Func, Value
from django.db.models.functions import Left, Length, Lower, Replace
from django.db.models.lookups import Exact

DROPPED = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\u200c\u200d"
    "\ufc5e-\ufc63\ufe70-\ufe74\ufe76-\ufe7f]"
)
FOLD_FROM = (
    "\u064a\u0649\u0626\u0643\u06aa\u0647\u06c0\u0629\u06c3\u06d5\u06c2\u0622\u0623\u0625\u0671"
    "\u0624\u06d3\u0130\u03a3\u03c2`\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u2032"
    "\u2010\u2011\u2012\u2013\u2014\u2212"
    "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0654\u0655\u0670\u0640"
)
FOLD_TO = "ییی" "کک" "ہہہہہہ" "اااا" "و" "ے" "iσσ" "'''''''''''" "------"  # fmt: skip
NO_LIMIT = migrations.RunSQL("SET LOCAL statement_timeout = 0", "SET LOCAL statement_timeout = 0")


def folded(column, also_dropping=""):
    text = models.F(column)
    shown = Func(text, Value(DROPPED), Value(""), Value("g"), function="REGEXP_REPLACE")
    shown = Replace(shown, Value("\u00b4"), Value("'"))
    letters = Func(shown, template="NORMALIZE(%(expressions)s, NFKC)")
    return models.Case(
        models.When(
            Exact(
                Func(text, function="OCTET_LENGTH", output_field=models.IntegerField()),
                Length(text),
            ),
            then=Lower(Func(text, Value("`" + also_dropping), Value("'"), function="TRANSLATE")),
        ),
        default=Left(
            Lower(
                Func(
                    letters, Value(FOLD_FROM + also_dropping), Value(FOLD_TO), function="TRANSLATE"
                )
            ),
            100,
        ),
        output_field=models.TextField(),
    )


class Migration(migrations.Migration):
    dependencies = [("students", "0010_recount_cities_on_the_way_back")]

    operations = [
        NO_LIMIT,
        migrations.RemoveIndex(model_name="student", name="student_by_name"),
        migrations.RemoveIndex(model_name="student", name="student_by_city"),
        migrations.RemoveIndex(model_name="student", name="student_by_city_fees"),
        migrations.RemoveIndex(model_name="student", name="student_name_parts"),
        migrations.RemoveField(model_name="student", name="name_key"),
        migrations.RemoveField(model_name="student", name="city_key"),
        migrations.AddField(
            model_name="student",
            name="name_key",
            field=models.GeneratedField(
                db_persist=True, expression=folded("name"), output_field=models.TextField()
            ),
        ),
        migrations.AddField(
            model_name="student",
            name="city_key",
            field=models.GeneratedField(
                db_persist=True, expression=folded("city", " "), output_field=models.TextField()
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(fields=["name_key", "id"], name="student_by_name"),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(fields=["city_key", "name_key", "id"], name="student_by_city"),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(fields=["city_key", "fees", "id"], name="student_by_city_fees"),
        ),
        migrations.AddIndex(
            model_name="student",
            index=GinIndex(
                fields=["name_key"], name="student_name_parts", opclasses=["gin_trgm_ops"]
            ),
        ),
        NO_LIMIT,  # the way back begins here
    ]
