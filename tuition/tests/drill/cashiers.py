"""kill -9 of PostgreSQL under eight cashiers, and of a month's run wherever it is."""

import os
import subprocess
import sys
import time
from contextlib import suppress

from tuition.tests.drill.faults import Outcome, holding, kill_database
from tuition.tests.drill.imports import connects, ended
from tuition.tests.drill.office import ask, begun, manage, until
from tuition.tests.served import ROOT, environment, folder

SECONDS, KILLS, POINTS, STUDENTS = (10, 1, 2, 20_000) if os.environ.get("SHORT") else (
    60, 4, 10, 40_000,
)  # fmt: skip
CASHIERS = 8
FEW = 40  # students, so that cashiers meet
WORK = "from tuition.tests.drill.cashier import work; work({seed}, {seconds}, {journal!r})"


def cashiers_cut_off(dice):
    """Nothing acknowledged is lost or doubled, numbers have no gap, balances are exact."""
    with folder() as data:
        begun(data)
        sampled(data, FEW)
        manage(data, "charge_month", "2026-05", "--fine", "flat:100")
        with holding(data):
            assert ask(data, "SHOW fsync") == [("on",)]
            back = at_work(data, dice)
            return reckoned(data, back)


def sampled(data, count):
    manage(data, "load_sample_students", "-v0", "--count", str(count))


def at_work(data, dice):
    """Seconds until PostgreSQL was back, at most."""
    began, back = time.monotonic(), 0.0
    processes = [
        subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v0", "--no-imports", "-c", WORK.format(
                seed=dice.randrange(10**9), seconds=SECONDS, journal=str(data / f"journal-{n}"))],
            cwd=ROOT, env=environment(data), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(CASHIERS)
    ]  # fmt: skip
    moments = sorted(dice.uniform(3, SECONDS - 2) for _ in range(KILLS))
    for moment in moments:
        time.sleep(max(began + moment - time.monotonic(), 0))
        kill_database(data)
        back = max(back, until(lambda: connects(data)))
    for process in processes:
        status, said = ended(process)
        assert status == 0, said[-300:]
    return back


def reckoned(data, back):
    taken, undone, lost_answers = {}, set(), 0
    for journal in data.glob("journal-*"):
        for line in journal.read_text().splitlines():
            what, key, *more = line.split()
            lost_answers += what == "lost"
            if what == "taken":
                taken[key] = int(more[0])
            elif what == "undone":
                undone.add(key)
    there = dict(ask(data, "SELECT key::text, number FROM ledger_receipt"))
    ((count, last, keys),) = ask(
        data, "SELECT count(*), coalesce(max(number), 0), count(DISTINCT key) FROM ledger_receipt"
    )
    lost = sum(there.get(key) != number for key, number in taken.items())
    doubled = count - keys + sum(key not in taken for key in there)
    ghosts = undone & set(there)
    wrong = [
        *([f"numbers up to {last} of {count}"] if count != last else []),
        *([f"{len(ghosts)} that were given up are there"] if ghosts else []),
        *differing(data),
    ]
    held = not (lost or doubled or wrong) and count > 0 and back <= 10
    said = f"{CASHIERS} cashiers, {SECONDS} s, {KILLS} kills: {count:,} receipts, {len(undone):,}"
    said = "; ".join([f"{said} given up, {lost_answers} answers lost", *wrong])
    return Outcome("", 0, back, lost, doubled, held, said)


def differing(data):
    """check_balances says it, when they do."""
    try:
        manage(data, "check_balances")
    except RuntimeError as error:
        return [str(error)]
    return []


# -- The month -------------------------------------------------------------------------------------

UNCHARGED = """
SELECT count(*) FROM students_student
WHERE fees > 0 AND (joined_on IS NULL OR joined_on <= %s::date + interval '1 month - 1 day')
    AND (left_on IS NULL OR left_on >= %s)
"""
CHARGED = "SELECT count(*), count(DISTINCT student_id) FROM ledger_entry WHERE month = %s"


def run_killed(dice):
    """A run killed anywhere and run again: one fee each."""
    wrong, lost, doubled, halves, back = [], 0, 0, 0, 0.0
    with folder() as data:
        begun(data)
        sampled(data, STUDENTS)
        with holding(data):
            took = charged(data, "2025-01")
            for point in range(POINTS):
                month = f"{2025 + (point + 1) // 12}-{(point + 1) % 12 + 1:02}"
                process = begin(data, month)
                time.sleep((0.3 + 0.7 * (point + dice.random()) / POINTS) * took)  # it starts first
                if point % 2:
                    kill_database(data)
                    back = max(back, until(lambda: connects(data)))
                process.kill()
                ended(process)
                before = ask(data, CHARGED, f"{month}-01")[0][0]
                charged(data, month)
                first = f"{month}-01"
                count, students = ask(data, CHARGED, first)[0]
                expected = ask(data, UNCHARGED, first, first)[0][0]
                halves += 0 < before < expected
                lost += expected - students
                doubled += count - students
            wrong += differing(data)
            with suppress(RuntimeError):
                written = manage(data, "charge_month", month).splitlines()[-1]
                wrong += [written] if written != "Entries written now: 0." else []
    said = f"{POINTS} runs of {STUDENTS:,} students killed, {halves} of them half way"
    held = not (lost or doubled or wrong) and back <= 10
    return Outcome("", 0, back, lost, doubled, held, "; ".join([said, *wrong]))


def begin(data, month):
    return subprocess.Popen(
        [sys.executable, "manage.py", "charge_month", month], cwd=ROOT, env=environment(data),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def charged(data, month):
    """Seconds that it took."""
    began = time.monotonic()
    manage(data, "charge_month", month)
    return time.monotonic() - began


FAULTS = {
    "PostgreSQL killed under cashiers": cashiers_cut_off,
    "a month's run killed": run_killed,
}
SHORT = tuple(FAULTS)
