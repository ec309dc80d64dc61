"""`manage.py run` and `manage.py serve` as processes: what a kill costs, and a clean end."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tuition.serving import need_connections

ROOT = Path(settings.BASE_DIR)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def folder():
    # Short: a socket's path has a limit. Open: as root the server runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="tuition-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        yield Path(name)


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


def environment(data, **more):
    """Nothing of ours but where to find programs."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return {**kept, "DATA_DIR": str(data), **more}


@contextmanager
def serving(command, data, **env):
    """The command, up and answering; its address and process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=environment(data, PORT=str(port), **env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: status(address) == 200, process)
        if command == "serve" and sys.platform == "linux":
            wait_for(lambda: settled(process), process)
        yield address, process
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=30)


def get(address, path="/students/average-fees/"):
    """(status, body); (None, "") where nobody listens."""
    try:
        with urllib.request.urlopen(address + path, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return None, ""


def status(address, path="/students/average-fees/"):
    return get(address, path)[0]


def wait_for(condition, process, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def postmaster(data):
    return int((data / "postgres/postmaster.pid").read_text().split()[0])


def workers(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {int(pid) for pid in children.split()}


def settled(process):
    """Whether all workers are past their start and serve, each with several threads.

    One told to stop while it starts may miss it, and would be waited for.
    """
    threads = [len(list(Path(f"/proc/{pid}/task").glob("*"))) for pid in workers(process)]
    return min(threads, default=0) >= 3


def alive(pid):
    """Whether it runs: a dead process that its parent hasn't looked at yet doesn't."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return state.stdout.strip()[:1] not in ("", "Z")


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_clean_end_leaves_nothing_running(command, how, data):
    with serving(command, data) as (address, process):
        pid = postmaster(data)
        process.send_signal(how)
        output = process.communicate(timeout=40)[0]
    assert "Traceback" not in output
    assert not (data / "postgres/postmaster.pid").exists()
    assert not alive(pid)
    assert status(address) is None


def test_run_fills_an_empty_database_once_and_prints_the_way_in(empty):
    for added in ("Added 500 sample students (seed 1).", ""):
        with serving("run", empty) as (address, process):
            assert status(address, "/accounts/login/") == 200
            process.terminate()
            output = process.communicate(timeout=20)[0]
        assert ("Added" in output) == bool(added)
        assert added in output
        assert address in output
        assert re.search(r"sign in as staff +password staff-sample", output)


def test_serve_loads_nothing_and_has_no_debug_pages(data):
    with serving("serve", data) as (address, _):
        assert '"students":0' in get(address)[1]
        missing, page = get(address, "/students/city/")
        assert missing == 404
        assert "There is nothing here" in page
        page = get(address, "/accounts/login/")[1]
        hashed = re.search(r'href="(/static/css/base\.[0-9a-f]{12}\.css)"', page)[1]
        assert status(address, hashed) == 200


def test_a_killed_database_costs_a_connection_one_request_at_most(data):
    """Kept connections are asked whether they live only now and then (tuition.postgres.base)."""
    with serving("serve", data, WORKERS="1", THREADS="1") as (address, _):
        for _ in range(5):
            assert status(address) == 200
        os.kill(postmaster(data), signal.SIGKILL)
        answers = [status(address) for _ in range(5) if not time.sleep(0.2)]
        # Its own backend may answer once more before it notices.
        assert answers.count(503) <= 1
        assert answers[-2:] == [200, 200]
        assert set(answers) <= {200, 503}


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_a_killed_worker_is_replaced(data):
    with serving("serve", data, WORKERS="2", THREADS="1") as (address, process):
        before = workers(process)
        victim = max(before)
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: len(workers(process) - {victim}) == len(before), process, seconds=10)
        assert {status(address) for _ in range(10)} == {200}
        wait_for(lambda: settled(process), process)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_after_a_killed_server_the_next_start_is_clean(data):
    with serving("serve", data) as (address, process):
        process.kill()
        process.communicate(timeout=20)
        end = time.monotonic() + 10
        while status(address) is not None:  # its workers notice and leave the port
            assert time.monotonic() < end
            time.sleep(0.1)
    with serving("serve", data) as (address, _):
        assert status(address) == 200


def test_two_first_starts_at_once(empty):
    with ThreadPoolExecutor(2) as pool:
        for answer in pool.map(lambda _: first_answer(empty), range(2)):
            assert '"students":500' in answer


def first_answer(data):
    with serving("run", data) as (address, _):
        return get(address)[1]


def refusal(command, data, **env):
    """What a command that doesn't start says on stderr."""
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=environment(data, **{"PORT": str(free_port())} | env),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    return done.stderr


def test_a_database_that_is_not_there_is_one_line(empty):
    for address, said in [
        (f"postgres://u:secret@127.0.0.1:{free_port()}/db", "Connection refused"),
        ("postgres://u:secret@nowhere.invalid/db", "nowhere.invalid"),
    ]:
        stderr = refusal("run", empty, DATABASE_URL=address)
        assert re.fullmatch(r"Tuition can't go on without its database: .+\n", stderr)
        assert said in stderr
        assert "secret" not in stderr


def test_a_taken_port_is_one_line(empty):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        stderr = refusal("serve", empty, PORT=str(port))
    said = re.fullmatch(
        rf"Tuition can't start: port {port} can't be used \(Address already in use\)\."
        r" Choose another, such as PORT=(\d+)\.\n",
        stderr,
    )
    assert int(said[1]) != port
    assert not (empty / "postgres").exists()


def test_serve_refuses_debug(empty):
    assert refusal("serve", empty, DEBUG="true") == (
        "Tuition can't start: DEBUG=true shows everybody the insides of an error. Unset DEBUG, in"
        " the environment and in .env, or use `make run`.\n"
    )
    assert not (empty / "postgres").exists()


def test_serve_refuses_sample_passwords(data):
    samples = "from tuition.accounts import make_sample_sign_ins; make_sample_sign_ins()"
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", samples],
        cwd=ROOT,
        env=environment(data),
        check=True,
    )
    assert refusal("serve", data) == (
        "Tuition can't start: anybody can sign in with a sample password as admin, staff, viewer."
        " Change each with `.venv/bin/python manage.py changepassword NAME`, or delete them under"
        " Users in the admin of `make run`.\n"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("command", ["run", "serve"])
def test_root_is_warned(command, data):
    with serving(command, data) as (_, process):
        process.terminate()
        output = process.communicate(timeout=30)[0]
    assert (
        "Started by root, Tuition serves as root. Safer: as a user without other rights, after"
        f" chown -R USER {data}\n"
    ) in output


def test_more_connections_than_the_database_takes_is_one_line(data):
    stderr = refusal("serve", data, WORKERS="10", THREADS="10")
    assert stderr.splitlines()[-1] == (
        "Tuition can't start: WORKERS times THREADS is 100; the database takes 97 connections, one"
        " of them for commands. Lower one of them, or raise the server's max_connections."
    )


def test_one_connection_is_left_for_commands(db):
    need_connections(96)
    with pytest.raises(ImproperlyConfigured, match="THREADS is 97; the database takes 97"):
        need_connections(97)
