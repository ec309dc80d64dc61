"""What PostgreSQL alone does: the same SQL under pgbench.

And what a write costs for its totals and its history: with their triggers and without, in turns.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import BinaryIO

import postgres
import psycopg2
from plan import Plan
from postgres import Database
from project import SCRATCH, NotMeasured
from results import Results, say

TABLES = {"totals": "students_citytotal", "history": "students_studentevent"}
TOTALS = TABLES["totals"]
KEPT = f"SELECT sum(students), sum(fees) FROM {TOTALS} WHERE city_key = '{{}}'"
AVERAGE = "SELECT count(*), round(avg(fees), 2) FROM peer_student WHERE city = '{}'"
# pgbench takes 128 scripts: those of the first students' cities, as often as they come.
CITIES = "SELECT {}, count(*) FROM students_student WHERE id <= 250 GROUP BY 1"
INSERT = (
    "INSERT INTO students_student (name, city, fees) VALUES ('Nadia Benchmark', 'Lahore', 4321.50)"
)
MANY = """
COPY (
    SELECT name, city, fees
    FROM peer_student, generate_series(0, {rows} / (SELECT count(*) FROM peer_student))
    LIMIT {rows}
) TO STDOUT
"""
FEW = 50_000  # rows of a COPY, at least
# The triggers that write into one table.
TRIGGERS = """
SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgrelid = 'students_student'::regclass AND NOT tgisinternal AND prosrc LIKE %s
"""


def reading(plan: Plan, results: Results, size: int, database: Database) -> None:
    for what, sql, column in (("kept total", KEPT, "city_key"), ("AVG", AVERAGE, "city")):
        with results.attempt(f"{what} under pgbench, {size:,} students"):
            if sql is KEPT and not database.has_table(TOTALS):
                raise NotMeasured(f"there is no table {TOTALS}")
            cities = database.rows(CITIES.format(column))
            asked = {sql.format(city.replace("'", "''")): often for city, often in cities}
            rate = pgbench(database, asked, clients=16, seconds=plan.seconds)
            results.figures[f"pgbench {what} at {size}"] = rate
            say(f"  pgbench, {what:40} {rate:12,.0f}/s")


def writing(plan: Plan, results: Results, database: Database) -> None:
    """One-row writes to one city, and a COPY of as many rows as there are at most.

    Leaves wrong totals and an incomplete history.
    """

    def one_row() -> float:
        return pgbench(database, {INSERT: 1}, clients=8, seconds=plan.seconds)

    in_turns(results, database, "totals", "one-row writes a second", one_row, plan.rounds)
    in_turns(results, database, "history", "one-row writes a second", one_row, plan.rounds)
    rows = max(FEW, *plan.sizes)
    with tempfile.TemporaryFile(dir=SCRATCH) as file:
        with closing(psycopg2.connect(database.url)) as connection:
            connection.cursor().copy_expert(MANY.format(rows=rows), file)
        what = f"seconds for a COPY of {rows:,} rows"
        in_turns(results, database, "history", what, lambda: copy(database, file), 1)


def in_turns(
    results: Results,
    database: Database,
    kept: str,
    what: str,
    measured: Callable[[], float],
    rounds: int,
) -> None:
    """Medians with and without the triggers that keep something; the first turn is to warm up."""
    names = [name for (name,) in database.rows(TRIGGERS, f"%{TABLES[kept]}%")]
    if not names:
        raise NotMeasured(f"no trigger of students_student keeps {TABLES[kept]}")
    switches = {f"{what}, with {kept}": "ENABLE", f"{what}, without {kept}": "DISABLE"}
    figures: dict[str, list[float]] = {figure: [] for figure in switches}
    for turn in range(rounds + 1):
        for figure, switch in switches.items():
            for name in names:
                database.run(f'ALTER TABLE students_student {switch} TRIGGER "{name}"')
            one = measured()
            figures[figure] += [one] if turn else []
    for name in names:
        database.run(f'ALTER TABLE students_student ENABLE TRIGGER "{name}"')
    for figure, seen in figures.items():
        results.figures[figure] = median(seen)
        say(f"  {figure}: {median(seen):,.1f}")


def copy(database: Database, file: BinaryIO) -> float:
    """Seconds, the commit included."""
    file.seek(0)
    with closing(psycopg2.connect(database.url)) as connection:
        began = time.perf_counter()
        with connection, connection.cursor() as cursor:
            cursor.copy_expert("COPY students_student (name, city, fees) FROM STDIN", file)
        return time.perf_counter() - began


def pgbench(database: Database, asked: dict[str, int], clients: int, seconds: int) -> float:
    """Statements a second; `asked` says how often each comes."""
    scripts = []
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        for number, (sql, often) in enumerate(asked.items()):
            script = Path(folder) / f"{number}.sql"
            script.write_text(f"{sql};\n")
            scripts.append(f"--file={script}@{often}")
        command = [postgres.binary("pgbench"), "--no-vacuum", "--protocol=prepared", "--jobs=2"]
        command += [f"--client={clients}", f"--time={seconds}", *scripts, database.url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(re.findall(r"tps = ([\d.]+)", done.stdout)[0])
