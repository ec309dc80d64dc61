"""docs/api.md and docs/comparison.md do what they say; a generated client works."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from api.openapi import contract
from api.problems import WORDS
from api.tests.factories import make_token
from students.tests.factories import make_student

ROOT = Path(settings.BASE_DIR)
RUNNERS = {
    "sh": ["sh", "-c"],
    "python": [sys.executable, "-c"],
    "js": ["node", "--input-type=module", "-e"],
}


def examples(page):
    """(language, code, what it prints) of each example, in order."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / page).read_text(), re.S | re.M)
    for (language, code), (_, told) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language in RUNNERS:
            yield language, code, told


def samples():
    """What `make run` filled an empty database with on the day of the page."""
    call_command("load_sample_students", today=date(2026, 11, 26), verbosity=0)


def three():
    make_student(name="Ali", city="Lahore", fees="5000")
    make_student(name="Ahmad", city="Multan", fees="7000")
    make_student(name="Sana", city="Islamabad", fees="9500.50")


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.parametrize(
    ("page", "students"), [("docs/api.md", samples), ("docs/comparison.md", three)]
)
def test_examples_print_what_the_page_says(live_server, page, students):
    if not shutil.which("curl"):
        pytest.skip("no curl on the PATH")
    students()
    environment = os.environ | {
        "TUITION": live_server.url,
        "TOKEN": make_token(can_edit=True, can_money=True),
    }
    for language, code, told in examples(page):
        if language == "js" and not shutil.which("node"):
            pytest.skip("no node on the PATH: the JavaScript example was not run")
        done = subprocess.run(
            [*RUNNERS[language], code],
            env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.stdout.strip() == told.strip(), (code, done.stderr)


def test_every_status_of_a_refusal_is_explained():
    rows = re.findall(r"^\| ([0-9, ]+) \|", (ROOT / "docs/api.md").read_text(), re.M)
    assert sorted(map(int, ", ".join(rows).split(", "))) == sorted(WORDS)


def test_every_operation_stands_in_the_page_with_an_example():
    page = (ROOT / "docs/api.md").read_text()
    calls = "".join(code for _, code, _ in examples("docs/api.md"))
    for path, operations in contract()["paths"].items():
        called = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
        assert re.search(called, calls), path
        assert re.sub(r"\{(\w+)\}", r"<\1>", path) in page
        for method in operations:
            assert method == "get" or method.upper() in page


def test_every_ancestor_runs():
    """They are shown as they were; that they are Python at least is checked."""
    page = (ROOT / "docs/comparison.md").read_text()
    for name in ("flask", "fastapi"):
        compile(re.search(rf"```{name}\n(.*?)```", page, re.S)[1], name, "exec")


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A client package made by openapi-python-client from the contract alone."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(contract()))
    (folder / "config.yml").write_text("post_hooks: []\n")
    done = subprocess.run(
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json",
            "--config", "config.yml", "--output-path", "out", "--meta", "none", "--fail-on-warning",
        ],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "out").rename(folder / "tuition_client")
    return folder


CALLS = """
import sys
from tuition_client import AuthenticatedClient
from tuition_client.api.default import (
    add_student, change_student, delete_student, get_average_fees, get_fees, get_student,
    list_students, replace_student,
)
from tuition_client.models import StudentChange, StudentIn
from tuition_client.types import UNSET

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
added = add_student.sync(
    client=client, body=StudentIn(name="Omar", city="lhr", fees="6000"), idempotency_key="one"
)
print(added.name, added.city, added.fees)
(found,) = list_students.sync(client=client, city=["Lahore"]).students
print(found == added)
answer = get_student.sync_detailed(found.id, client=client)
etag = answer.headers["etag"]
changed = change_student.sync(
    found.id, client=client, body=StudentChange(fees=6500.5), if_match=etag
)
print(changed.fees)
print(change_student.sync(
    found.id, client=client, body=StudentChange(fees="1"), if_match=etag
).title)
replaced = replace_student.sync(
    found.id, client=client, body=StudentIn(name="Umar", city="Lahore", fees=7000)
)
print(replaced.name, get_fees.sync("Umar", client=client).fees)
print(get_average_fees.sync(client=client, city="Lahore").average_fees)
print(delete_student.sync_detailed(found.id, client=client).status_code.value)
print(list_students.sync(client=client).students)
"""


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_lists_adds_changes_and_deletes(live_server, generated):
    done = subprocess.run(
        [sys.executable, "-c", CALLS, live_server.url, make_token(can_edit=True)],
        cwd=generated, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "Omar Lahore 6000.00", "True", "6500.50", "It was changed meanwhile", "Umar 7000.00",
        "7000.00", "204", "[]",
    ], done.stderr  # fmt: skip
