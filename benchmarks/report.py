"""The tables, for the terminal and for docs/performance.md."""

from collections.abc import Iterable
from math import isinf
from pathlib import Path

from bars import bars
from contenders import (
    ADD,
    AVERAGE,
    CITY,
    EMPTY,
    FLASK,
    FLASK_PAGE,
    LARGEST,
    LIST,
    ORM,
    OURS,
    OURS_API,
    RAW,
    STATISTICS,
    STUDENTS,
)
from plan import Plan
from project import ROOT
from results import Results
from throughput import RATE

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
EVERYBODY = (OURS, RAW, ORM, FLASK, EMPTY)
PAGES = (
    *(LIST, f"{LIST}, {FLASK_PAGE}", CITY, f"{CITY}, {FLASK_PAGE}", STATISTICS),
    *("admin changelist", "middle page", "last page", "search p95"),
)


def report(plan: Plan, results: Results) -> str:
    """Markdown."""
    parts = [
        table(["", ""], results.facts.items()),
        "### Bars",
        table(["", "bar", "measured", ""], bars(plan, results)),
        "### Answers a second, 16 connections",
        "Medians of runs in turns; the fastest that does the job in bold.",
        rates(plan, results),
        *peer_wins(plan, results),
        f"### Average fees: 99 of 100 answered within (ms), at {RATE} requests a second",
        waits(plan, results),
        "### Pages: until the last byte is here (ms)",
        page_times(plan, results),
        "### PostgreSQL alone, under pgbench (statements a second)",
        limits(plan, results),
        "### Writes and spreadsheets",
        table(["", ""], writes(results)),
        *left_out(results),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: list[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def by_size(plan: Plan) -> list[str]:
    return [f"{size:,}" for size in plan.sizes]


def rates(plan: Plan, results: Results) -> str:
    rows = []
    for job in (AVERAGE, OURS_API, LARGEST, STUDENTS, ADD):
        for contender in EVERYBODY:
            cells = [rate(results, size, job, contender) for size in plan.sizes]
            if any(cells):
                rows.append([job, contender, *cells])
    return table(["job", "", *by_size(plan)], rows)


def rate(results: Results, size: int, job: str, contender: str) -> str:
    cell = results.cell(size, job, contender)
    if cell is None:
        return ""
    failed = f" ({cell.errors} failed)" if cell.errors else ""
    number = f"{cell.rate:,.0f}{failed}"
    return (
        f"**{number}**" if job != OURS_API and fastest(results, size, job) == contender else number
    )


def fastest(results: Results, size: int, job: str) -> str:
    cells = [results.cell(size, job, name) for name in EVERYBODY if name != EMPTY]
    return max((cell.rate, cell.contender) for cell in cells if cell)[1]


def peer_wins(plan: Plan, results: Results) -> list[str]:
    """One line for each place where a peer is faster than Tuition."""
    lines = []
    for job in (AVERAGE, STUDENTS, ADD):
        for peer in (RAW, ORM, FLASK):
            ratios = {size: results.ratio(size, job, peer, OURS) for size in plan.sizes}
            won = [
                f"{ratio:.2f} times at {size:,}"
                for size, ratio in ratios.items()
                if ratio and ratio > 1
            ]
            lines += [f"* {job}: {peer}, {', '.join(won)}"] if won else []
    return ["Where a peer is faster than Tuition:", "\n".join(lines)] if lines else []


def waits(plan: Plan, results: Results) -> str:
    rows = []
    for contender in EVERYBODY:
        cells = [results.cell(size, AVERAGE, contender) for size in plan.sizes]
        rows.append([contender, *(wait(cell.p99) if cell else "" for cell in cells)])
    return table(["", *by_size(plan)], rows)


def wait(milliseconds: float | None) -> str:
    if milliseconds is None:
        return ""
    return "can't keep up" if isinf(milliseconds) else f"{milliseconds:.1f}"


def page_times(plan: Plan, results: Results) -> str:
    rows = [
        [page, *(figure(results, f"{page} at {size}", 1) for size in plan.sizes)] for page in PAGES
    ]
    return table(["", *by_size(plan)], rows)


def limits(plan: Plan, results: Results) -> str:
    rows = [
        [what, *(figure(results, f"pgbench {what} at {size}") for size in plan.sizes)]
        for what in ("kept total", "AVG")
    ]
    return table(["", *by_size(plan)], rows)


def writes(results: Results) -> list[list[str]]:
    """The figures that belong to no size."""
    return [[name, figure(results, name)] for name in results.figures if " at " not in name]


def figure(results: Results, name: str, places: int = 0) -> str:
    value = results.figures.get(name)
    return "" if value is None else f"{value:,.{1 if value < 100 else places}f}"


def left_out(results: Results) -> list[str]:
    notes = [f"* Not measured: {what} ({why})." for what, why in results.missing.items()]
    notes += [f"* Went wrong: {problem}." for problem in results.problems]
    return ["### Not measured, or wrong", "\n".join(notes)] if notes else []


def write(page: Path, text: str) -> None:
    """Between the markers of `page`; what people wrote around them stays."""
    plot = f"![Answers a second against the number of students]({page.stem}.svg)"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{plot}\n\n{text}\n{END}{after}")
