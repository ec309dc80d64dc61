"""Charts as inline SVG: data in, markup out.

The Content-Security-Policy allows no inline style, so that colours come by class from
statistics.css. There is no viewBox: lengths are in em and percent, so that text keeps its size on a
phone and grows with the reader's own, while bars take the room there is.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rules.text import lang_of

LONGEST = 28  # characters of a label; the table beside the chart has all of it
ROW, BASELINE, BAR, THICK = 2.6, 1.1, 1.5, 0.6  # em: a line of text, and a bar under it
PAIR, SECOND, START, WIDEST = 3.0, 1.25, 24, 56  # two bars beside one label; the last are percent


class Row(NamedTuple):
    """`shown` is what is written of the `size` (never below 0) that the bar draws."""

    label: str
    shown: str
    size: Decimal | int


class Pair(NamedTuple):
    """Two counts of one month or so."""

    label: str
    shown: tuple[str, str]
    sizes: tuple[int, int]


def bar_chart(
    name: str, title: str, told: str, rows: Sequence[Row], mark: Decimal | None = None
) -> SafeString:
    """One bar a row; `mark` is a size to compare them with. `name` is the page's own for it."""
    most = max([row.size for row in rows] + [mark or 0])
    drawn = format_html_join(
        "",
        '<text x="0" y="{}em"{}>{}</text>'
        '<text class="shown" x="100%" y="{}em">{}</text>'
        '<rect class="track" x="0" y="{}em" width="100%" height="{}em"/>'
        '<rect class="bar" x="0" y="{}em" width="{}%" height="{}em"/>{}',
        (
            (
                em(n * ROW + BASELINE), lang(row.label), shortened(row.label),
                em(n * ROW + BASELINE), row.shown,
                em(n * ROW + BAR), THICK,
                em(n * ROW + BAR), percent(row.size, most), THICK,
                marked(n, percent(mark, most)) if mark is not None else "",
            )
            for n, row in enumerate(rows)
        ),
    )  # fmt: skip
    return chart(name, title, told, len(rows) * ROW, drawn)


def marked(n: int, where: str) -> SafeString:
    """A stroke across the bar of row `n`, a little longer than that is thick."""
    return format_html(
        '<line class="mark" x1="{}%" x2="{}%" y1="{}em" y2="{}em"/>',
        where, where, em(n * ROW + BAR - 0.15), em(n * ROW + BAR + THICK + 0.15),
    )  # fmt: skip


def pair_chart(name: str, title: str, told: str, rows: Sequence[Pair]) -> SafeString:
    """Two bars a row, one filled and one hollow, so that they differ without colour."""
    most = max((max(row.sizes) for row in rows), default=0)
    bars = (
        (n * PAIR + line * SECOND, kind, row.sizes[line], row.shown[line])
        for n, row in enumerate(rows)
        for line, kind in enumerate(("bar", "hollow"))
    )
    drawn = format_html(
        "{}{}",
        format_html_join(
            "",
            '<text x="0" y="{}em">{}</text>',
            ((em(n * PAIR + BASELINE), row.label) for n, row in enumerate(rows)),
        ),
        format_html_join(
            "",
            '<rect class="{}" x="{}%" y="{}em" width="{}%" height="0.8em"/>'
            '<text x="{}%" dx="0.5em" y="{}em">{}</text>',
            (
                (kind, START, em(top + 0.3), percent(size, most, WIDEST),
                 START + Decimal(percent(size, most, WIDEST)), em(top + BASELINE), shown)
                for top, kind, size, shown in bars
            ),
        ),
    )  # fmt: skip
    return chart(name, title, told, len(rows) * PAIR, drawn)


def chart(name: str, title: str, told: str, height: float, drawn: SafeString) -> SafeString:
    """One picture to a screen reader: its title, and what it tells in a sentence."""
    return format_html(
        '<svg class="chart" role="img" aria-labelledby="{0}-title {0}-told" width="100%"'
        ' height="{1}em"><title id="{0}-title">{2}</title><desc id="{0}-told">{3}</desc>{4}</svg>',
        name, em(height), title, told, drawn,
    )  # fmt: skip


def em(length: float) -> str:
    return f"{length:.2f}".rstrip("0").rstrip(".")


def percent(size: Decimal | int, most: Decimal | int, whole: int = 100) -> str:
    return f"{whole * Decimal(size) / most:.2f}" if most else "0"


def shortened(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"


def lang(label: str) -> SafeString:
    found = lang_of(label)
    return format_html(' lang="{}"', found) if found else SafeString("")
