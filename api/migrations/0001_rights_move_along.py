"""Who may make and see tokens still may: the rights hang on content types, which change their app.

Before the models are in the app, so that Django has made no content types of that name yet.
"""

from django.db import migrations

MODELS = ["apitoken", "keptanswer"]


def move(apps, schema_editor, old, new):
    types = apps.get_model("contenttypes", "ContentType").objects
    here = types.using(schema_editor.connection.alias)
    here.filter(app_label=old, model__in=MODELS).update(app_label=new)


def to_api(apps, schema_editor):
    move(apps, schema_editor, "students", "api")


def to_students(apps, schema_editor):
    move(apps, schema_editor, "api", "students")


class Migration(migrations.Migration):
    dependencies = [
        ("students", "0006_tokens_move_to_api"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(to_api, to_students)]
