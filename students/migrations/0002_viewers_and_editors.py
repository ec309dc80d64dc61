"""The two groups that a new office gives its people."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = {"Viewers": ["view"], "Editors": ["view", "add", "change"]}


def make_groups(apps, schema_editor):
    # Django makes permissions only after all migrations; the groups need them now.
    students = apps.get_app_config("students")
    students.models_module = True
    create_permissions(students, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    students.models_module = None
    fill_groups(apps)


def fill_groups(apps):
    permissions = apps.get_model("auth", "Permission").objects
    for name, rights in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        codenames = [f"{right}_student" for right in rights]
        group.permissions.add(
            *permissions.filter(content_type__app_label="students", codename__in=codenames)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("students", "0001_students"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # Backwards the groups stay: people may be in them.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
