"""A student's statement and a family's, where their money is taken. Check, form, book, respond."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ledger.challans import Status, statuses
from ledger.forms.take import TakeForm
from ledger.models import Challan, Kind
from ledger.owed import ZERO, Due, dues
from ledger.statements import MOST_SHOWN, Line, statement
from ledger.views.access import by_of, see_money
from ledger.words import what_for
from students.models import Balance, Family, Student

MOST_CHALLANS = 5
form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@see_money
def fee_student(request: HttpRequest, pk: int) -> HttpResponse:
    student = get_object_or_404(Student.objects.select_related("family"), pk=pk)
    due = dues([pk], timezone.localdate())
    form = TakeForm(request, students=[pk], due=due, payer=student.father_name)
    if request.method == "POST" and (answer := taken(request, form)):
        return answer
    lines = statement(pk)
    challans = list(Challan.objects.filter(student=pk).order_by("-pk")[:MOST_CHALLANS])
    told = statuses(challans, timezone.localdate())
    context = {
        "student": student,
        "form": form,
        "lines": rows(lines),
        "is_cut": len(lines) == MOST_SHOWN,
        "challans": [(each, told[each.pk].label) for each in challans],
        "came_by": came_by(request, form.scanned),
        **standing(due, [pk]),
    }
    return render(request, "ledger/fee_student.html", context)


@form_page
@see_money
def fee_family(request: HttpRequest, pk: int) -> HttpResponse:
    family = get_object_or_404(Family, pk=pk)
    children = list(Student.objects.filter(family=family).select_related("balance").here_first())
    numbers = sorted(child.pk for child in children)
    due = dues(numbers, timezone.localdate())
    form = TakeForm(request, students=numbers, due=due, payer=family.name, family=pk)
    if request.method == "POST" and numbers and (answer := taken(request, form)):
        return answer
    context = {
        "family": family,
        "form": form,
        "children": [child_row(child, due) for child in children],
        **standing(due, numbers),
    }
    return render(request, "ledger/fee_family.html", context)


def taken(request: HttpRequest, form: TakeForm) -> HttpResponse | None:
    """Leads to the receipt; None when nothing was taken, and the form then says why."""
    if not request.user.has_perm("ledger.add_receipt"):
        raise PermissionDenied
    booked = form.take(by_of(request)) if form.is_valid() else None
    if booked is None:
        return None
    receipt, is_new = booked
    number = {"number": receipt.number}
    if is_new:
        request.session["fresh_receipt"] = receipt.number
        messages.success(request, _("Receipt %(number)s was booked.") % number)
    else:
        words = _("Receipt %(number)s was booked before, and nothing was booked twice.")
        messages.warning(request, words % number)
    return redirect(receipt)


# -- What these pages say --------------------------------------------------------------------------


def standing(due: Sequence[Due], students: Sequence[int]) -> dict[str, Any]:
    """What they owe together, PKR: `owed` as of today, with the `fines` that paying now brings."""
    balances = list(Balance.objects.filter(student__in=students))
    fees = sum((balance.fees_owed for balance in balances), ZERO)
    fines = sum((balance.fines_owed for balance in balances), ZERO)
    balance = sum((balance.balance for balance in balances), ZERO)
    since = [each.owed_since for each in balances if each.owed_since]
    return {
        "owed": fees + fines,
        "fees_owed": fees,
        "fines_owed": fines,
        "balance": balance,
        "credit": sum((balance.credit for balance in balances), ZERO),
        "fines_to_come": sum((each.fine for each in due), ZERO),
        "since": min(since, default=None),
        "is_overdue": bool(since) and min(since) < timezone.localdate(),
        "months": len({each.month for each in due if each.month and not each.is_fine}),
    }


def child_row(child: Student, due: Sequence[Due]) -> dict[str, Any]:
    """`owed` is as everywhere else: a fine that paying now brings is not owed yet."""
    own = [each for each in due if each.student == child.pk]
    return {
        "student": child,
        "owed": sum((each.unpaid for each in own), ZERO),
        "what": [what_of(each.kind, each.month, each.note) for each in own],
    }


def came_by(request: HttpRequest, scanned: Challan | None) -> dict[str, Any] | None:
    """The challan that was scanned, and the newer one if that replaced it."""
    if not scanned:
        typed = request.GET.get("challan")
        return {"foreign": typed} if typed else None
    status = statuses([scanned], timezone.localdate())[scanned.pk]
    newer = Challan.objects.newest().filter(student=scanned.student_id)
    return {
        "challan": scanned,
        "status": status.label,
        "replaced_by": newer.first() if status == Status.REPLACED else None,
    }


def rows(lines: Sequence[Line]) -> list[dict[str, Any]]:
    others = {line.pk: line for line in lines}
    return [row(line, others) for line in lines]


def row(line: Line, others: dict[int, Line]) -> dict[str, Any]:
    """An entry as the statement shows it, and all that its "why" says."""
    against = others.get(line.against or 0)
    return {
        "line": line,
        "what": told(line, others),
        "owed": line.amount if line.amount > 0 else None,
        "paid": -line.amount if line.amount < 0 else None,
        "against": against and (against.pk, told(against, others)),
        "named_by": [(pk, told(others[pk], others), others[pk].amount) for pk in line.named_by],
    }


def told(line: Line, others: dict[int, Line]) -> str:
    """`Fee, May 2026`, `Concession: Orphan`, `Paid, receipt 12`: a row's first words."""
    against = others.get(line.against or 0)
    whole = {
        "note": line.note,
        "number": line.receipt,
        "what": told(against, others) if against and line.kind == Kind.REVERSAL else "",
    }
    match line.kind:
        case Kind.CONCESSION:
            return _("Concession: %(note)s") % whole
        case Kind.WAIVER:
            return _("Waived: %(note)s") % whole
        case Kind.ADJUSTMENT:
            return _("Adjustment: %(note)s") % whole
        case Kind.PAYMENT:
            return _("Paid, receipt %(number)s") % whole
        case Kind.REFUND:
            return _("Handed back, receipt %(number)s") % whole
        case Kind.REVERSAL:
            return _("Undone: %(what)s") % whole if against else _("Undone")
        case Kind.OPENING if line.amount < 0:
            return _("In advance from before")
        case Kind.FINE if against and against.month:
            return what_of(Kind.FINE, against.month, "")
    return what_of(line.kind, line.month, line.note)


def what_of(kind: str, month: date | None, note: str) -> str:
    return what_for(kind, f"{month:%Y-%m}" if month else None, note)
