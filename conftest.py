from contextlib import nullcontext
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client
from whitenoise import WhiteNoise

from api import http
from api.tests.factories import make_user
from ledger.charging import go_on
from students.imports import do_waiting
from students.models import StudentEvent
from tuition import accounts


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory):
    """Collected and hashed as in production."""
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    call_command("collectstatic", verbosity=0, interactive=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", scanning_once())
        yield


def scanning_once():
    """Every test client looks through all static files when it starts: here the first one does."""
    scan, found = WhiteNoise.update_files_dictionary, {}

    def update_files_dictionary(self, root, prefix):
        if (root, prefix) not in found:
            scan(self, root, prefix)
            found[root, prefix] = dict(self.files)
        self.files.update(found[root, prefix])

    return update_files_dictionary


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A transactional test ends by emptying every table, which history's and money's refuse."""
    with django_db_blocker.unblock():
        for model in (StudentEvent, *apps.get_app_config("ledger").get_models()):
            for trigger in getattr(model._meta, "triggers", ()):
                if trigger.name == "kept_whole":
                    trigger.disable(model)


@pytest.fixture(scope="session", autouse=True)
def groups_come_back():
    """A transactional test ends by emptying every table, the groups of the migration too.

    Django then makes its rights anew and says so. Tests come in any order, side by side as they
    run, so the next one must find the groups.
    """
    fill_groups = import_module("students.migrations.0002_viewers_and_editors").fill_groups
    of_families = import_module("students.migrations.0016_rights_on_families").GROUPS
    of_sheets = ["import_student", "export_student"]
    of_money = import_module("ledger.migrations.0003_cashiers_and_managers").fill_groups

    def fill(sender, **kwargs):
        if sender.name == "students":
            fill_groups(apps)
            for name, rights in of_families.items():
                codenames = [f"{right}_family" for right in rights]
                permissions = Permission.objects.filter(codename__in=codenames)
                Group.objects.get(name=name).permissions.add(*permissions)
            editors = Group.objects.get(name="Editors")
            editors.permissions.add(*Permission.objects.filter(codename__in=of_sheets))
        if sender.name == "ledger":
            of_money(apps)

    post_migrate.connect(fill)
    yield
    post_migrate.disconnect(fill)


@pytest.fixture(autouse=True)
def quick_passwords(settings, monkeypatch):
    """And nobody else hashes at the same time: tests run side by side."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(accounts, "lane", lambda name: nullcontext())


@pytest.fixture(autouse=True)
def no_daily_backup(settings):
    settings.BACKUP_DIR = None


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Each test reads query strings anew, with what it has put in place of the real parts."""
    http._remembered.cache_clear()


def signed_in(**kwargs):
    client = Client()
    client.force_login(make_user(**kwargs))
    return client


@pytest.fixture(autouse=True)
def imports_at_once(monkeypatch):
    """What a page starts in a process of its own, which wouldn't see a test's database."""
    monkeypatch.setattr("students.views.imports.start", do_waiting)
    monkeypatch.setattr("ledger.views.runs.start", go_on)


@pytest.fixture
def viewer(db):
    """A browser signed in as somebody who may see students."""
    return signed_in(name="viewer", group="Viewers")


@pytest.fixture
def editor(db):
    return signed_in(name="editor", group="Editors", is_staff=True)


@pytest.fixture
def admin(db):
    return signed_in(name="admin", is_staff=True, is_superuser=True)


@pytest.fixture
def cashier(db):
    return signed_in(name="cashier", group="Cashiers")


@pytest.fixture
def manager(db):
    return signed_in(name="manager", group="Managers")


@pytest.fixture
def nobody(db):
    """Signed in, in no group."""
    return signed_in(name="nobody")


@pytest.fixture
def prepared_runs(db):
    """Call it for how often this connection's prepared statements ran: PostgreSQL's own count."""

    def count():
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements")
            return cursor.fetchone()[0] or 0

    return count


def pytest_terminal_summary(terminalreporter):
    """Names what should be marked `hunt`, so that `make test` stays quick."""
    for report in terminalreporter.stats.get("passed", []):
        if report.duration > 10 and "hunt" not in report.keywords:
            terminalreporter.line(f"over 10 s, and no hunt: {report.nodeid}")
