"""The README is true: everything there is stands in it, and nothing else does."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from api.tests.factories import make_user
from ledger.imports.reading import read as read_register
from ledger.tests.factories import BY, make_drawer, pay
from students.models import Student
from tuition import __version__

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
QUOTED = set(re.findall(r"`([^`\n]+)`", README))


def url_names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name:  # one without leads elsewhere
            yield pattern.name
        elif isinstance(pattern, URLResolver) and pattern.app_name != "admin":
            yield from url_names(pattern.url_patterns)


def test_every_url_name_stands_in_it():
    assert set(url_names(get_resolver().url_patterns)) <= QUOTED


def test_every_setting_stands_in_it_and_no_other():
    source = "".join(path.read_text() for path in sorted(ROOT.glob("tuition/*.py")))
    read = set(re.findall(r'environment\.\w+\(\s*"([A-Z_]+)"', source))
    table = README.partition("## Settings")[2].partition("## ")[0]
    cells = " ".join(re.findall(r"^\|([^|]+)\|", table, re.M))
    assert set(re.findall(r"`([A-Z_]+)`", cells)) == read


def test_every_command_of_ours_stands_in_it_and_no_other():
    here = {config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
    ours = {name for name, app in get_commands().items() if app in here}
    named = set(re.findall(r"manage\.py (\w+)", README))
    assert ours <= named
    assert named <= set(get_commands())


def test_every_make_target_stands_in_it_and_no_other():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"make (\w+)", README)) == targets


def test_every_path_in_it_exists():
    paths = set(re.findall(r"\]\((?!https:)([^)#]+)\)", README))
    paths |= {word for word in QUOTED if re.fullmatch(r"\w[\w/]*/|\w[\w/]*\.(py|md)", word)}
    missing = {path for path in paths - {"var/", "browser/"} if not any(ROOT.glob(f"**/{path}"))}
    assert missing == set()


@pytest.fixture
def samples(db):
    """What `make run` fills an empty database with; ids count from 1."""
    with connection.cursor() as cursor:
        for table in ("students_student", "students_family", "ledger_drawer", "ledger_register"):
            cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART")
    call_command("load_sample_students", verbosity=0)
    pay(Student.objects.get(pk=1), "1", advance=True)
    make_drawer(make_user())
    read_register("openings", "old.csv", b"id,owed\n1,5\n", BY)


def test_its_example_answers_are_the_real_ones(client, samples, capsys):
    examples = re.findall(r"curl 'http://127.0.0.1:8000(\S+)'\n(.+)", README)
    assert examples
    for address, answer in examples:
        assert client.get(address).content.decode() == answer
    command, line = re.search(r"manage.py list_students (.*?)` \| .*: `(.*?)`", README).groups()
    call_command("list_students", *command.split())
    assert line in capsys.readouterr().out.splitlines()


ADDRESSES = re.findall(r"`(/[^`\s]*)`", README)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_in_it_answers(admin, samples, address):
    """With something to see, on the samples: a page, JSON, or the way to one."""
    if address == "/accounts/logout/":
        assert admin.post(address).status_code == 302
        return
    response = admin.get(address, follow=True)
    assert response.status_code == 200
    json = response["Content-Type"] == "application/json"
    assert (
        json == address.startswith(("/api/", "/healthz/", "/students/average"))
        or address == "/api/docs"
    )
    if json:
        assert response.json().get("students") != []
        assert "suppressed" not in response.json()


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page):
    for link in re.findall(r"\]\((?!https:)([^)#]+)[^)]*\)", page.read_text()):
        assert (page.parent / link).exists(), link


def test_the_changelog_has_this_version_on_top():
    versions = re.findall(r"^## \[(\d[\d.]*)\] - \d{4}-\d\d-\d\d$", CHANGELOG, re.M)
    assert versions[0] == __version__
    assert CHANGELOG.index("## [Unreleased]") < CHANGELOG.index(f"## [{__version__}]")


def pinned(name):
    """(package, version) of each line that pins one."""
    return set(re.findall(r"^([\w-]+)(?:\[\w+\])?==([^\s;]+)", (ROOT / name).read_text(), re.M))


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_holds_what_was_chosen(name):
    chosen, locked = pinned(f"{name}.txt"), pinned(f"{name}.lock")
    assert chosen
    assert chosen <= locked
    assert pinned("requirements.lock") <= pinned("requirements-dev.lock")
