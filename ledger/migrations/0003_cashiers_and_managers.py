"""Cashiers take money; managers charge months, undo, adjust, close and report."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

SEE = ["students.view_student", "students.view_family", "ledger.view_entry"]
GROUPS = {
    "Cashiers": [*SEE, "ledger.add_receipt"],
    "Managers": [
        *SEE,
        "ledger.add_receipt",
        "ledger.run",
        "ledger.reverse",
        "ledger.adjust",
        "ledger.close",
        "ledger.report",
    ],
}


def fill_groups(apps):
    permissions = apps.get_model("auth", "Permission").objects
    for name, rights in GROUPS.items():
        group, _made = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        for right in rights:
            app, _dot, codename = right.partition(".")
            group.permissions.add(
                *permissions.filter(content_type__app_label=app, codename=codename)
            )


def give(apps, schema_editor):
    # Django makes permissions only after all migrations; the groups need them now.
    ledger = apps.get_app_config("ledger")
    ledger.models_module = True
    create_permissions(ledger, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    ledger.models_module = None
    fill_groups(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_what_is_owed"),
        ("students", "0021_balances"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
