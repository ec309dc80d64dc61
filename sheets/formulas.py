"""Text that a spreadsheet would run as a formula: made text going out, undone coming in."""

import re

# What begins a formula for Excel, LibreOffice or Google Sheets; the wide ones in East Asian Excel.
# An apostrophe before it counts too, so that `defused` can be undone: one comes off, one stays.
STARTS = "=+-@\t\r\n＝＋－＠"
RUNS = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
MAY_RUN = frozenset(STARTS + "'")


def defused(cell: str) -> str:
    """`cell` with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell[:1] in MAY_RUN and RUNS.match(cell) else cell


def as_typed(cell: str) -> str:
    """What `defused` was given."""
    return cell[1:] if cell[:1] == "'" and RUNS.match(cell, 1) else cell
