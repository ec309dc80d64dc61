"""`manage.py run` and `manage.py serve` as processes: what a kill costs, and a clean end."""

import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.core.exceptions import ImproperlyConfigured
from granian.server.mp import WorkerProcess

from students.imports.work import SLOTS
from tuition.limits import STREAMS
from tuition.serving import connections
from tuition.tests.served import (
    ROOT,
    alive,
    environment,
    free_port,
    get,
    postmaster,
    serving,
    settled,
    started,
    status,
    wait_for,
    workers,
)

ENDS = {
    "Ctrl-C": [signal.SIGINT],
    "kill": [signal.SIGTERM],
    "twice": [signal.SIGTERM, signal.SIGTERM, signal.SIGINT],
    "the terminal was closed": [signal.SIGHUP],
}


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize("how", ENDS)
def test_a_clean_end_leaves_nothing_running(command, how, data):
    with serving(command, data) as (address, process):
        pid = postmaster(data)
        for number in ENDS[how]:
            os.killpg(process.pid, number)  # a terminal tells its workers too
        output = process.communicate(timeout=40)[0]
    assert process.returncode == 0
    assert not re.search("Traceback|Killing|Unexpected", output)
    end = time.monotonic() + 30  # a first start makes a backup, which ends by itself, and then it
    while (data / "postgres/postmaster.pid").exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not (data / "postgres/postmaster.pid").exists()
    assert not alive(pid)
    assert status(address) is None


@pytest.mark.parametrize("command", ["run", "serve"])
def test_told_to_end_while_it_starts(command, empty):
    """At once, or when the workers are there and don't serve yet: quiet, and nothing is left."""
    for moment in (
        lambda process: True,
        lambda process: (empty / "postgres.users").exists(),
        workers,
    ):
        process = started(command, empty)
        wait_for(lambda: moment(process), process)  # noqa: B023
        process.terminate()
        output = process.communicate(timeout=40)[0]
        assert not re.search("Traceback|Killing|Unexpected", output)
        assert not (empty / "postgres/postmaster.pid").exists()


def test_a_worker_that_ended_is_not_alive_until_somebody_says_so():
    process = multiprocessing.get_context("fork").Process(target=int)
    process.start()
    os.waitpid(process.pid, 0)  # by whoever watches it, and hasn't said so yet
    assert process.is_alive()  # what Granian would go by, and kill it
    assert not WorkerProcess.is_alive(SimpleNamespace(inner=process))


def test_what_is_in_flight_is_answered_before_the_end(data):
    with serving("serve", data, WORKERS="1", THREADS="1") as (address, process):
        with closing(
            psycopg2.connect(host=str(data / "postgres"), user="postgres", dbname="tuition")
        ) as own:
            own.cursor().execute("LOCK TABLE students_citytotal")
            with ThreadPoolExecutor() as pool:
                asked = pool.submit(status, address)
                wait_for(lambda: waiting(own), process)
                process.send_signal(signal.SIGINT)
                wait_for(lambda: not listening(address), process)
                own.rollback()
                assert asked.result() == 200
        output = process.communicate(timeout=40)[0]
    assert process.returncode == 0
    assert "Traceback" not in output


def listening(address):
    there = urlsplit(address)
    with socket.socket() as probe:
        return probe.connect_ex((there.hostname, there.port)) == 0


def waiting(connection):
    """Whether somebody waits for a lock."""
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return cursor.fetchone()[0]


def test_run_fills_an_empty_database_once_and_prints_the_way_in(empty):
    for added in ("Added 500 sample students (seed 1).", ""):
        with serving("run", empty) as (address, process):
            assert status(address, "/accounts/login/") == 200
            process.terminate()
            output = process.communicate(timeout=60)[0]
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
        process.communicate(timeout=60)
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
        timeout=60,
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
        "Tuition can't start: anybody can sign in with a sample password as admin, staff, viewer,"
        " cashier, manager. Change each with `.venv/bin/python manage.py changepassword NAME`, or"
        " delete them under Users in the admin of `make run`.\n"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("command", ["run", "serve"])
def test_root_is_warned(command, data):
    with serving(command, data) as (_, process):
        process.terminate()
        output = process.communicate(timeout=60)[0]
    assert (
        "Started by root, Tuition serves as root. Safer: as a user without other rights, after"
        f" chown -R USER {data}\n"
    ) in output


def test_more_connections_than_the_database_takes_is_one_line(data):
    stderr = refusal("serve", data, WORKERS="10", THREADS="10")
    assert stderr.splitlines()[-1] == (
        "Tuition can't start: WORKERS=10 and THREADS=10 take up to 122 connections; the database"
        " takes 97, one of them for commands. Lower one of them, or raise the server's"
        " max_connections."
    )


def test_one_connection_is_left_for_commands(db):
    """Beside those of threads, of what is streamed and of processes of imports."""
    assert STREAMS == 2
    assert connections(workers=2, threads=45) == 2 * (45 + 2) + SLOTS == 96
    with pytest.raises(ImproperlyConfigured, match="take up to 97 connections; the database takes"):
        connections(workers=5, threads=17)
