"""How many answers a second each contender gives, in turns: A B C, A B C, A B C."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from math import inf

import answers
import contenders
import load
from contenders import ADD, AVERAGE, LARGEST, OURS, OURS_API, RAW, STUDENTS, Running
from plan import Plan
from postgres import Database
from questions import questions
from results import Cell, Results, say

RATE = 200  # requests a second for the p99
TABLES = ("students_student", "peer_student")


def measure(plan: Plan, results: Results, size: int, database: Database) -> None:
    say(f"{size:,} students")
    with ExitStack() as stack:
        everybody = []
        for make in (contenders.empty_view, lambda: contenders.ours(database, plan.data)):
            with results.attempt(f"{size:,} students"):
                everybody.append(stack.enter_context(contenders.running(make(), database)))
        for peer in contenders.peers():
            with results.attempt(f"{peer.name}, {size:,} students"):
                everybody.append(stack.enter_context(contenders.running(peer, database)))
        compete(plan, results, size, (AVERAGE, OURS_API), everybody, database)
        if size == max(plan.sizes):
            some = [one for one in everybody if one.contender.name in (OURS, RAW)]
            compete(plan, results, size, (LARGEST,), some, database)
        compete(plan, results, size, (STUDENTS,), everybody, database)
        with added_rows_removed(database):
            compete(plan, results, size, (ADD,), everybody, database)


def compete(
    plan: Plan,
    results: Results,
    size: int,
    jobs: tuple[str, ...],
    everybody: list[Running],
    database: Database,
) -> None:
    """Check, warm up, take turns, check again."""
    ready = []
    for job, one in product(jobs, everybody):
        cell = Cell(size, job, one.contender.name)
        if is_asked(one, job):
            with results.attempt(label(cell)):
                answers.check(one, job, database)
                push(one, job, database, 1)
                ready.append((one, cell))
    for _ in range(plan.rounds):
        for one, cell in ready:
            add_run(cell, push(one, cell.job, database, plan.seconds))
    for one, cell in ready:
        with results.attempt(label(cell)):
            finish(plan, results, one, cell, database)


def is_asked(one: Running, job: str) -> bool:
    """Tuition for every job, so that a missing one is said."""
    return one.contender.name == OURS or job in one.contender.paths


def label(cell: Cell) -> str:
    return f"{cell.contender}, {cell.job}, {cell.size:,} students"


def push(one: Running, job: str, database: Database, seconds: int) -> load.Load:
    asked = questions(one, job, database)
    return load.wrk(one.port, one.contender.headers, seconds, asked)


def add_run(cell: Cell, run: load.Load) -> None:
    cell.rates.append(run.rate)
    cell.requests += run.requests
    cell.errors += run.refused + run.lost


def finish(plan: Plan, results: Results, one: Running, cell: Cell, database: Database) -> None:
    results.cells.append(cell)
    if cell.job == AVERAGE:
        cell.p99 = p99(plan, one, cell, database)
    say(f"  {cell.job:28} {cell.contender:22} {cell.rate:8,.0f}/s")
    if cell.errors:
        results.problems.append(f"{label(cell)}: {cell.errors} of {cell.requests} answers failed")
    answers.check(one, cell.job, database)


def p99(plan: Plan, one: Running, cell: Cell, database: Database) -> float:
    """Not even tried where most of the rate is more than it can do."""
    if cell.rate < 1.2 * RATE:
        return inf
    asked = questions(one, AVERAGE, database)
    return load.p99(one.port, one.contender.headers, RATE, plan.seconds + 1, asked)


@contextmanager
def added_rows_removed(database: Database) -> Iterator[None]:
    """Afterwards each table is as big as before, for the measurements to come."""
    last = {table: database.rows(f"SELECT max(id) FROM {table}")[0][0] for table in TABLES}
    try:
        yield
    finally:
        for table, pk in last.items():
            database.run(f"DELETE FROM {table} WHERE id > {pk}", f"VACUUM ANALYZE {table}")
