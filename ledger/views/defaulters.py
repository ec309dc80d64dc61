"""Who owes, since when: on a page, and as a sheet. Check, query, respond."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ledger.defaulters import Late, bookmark, columns, late, page, reminder, rows, totals, whatsapp
from ledger.forms.defaulters import DefaultersPageForm
from ledger.views.access import see_money
from ledger.words import month_in_words
from sheets.csv import csv_chunks
from sheets.xlsx import Page
from students.exports import xlsx_chunks
from students.models import Balance
from students.views.exports import XLSX, attached

ON_A_PAGE = 50


@require_safe
@see_money
def fee_defaulters(request: HttpRequest) -> HttpResponse:
    form = DefaultersPageForm(request.GET)
    if not form.is_valid():
        return render(request, "ledger/fee_defaulters.html", {"form": form, "invalid": True})
    found, today = form.found(), timezone.localdate()
    some, more = page(found, form.cleaned_data["after"], ON_A_PAGE)
    owed = late(some, today)
    context = {
        "form": form,
        "totals": totals(found),
        "rows": [row(each, owed[each.student_id]) for each in some],
        "onward": form.query(after=bookmark(some[-1])) if more else "",
        "back": form.query() or "?" if form.cleaned_data["after"] else "",
        "query": form.query(),
    }
    return render(request, "ledger/fee_defaulters.html", context)


def row(balance: Balance, told: Late) -> dict[str, Any]:
    words = reminder(balance, told.amount)
    return {
        "balance": balance,
        "student": balance.student,
        "months": ", ".join(month_in_words(f"{month:%Y-%m}") for month in told.months[:12]),
        "count": len(told.months),
        "whatsapp": whatsapp(balance, words),
        "reminder": words,
    }


@require_safe
@see_money
def fee_defaulters_csv(request: HttpRequest) -> HttpResponseBase:
    form = DefaultersPageForm(request.GET)
    if not form.is_valid():
        return refused(request)
    heads = [column.head for column in columns()]
    return attached(csv_chunks(heads, rows(form.found())), "text/csv; charset=utf-8", named("csv"))


@require_safe
@see_money
def fee_defaulters_xlsx(request: HttpRequest) -> HttpResponseBase:
    form = DefaultersPageForm(request.GET)
    if not form.is_valid():
        return refused(request)
    sheet = Page(_("Who owes"), columns(), rows(form.found()))
    return attached(xlsx_chunks(sheet), XLSX, named("xlsx"))


def refused(request: HttpRequest) -> HttpResponse:
    """The page says what is wrong."""
    return redirect(f"{reverse('fee_defaulters')}?{request.GET.urlencode()}")


def named(ending: str) -> str:
    return f"defaulters-{timezone.localdate():%Y-%m-%d}.{ending}"
