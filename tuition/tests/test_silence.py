"""A database that stops answering: nobody waits long for it, and a slow one is left alone."""

import os
import re
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.test import Client

from api.tests.factories import make_token
from students.models import Student
from tuition.postgres import watch
from tuition.tests.proxy import Proxy, door, lead_through
from tuition.tests.served import get, serving

BAR = 6.0  # seconds
AVERAGE = "/students/average-fees/"


@contextmanager
def quick():
    began = time.monotonic()
    yield
    assert time.monotonic() - began < BAR


@pytest.fixture
def proxy(transactional_db):
    with door() as proxy:
        yield proxy
        proxy.stalled = False
        wait_until(lambda: not watch.watch.silent)


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def program():
    key = make_token(name="program", can_edit=True)
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {key}"})


def test_a_peer_that_stalls_is_a_503_in_time_and_heals_unaided(proxy):
    client = program()
    lead_through(proxy)
    assert client.get(AVERAGE).status_code == 200
    proxy.stalled = True
    with quick():  # the kept connection waits, and is cut off
        answer = client.get(AVERAGE)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    began = time.monotonic()  # now it is known
    assert client.get(AVERAGE).status_code == 503
    assert time.monotonic() - began < 0.5
    proxy.stalled = False

    def healed():
        connection.close_if_unusable_or_obsolete()  # as Django does between requests
        return client.get(AVERAGE).status_code == 200

    wait_until(healed)


def test_a_check_whether_the_connection_lives_doesnt_wait_long_either(proxy):
    client = program()
    lead_through(proxy)
    assert client.get(AVERAGE).status_code == 200
    connection.checked_at, connection.health_check_done = 0, False
    proxy.stalled = True
    with quick():
        assert client.get(AVERAGE).status_code == 503


def test_a_first_connection_doesnt_wait_long_either(proxy):
    client = program()
    lead_through(proxy)
    proxy.stalled = True
    with quick():
        assert client.get(AVERAGE).status_code == 503


def test_of_several_hosts_the_silent_one_is_passed_over(proxy):
    """As a primary that froze, and another that took its place."""
    client = program()
    with Proxy(proxy.target) as other:
        lead_through(proxy, other)
        assert client.get(AVERAGE).status_code == 200
        proxy.stalled = True
        with quick():  # the kept connection is cut off
            assert client.get(AVERAGE).status_code == 503
        connection.close_if_unusable_or_obsolete()
        began = time.monotonic()
        assert client.get(AVERAGE).status_code == 200
        assert time.monotonic() - began < 0.5
        assert list(watch.watch.silent) == [f"127.0.0.1:{proxy.port}"]


def test_hosts_and_ports():
    one = {"host": "a", "port": 1, "dbname": "x"}
    assert watch.each_host(one) == [one]
    three = watch.each_host({"host": "a,b,c", "port": "1", "dbname": "x"})
    assert [(each["host"], each["port"]) for each in three] == [("a", "1"), ("b", "1"), ("c", "1")]
    wrong = {"host": "a,b,c", "port": "1,2"}
    assert watch.each_host(wrong) == [wrong]


@pytest.mark.parametrize("lost", [b"api_apitoken", b"INSERT INTO", b"COMMIT"])
def test_an_answer_that_never_comes_over_a_living_server(proxy, lost):
    """The connection stays open: only asking the server tells that it has answered."""
    client = program()
    lead_through(proxy)
    proxy.lose, proxy.silent = lost, True
    with quick():
        answer = client.post(
            "/api/students/",
            {"name": "Sana", "city": "Multan", "fees": "1"},
            content_type="application/json",
            headers={"Idempotency-Key": "one"},
        )
    assert answer.status_code == 503
    assert ("may have been saved" in answer.json()["detail"]) == (lost == b"COMMIT")
    proxy.lose = None
    connection.close()
    assert Student.objects.count() == (1 if lost == b"COMMIT" else 0)


def test_what_takes_long_on_a_living_server_is_left_alone(transactional_db):
    """As an import, a migration, or the wait for another process's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(4)")
        assert cursor.fetchone() == ("",)
    other = connection.copy()
    with other.cursor() as holder, connection.cursor() as waiter:
        holder.execute("SELECT pg_advisory_lock(1)")
        later = threading.Timer(4, holder.connection.cancel)  # nothing runs: cancels nothing
        later.start()
        release = threading.Timer(4, lambda: holder.cursor.execute("SELECT pg_advisory_unlock(1)"))
        release.start()
        waiter.execute("SELECT pg_advisory_lock(1)")
        release.join()
        later.join()
    other.close()


def test_a_full_server_is_a_living_one(transactional_db, monkeypatch):
    def too_many(*args):
        raise psycopg2.OperationalError("FATAL: sorry, too many clients already")

    monkeypatch.setattr(watch, "question", too_many)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(2)")
        assert cursor.fetchone() == ("",)
    assert not watch.watch.silent


def test_without_the_watch_nobody_is_cut_off(proxy, monkeypatch):
    monkeypatch.setattr(watch.Watch, "cut_off", lambda self, connections: None)
    lead_through(proxy)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        proxy.stalled = True
        threading.Timer(BAR, setattr, [proxy, "stalled", False]).start()
        began = time.monotonic()
        cursor.execute("SELECT 1")
    assert time.monotonic() - began >= BAR


def test_a_unix_socket_whose_queue_is_full(tmp_path, monkeypatch):
    import socket

    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/.s.PGSQL.5432")
        listener.listen(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(f"{folder}/.s.PGSQL.5432")
            params = {"host": folder, "user": "x", "dbname": "x"}
            with pytest.raises(psycopg2.OperationalError) as caught:
                psycopg2.connect(**params)
            assert watch.queue_is_full(caught.value)
            with pytest.raises(TimeoutError):
                watch.question(params, "SELECT 1", [], time.monotonic() + 0.5)


def processes_of(data):
    """The embedded server's: its postmaster's, and its children's."""
    parent = int((data / "postgres/postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]


@pytest.mark.hunt
@pytest.mark.skipif(sys.platform != "linux", reason="finds PostgreSQL's processes in /proc")
def test_a_stopped_postgresql_and_its_recovery():
    """SIGSTOP to all of it: 503 in time, static files meanwhile, and after SIGCONT as before."""
    with tempfile.TemporaryDirectory(prefix="tuition-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        data = Path(name)
        with (
            serving("serve", data, WORKERS="1", THREADS="2") as (address, process),
            ThreadPoolExecutor(2) as pool,
        ):
            page = get(address, "/accounts/login/")[1]
            static = re.search(r'href="(/static/css/base\.[0-9a-f]{12}\.css)"', page)[1]
            stopped = processes_of(data)
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            try:
                for _ in range(3):
                    began = time.monotonic()
                    asked = [pool.submit(get, address, AVERAGE) for _ in range(2)]
                    assert [each.result()[0] for each in asked] == [503, 503]
                    assert time.monotonic() - began < BAR
                    began = time.monotonic()
                    assert get(address, static)[0] == 200
                    assert time.monotonic() - began < 1
                time.sleep(8)  # longer than the connection is trusted unchecked
                with quick():
                    assert get(address, AVERAGE)[0] == 503
            finally:
                for pid in stopped:
                    os.kill(pid, signal.SIGCONT)
            wait_until(lambda: get(address, AVERAGE)[0] == 200)
            assert process.poll() is None
            assert processes_of(data)[0] == stopped[0]


def test_refused_connections_say_why(proxy):
    lead_through(proxy)
    params = connection.get_connection_params()
    watch.watch.silent[watch.server_of(params)] = params
    with pytest.raises(OperationalError, match="it has stopped answering"):
        connection.ensure_connection()
    wait_until(lambda: not watch.watch.silent)  # it was asked, and answered
