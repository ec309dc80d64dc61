"""manage.py itself: what every command has from it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


@pytest.fixture(scope="module")
def data():
    """A DATA_DIR: short, and open to the account that root's PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="tuition-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def manage(data, *words, cwd=ROOT, apps="", **popen):
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(data), "PYTHONPATH": str(apps)},
        stderr=popen.pop("stderr", subprocess.PIPE),
        text=True,
        **popen,
    )


def finish(process):
    """(exit status, what it said on stderr)."""
    said = process.communicate(timeout=60)[1]
    return process.returncode, said


def broken_pipe():
    """To write to, when `head` has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "wb")


@pytest.fixture
def project(tmp_path):
    """A copy of the project beside which a .env may stand; the apps stay where they are."""
    shutil.copytree(ROOT / "tuition", tmp_path / "tuition", ignore=lambda *_: ["tests"])
    shutil.copy(ROOT / "manage.py", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (
            "\ufeffDATABASE_URL='postgres://u:hidden@127.0.0.1:1/db'\r\nPORT=81\r\n",
            'connection to server at "127.0.0.1", port 1 failed: Connection refused',
        ),
        (
            "DEBUG=true\nDATABASE_URL: postgres://u:hidden@h/db\n",
            "Tuition can't start: {project}/.env, line 2 is no setting: it takes NAME=value,"
            " NAME='value' or NAME=\"value\", and comments after #.\n",
        ),
        (
            "DATABASE_URL=postgres://u:p@hidden@h/db",
            "Tuition can't start: DATABASE_URL takes a PostgreSQL address",
        ),
    ],
)
def test_the_env_file_beside_it_is_read_and_never_shown(project, data, file, said):
    (project / ".env").write_text(file, newline="")
    process = manage(
        data, "check", "--database=default", cwd=project, stdout=subprocess.PIPE, apps=ROOT
    )
    status, told = finish(process)
    assert status == 1
    assert said.format(project=project) in told
    assert "hidden" not in told


@pytest.mark.parametrize(
    "words", [["help"], ["--version"], ["list_students", "--help"], ["diffsettings"], ["check"]]
)
def test_a_reader_that_leaves_is_met_in_silence(data, words):
    with broken_pipe() as pipe:
        assert finish(manage(data, *words, stdout=pipe)) == (141, "")


@pytest.mark.parametrize("words", [["check"], ["check", "--nonsense"], ["nonsense"]])
def test_a_reader_of_everything_that_leaves(data, words):
    with broken_pipe() as pipe:
        assert finish(manage(data, *words, stdout=pipe, stderr=pipe))[0] == 141


def test_a_reader_that_leaves_in_the_middle(data):
    """And the database stops as ever: as the default of SIGPIPE, it would stay up."""
    script = (
        "from django.core.management import call_command as call; call('migrate', verbosity=0);"
        " call('load_sample_students', verbosity=0); call('list_students')"
    )
    with broken_pipe() as pipe:
        assert finish(manage(data, "shell", "-v0", "-c", script, stdout=pipe)) == (141, "")
    assert (data / "postgres/PG_VERSION").exists()
    assert not (data / "postgres/postmaster.pid").exists()


def test_ctrl_c_is_quiet(data):
    with manage(data, "shell", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write("import os, signal; os.kill(os.getpid(), signal.SIGINT)\n")
        process.stdin.close()
        assert (process.wait(60), process.stderr.read()) == (128 + signal.SIGINT, "")
