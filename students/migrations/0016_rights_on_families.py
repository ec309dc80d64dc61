"""Who sees students sees their families; who edits them edits these."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = {"Viewers": ["view"], "Editors": ["view", "add", "change"]}


def give(apps, schema_editor):
    # Django makes permissions only after all migrations; the groups need them now.
    students = apps.get_app_config("students")
    students.models_module = True
    create_permissions(students, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    students.models_module = None
    permissions = apps.get_model("auth", "Permission").objects
    for name, rights in GROUPS.items():
        codenames = [f"{right}_family" for right in rights]
        for group in apps.get_model("auth", "Group").objects.filter(name=name):
            group.permissions.add(
                *permissions.filter(content_type__app_label="students", codename__in=codenames)
            )


class Migration(migrations.Migration):
    dependencies = [("students", "0015_families_and_more_facts")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
