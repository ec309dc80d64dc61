"""The API against its own OpenAPI document: Schemathesis, every check, stateful too."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.models import ApiToken
from ledger.tests.factories import charged, pay
from students.tests.factories import make_student

# How many calls an operation gets in each phase that makes them up.
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "210"))
CONFIG = """
warnings = false
hooks = "{hooks}"
workers = 1
[generation]
max-examples = {examples}
database = "none"
[checks.positive_data_acceptance]
# A change may find the student gone, or changed since its If-Match; a name may be several people's;
# of money much depends on how things stand.
expected-statuses = ["2xx", "304", "404", "409", "412"]
[checks.negative_data_rejection]
# A precondition is looked at before what a body's text means.
expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "415"]
[auth.openapi.token]
bearer = "{key}"
"""


@pytest.fixture
def edit_key(django_db_reset_sequences):
    """And the numbers that the document gives as examples are there."""
    return ApiToken.objects.make(name="schemathesis", can_edit=True, can_money=True)[1]


@pytest.mark.hunt
def test_every_answer_is_as_the_document_says(live_server, edit_key, tmp_path):
    for number in range(5):
        student = make_student(name=f"Ali {number}", fees="5000")
    charged("2026-05")
    receipts = [pay(student, "1", method="bank").number for _ in range(30)]
    hooks = Path(__file__).with_name("schemathesis_hooks.py")
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(hooks=hooks, examples=EXAMPLES, key=edit_key))
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run",
            f"{live_server.url}/api/openapi.json", "--header", f"Authorization: Bearer {edit_key}",
            "--no-color", "--seed", os.environ.get("SCHEMATHESIS_SEED", "1"),
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"STUDENT": str(student.pk), "RECEIPTS": str(receipts[-1])},
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    calls = int(re.search(r"(\d+) generated, \1 passed", told)[1])
    print(f"{calls:,} calls")
    assert calls >= 2000 or EXAMPLES < 210, told
