"""Spreadsheets in and out: Tuition's commands beside PostgreSQL's COPY and django-import-export.

Of as many rows as the run's largest size has, 50,000 at least.
"""

import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from statistics import median

import postgres
import uploads
from contenders import HERE, PEERS_BIN
from limits import FEW
from plan import Plan
from postgres import Database, Server
from project import MANAGE, ROOT, SCRATCH, Watched, environment, manage, watched
from results import Results, say
from uploads import Sheet

ROWS = "rows of the spreadsheets"
UPLOADS = 3
IMPORT, COPY_IN = "import_students, seconds", "COPY of the same file, seconds"
EXPORT, COPY_OUT = "export_students, seconds", "COPY of the same columns to a file, seconds"
IMPORT_PEAK, EXPORT_PEAK = "import_students, peak MB", "export_students, peak MB"
OURS_RATE = f"import_students of {FEW:,} rows, rows a second"
PEER_RATE = f"django-import-export of {FEW:,} rows, rows a second"

FACTS = "name, father_name, city, fees, phone, class_name, joined_on, left_on"
MADE = (
    f"\\copy (SELECT {FACTS} FROM students_student ORDER BY id LIMIT {{rows}} OFFSET {{after}})"
    " TO '{file}' CSV HEADER"
)
BACK = (
    f"\\copy students_student ({FACTS}) FROM '{{file}}'"
    " (FORMAT csv, HEADER, FORCE_NOT_NULL (father_name, phone, class_name))"
)
OUT = (
    f"\\copy (SELECT {FACTS}, family_id, id, updated_at FROM students_student ORDER BY id)"
    " TO '{file}' CSV HEADER"
)


def measure(plan: Plan, results: Results, server: Server, databases: dict[int, Database]) -> None:
    rows = max(FEW, *plan.sizes)
    say(f"Spreadsheets of {rows:,} rows")
    results.figures[ROWS] = rows
    empty = migrated(plan, server, "sheets_empty")
    source = databases.get(rows) or sampled(plan, server, empty, "sheets_source", rows)
    others = sampled(plan, server, empty, "sheets_others", UPLOADS * FEW, "--seed=2")
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        folder = Path(name)
        sheet = made(source, folder / "all.csv", rows)
        few = [made(others, folder / f"{n}.csv", FEW, n * FEW) for n in range(UPLOADS)]
        with results.attempt("import_students"):
            imports(plan, results, server, empty, sheet)
        with results.attempt("export_students"):
            exports(plan, results, source, sheet)
        with results.attempt("import_students beside django-import-export"):
            beside_peer(plan, results, server, empty, few[0])
        office = server.copy(source, "sheets_office")
        postgres.checkpoint(office)
        uploads.measure(plan, results, office, sheet, few)


def migrated(plan: Plan, server: Server, name: str) -> Database:
    database = server.create(name)
    manage("migrate", "-v0", env=environment(plan.data, database.url))
    return database


def sampled(
    plan: Plan, server: Server, empty: Database, name: str, rows: int, *seed: str
) -> Database:
    database = server.copy(empty, name)
    count = ("--count", str(rows), *seed)
    manage("load_sample_students", "-v0", *count, env=environment(plan.data, database.url))
    database.run("VACUUM ANALYZE")
    return database


def made(source: Database, path: Path, rows: int, after: int = 0) -> Sheet:
    """Without ids, so that they are new students; without families, which COPY can't make."""
    psql(source, MADE.format(rows=rows, after=after, file=path))
    return Sheet.read(path)


def imports(plan: Plan, results: Results, server: Server, empty: Database, sheet: Sheet) -> None:
    """Each into a database of its own, in turns."""
    seen: dict[str, list[float]] = {IMPORT: [], COPY_IN: [], IMPORT_PEAK: []}
    for _ in range(rounds(sheet)):
        database = fresh(server, empty)
        ours = import_students(plan, database, sheet)
        check(results, "import_students", stored(database), sheet)
        database = fresh(server, empty)
        copy = psql(database, BACK.format(file=sheet.path))
        check(results, "COPY", stored(database), sheet)
        seen[IMPORT].append(ours.seconds)
        seen[IMPORT_PEAK].append(ours.peak)
        seen[COPY_IN].append(copy.seconds)
    for name, values in seen.items():
        results.keep(name, median(values))


def exports(plan: Plan, results: Results, source: Database, sheet: Sheet) -> None:
    seen: dict[str, list[float]] = {EXPORT: [], COPY_OUT: [], EXPORT_PEAK: []}
    out = sheet.path.with_name("exported.csv")
    for _ in range(3):
        command = [*MANAGE, "export_students", "-v0", str(out)]
        ours = watched(command, environment(plan.data, source.url))
        check(results, "export_students", Sheet.read(out)[1:], sheet)
        copy = psql(source, OUT.format(file=out))
        check(results, "COPY to a file", Sheet.read(out)[1:], sheet)
        seen[EXPORT].append(ours.seconds)
        seen[EXPORT_PEAK].append(ours.peak)
        seen[COPY_OUT].append(copy.seconds)
    for name, values in seen.items():
        results.keep(name, median(values))


def beside_peer(plan: Plan, results: Results, server: Server, empty: Database, few: Sheet) -> None:
    """Each in a process of its own, the time that Python and Django take to start included."""
    seen = []
    for turn in range(5):
        database = fresh(server, empty)
        run = import_students if turn != 2 else by_peer
        seen.append(run(plan, database, few).seconds)
        check(results, run.__name__, stored(database), few)
    theirs = seen.pop(2)
    results.keep(OURS_RATE, few.rows / median(seen))
    results.keep(PEER_RATE, few.rows / theirs)


def import_students(plan: Plan, database: Database, sheet: Sheet) -> Watched:
    command = [*MANAGE, "import_students", "-v0", str(sheet.path)]
    return watched(command, environment(plan.data, database.url))


def by_peer(plan: Plan, database: Database, sheet: Sheet) -> Watched:
    (packages,) = PEERS_BIN.parent.glob("lib/python*/site-packages")
    env = environment(plan.data, database.url, PYTHONPATH=str(ROOT), PEERS=str(packages))
    command = [sys.executable, str(HERE / "peers" / "import_export_peer.py"), str(sheet.path)]
    return watched(command, env)


def rounds(sheet: Sheet) -> int:
    """A million rows take their time, and even out by themselves."""
    return 3 if sheet.rows == FEW else 1


def fresh(server: Server, empty: Database) -> Database:
    database = server.copy(empty, "sheets_fresh")
    postgres.checkpoint(database)
    return database


def stored(database: Database) -> tuple[int, Decimal]:
    ((rows, fees),) = database.rows("SELECT count(*), sum(fees) FROM students_student")
    return rows, fees


def check(results: Results, who: str, got: tuple[int, Decimal], sheet: Sheet) -> None:
    if got != (sheet.rows, sheet.fees):
        results.problems.append(f"{who}: {got} of {sheet.rows, sheet.fees}")


def psql(database: Database, command: str) -> Watched:
    return watched([postgres.binary("psql"), "-qXc", command, database.url])
