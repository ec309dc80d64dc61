"""A file into a Register and its rows: what each cell says, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from math import inf
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.imports.cells import columns
from ledger.imports.columns import BY_WHAT, HEADINGS, label, missing
from ledger.imports.finding import find
from ledger.models import Method, Register, RegisterRow, RegisterState, What
from ledger.receipts import By
from ledger.refusals import Refused
from sheets.errors import Unreadable
from sheets.reading import Limits, Row, Sheet
from sheets.reading import read as read_sheet
from students.imports.cells import BAD
from students.imports.reading import HEAD_AMONG, shortened, storable
from students.imports.told import why_unreadable

MOST_ROWS = 5_000
LIMITS = Limits(rows=MOST_ROWS + HEAD_AMONG, cells=200_000, unpacked=50_000_000)
KEPT = timedelta(days=7)  # what was brought and not booked
LONGEST_CELL = 1_000  # characters that are kept of a cell


def read(what: str, file_name: str, content: bytes, by: By) -> Register:
    """What the sheet would book. Raises Refused for what can't be read, `unreadable`."""
    try:
        sheet = read_sheet(BytesIO(content), LIMITS)
        mapping, heads, rows, width = columns_of(what, sheet)
        made = list(islice(rows_of(what, mapping, rows, width), MOST_ROWS + 1))
        if len(made) > MOST_ROWS:
            raise Unreadable("rows", most=MOST_ROWS)
    except Unreadable as error:
        raise Refused("unreadable", why_unreadable(error.code, **error.facts)) from None
    if not made:
        raise Refused("unreadable", _("There are headings in it, and no rows."))
    taken = set(mapping.values())
    options = {
        **sheet.about,
        "mapping": [[heads[at], key] for key, at in mapping.items()],
        "ignored": [head for at, head in enumerate(heads) if head and at not in taken],
    }
    with transaction.atomic():
        old = timezone.now() - KEPT
        Register.objects.filter(state=RegisterState.READY, at__lt=old).delete()
        register = Register.objects.create(
            what=what, file_name=storable(file_name)[:255], options=options, by=by.name,
            user=by.user, checksum=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        for row in made:
            row.register = register
        RegisterRow.objects.bulk_create(made, batch_size=1_000)
        find(register)
    return register


def columns_of(what: str, sheet: Sheet) -> tuple[dict[str, int], list[str], Iterator[Row], float]:
    """Where each of our columns is, the headings, the rows under them, and how wide one may be.

    Raises Refused where the headings don't say which column is which.
    """
    start = list(islice(sheet.rows, HEAD_AMONG))
    if not start:
        raise Unreadable("empty")
    headings = HEADINGS[what]
    at = max(range(len(start)), key=lambda n: (headings.known_heads(start[n].cells), -n))
    head = start[at]
    mapping, asked = headings.mapped(head.cells)
    heads = [shortened(cell) for cell in head.cells]
    told = [
        _("the heading “%(head)s” may mean %(column)s")
        % {"head": heads[place], "column": label(what, keys[0])}
        for place, keys in asked.items()
    ]
    told += [
        _("no column says %(column)s") % {"column": column} for column in missing(what, mapping)
    ]
    if told:
        words = _("Its columns aren't clear: %(reasons)s. Name them as in the template.")
        raise Refused("unreadable", words % {"reasons": "; ".join(told)})
    width = max(head.width, len(heads)) if sheet.kind == "csv" else inf
    return mapping, heads, chain(start[at + 1 :], sheet.rows), width


def rows_of(
    what: str, mapping: dict[str, int], rows: Iterator[Row], width: float
) -> Iterator[RegisterRow]:
    parsed = columns(what)
    today = timezone.localdate()
    places = [(column.key, mapping[column.key]) for column in BY_WHAT[what]
              if column.key in mapping]  # fmt: skip
    for row in rows:
        cells = {key: row.cells[at] for key, at in places if at < len(row.cells)}
        said = {key: parsed[key][cell] for key, cell in cells.items()}
        if all(value is None for value in said.values()):
            continue
        problems: list[list[Any]] = [[key, "cell"] for key, value in said.items() if value is BAD]
        wrong = {key for key, _code in problems}
        said = {key: None if value is BAD else value for key, value in said.items()}
        if row.width > width:
            problems.append(["", "wide"])
        if not wrong & {"id", "name"} and not (said.get("id") or said.get("name")):
            problems.append(["name", "required"])
        judge = judged_opening if what == What.OPENINGS else judged_payment
        facts = judge(said, wrong, problems, today)
        yield RegisterRow(
            line=row.line,
            cells={key: storable(cell[:LONGEST_CELL]) for key, cell in cells.items()},
            number=said.get("id"),
            **{key: said.get(key) or "" for key in ("name", "father_name", "phone")},
            **facts,
            problems=problems,
        )


def judged_opening(
    said: dict[str, Any], wrong: set[str], problems: list[list[Any]], today: Any
) -> dict[str, Any]:
    amount, advance = said.get("amount"), said.get("advance")
    if not wrong & {"amount", "advance"}:
        if amount and advance:
            problems.append(["advance", "both"])
        elif amount is None and advance is None:
            problems.append(["amount", "no_amount"])
    value = -advance if advance else amount if amount is not None else advance
    due_on = said.get("due_on") or today
    return {
        "amount": value,
        "day": due_on if value and value > 0 else None,
        "note": said.get("note") or "",
    }


def judged_payment(
    said: dict[str, Any], wrong: set[str], problems: list[list[Any]], today: Any
) -> dict[str, Any]:
    amount, day = said.get("amount"), said.get("day")
    if "amount" not in wrong and not amount:
        problems.append(["amount", "no_payment" if amount is None else "zero"])
    if "day" not in wrong and day is None:
        problems.append(["day", "no_day"])
    elif day and day > today:
        problems.append(["day", "future"])
    method = said.get("method") or Method.CASH
    if method == Method.CHEQUE and not said.get("reference") and "reference" not in wrong:
        problems.append(["reference", "cheque"])
    return {
        "amount": amount or (Decimal(0) if amount is not None else None),
        "day": day,
        "method": "" if "method" in wrong else method,
        "reference": said.get("reference") or "",
        "payer": said.get("payer") or "",
    }
