"""A receipt on paper, undone, and money that goes back. Check, form, book, respond."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ledger.challans import had_been_replaced
from ledger.drawers import drawer_for
from ledger.forms.undoing import RefundForm, ReverseForm
from ledger.models import Entry, Kind, Receipt
from ledger.receipts import credit_of, hand_back
from ledger.refusals import Refused
from ledger.reversals import reverse as reverse_receipt
from ledger.views.access import by_of, reverse_receipts, see_money, take_money
from ledger.words import amount_in_words, what_for
from rules.money import format_rupees
from students.models import Student

form_page = require_http_methods(["GET", "HEAD", "POST"])
PAPERS = ("a5", "80")  # 80: mm, of a roll
# How many lines fit on the pieces of the roll; what was reversed says so on some more.
LENGTHS = {"short": 2, "middle": 8}


@require_safe
@see_money
def fee_receipt(request: HttpRequest, number: int) -> HttpResponse:
    """As it was given out; whoever sees it again sees a duplicate."""
    receipt = get_object_or_404(
        Receipt.objects.select_related("student", "family", "challan", "reversal"), number=number
    )
    fresh = request.method == "GET" and request.session.pop("fresh_receipt", None) == number
    context = {
        "receipt": receipt,
        "lines": lines_of(receipt),
        "total": abs(receipt.total),
        "words": amount_in_words(abs(receipt.total)),
        "advance": max(-receipt.balance_after, 0),
        "students": students_of(receipt),
        "reversal": getattr(receipt, "reversal", None),
        "is_duplicate": not fresh,
        "by_old_challan": had_been_replaced(receipt),
        "paper": paper_for(request),
        "length": length_of(receipt),
    }
    return render(request, "ledger/fee_receipt.html", context)


def paper_for(request: HttpRequest) -> str:
    """What was asked for, or else what this person printed on before: his printer stays."""
    asked = request.GET.get("paper")
    if asked in PAPERS and request.session.get("paper", PAPERS[0]) != asked:
        request.session["paper"] = asked
    paper = asked if asked in PAPERS else request.session.get("paper")
    return paper if paper in PAPERS else PAPERS[0]


def length_of(receipt: Receipt) -> str:
    lines = len(receipt.lines) + (3 if hasattr(receipt, "reversal") else 0)
    return next((name for name, most in LENGTHS.items() if lines <= most), "long")


def lines_of(receipt: Receipt) -> list[dict[str, Any]]:
    """As printed, each with the way to the entry on its student's statement that says why."""
    posted = Entry.objects.filter(receipt=receipt, kind__in=[Kind.PAYMENT, Kind.REFUND])
    entries = list(posted.order_by("pk").values_list("pk", flat=True))  # written in this order
    if len(entries) != len(receipt.lines):
        entries = [0] * len(receipt.lines)
    return [
        {
            "name": line.get("name", ""),
            "class_name": line.get("class_name", ""),
            "what": what_for(line["what"], line.get("month"), line.get("note", "")),
            "amount": abs(amount_of(line)),
            "why": reverse("fee_student", args=[line["student"]]) + (f"#e{pk}" if pk else ""),
        }
        for line, pk in zip(receipt.lines, entries, strict=True)
    ]


def amount_of(line: dict[str, Any]) -> Decimal:
    return Decimal(line["amount"])


def students_of(receipt: Receipt) -> list[tuple[str, str]]:
    """(address of the statement, name) of each, as printed."""
    names = {line["student"]: line.get("name", "") for line in receipt.lines}
    return [(reverse("fee_student", args=[pk]), name) for pk, name in names.items()]


@form_page
@reverse_receipts
def fee_reverse(request: HttpRequest, number: int) -> HttpResponse:
    receipt = get_object_or_404(Receipt.objects.select_related("reversal", "drawer"), number=number)
    form = ReverseForm(receipt, *([request.POST] if request.method == "POST" else []))
    if request.method == "POST" and form.is_valid():
        said = {"cash_returned": False, **form.cleaned_data}
        try:
            reverse_receipt(receipt, **said, by=by_of(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            words = _("Receipt %(number)s is reversed: what was owed before is owed again.")
            messages.success(request, words % {"number": number})
            return redirect(receipt)
    elif hasattr(receipt, "reversal"):  # nothing to ask about
        return redirect(receipt)
    context = {"form": form, "receipt": receipt, "lines": lines_of(receipt)}
    return render(request, "ledger/fee_reverse.html", context)


@form_page
@take_money
def fee_refund(request: HttpRequest, pk: int) -> HttpResponse:
    """An advance goes back, all of it or a part."""
    student = get_object_or_404(Student, pk=pk)
    advance = credit_of(pk)
    form = RefundForm(student, advance, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            drawer = drawer_for(request.user, said["method"], said["key"])  # type: ignore[arg-type]
            receipt, is_new = hand_back(form.payment(drawer), by_of(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            told(request, receipt, is_new)
            return redirect(receipt)
    context = {"form": form, "student": student, "advance": advance}
    return render(request, "ledger/fee_refund.html", context)


def told(request: HttpRequest, receipt: Receipt, is_new: bool) -> None:
    amount = {"amount": format_rupees(abs(receipt.total))}
    if is_new:
        request.session["fresh_receipt"] = receipt.number
        messages.success(request, _("%(amount)s was handed back.") % amount)
    else:
        words = _("%(amount)s was handed back before, and nothing was booked twice.")
        messages.warning(request, words % amount)
