"""`make bench`: Tuition beside Flask and FastAPI, on one PostgreSQL with the same rows.

SIZES="1000 10000 100000 1000000" and SECONDS (of each timed run) may be set. docs/performance.md
is rewritten only when every one of those sizes ran. Exit status 1 for errors and wrong answers; a
bar that isn't met is said in the table.
"""

import fcntl
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import contenders
import fees
import guessers
import limits
import machine
import pages
import plot
import postgres
import report
import spreadsheets
import throughput
import writers
from load import need_wrk
from plan import Plan, plan
from postgres import Database, Server
from project import SCRATCH
from results import Results, say


def main() -> int:
    need_wrk()
    (SCRATCH / "logs").mkdir(parents=True, exist_ok=True)
    results = Results()
    with data_folder() as data:
        run = plan(data)
        contenders.build_peers()
        with postgres.server(data) as server:
            measure(run, results, server)
    return publish(run, results)


@contextmanager
def data_folder() -> Iterator[Path]:
    """Tuition's DATA_DIR for one run; what a killed run has left goes first."""
    lock = (SCRATCH / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit("Another make bench is running: wait for it.") from None
    for left in SCRATCH.glob("data-*"):
        shutil.rmtree(left, ignore_errors=True)
    data = Path(tempfile.mkdtemp(prefix="data-", dir=SCRATCH))
    try:
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


def measure(plan: Plan, results: Results, server: Server) -> None:
    databases = {size: filled(plan, server, size) for size in plan.sizes}
    results.facts = machine.facts(server.main)
    for size, database in databases.items():
        throughput.measure(plan, results, size, database)
        limits.reading(plan, results, size, database)
    with results.attempt("pages, and throughput as the office grows"):
        pages.measure(plan, results, databases)
    with results.attempt("writes"):
        write(plan, results, server.copy(databases[min(databases)], "scratch"))
    with results.attempt("spreadsheets"):
        spreadsheets.measure(plan, results, server, databases)
    with results.attempt("the fee desk"):
        fees.measure(plan, results, server)


def write(plan: Plan, results: Results, scratch: Database) -> None:
    """At the smallest size, where the totals are the greatest part of a write."""
    with results.attempt("bulk writers"):
        writers.measure(plan, results, scratch)
    with results.attempt("what totals and history cost a write"):
        limits.writing(plan, results, scratch)
    with results.attempt("programs while others guess passwords"):
        guessers.measure(plan, results, scratch)


def filled(plan: Plan, server: Server, size: int) -> Database:
    say(f"Loading {size:,} students")
    database = server.create(str(size))
    postgres.fill(database, plan.data, size)
    return database


def publish(plan: Plan, results: Results) -> int:
    """Tables and plot in var/bench, on a full run in docs too; the exit status."""
    results.save(SCRATCH / "results.json")
    text = report.report(plan, results)
    (SCRATCH / "performance.md").write_text(text)
    (SCRATCH / "performance.svg").write_text(plot.svg(plan, results))
    if plan.full:
        report.write(report.PAGE, text)
        shutil.copy(SCRATCH / "performance.svg", report.PAGE.with_suffix(".svg"))
    print(text)
    for problem in results.problems:
        say(f"wrong: {problem}")
    return 1 if results.problems else 0


if __name__ == "__main__":
    sys.exit(main())
