"""What came of a file, in words; for pages and for the command."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rules.money import format_count
from students.columns import BY_KEY
from students.imports.reading import cell_of, explain
from students.models import Import, ImportRow, State

MOST_SHOWN = 60  # characters of a cell


def summary(imported: Import) -> str:
    """`students.csv: 2,986 new, 4 changed, 2 unchanged, 8 with errors.`"""
    counts = (imported.new, imported.changed, imported.same, imported.bad)
    names = ("new", "changed", "same", "bad")
    words = _(
        "%(file)s: %(new)s new, %(changed)s changed, %(same)s unchanged, %(bad)s with errors."
    )
    told = dict(zip(names, map(format_count, counts), strict=True))
    return words % {"file": imported.file_name, **told}


def row_problems(imported: Import, row: ImportRow) -> list[str]:
    """`line 14, Fees (PKR), “abc”: Fees must be one amount …` for each."""
    words = _("line %(line)s, %(column)s, “%(cell)s”: %(problem)s")
    return [
        words
        % {
            "line": row.line,
            "column": label(key),
            "cell": shortened(cell_of(imported, row, key)),
            "problem": explain(imported, row, key, *rest),
        }
        for key, *rest in row.problems or []
    ]


def label(key: str) -> str:
    """Of a column, or of what stands beside all of them."""
    return str(BY_KEY[key].head) if key else _("Row")


def shortened(cell: str) -> str:
    return cell if len(cell) <= MOST_SHOWN else f"{cell[: MOST_SHOWN - 1]}…"


def warnings_told(imported: Import) -> Iterator[str]:
    if imported.odd:
        words = ngettext(
            "%(count)s row to be looked at:", "%(count)s rows to be looked at:", imported.odd
        )
        yield words % {"count": format_count(imported.odd)}
        odd = ImportRow.objects.filter(imported=imported, warnings__isnull=False)
        for row in odd.order_by("line")[:5]:
            for key, *rest in row.warnings or []:
                yield _("line %(line)s: %(problem)s") % {
                    "line": row.line, "problem": explain(imported, row, key, *rest),
                }  # fmt: skip
    for each in imported.options.get("similar", []):
        words = _("City “%(city)s” (%(count)s rows) is new: did you mean %(meant)s?")
        yield words % {
            "city": each["city"], "count": format_count(each["rows"]), "meant": each["meant"][0],
        }  # fmt: skip


def refusal(imported: Import) -> str:
    """Why a file isn't taken, and what to do."""
    if imported.state == State.ASKING:
        return asking(imported)
    told = dict(imported.options.get("refusal", {}))
    return why_unreadable(told.pop("code", "broken"), **told)


def why_unreadable(code: str, **told: Any) -> str:
    """Of a sheet of whatever: `code` and the numbers that its words need."""
    line = told.get("line")
    most = format_count(told["most"]) if "most" in told else ""
    words = {
        "empty": _("The file is empty."),
        "no_rows": _("There are headings in it, and no students."),
        "not_text": _("This is no text and no Excel file. Save it as .xlsx or .csv."),
        "encoding": _("Its letters can't be read. Save it again, as “CSV UTF-8” or as .xlsx."),
        "quotes": _("In line %(line)s a quotation mark opens and doesn't close as it should."),
        "too_long": _(
            "Line %(line)s is too long for a list of students: is a quotation mark open there, or"
            " is it the wrong file?"
        ),
        "zip": _("This Excel file is damaged. Open it in Excel, and save it again as .xlsx."),
        "old_excel": _(
            "This is an old Excel file, or one with a password. Save it as .xlsx without one."
        ),
        "entities": _("This Excel file holds what no spreadsheet writes, and was not opened."),
        "unpacked": _("Unpacked it would be too big: at most %(most)s bytes."),
        "rows": _("It has too many lines: at most %(most)s. Split it."),
        "columns": _("Line %(line)s is too wide: at most %(most)s columns."),
        "cells": _(
            "It has too many cells: at most %(most)s. Delete what isn't needed, or split it."
        ),
        "broken": _("It could not be read, and the reason is in the log of Tuition."),
    }[code]
    return words % {"line": format_count(line) if line else "?", "most": most}


def asking(imported: Import) -> str:
    """What isn't clear of its headings."""
    options = imported.options
    told = []
    for place, keys in options.get("asked", {}).items():
        words = _("the heading “%(head)s” may mean %(column)s")
        column = BY_KEY[keys[0]].head
        told.append(words % {"head": options["heads"][int(place)], "column": column})
    columns = options.get("columns", {})
    for key in ("name", "city", "fees"):
        if key not in columns and not any(key in keys for keys in options["asked"].values()):
            told.append(_("no column says %(column)s") % {"column": BY_KEY[key].head})
    words = _("Its columns aren't clear: %(reasons)s. Name them as in the template.")
    return words % {"reasons": "; ".join(told)}
