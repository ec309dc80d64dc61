"""Whom each row of a register is about, and what PostgreSQL knows against it.

Asked when it is read and again when it is booked: students come, go and are renamed in between.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from ledger.models import Entry, Kind, Receipt, Register, RegisterRow, What
from rules.text import fold
from students.models import Student

# What is wrong with a row, and may be right another time.
FOUND = {"nobody", "gone", "differs", "several", "used", "twice"}
MOST_NAMED = 8  # candidates


def find(register: Register) -> bool:
    """Judge all rows and count them; whether anything is other than it was before."""
    rows = list(register.rows.order_by("line"))
    before = [(row.student, row.problems, row.warnings) for row in rows]
    clean = [row for row in rows if not fixed(row)]
    resolve(register, clean)
    if register.what == What.PAYMENTS:
        refuse_references(clean)
    warn(register, clean)
    if changed := [row for row, was in zip(rows, before, strict=True) if state_of(row) != was]:
        RegisterRow.objects.bulk_update(
            changed, ["student", "problems", "warnings"], batch_size=1_000
        )
    count(register, rows)
    return bool(changed)


def state_of(row: RegisterRow) -> tuple[Any, Any, Any]:
    return row.student, row.problems, row.warnings


def fixed(row: RegisterRow) -> bool:
    """Whether its cells alone say that it isn't taken."""
    return any(code not in FOUND for _key, code, *_rest in row.problems)


def resolve(register: Register, rows: list[RegisterRow]) -> None:
    by_number = Student.objects.in_bulk([row.number for row in rows if row.number])
    keys = register.rows.filter(number=None).exclude(name="").values("name_key")
    by_name: dict[str, list[Student]] = defaultdict(list)
    for student in Student.objects.filter(name_key__in=keys).order_by("pk"):
        by_name[student.name_key].append(student)
    for row in rows:
        row.problems, row.warnings, row.student = [], [], None
        if row.number:
            by_its_number(row, by_number.get(row.number))
        else:
            by_its_name(row, by_name[row.name_key])


def by_its_number(row: RegisterRow, student: Student | None) -> None:
    """A name beside the number has to be his: numbers slip."""
    if student is None:
        row.problems = [["id", "gone"]]
    elif row.name and row.name_key != student.name_key:
        row.problems = [["name", "differs", student.name]]
    else:
        row.student = student.pk


def by_its_name(row: RegisterRow, named: list[Student]) -> None:
    """The one whom father and phone, as far as they are told, make him; or nobody."""
    exact = [each for each in named if agrees(row, each, blank_too=False)]
    likely = exact or [each for each in named if agrees(row, each, blank_too=True)]
    if len(likely) == 1:
        row.student = likely[0].pk
    elif not named:
        row.problems = [["name", "nobody"]]
    else:
        candidates = [each.pk for each in likely or named]
        code = "several" if likely else "nobody"
        row.problems = [["name", code, *candidates[:MOST_NAMED]]]


def agrees(row: RegisterRow, student: Student, *, blank_too: bool) -> bool:
    """Whether nothing that the row says of him is otherwise; what isn't known, if `blank_too`."""
    father = (fold(row.father_name), fold(student.father_name))
    phone = (row.phone, student.phone)
    return all(
        not said or said == known or (blank_too and not known) for said, known in (father, phone)
    )


def refuse_references(rows: list[RegisterRow]) -> None:
    """PostgreSQL would refuse the second receipt of one transfer or cheque."""
    told = [row for row in rows if row.reference]
    used = {
        (method, reference): number
        for method, reference, number in Receipt.objects.standing()
        .filter(reference__in={row.reference for row in told})
        .values_list("method", "reference", "number")
    }
    first: dict[tuple[str, str], int] = {}
    for row in told:
        key = (row.method, row.reference)
        if key in used:
            row.problems = [*row.problems, ["reference", "used", used[key]]]
        elif first.setdefault(key, row.line) != row.line:
            row.problems = [*row.problems, ["reference", "twice", first[key]]]


def warn(register: Register, rows: list[RegisterRow]) -> None:
    """Of good rows, what looks like a slip: said twice, or an opening that is there already."""
    good = [row for row in rows if row.student and not row.problems and row.amount]
    opened: dict[int, Decimal] = {}
    if register.what == What.OPENINGS:
        openings = Entry.objects.filter(student__in={row.student for row in good})
        sums = openings.filter(counts_as=Kind.OPENING).order_by().values_list("student")
        opened = {student: each for student, each in sums.annotate(Sum("amount")) if each}
    first: dict[tuple[Any, ...], int] = {}
    for row in good:
        warnings: list[list[Any]] = []
        line = first.setdefault((row.student, row.amount, row.day, row.reference), row.line)
        if line != row.line:
            warnings.append(["double", line])
        if row.student in opened:
            warnings.append(["opened", str(opened[row.student])])
        row.warnings = warnings


def count(register: Register, rows: list[RegisterRow]) -> None:
    good = [row for row in rows if not row.problems and row.amount]
    register.good = len(good)
    register.bad = sum(bool(row.problems) for row in rows)
    register.nothing = len(rows) - register.good - register.bad
    register.odd = sum(bool(row.warnings) for row in good)
    register.total = sum((row.amount or Decimal(0) for row in good), Decimal("0.00"))
    register.save(update_fields=["good", "bad", "nothing", "odd", "total"])
