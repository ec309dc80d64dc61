"""Editors bring spreadsheets and take them away; others by a right of their own."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def give(apps, schema_editor):
    # Django makes permissions only after all migrations; the group needs them now.
    students = apps.get_app_config("students")
    students.models_module = True
    create_permissions(students, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    students.models_module = None
    rights = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="students", codename__in=["import_student", "export_student"]
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="Editors"):
        group.permissions.add(*rights)


class Migration(migrations.Migration):
    dependencies = [("students", "0019_spreadsheets")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
