"""What PostgreSQL alone does: the same SQL under pgbench, and what totals cost a write."""

import re
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import postgres
from plan import Plan
from postgres import Database
from project import SCRATCH, NotMeasured
from results import Results, say

TOTALS = "students_citytotal"
KEPT = f"SELECT sum(students), sum(fees) FROM {TOTALS} WHERE city_key = '{{}}'"
AVERAGE = "SELECT count(*), round(avg(fees), 2) FROM peer_student WHERE city = '{}'"
# pgbench takes 128 scripts: those of the first students' cities, as often as they come.
CITIES = "SELECT {}, count(*) FROM students_student WHERE id <= 250 GROUP BY 1"
INSERT = (
    "INSERT INTO students_student (name, city, fees) VALUES ('Nadia Benchmark', 'Lahore', 4321.50)"
)
# The triggers that keep the totals, and no others (histories, say).
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
    """One-row writes to one city with and without the totals, in turns; leaves wrong totals."""
    names = [name for (name,) in database.rows(TRIGGERS, f"%{TOTALS}%")]
    if not names:
        raise NotMeasured(f"no trigger of students_student keeps {TOTALS}")
    rates: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    for turn in range(plan.rounds + 1):
        for switch, seen in rates.items():
            for name in names:
                database.run(f'ALTER TABLE students_student {switch} TRIGGER "{name}"')
            rate = pgbench(database, {INSERT: 1}, clients=8, seconds=plan.seconds)
            seen += [rate] if turn else []  # the first is to warm up
    results.figures["one-row writes a second, with totals"] = median(rates["ENABLE"])
    results.figures["one-row writes a second, without totals"] = median(rates["DISABLE"])
    for switch, seen in rates.items():
        say(f"  one-row writes, totals {switch.lower()}d: {median(seen):,.0f}/s")


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
