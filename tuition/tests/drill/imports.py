"""kill -9 of PostgreSQL, of importers and of the whole site, in the midst of a spreadsheet."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

from tuition.tests.drill.faults import (
    IMPORT,
    Outcome,
    holding,
    kill_database,
    rows,
    totals_agree,
)
from tuition.tests.drill.office import ask, begun, manage, until
from tuition.tests.person import Person, make_person, path_of
from tuition.tests.served import ROOT, environment, folder, serving, workers

ROUNDS, TURNS = (2, 1) if os.environ.get("SHORT") else (10, 3)  # of the command, of the site
LEASE = 60  # seconds, of Import.busy_until; housekeeping looks every 60 more
AGAIN = LEASE + 60 + 30  # seconds until a killed import is whole
CITIES = ("Lahore", "Karachi", "Multan", "Quetta", "لاہور", "Kasur")


def sheet(dice):
    """CSV of so many students as no other file has."""
    mark = dice.randrange(10**9)
    lines = ["Name,City,Fees,Phone"]
    for number in range(IMPORT):
        fees = f"{dice.randrange(1, 99_999)}.{dice.randrange(100):02}"
        phone = f"0300-{dice.randrange(10**7):07}"
        lines.append(f"Sheet {mark} {number},{dice.choice(CITIES)},{fees},{phone}")
    return "\n".join(lines).encode()


class Count:
    """What came of the rounds."""

    def __init__(self):
        self.lost = self.doubled = self.halves = 0
        self.whole = self.nothing = 0  # after the kill
        self.wrong = []
        self.back = 0.0

    def after_kill(self, added):
        """`added` may hold what another of the site's files came to meanwhile."""
        self.whole += added > 0
        self.nothing += added == 0
        self.halves += bool(added % IMPORT)

    def at_the_end(self, added, files=1):
        self.lost += max(files * IMPORT - added, 0)
        self.doubled += max(added - files * IMPORT, 0)

    def outcome(self, data, remark, bar):
        totals = totals_agree(data)
        wrong = [*self.wrong, *([] if totals else ["totals differ"])]
        held = not (self.lost or self.doubled or self.halves or wrong) and self.back <= bar
        remark = f"{remark}: after it whole {self.whole}, nothing {self.nothing}, halves"
        said = "; ".join([f"{remark} {self.halves}", *wrong])
        return Outcome("", 0, self.back, self.lost, self.doubled, held, said)


def begin(data, file):
    """The command; its process is the importer."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_students", str(file), "-v0"],
        cwd=ROOT, env=environment(data), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def ended(process):
    """(exit status, what it said)."""
    said = process.communicate(timeout=300)[1]
    return process.returncode, said


def importer_killed(dice):
    """kill -9 of `manage.py import_students` anywhere: all or nothing, and again is once."""
    return command_killed(dice, lambda data, process: process.kill(), "importers killed")


def database_killed(dice):
    """kill -9 of PostgreSQL anywhere in it: the same."""
    return command_killed(dice, lambda data, process: kill_database(data), "PostgreSQL killed")


def command_killed(dice, kill, what):
    """At moments spread over all of an import, as long as the last whole one took."""
    count, steps = Count(), Counter()
    with folder() as data:
        begun(data)
        with holding(data):
            took, _ = whole(data, written(data, dice))
            while sum(steps.values()) < ROUNDS:
                file, start = written(data, dice), rows(data)
                process = begin(data, file)
                time.sleep((sum(steps.values()) + dice.random()) / ROUNDS * took)
                at = step(data)
                if process.poll() is not None:  # it was quicker than the last
                    ended(process)
                    took *= 0.8
                    continue
                steps[at] += 1
                kill(data, process)
                ended(process)
                count.back = max(count.back, until(lambda: connects(data)))
                added = settled_rows(data) - start
                count.after_kill(added)
                seconds, said = whole(data, file)
                if added == IMPORT and "imported before" not in said:
                    count.wrong.append(f"imported again: {said}")
                elif added != IMPORT and said:
                    count.wrong.append(said)
                took = took if said else seconds
                count.at_the_end(rows(data) - start)
            told = ", ".join(f"{name} {times}" for name, times in steps.items())
            remark = f"{ROUNDS} times {what}, {took:.1f} s is one import ({told})"
            return count.outcome(data, remark, bar=10)


def written(data, dice):
    file = data / "students.csv"
    file.write_bytes(sheet(dice))
    return file


def whole(data, file):
    """(seconds that an import takes, "" or why it wasn't taken)."""
    began = time.monotonic()
    status, said = ended(begin(data, file))
    assert bool(status) == bool(said), said
    return time.monotonic() - began, said.strip()[-300:]


def step(data):
    """What the last import is at."""
    with suppress(Exception):
        last = "SELECT state, progress FROM students_import ORDER BY id DESC LIMIT 1"
        state, progress = ask(data, last)[0]
        if state in ("reading", "writing"):
            return "checking" if progress == 100 and state == "reading" else state
    return "its start or end"


def connects(data):
    """PostgreSQL is there: whoever needs it starts it again."""
    with suppress(RuntimeError):
        code = "from django.db import connection; connection.ensure_connection()"
        manage(data, "shell", "-v0", "--no-imports", "-c", code)
        return True
    return False


def settled_rows(data):
    """Once the backend of whoever was killed has noticed, and has committed or not."""
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle'"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    until(lambda: ask(data, busy) == [(0,)])
    return rows(data)


# -- The site's own --------------------------------------------------------------------------------


def page_importer_killed(dice):
    """kill -9 of a page's importer, reading and writing: another takes it up, and it is once."""
    return broken_off(dice, lambda data, process: kill_importers(data), "a page's importer killed")


def site_killed_in_an_import(dice):
    """kill -9 of all there is, as by a power cut, and a start: the same."""
    return broken_off(dice, cut_power, "the site killed and started again")


def broken_off(dice, kill, what):
    """Several files are each broken off before any is waited for: nobody is at them for LEASE."""
    count = Count()
    with folder() as data, ExitStack() as stack:
        begun(data)
        make_person(data)
        log = stack.enter_context((data / "serve.log").open("w"))
        person, process = started(stack, data, log)
        person.sign_in()
        _, reading, writing = imported(person, sheet(dice))
        before, paths = rows(data), []
        for turn in range(TURNS):
            paths.append(path_of(person.bring(sheet(dice))))
            time.sleep((turn + dice.random()) / TURNS * reading)
            kill(data, process)
            person, process = going_on(stack, data, log, person, process)
        count.back = until(lambda: not any(map(person.waits, paths)), AGAIN)
        for turn, path in enumerate(paths):
            start = rows(data)
            person.confirm(path)
            time.sleep((turn + dice.random()) / TURNS * writing)
            kill(data, process)
            person, process = going_on(stack, data, log, person, process)
            count.after_kill(settled_rows(data) - start)
        back = until(lambda: not any(map(person.waits, paths)), AGAIN)
        count.back = max(count.back, back)
        states = ask(data, "SELECT state, new FROM students_import ORDER BY id")
        if states != [("done", IMPORT)] * (TURNS + 1):
            count.wrong.append(str(states))
        count.at_the_end(rows(data) - before, TURNS)
        if "Traceback" in (data / "serve.log").read_text():
            count.wrong.append("a traceback")
        remark = f"{TURNS} files, {what} in {reading:.1f} s of reading, {writing:.1f} s of writing"
        return count.outcome(data, remark, bar=AGAIN)


def started(stack, data, log, cookies=()):
    settings = {"WORKERS": "1", "BACKUP_DIR": str(data / "b")}
    address, process = stack.enter_context(serving("serve", data, output=log, **settings))
    person = Person(address)
    person.cookies |= dict(cookies)
    return person, process


def going_on(stack, data, log, person, process):
    """The site as it is, or started again."""
    if process.poll() is None:
        return person, process
    return started(stack, data, log, person.cookies)


def imported(person, content):
    """(its page, seconds of reading, seconds of writing) where nothing goes wrong."""
    path = path_of(person.bring(content))
    reading = until(lambda: not person.waits(path), 120)
    person.confirm(path)
    return path, reading, until(lambda: not person.waits(path), 120)


def kill_importers(data):
    for pid in importers(data):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def importers(data):
    """The processes that pages of this office started."""
    ours = f"DATA_DIR={data}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (process / "environ").read_bytes().split(b"\0")
            if b"work_imports" in (process / "cmdline").read_bytes() and ours in told:
                yield int(process.name)


def cut_power(data, process):
    pids = workers(process)
    process.kill()
    process.wait()
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    kill_importers(data)
    kill_database(data)


FAULTS = {
    "PostgreSQL killed in a spreadsheet": database_killed,
    "an importer killed": importer_killed,
    "a page's importer killed": page_importer_killed,
    "the site killed in an import": site_killed_in_an_import,
}
SHORT = ("PostgreSQL killed in a spreadsheet", "an importer killed")
