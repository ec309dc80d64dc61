"""The fee desk: charging a month, taking money, and its pages as the office and the years grow.

At 100,000 students and at 1,000, 24 months each; less where the run's sizes are smaller.
"""

import subprocess
import time
from contextlib import ExitStack
from datetime import date, timedelta
from statistics import median, quantiles

import contenders
import limits
import postgres
from pages import Visitor
from plan import Plan
from postgres import Database, Server
from project import MANAGE, ROOT, NotMeasured, environment, manage
from results import Results, say
from spreadsheets import migrated, sampled

FEW, MANY, MONTHS, CLIENTS = 1_000, 100_000, 24, 8
CHARGE, AGAIN = "charge_month, seconds", "charge_month again, seconds"
WRITTEN = "charge_month again, entries written"
RECEIPTS = f"receipts a second, {CLIENTS} clients"
INSERTS = f"one-row INSERTs a second, {CLIENTS} clients, pgbench"
EXACT = "balances exact afterwards (1: yes)"
STUDENTS, ENTRIES = "students of the fee desk", "entries of the fee desk"
PAGES = {
    "statement": "/fees/students/{student}/",
    "desk": "/fees/",
    "defaulters": "/fees/defaulters/?page={page}",
}
P95 = "defaulters, p95 in ms"

# Everybody was there all the time; nine of ten have paid in advance.
SETTLED = """
UPDATE students_student SET joined_on = NULL, left_on = NULL
WHERE joined_on IS NOT NULL OR left_on IS NOT NULL
"""
PAID = """
INSERT INTO ledger_entry (student_id, kind, amount, day, by)
SELECT id, 'opening', -fees * 24, current_date, 'benchmark' FROM students_student
WHERE fees > 0 AND id % 10 > 0
"""
PLAIN = """
CREATE TABLE bench_receipt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, student bigint, amount numeric(10, 2),
    at timestamptz DEFAULT now()
)
"""
INSERT = "INSERT INTO bench_receipt (student, amount) VALUES (204, 4321.50)"
# A client: waits for the word, takes money for so many seconds, says how often.
TAKE = """
import random, sys, time, uuid
from decimal import Decimal
from django.utils import timezone
from ledger.receipts import By, Payment, take
from students.models import Student
dice, by = random.Random({seed}), By("benchmark")
students = list(Student.objects.values_list("pk", flat=True)[:20_000])
def one():
    take(Payment(key=uuid.uuid4(), students=[dice.choice(students)], amount=Decimal(100),
        method="cash", day=timezone.localdate(), advance=True), by)
one()
print("ready", flush=True)
sys.stdin.readline()
end, done = time.monotonic() + {seconds}, 0
while time.monotonic() < end:
    one()
    done += 1
print(done)
"""


def measure(plan: Plan, results: Results, server: Server) -> None:
    sizes = sorted({min(size, max(plan.sizes)) for size in (FEW, MANY)})
    say("The fee desk")
    filled = {size: office(plan, server, size) for size in sizes}
    large = filled[max(sizes)]
    results.figures[STUDENTS] = max(sizes)
    with results.attempt("charge_month"):
        for size, database in filled.items():
            charge(plan, results, database, keep=size == max(sizes))
    for database in filled.values():
        database.run(PAID, "VACUUM ANALYZE")
        postgres.checkpoint(database)
    results.figures[ENTRIES] = large.rows("SELECT count(*) FROM ledger_entry")[0][0]
    with results.attempt("pages of the fee desk"):
        pages(plan, results, filled)
    with results.attempt("receipts"):
        receipts(plan, results, large)
    with results.attempt("check_balances"):
        manage("check_balances", env=environment(plan.data, large.url))
        results.keep(EXACT, 1)


def office(plan: Plan, server: Server, size: int) -> Database:
    """One of its own: nobody has signed in to it, and nothing was measured on it."""
    made = sampled(plan, server, migrated(plan, server, f"fees_empty_{size}"), f"fees_{size}", size)
    made.run(SETTLED)
    return made


def months() -> list[str]:
    """The last MONTHS, this one last."""
    found, day = [], date.today().replace(day=1)  # noqa: DTZ011
    for _ in range(MONTHS):
        found.append(f"{day:%Y-%m}")
        day = (day - timedelta(days=1)).replace(day=1)
    return found[::-1]


def charge(plan: Plan, results: Results, database: Database, *, keep: bool) -> None:
    """The last month's figures are kept: by then there are most entries to walk."""
    env, took, said = environment(plan.data, database.url), 0.0, ""
    for month in [*months(), months()[-1]]:
        before, began = took, time.perf_counter()
        said = manage("charge_month", month, env=env)
        took = time.perf_counter() - began
    if keep:
        results.keep(CHARGE, before)
        results.keep(AGAIN, took)
        written = said.strip().splitlines()[-1]
        results.keep(WRITTEN, float(written.removeprefix("Entries written now: ").rstrip(".")))


def receipts(plan: Plan, results: Results, database: Database) -> None:
    """In turns with plain INSERTs, fsync on."""
    if database.rows("SHOW fsync") != [("on",)]:
        raise NotMeasured("fsync is off")
    database.run(PLAIN)
    seen: dict[str, list[float]] = {RECEIPTS: [], INSERTS: []}
    seconds = max(plan.seconds, 5)
    for turn in range(plan.rounds + 1):
        rates = {
            INSERTS: limits.pgbench(database, {INSERT: 1}, clients=CLIENTS, seconds=seconds),
            RECEIPTS: taken(plan, database, seconds),
        }
        for name, rate in rates.items():
            seen[name] += [rate] if turn or plan.rounds == 1 else []  # the first is to warm up
    for name, rate in seen.items():
        results.keep(name, median(rate))
    ((count, last),) = database.rows("SELECT count(*), max(number) FROM ledger_receipt")
    if count != last:
        results.problems.append(f"receipts: {count} with numbers up to {last}")


def taken(plan: Plan, database: Database, seconds: int) -> float:
    """Receipts a second of all clients together."""
    clients = [
        subprocess.Popen(
            [*MANAGE, "shell", "-v0", "--no-imports", "-c", TAKE.format(seed=n, seconds=seconds)],
            cwd=ROOT, env=environment(plan.data, database.url), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )
        for n in range(CLIENTS)
    ]  # fmt: skip
    for client in clients:
        if client.stdout.readline() != "ready\n":
            raise RuntimeError("a client did not start")
    for client in clients:
        client.stdin.write("\n")
        client.stdin.flush()
    return sum(int(client.communicate()[0]) for client in clients) / seconds


def pages(plan: Plan, results: Results, filled: dict[int, Database]) -> None:
    """At both sizes in turns; another student and page each time."""
    waits: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as stack:
        visitors = {}
        for size, database in filled.items():
            ours = contenders.ours(database, plan.data)
            visitor = Visitor(stack.enter_context(contenders.running(ours, database)).port)
            visitor.sign_in(environment(plan.data, database.url))
            visitors[size] = visitor
        for turn in range(2 * plan.pages + 3):
            for size, visitor in visitors.items():
                for page, path in PAGES.items():
                    asked = path.format(student=1 + 10 * turn, page=1 + turn % 2)
                    waits.setdefault((page, size), []).append(visitor.wait(asked)[0])
    for (page, size), seen in waits.items():
        warm = [1000 * seconds for seconds in seen[3:]]
        results.keep(f"{page} of the fee desk at {size}", median(warm))
        if page == "defaulters" and size == max(filled):
            results.keep(P95, quantiles(warm, n=20)[18])
