"""Spreadsheets over the web: the export's first byte and memory, an upload, and who else waits."""

import csv
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from threading import Event
from typing import NamedTuple

import contenders
from limits import FEW
from pages import Visitor
from plan import Plan
from postgres import Database
from project import NotMeasured, environment
from questions import LARGEST_CITY
from results import Results, say

FIRST_BYTE, WHOLE = "export.csv, ms to the first byte", "export.csv, seconds"
GROWTH = "export.csv, MB by which the server grew"
PREVIEW = f"upload and preview of {FEW:,} rows, seconds"
CONFIRM = f"confirming {FEW:,} rows, seconds"
QUIET = "list and average in turns, p95 in ms"
BUSY = f"list and average in turns, p95 in ms, while {FEW:,} rows are imported"
ASKED = ("/students/", f"/students/average-fees/?city={LARGEST_CITY}")
RATE = 20  # requests a second
SECONDS = 10  # of quiet
AGAIN = 0.2  # seconds, until the importer looks again
PATIENCE = 180  # seconds
TOTALS = "SELECT count(*), sum(fees) FROM students_student"
BOUNDARY = "benchmark-0123456789"
PART = '--{}\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'


class Sheet(NamedTuple):
    """A CSV file, and what stands in it."""

    path: Path
    rows: int
    fees: Decimal  # of all

    @classmethod
    def read(cls, path: Path) -> "Sheet":
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file)
            (place,) = (n for n, head in enumerate(next(lines)) if head.lower().startswith("fees"))
            rows, fees = 0, Decimal()
            for line in lines:
                rows += 1
                fees += Decimal(line[place])
        return cls(path, rows, fees)


def measure(plan: Plan, results: Results, office: Database, sheet: Sheet, few: list[Sheet]) -> None:
    env = environment(plan.data, office.url)
    with contenders.running(contenders.ours(office, plan.data), office) as server:
        importer, other = Visitor(server.port), Visitor(server.port)
        importer.sign_in(env, "importer")
        other.sign_in(env, "somebody")
        for path in ASKED * RATE:
            other.wait(path)  # to warm up
        with results.attempt("export.csv"):
            export(results, importer, server.pid, sheet)
        with results.attempt("upload of a spreadsheet"):
            seen = [upload(results, importer, other, office, one) for one in few]
            for name in seen[0]:
                results.keep(name, median(turn[name] for turn in seen))


def export(results: Results, visitor: Visitor, pid: int, sheet: Sheet) -> None:
    path = sheet.path.with_name("downloaded.csv")
    before = peak(pid)
    began = time.perf_counter()
    visitor.connection.request("GET", "/students/export.csv?status=all", headers=visitor.headers())
    response = visitor.connection.getresponse()
    with path.open("wb") as file:
        file.write(response.read(1))
        first = time.perf_counter() - began
        while chunk := response.read(1 << 16):
            file.write(chunk)
    results.keep(WHOLE, time.perf_counter() - began)
    results.keep(FIRST_BYTE, 1000 * first)
    results.keep(GROWTH, peak(pid) - before)
    if (got := Sheet.read(path)[1:]) != sheet[1:]:
        results.problems.append(f"export.csv: {got} of {sheet[1:]}")


def peak(pid: int) -> float:
    """MB: the most that a process and those it started, and so on, have had, added up."""
    parents = {int(each.parent.name): status(each) for each in Path("/proc").glob("[0-9]*/status")}
    if pid not in parents:
        raise NotMeasured("there is no /proc")
    family = {pid}
    while more := {one for one, facts in parents.items() if int(facts.get("PPid", 0)) in family}:
        if more <= family:
            break
        family |= more
    sizes = (parents[one].get("VmHWM", "0 kB").split()[0] for one in family)
    return sum(map(int, sizes)) * 1024 / 1e6


def status(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def upload(
    results: Results, importer: Visitor, other: Visitor, office: Database, few: Sheet
) -> dict[str, float]:
    seen = {}
    ((rows, fees),) = office.rows(TOTALS)
    content = few.path.read_bytes()
    with asking(other) as quiet:
        time.sleep(SECONDS)
    with asking(other) as busy:
        began = time.perf_counter()
        path = bring(importer, content)
        wait_until_done(importer, path)
        seen[PREVIEW] = time.perf_counter() - began
        began = time.perf_counter()
        importer.post(path, {"step": "import", "seen": importer.field(path, "seen")})
        wait_until_done(importer, path)
        seen[CONFIRM] = time.perf_counter() - began
    if (got := office.rows(TOTALS)) != [(rows + few.rows, fees + few.fees)]:
        results.problems.append(f"upload: {got} of {rows + few.rows, fees + few.fees}")
    say(f"  p95 of {len(quiet)} answers {p95(quiet):.1f} ms, of {len(busy)} {p95(busy):.1f}")
    return seen | {QUIET: p95(quiet), BUSY: p95(busy)}


def bring(visitor: Visitor, content: bytes) -> str:
    """Where the import's page is."""
    path = "/students/import/"
    token = PART.format(BOUNDARY, "csrfmiddlewaretoken", "") + visitor.token(path)
    file = PART.format(BOUNDARY, "file", '; filename="few.csv"\r\nContent-Type: text/csv')
    body = f"{token}\r\n{file}".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    response, _, _ = visitor.ask("POST", path, body, f"multipart/form-data; boundary={BOUNDARY}")
    if response.status != 302:
        raise RuntimeError(f"an upload was answered {response.status}")
    return response.headers["Location"]


def wait_until_done(visitor: Visitor, path: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while "<progress" in visitor.wait(path)[1]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{path} was not done in {PATIENCE} seconds")
        time.sleep(AGAIN)


@contextmanager
def asking(visitor: Visitor) -> Iterator[list[float]]:
    """Steadily; the seconds from when each question was due to its whole answer."""
    end, waits = Event(), list[float]()
    with ThreadPoolExecutor(1) as pool:
        asker = pool.submit(ask_steadily, visitor, end, waits)
        try:
            yield waits
        finally:
            end.set()
        asker.result()  # raises what went wrong there


def ask_steadily(visitor: Visitor, end: Event, waits: list[float]) -> None:
    start = time.perf_counter()
    for number, path in enumerate(itertools.cycle(ASKED)):
        due = start + number / RATE
        if end.wait(max(0, due - time.perf_counter())):
            return
        visitor.wait(path)
        waits.append(time.perf_counter() - due)


def p95(waits: list[float]) -> float:
    return 1000 * quantiles(waits, n=20)[18]
