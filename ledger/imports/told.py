"""What is wrong with a row of a register, or to be looked at, in words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ledger.imports.cells import problem
from ledger.imports.columns import label
from ledger.models import RegisterRow
from rules.money import format_rupees
from students.imports.told import shortened


def problems_of(what: str, row: RegisterRow) -> Iterator[tuple[str, str, str]]:
    """(label of the column, what was typed, why it isn't taken and what to type) of each."""
    for key, code, *facts in row.problems:
        cell = row.cells.get(key, "")
        yield str(label(what, key)), shortened(cell), explain(what, row, key, code, *facts)


def told(what: str, row: RegisterRow) -> Iterator[str]:
    """`line 14, Owed, “abc”: …` for each."""
    words = _("line %(line)s, %(column)s, “%(cell)s”: %(problem)s")
    for column, cell, why in problems_of(what, row):
        yield words % {"line": row.line, "column": column, "cell": cell, "problem": why}


def explain(what: str, row: RegisterRow, key: str, code: str, *facts: Any) -> str:
    numbers = ", ".join(map(str, facts))
    match code:
        case "cell":
            return problem(what, key, row.cells.get(key, ""))
        case "wide":
            return _(
                "There are more cells than headings. Give each its heading; an amount with a comma"
                " goes in quotation marks."
            )
        case "required":
            return _("Type the student’s number or his name.")
        case "both":
            return _("Either something is owed or it was paid ahead: clear one of the two.")
        case "no_amount":
            return _("Type what is owed, or what was paid ahead; 0 where it is nothing.")
        case "no_payment":
            return _("Type what was paid.")
        case "zero":
            return _("Type an amount above zero.")
        case "no_day":
            return _("Type the day on which it was paid.")
        case "future":
            return _("This day is still to come: type the day on which it was paid.")
        case "cheque":
            return _("Type the cheque's bank and number.")
        case "gone":
            words = _("There is no student %(number)s: mend the number, or clear it and name him.")
            return words % {"number": row.number}
        case "differs":
            words = _("Student %(number)s is %(name)s: mend the number, or clear it.")
            return words % {"number": row.number, "name": facts[0]}
        case "several":
            words = _("Several students are called so: type the number of one of %(numbers)s.")
            return words % {"numbers": numbers}
        case "nobody" if facts:
            words = _(
                "Nobody of this name has this father or phone: mend them, or type the number of one"
                " of %(numbers)s."
            )
            return words % {"numbers": numbers}
        case "nobody":
            return _("Nobody is called so: mend the name, or add the student first.")
        case "used":
            words = _("Receipt %(number)s has this reference: look whether it is the same money.")
            return words % {"number": facts[0]}
        case "twice":
            return _("Line %(line)s has this reference too.") % {"line": facts[0]}
    raise LookupError(code)


def warnings_of(row: RegisterRow) -> Iterator[str]:
    for code, fact in row.warnings:
        if code == "double":
            yield _("The same as in line %(line)s: check that both are real.") % {"line": fact}
        else:
            words = _("He has an opening balance of %(amount)s already: this comes on top.")
            yield words % {"amount": format_rupees(Decimal(fact))}
