"""A pooler that hands sessions round is refused when Tuition starts; one that doesn't is fine."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from students.models import Student
from tuition.postgres import checks
from tuition.postgres.checks import OWN_SESSIONS, SHARED, check_database, shares_sessions
from tuition.tests.proxy import door, lead_through
from tuition.tests.served import ROOT, environment, free_port

SHARED_LINE = f"Tuition can't start: {SHARED} {OWN_SESSIONS}\n"


@contextmanager
def pooler(mode, folder, database, **more):
    """A real PgBouncer before the embedded server whose socket is in `folder`; its address."""
    binary = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if not binary:
        pytest.skip("PgBouncer isn't installed")
    port = free_port()
    settings = {"listen_addr": "127.0.0.1", "listen_port": port, "auth_type": "any"}
    settings |= {"pool_mode": mode, "ignore_startup_parameters": "options", "unix_socket_dir": ""}
    owner = os.stat(folder)
    run_as = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as ini:
        os.chmod(ini.name, 0o644)
        ini.write(f"[databases]\n* = host={folder} port=5432 user=postgres\n[pgbouncer]\n")
        ini.writelines(f"{name} = {value}\n" for name, value in {**settings, **more}.items())
        ini.flush()
        process = subprocess.Popen([binary, "-q", ini.name], stderr=subprocess.DEVNULL, **run_as)
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/{database}"
        finally:
            process.terminate()
            process.wait()


def manage(address, *args):
    """Once the pooler listens, which takes it a moment."""
    end = time.monotonic() + 20
    with tempfile.TemporaryDirectory() as folder:
        while True:
            done = subprocess.run(
                [sys.executable, "manage.py", *args],
                cwd=ROOT,
                env=environment(Path(folder), DATABASE_URL=address, PORT=str(free_port())),
                capture_output=True,
                text=True,
            )
            if "Connection refused" not in done.stderr or time.monotonic() > end:
                return done


def folder_of_tests():
    if not connection.settings_dict["EMBEDDED"]:
        pytest.skip("needs the embedded server")
    return connection.settings_dict["HOST"], connection.settings_dict["NAME"]


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_of_transactions_is_refused_in_one_line(db, mode):
    with pooler(mode, *folder_of_tests()) as address:
        for command in ("serve", "run"):
            done = manage(address, command)
            assert (done.returncode, done.stderr) == (1, SHARED_LINE)
        done = manage(address, "check", "--database", "default")
        assert "(tuition.E004)" in done.stderr


def test_its_round_robin_is_seen_too(db):
    with pooler("transaction", *folder_of_tests(), server_round_robin=1) as address:
        for _ in range(2):  # the second finds several sessions open
            assert manage(address, "serve").stderr == SHARED_LINE


def test_a_pooler_of_sessions_is_fine(transactional_db):
    Student.objects.create(name="Ali", city="Lahore", fees=1)
    with pooler("session", *folder_of_tests()) as address:
        done = manage(address, "check", "--database", "default")
        assert done.stdout == "System check identified no issues (0 silenced).\n", done.stderr
        assert manage(address, "list_students").stdout == "Ali pays 1 PKR\n"


def test_a_pooler_that_takes_no_options_says_so(db):
    with pooler("session", *folder_of_tests(), ignore_startup_parameters="") as address:
        done = manage(address, "serve")
        assert done.returncode == 1
        assert "unsupported startup parameter" in done.stderr
        assert len(done.stderr.splitlines()) == 1


# -- Without PgBouncer ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sessions", "shared"),
    [
        ([1, 2, 1] * 3, False),
        ([1, 1], True),  # both met in the one that was used last
        ([1, 2, 3], True),  # ours went from one to another
        ([1, 2, 1, 2, 2], True),
    ],
)
def test_what_tells_that_sessions_are_shared(db, monkeypatch, sessions, shared):
    asked = iter(sessions)
    monkeypatch.setitem(connection.settings_dict, "EMBEDDED", None)
    monkeypatch.setattr(checks, "_session", lambda cursor: next(asked))
    assert shares_sessions(connection) == shared
    asked = iter(sessions)
    assert [each.id for each in check_database(None, ["default"])] == ["tuition.E004"] * shared


def test_a_server_without_a_pooler_shares_none(transactional_db):
    with door() as proxy:
        lead_through(proxy)
        assert not shares_sessions(connection)
