"""Challans: who would get one, and the sheets. Check, form, issue, respond."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from ledger.barcodes import code128
from ledger.challans import MOST, Draft, drafts, issue, who_owes
from ledger.forms.challans import ChallansForm
from ledger.models import Challan
from ledger.owed import ZERO
from ledger.views.access import by_of, take_money
from ledger.words import amount_in_words, what_for
from rules.money import format_count

COPIES = [
    gettext_lazy("Bank’s copy"),
    gettext_lazy("School’s copy"),
    gettext_lazy("Student’s copy"),
]
AMOUNTS = ("charged", "conceded", "paid", "amount")
FINES = ("fine", "late")  # one line of a sheet
# What lines take of a sheet, in tenths of a row; those that say what was conceded or paid: TALL.
LOW, TALL, ROOM = 10, 17, 100


@require_http_methods(["GET", "HEAD", "POST"])
@take_money
def fee_challans(request: HttpRequest) -> HttpResponse:
    """What is issued is printed by the same address: it shows who has one already."""
    form = ChallansForm(request.GET)
    if not form.is_valid():
        return render(request, "ledger/fee_challans.html", {"form": form})
    month, today = form.cleaned_data["month"], timezone.localdate()
    found = list(who_owes(form.students())[: MOST + 1])
    if request.method == "POST":
        issued = issue(found[:MOST], month, by_of(request))
        messages.success(request, told(len(issued)))
        return redirect(request.get_full_path())
    planned = drafts(found[:MOST], month, today)
    new = [each for each in planned if each.is_needed(today)]
    context = {
        "form": form,
        "month": month,
        "new": new,
        "new_total": sum((each.total for each in new), ZERO),
        "issue": ngettext("Issue %(count)s challan", "Issue %(count)s challans", len(new))
        % {"count": format_count(len(new))},
        "sheets": sheets(planned, today),
        "copies": COPIES,
        "bank": settings.BANK_ACCOUNT,
        "more": len(found) > MOST,
        "most": MOST,
    }
    return render(request, "ledger/fee_challans.html", context)


def told(count: int) -> str:
    if not count:
        return _("Nothing new to issue: everybody here has a challan for what he owes.")
    words = ngettext("%(count)s challan was issued.", "%(count)s challans were issued.", count)
    return words % {"count": format_count(count)}


def sheets(planned: list[Draft], today: date) -> list[dict[str, Any]]:
    """Of those whose challan still says what they owe."""
    kept = [each.newest for each in planned if each.newest and not each.is_needed(today)]
    return [sheet(challan) for challan in kept]


def sheet(challan: Challan) -> dict[str, Any]:
    """As it was frozen. `is_late`: it was issued when the due day was over already."""
    latest = max((line["month"] for line in challan.lines if line.get("month")), default=None)
    arrears = [line for line in challan.lines if latest and line.get("month") != latest]
    is_late = challan.issued_on > challan.due_on
    payable = challan.total_after if is_late else challan.total
    lines = shortened([told_line(line) for line in challan.lines if line["what"] not in FINES])
    if fines := payable - sum((line["amount"] for line in lines), ZERO):
        lines.append({"what": _("Fines for paying late"), "amount": fines})
    return {
        "challan": challan,
        "facts": challan.facts,
        "lines": lines,
        "arrears": sum((Decimal(line["amount"]) for line in arrears), ZERO),
        "is_late": is_late,
        "payable": payable,
        "words": amount_in_words(payable),
        "barcode": code128(str(challan)),
    }


def told_line(line: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: Decimal(line[name]) for name in AMOUNTS}
    return {"what": what_for(line["what"], line["month"], line["note"]), **amounts}


def shortened(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The oldest together, so that the sheet stays one."""
    older = 0
    while sum(map(height, lines[older:])) + (TALL if older else 0) > ROOM:
        older += 1
    if older < 2:
        return lines
    words = ngettext("%(count)s charge before", "%(count)s charges before", older)
    sums = {name: sum((line[name] for line in lines[:older]), ZERO) for name in AMOUNTS}
    return [{"what": words % {"count": format_count(older)}, **sums}, *lines[older:]]


def height(line: dict[str, Any]) -> int:
    return TALL if line["conceded"] > 0 or line["paid"] > 0 else LOW
