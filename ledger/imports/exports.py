"""The sheet to fill an old register into."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ledger.imports.columns import BY_WHAT
from sheets.xlsx import Column as SheetColumn
from sheets.xlsx import Page


def template(what: str) -> list[Page]:
    """Two rows as examples, and a sheet that says what goes where."""
    columns = BY_WHAT[what]
    shown = [SheetColumn(str(column.head), column.width, column.kind) for column in columns]
    examples = [[column.examples[n] for column in columns] for n in (0, 1)]
    helps = [
        [str(column.head), str(column.help), ", ".join(column.heads.split(", ")[1:8])]
        for column in columns
    ]
    words = [
        SheetColumn(_("Column"), 18),
        SheetColumn(_("What goes there"), 70),
        SheetColumn(_("It may also be called"), 80),
    ]
    return [Page(_("Register"), shown, examples), Page(_("Help"), words, helps)]
