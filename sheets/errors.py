"""Why a file can't be read. Codes and numbers; whoever asked has the words."""

from typing import Any

LONGEST_CELL = 32_767  # characters, as in Excel


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """`code` is one of those below, `facts` the numbers that its words need.

    empty, not_text, encoding, quotes, too_long (a cell or a line), zip (damaged, or no Excel file),
    old_excel, unpacked, entities, rows, columns, cells.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
