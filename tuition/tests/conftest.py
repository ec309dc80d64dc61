import subprocess
import sys

import pytest

from tuition.tests.served import ROOT, environment, folder


@pytest.fixture
def empty():
    """Where nothing was ever started."""
    with folder() as data:
        yield data


@pytest.fixture(scope="module")
def migrated():
    """Made once: a stopped PostgreSQL with the tables and no rows."""
    with folder() as data:
        command = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(command, cwd=ROOT, env=environment(data), check=True, capture_output=True)
        yield data


@pytest.fixture
def data(empty, migrated):
    """A copy of it, so that a test pays for its own subject alone."""
    copy = ["cp", "-a", migrated / "postgres", migrated / "secret_key", empty]
    subprocess.run(copy, check=True)
    return empty
