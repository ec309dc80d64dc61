"""The bars: what is wanted, what was measured, whether it is enough."""

from collections.abc import Callable, Iterable
from operator import ge, le
from typing import NamedTuple

import fees
import guessers
import spreadsheets
import uploads
from contenders import (
    ADD,
    AVERAGE,
    CITY,
    EMPTY,
    FLASK,
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
from results import Results

PAGES = (LIST, CITY, "admin changelist")
MIDDLE, LAST = "middle page", "last page"
# ms at 1,000,000. The middle page is held to the clock, not to the list page: that one may get
# quicker, while PostgreSQL passes by half of an index as before.
MOST = {LIST: 15, CITY: 15, MIDDLE: 100, STATISTICS: 500}


Row = tuple[str, str, Callable[[float, float], bool], float]
# What, divided by what, is at most or at least what: of a large spreadsheet, and of no size.
SHEETS = (
    (spreadsheets.IMPORT, spreadsheets.COPY_IN, le, 2),
    (spreadsheets.IMPORT_PEAK, "", le, 300),
    (spreadsheets.EXPORT, spreadsheets.COPY_OUT, le, 4),
    (spreadsheets.EXPORT_PEAK, "", le, 150),
    (uploads.FIRST_BYTE, "", le, 500),
    (uploads.GROWTH, "", le, 64),
)
# Of 100,000 students.
FEES = (
    (fees.CHARGE, "", le, 30),
    (fees.AGAIN, "", le, 3),
    (fees.WRITTEN, "", le, 0),
    (fees.RECEIPTS, fees.INSERTS, ge, 0.06),
    (fees.P95, "", le, 150),
    (fees.EXACT, "", ge, 1),
)
OTHERS = (
    (guessers.GUESSED, guessers.QUIET, le, 2),
    (spreadsheets.OURS_RATE, spreadsheets.PEER_RATE, ge, 10),
    (uploads.PREVIEW, "", le, 10),
    (uploads.CONFIRM, "", le, 10),
    (uploads.BUSY, uploads.QUIET, le, 2),
)


class Bar(NamedTuple):
    what: str
    wanted: str
    measured: str
    verdict: str


def bars(plan: Plan, results: Results) -> list[Bar]:
    rows = int(results.figures.get(spreadsheets.ROWS, 0))
    return [
        *throughput(plan, results),
        *(page_time(results, name, most) for name, most in MOST.items()),
        *(page(plan, results, name) for name in PAGES),
        last_page(plan, results),
        *(search(plan, results, size, most) for size, most in ((100_000, 60), (1_000_000, 400))),
        writes(results, "totals", 0.5),
        writes(results, "history", 0.6),
        *copies(results),
        *bulk(results),
        *(held(results, rows, row) for row in SHEETS),
        *(held(results, 0, row) for row in OTHERS),
        *(held(results, int(results.figures.get(fees.STUDENTS, 0)), row) for row in FEES),
        *(fee_page(results, page) for page in fees.PAGES),
    ]


def throughput(plan: Plan, results: Results) -> list[Bar]:
    small, large, sizes = min(plan.sizes), max(plan.sizes), plan.sizes

    def beside(job: str, theirs: str, some: Iterable[int], least: float, note: str = "") -> Bar:
        ratios = {size: results.ratio(size, job, OURS, theirs) for size in some}
        return judged(f"{job}, Tuition / {theirs}{note}", ge, least, ratios)

    api = {large: results.ratio(large, OURS_API, OURS, OURS, AVERAGE)}
    largest = {size: results.ratio(size, LARGEST, OURS, RAW) for size in sizes if size >= 1_000_000}
    return [
        judged("average fees, largest size / smallest", ge, 0.9, in_turns(results, small, large)),
        beside(AVERAGE, ORM, sizes, 1.8),
        beside(AVERAGE, RAW, (size for size in sizes if size < 10_000), 1.0, ", below 10,000"),
        beside(AVERAGE, RAW, (size for size in sizes if size >= 10_000), 1.0, ", from 10,000 on"),
        judged(f"{LARGEST}, Tuition / {RAW}, from 1,000,000 on", ge, 30, largest),
        beside(AVERAGE, EMPTY, sizes, 0.45),
        judged("average fees, through /api/ / the plain view", ge, 0.8, api),
        beside(STUDENTS, RAW, sizes, 1.0),
        beside(STUDENTS, ORM, sizes, 2.0),
        beside(ADD, ORM, sizes, 0.7),
        beside(ADD, FLASK, sizes, 0.4),
    ]


def in_turns(results: Results, small: int, large: int) -> dict[int, float | None]:
    if small == large:
        return {}
    rate = "average fees in turns at"
    return {large: quotient(results, f"{rate} {large}", f"{rate} {small}")}


def page(plan: Plan, results: Results, name: str) -> Bar:
    small, large = min(plan.sizes), max(plan.sizes)
    ratio = quotient(results, f"{name} at {large}", f"{name} at {small}") if small < large else None
    return judged(f"{name}, median at the largest size / at the smallest", le, 1.5, {large: ratio})


def page_time(results: Results, name: str, most: float) -> Bar:
    """Milliseconds until one signed-in visitor has the whole page, over loopback."""
    size = 1_000_000
    median = results.figures.get(f"{name} at {size}")
    return judged(f"{name}, median in ms", le, most, {size: median})


def last_page(plan: Plan, results: Results) -> Bar:
    large = max(plan.sizes)
    ratio = quotient(results, f"{LAST} at {large}", f"{LIST} at {large}")
    return judged(f"{LAST} / {LIST}", le, 4, {large: ratio})


def search(plan: Plan, results: Results, size: int, most: float) -> Bar:
    p95 = results.figures.get(f"search p95 at {size}")
    return judged(f"search of 3 letters or more in {size:,}, p95 in ms", le, most, {size: p95})


def fee_page(results: Results, page: str) -> Bar:
    large = int(results.figures.get(fees.STUDENTS, 0))
    name = f"{page} of the fee desk at"
    ratio = quotient(results, f"{name} {large}", f"{name} {fees.FEW}") if large else None
    what = f"{page} of the fee desk, median at {large:,} students / at {fees.FEW:,}"
    return judged(what, le, 1.5, {large: ratio})


def writes(results: Results, kept: str, least: float) -> Bar:
    rate = "one-row writes a second"
    ratio = quotient(results, f"{rate}, with {kept}", f"{rate}, without {kept}")
    what = f"one-row writes of 8 clients to one city, with {kept} / without"
    return judged(what, ge, least, {0: ratio})


def copies(results: Results) -> list[Bar]:
    """Of however many rows were copied."""
    figures = [name for name in results.figures if name.endswith(" rows, with history")]
    return [
        judged(
            f"{name} / without",
            le,
            2,
            {0: quotient(results, name, name.replace("with history", "without history"))},
        )
        for name in figures
    ]


def bulk(results: Results) -> list[Bar]:
    deadlocks = results.figures.get("bulk writers' deadlocks")
    exact = results.figures.get("totals exact afterwards")
    return [
        judged("8 bulk writers over random cities: deadlocks seen", le, 0, {0: deadlocks}),
        judged("8 bulk writers: totals exact afterwards (1: yes)", ge, 1, {0: exact}),
    ]


def held(results: Results, size: int, row: Row) -> Bar:
    above, below, enough, limit = row
    what = f"{above} / {below}" if below else above
    value = quotient(results, above, below) if below else results.figures.get(above)
    return judged(what, enough, limit, {size: value})


def quotient(results: Results, above: str, below: str) -> float | None:
    one, other = results.figures.get(above), results.figures.get(below)
    return one / other if one is not None and other else None


def judged(
    what: str,
    enough: Callable[[float, float], bool],
    limit: float,
    by_size: dict[int, float | None],
) -> Bar:
    """`by_size` holds one value for each size; size 0 stands for none in particular."""
    wanted = f"at {'least' if enough is ge else 'most'} {limit:g}"
    known = {size: value for size, value in by_size.items() if value is not None}
    if not known:
        return Bar(what, wanted, "", "not measured")
    measured = " · ".join(f"{shown(value)}{at(size)}" for size, value in known.items())
    short = [size for size, value in known.items() if not enough(value, limit)]
    verdict = "ok" if not short else "short" + ",".join(map(at, short)) * (len(known) > 1)
    return Bar(what, wanted, measured, verdict)


def at(size: int) -> str:
    return f" at {size:,}" if size else ""


def shown(value: float) -> str:
    return f"{value:.3g}" if value < 10 else f"{value:,.0f}"
