"""Code 128, as rectangles to draw: what the desk's reader reads of a challan."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from barcode.codex import Code128

QUIET = 10  # modules without a bar that a reader needs on both sides


class Barcode(NamedTuple):
    """`bars` are (from, width); all of it in modules, the narrowest that there is."""

    text: str
    width: int
    bars: list[tuple[int, int]]


def code128(text: str) -> Barcode:
    """Only the modules are the library's: its own SVG has inline style, which pages forbid."""
    (modules,) = Code128(text).build()
    bars, place = [], QUIET
    for module, run in groupby(modules):
        width = len(list(run))
        if module == "1":
            bars.append((place, width))
        place += width
    return Barcode(text, place + QUIET, bars)
