"""The faults, each with its bar. A fault is a function of a dice; it says what came of it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tuition.tests.drill.journal import Writers, reckon
from tuition.tests.drill.office import ask, begun, connect, manage, names, office, ready, until
from tuition.tests.proxy import Proxy
from tuition.tests.served import (
    ROOT,
    environment,
    folder,
    get,
    postmaster,
    serving,
    started,
    workers,
)

AVERAGE = "/students/average-fees/"
IMPORT = 50_000  # students


class Outcome(NamedTuple):
    seen: str  # by clients
    longest: float  # wait, in seconds
    back: float  # seconds until all was as before
    lost: int
    doubled: int
    held: bool
    remark: str = ""


def outcome(data, journal, *, back, bar, wait=25.0, held=True, remark=""):
    """The reckoning: nothing lost, doubled or half, no traceback, totals exact, back in time."""
    lost, doubled, ghosts = reckon(journal, names(data))
    totals = totals_agree(data)
    exact = lost == doubled == ghosts == 0 and totals and not journal.tracebacks
    seen = " ".join(f"{status}×{count}" for status, count in sorted(journal.seen.items(), key=str))
    good = held and exact and back <= bar and journal.longest() <= wait
    if ghosts:
        remark += f" {ghosts} refused are there all the same"
    if not totals:
        remark += " totals differ"
    return Outcome(seen, journal.longest(), back, lost, doubled, good, remark.strip())


def totals_agree(data):
    with suppress(RuntimeError):  # the command's, when they don't
        manage(data, "check_totals")
        return True
    return False


# -- PostgreSQL ------------------------------------------------------------------------------------


def database_killed_in_an_import(dice):
    """kill -9 of PostgreSQL at a random point of a bulk write: all of it, or nothing."""
    with office() as here:
        rounds, back, halves = 3, 0.0, []
        with Writers(here.address, here.key, dice.random()) as writers:
            for _ in range(rounds):
                before = rows(here.data)
                loading = subprocess.Popen(
                    [sys.executable, "manage.py", "load_sample_students", "--append",
                     "--count", str(IMPORT), "--seed", str(dice.randrange(10**6)), "-v0"],
                    cwd=ROOT, env=environment(here.data),
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                time.sleep(dice.uniform(0.5, 6))
                kill_database(here.data)
                back = max(back, until(lambda: ready(here.address)))
                loading.wait()
                halves.append((rows(here.data) - before) % IMPORT)
        alive = here.process.poll() is None
        return outcome(
            here.data, writers.journal, back=back, bar=5, held=alive and not any(halves),
            remark=f"{rounds} imports of {IMPORT:,}, rows left of halves: {sum(halves)}",
        )  # fmt: skip


def rows(data):
    """Of students that imports added."""
    return ask(data, "SELECT count(*) FROM students_student WHERE name NOT LIKE 'Drill %'")[0][0]


def kill_database(data):
    """As a power cut: the postmaster and all its backends, by their numbers."""
    pid = postmaster(data)
    children = Path(f"/proc/{pid}/task/{pid}/children")
    pids = [pid, *map(int, children.read_text().split())] if children.exists() else [pid]
    for each in pids:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def database_restarted(dice):
    """A restart under load: 503 pages, and one failed request a connection after it at most."""
    with office() as here, Writers(here.address, here.key, dice.random()) as writers:
        time.sleep(dice.uniform(1, 3))
        moment = time.monotonic()
        os.kill(postmaster(here.data), signal.SIGINT)  # a fast stop; the app starts it again
        until(lambda: ready(here.address))
        back = time.monotonic() - moment
        time.sleep(1)
        failed = len([when for when, _ in writers.journal.failures if when > moment + back])
        most = 4  # connections: 2 workers of 2 threads
        writers.ended.set()
        time.sleep(0.5)
        return outcome(
            here.data, writers.journal, back=back, bar=10, held=failed <= most,
            remark=f"{failed} failed after it was back, of {most} connections",
        )  # fmt: skip


def connections_taken(dice):
    """All of the database's connections are somebody else's: 503 in 3 s, alive, and it recovers."""
    with office() as here, Writers(here.address, here.key, dice.random()) as writers:
        time.sleep(1)
        ask(here.data, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE application_name = '' AND pid <> pg_backend_pid()")  # fmt: skip
        taken = []
        with suppress(Exception):
            while True:
                taken.append(connect(here.data))
        time.sleep(3)
        status, longest = timed(here.address, AVERAGE)
        live = get(here.address, "/healthz/live")[0]
        moment = time.monotonic()
        for connection in taken:
            connection.close()
        back = until(lambda: ready(here.address))
        time.sleep(1)
        writers.ended.set()
        time.sleep(0.5)
        return outcome(
            here.data, writers.journal, back=back, bar=5, wait=6,
            held=bool(moment) and status in (200, 503) and longest <= 3 and live == 200,
            remark=f"{len(taken)} taken, then {status} in {longest:.1f} s, live {live}",
        )  # fmt: skip


def timed(address, path):
    began = time.monotonic()
    return get(address, path)[0], time.monotonic() - began


def database_unreachable(dice):
    """A black hole between Tuition and its database: 503 within 6 s, and it recovers."""
    with folder() as data:
        begun_key = begun(data)
        with holding(data) as socket_path, Proxy(socket_path) as proxy:
            url = f"postgres://postgres@127.0.0.1:{proxy.port}/tuition"
            env = {"DATABASE_URL": url, "WORKERS": "2"}
            with serving("serve", data, output=subprocess.DEVNULL, **env) as (address, process):
                with Writers(address, begun_key, dice.random()) as writers:
                    time.sleep(dice.uniform(1, 2))
                    proxy.stalled = True
                    longest = 0.0
                    for _ in range(3):
                        longest = max(longest, timed(address, AVERAGE)[1])
                    proxy.stalled = False
                    back = until(lambda: ready(address))
                    time.sleep(1)
                held = longest <= 6 and process.poll() is None
                return outcome(data, writers.journal, back=back, bar=5, wait=8, held=held,
                               remark=f"a reader waited {longest:.1f} s")  # fmt: skip


@contextmanager
def holding(data):
    """The embedded server of `data`, up for as long as this lasts; its socket's path."""
    script = (
        "from django.db import connection; connection.ensure_connection();"
        "print(1, flush=True); input()"
    )
    keeper = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", script],
        cwd=ROOT, env=environment(data), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    keeper.stdout.readline()
    try:
        yield str(data / "postgres/.s.PGSQL.5432")
    finally:
        keeper.communicate(b"\n", timeout=30)


# -- Tuition's own processes -----------------------------------------------------------------------


def worker_killed(dice):
    """kill -9 of a worker: no half write, and another in its place."""
    with office() as here, Writers(here.address, here.key, dice.random()) as writers:
        back = 0.0
        for _ in range(3):
            time.sleep(dice.uniform(0.5, 2))
            before = workers(here.process)
            os.kill(dice.choice(sorted(before)), signal.SIGKILL)
            back = max(back, until(lambda: len(workers(here.process) - before) == 1))  # noqa: B023
            time.sleep(6)  # Granian takes two deaths in 5.5 s for a start that fails
        writers.ended.set()
        time.sleep(0.5)
        return outcome(here.data, writers.journal, back=back, bar=5)


def worker_stopped(dice):
    """SIGSTOP of a worker: it is replaced, and meanwhile the other one serves."""
    with office() as here, Writers(here.address, here.key, dice.random()) as writers:
        time.sleep(1)
        before = workers(here.process)
        os.kill(dice.choice(sorted(before)), signal.SIGSTOP)
        back = until(lambda: len(workers(here.process) - before) == 1)
        time.sleep(2)
        writers.ended.set()
        time.sleep(0.5)
        return outcome(here.data, writers.journal, back=back, bar=20)


def told_to_end(dice):
    """SIGTERM under load: whatever is in flight is answered."""
    with folder() as data:
        key = begun(data)
        with serving("serve", data, output=subprocess.DEVNULL, WORKERS="2") as (address, process):
            with Writers(address, key, dice.random()) as writers:
                time.sleep(dice.uniform(1, 3))
                process.terminate()
                process.wait(timeout=30)
            journal = writers.journal
        with holding(data):
            # What was taken and done, and its answer never sent: it was in flight.
            unanswered = len(journal.unknown & set(names(data)))
            return outcome(
                data, journal, back=0, bar=1, held=process.returncode == 0 and not unanswered,
                remark=f"{unanswered} done and not answered",
            )  # fmt: skip


# -- The disk, backups, bad starts -----------------------------------------------------------------


def disk_full(dice):
    """The disk of the database is full: a clear word, nothing acknowledged lost, it recovers."""
    if os.geteuid():
        return Outcome("", 0, 0, 0, 0, True, "not done: a small disk of its own takes root")
    with (
        small_disk() as disk,
        office(disk / "data") as here,
        Writers(here.address, here.key, dice.random()) as writers,
    ):
        time.sleep(1)
        ballast = disk / "ballast"
        fill(ballast)
        said, end = set(), time.monotonic() + 30
        while time.monotonic() < end and not said:
            said = {status for _, status in writers.journal.failures}
            time.sleep(0.2)
        time.sleep(2)
        ballast.unlink()
        back = until(lambda: ready(here.address))
        time.sleep(2)
        writers.ended.set()
        time.sleep(0.5)
        seen = {status for _, status in writers.journal.failures}
        clear = "503" in seen and seen <= {"503", "lost", "500"}
        return outcome(here.data, writers.journal, back=back, bar=15, held=clear)


@contextmanager
def small_disk():
    disk = Path(tempfile.mkdtemp(prefix="tuition-disk-"))
    os.chmod(disk, 0o755)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
        disk.rmdir()


def fill(path):
    with suppress(OSError), path.open("wb") as file:
        while True:
            file.write(b"\0" * 65536)
            file.flush()


def lost_machine(dice):
    """A backup made under load, put back on an empty machine: the same rows, the same history."""
    with tempfile.TemporaryDirectory() as shelf:
        file = Path(shelf) / "office.dump"
        with office() as here:
            manage(here.data, "load_sample_students", "--append", "--count", "20000", "-v0")
            with Writers(here.address, here.key, dice.random()):
                time.sleep(1)
                manage(here.data, "backup", file)
            began = time.monotonic()
        with folder() as new:
            said = manage(new, "restore", file)
            back = time.monotonic() - began
            with holding(new):
                history = ask(new, "SELECT count(*) FROM students_studentevent")[0][0]
                held = "every table holds what was backed up" in said and history >= 20_000
                remark = f"{history:,} rows of history"
                return Outcome("", 0, back, 0, 0, held and totals_agree(new), remark)


BAD_STARTS = {
    "a short SECRET_KEY": ({"SECRET_KEY": "x"}, "SECRET_KEY takes at least 32 characters"),
    "a wrong password": (
        {"DATABASE_URL": "postgres://postgres:wrong@127.0.0.1:1/tuition"},
        "Tuition can't go on without its database",
    ),
    "DEBUG in earnest": ({"DEBUG": "true"}, "DEBUG=true shows everybody"),
    "a folder that is a file": ({"DATA_DIR": "/etc/hostname"}, "DATA_DIR takes a folder"),
}


def bad_starts(dice):
    """It refuses to start, in one line that says what to do."""
    wrong, longest = [], 0.0
    with folder() as data:
        for name, (env, words) in BAD_STARTS.items():
            began = time.monotonic()
            process = started("serve", data, **env)
            said = process.communicate(timeout=60)[0]
            longest = max(longest, time.monotonic() - began)
            if not process.returncode or words not in said or len(said.splitlines()) > 2:
                wrong.append(name)
    return Outcome(
        "", longest, 0, 0, 0, not wrong, ", ".join(wrong) or f"{len(BAD_STARTS)} refused"
    )


# -- Two people ------------------------------------------------------------------------------------


def two_savers(dice):
    """Two people save one student at once, 200 times: the second is told, every time."""
    rounds, silent, told = 200, 0, 0
    with office() as here:
        added = call(here, "POST", "/api/students/", '{"name": "A", "city": "Lahore", "fees": "1"}')
        path = f"/api/students/{added[2]['id']}/"
        for number in range(rounds):
            etag = call(here, "GET", path)[1]
            results = [None, None]
            start = threading.Barrier(2)

            def save(n):
                body = json.dumps({"fees": f"{number + 2}.0{n}"})  # noqa: B023
                start.wait()  # noqa: B023
                results[n] = call(here, "PATCH", path, body, {"If-Match": etag})[0]  # noqa: B023

            both = [threading.Thread(target=save, args=(n,)) for n in (0, 1)]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
            silent += results == [200, 200]
            told += sorted(results) == [200, 412]
    return Outcome(f"200/412×{told}", 0, 0, silent, 0, told == rounds, f"{rounds} rounds")


def call(here, method, path, body=None, headers=None):
    """(status, ETag, JSON)."""
    where = urlsplit(here.address)
    with closing(http.client.HTTPConnection(where.hostname, where.port, timeout=20)) as connection:
        told = {"Authorization": f"Bearer {here.key}", "Content-Type": "application/json"}
        connection.request(method, path, body, told | (headers or {}))
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, answer.headers.get("ETag"), json.loads(content) if content else None


FAULTS = {
    "PostgreSQL killed in an import": database_killed_in_an_import,
    "PostgreSQL restarted": database_restarted,
    "a worker killed": worker_killed,
    "a worker stopped": worker_stopped,
    "told to end under load": told_to_end,
    "all connections taken": connections_taken,
    "the database unreachable": database_unreachable,
    "the disk full": disk_full,
    "a lost machine": lost_machine,
    "bad starts": bad_starts,
    "two savers": two_savers,
}
SHORT = ("PostgreSQL restarted", "a worker stopped", "the database unreachable", "bad starts")
