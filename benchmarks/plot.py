"""Answers a second against size, one panel for each job, as an SVG for light and dark pages."""

from math import log10
from typing import NamedTuple

from contenders import ADD, AVERAGE, EMPTY, FLASK, ORM, OURS, RAW, STUDENTS
from plan import Plan
from results import Results

WIDTH, HEIGHT, TOP, LEFT = 250, 230, 44, 52  # a panel's drawing area, and what stands before it
PITCH = LEFT + WIDTH + 20
SHAPES = {  # class, stroke-dasharray, marker: never colour alone
    OURS: ("a", "none", "circle"),
    RAW: ("b", "7 3", "square"),
    ORM: ("c", "3 3", "diamond"),
    FLASK: ("d", "9 3 2 3", "cross"),
    EMPTY: ("e", "1 4", "ring"),
}
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600 }
.grid { stroke: #d0d7de } .line { fill: none; stroke-width: 2 }
.a { --c: #0550ae } .b { --c: #b3451d } .c { --c: #6f42c1 } .d { --c: #1a7f37 } .e { --c: #57606a }
.line, .mark { stroke: var(--c) } .mark { fill: var(--c); stroke-width: 2 }
.ring, .cross { fill: none } .a.line { stroke-width: 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .grid { stroke: #3d444d }
  .a { --c: #79c0ff } .b { --c: #ffa657 } .c { --c: #d2a8ff } .d { --c: #7ee787 }
  .e { --c: #9198a1 }
}
"""
MARKS = {
    "circle": '<circle class="{0} mark" cx="{1}" cy="{2}" r="4"/>',
    "square": '<path class="{0} mark" d="M{1} {2}m-3.5-3.5h7v7h-7z"/>',
    "diamond": '<path class="{0} mark" d="M{1} {2}m0-5l5 5-5 5-5-5z"/>',
    "cross": '<path class="{0} mark cross" d="M{1} {2}m-4-4l8 8m0-8l-8 8"/>',
    "ring": '<circle class="{0} mark ring" cx="{1}" cy="{2}" r="4"/>',
}


class Scale(NamedTuple):
    """Both axes are logarithmic; `sizes` and `powers` (of ten, answers a second) are the ends."""

    sizes: tuple[int, int]
    powers: tuple[int, int]
    left: int

    def x(self, size: float) -> float:
        low, high = (log10(end) for end in self.sizes)
        share = (log10(size) - low) / (high - low) if high > low else 0.5
        return round(self.left + share * WIDTH, 1)

    def y(self, rate: float) -> float:
        low, high = self.powers
        return round(TOP + HEIGHT * (high - log10(rate)) / (high - low), 1)


def svg(plan: Plan, results: Results) -> str:
    panels = [panel(plan, results, job, n) for n, job in enumerate((AVERAGE, STUDENTS, ADD))]
    width, height = 3 * PITCH + 12, TOP + HEIGHT + 66
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            "<title>Answers a second against the number of students, for each contender</title>",
            f"<style>{STYLE}</style>",
            *panels,
            legend(TOP + HEIGHT + 50),
            "</svg>\n",
        ]
    )


def panel(plan: Plan, results: Results, job: str, number: int) -> str:
    left = LEFT + number * PITCH
    scale = Scale((min(plan.sizes), max(plan.sizes)), powers(results), left)
    title = f'<text class="title" x="{left}" y="{TOP - 18}">{job.capitalize()}, a second</text>'
    lines = [line(plan, results, scale, job, name) for name in reversed(SHAPES)]  # ours on top
    return "\n".join([title, *grid(plan, scale), *lines])


def powers(results: Results) -> tuple[int, int]:
    """The powers of ten around every rate of every panel, so that panels compare."""
    logs = [log10(cell.rate) for cell in results.cells if cell.rates and cell.rate] or [0.0]
    return int(min(logs) // 1), int(max(logs) // 1) + 1


def grid(plan: Plan, scale: Scale) -> list[str]:
    marks = []
    for power in range(scale.powers[0], scale.powers[1] + 1):
        y = scale.y(10**power)
        marks.append(f'<path class="grid" d="M{scale.left} {y}h{WIDTH}"/>')
        marks.append(
            f'<text x="{scale.left - 6}" y="{y + 4}" text-anchor="end">{10**power:,}</text>'
        )
    for size in plan.sizes:
        name = f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size / 1000:g}k"
        y = TOP + HEIGHT + 18
        marks.append(f'<text x="{scale.x(size)}" y="{y}" text-anchor="middle">{name}</text>')
    return marks


def line(plan: Plan, results: Results, scale: Scale, job: str, contender: str) -> str:
    cells = [cell for size in plan.sizes if (cell := results.cell(size, job, contender))]
    points = [(scale.x(cell.size), scale.y(cell.rate)) for cell in cells if cell.rate]
    style, dashes, shape = SHAPES[contender]
    joined = " ".join(f"{x},{y}" for x, y in points)
    drawn = f'<polyline class="{style} line" stroke-dasharray="{dashes}" points="{joined}"/>'
    return "\n".join([drawn, *(MARKS[shape].format(style, x, y) for x, y in points)])


def legend(y: int) -> str:
    entries = []
    for number, (name, (style, dashes, shape)) in enumerate(SHAPES.items()):
        x = LEFT + number * 184
        entries.append(f'<path class="{style} line" stroke-dasharray="{dashes}" d="M{x} {y}h30"/>')
        entries.append(MARKS[shape].format(style, x + 15, y))
        entries.append(f'<text x="{x + 38}" y="{y + 4}">{name}</text>')
    return "\n".join(entries)
