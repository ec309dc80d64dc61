"""The cashier's home: whom do you look for, and how does the day stand. Find, or tell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ledger.charging import first_of, last_of
from ledger.defaulters import defaulters, totals
from ledger.drawers import expected, taken
from ledger.forms.desk import FindForm, Found
from ledger.models import DayTotal, Drawer, Method
from ledger.owed import ZERO
from ledger.reports import sorted_out
from ledger.views.access import see_money


@require_safe
@see_money
def fee_desk(request: HttpRequest) -> HttpResponse:
    form = FindForm(request.GET)
    found = form.find() if form.is_valid() and form.cleaned_data["q"] else None
    if found and (there := straight_to(found)):
        return redirect(there)
    today = timezone.localdate()
    context = {
        "form": form,
        "found": found,
        "today": today,
        "takings": takings(today),
        "month": month(today),
        "overdue": totals(defaulters(today)),
        "drawer": drawer(request.user),
    }
    return render(request, "ledger/fee_desk.html", context)


def straight_to(found: Found) -> str:
    """Where exactly one is meant, his statement; "" else."""
    if found.challan:
        return found.challan.get_absolute_url()
    if found.receipt:
        return found.receipt.get_absolute_url()
    return reverse("fee_student", args=[found.only.pk]) if found.only else ""


def takings(today: date) -> dict[str, Any]:
    """What came in today, PKR; what was undone today is taken off."""
    sums = taken(today, today)
    rows = [(Method(name).label, amount) for name, amount in sums.items() if amount]
    return {"total": sum(sums.values(), ZERO), "rows": rows}


def month(today: date) -> dict[str, Any]:
    """What this month charged and brought in, PKR; `percent` is 0 to 100."""
    first = first_of(today)
    sums = sorted_out("", DayTotal.objects.by_kind(first, last_of(first)))
    charged, collected = sums.charged - sums.conceded, sums.collected - sums.refunded
    return {
        "first": first,
        "charged": charged,
        "collected": collected,
        "percent": percent(collected, charged),
    }


def percent(part: Decimal, whole: Decimal) -> int:
    return min(max(int(part * 100 / whole), 0), 100) if whole > 0 else 0


def drawer(user: Any) -> dict[str, Any] | None:
    found = Drawer.objects.open_of(user)
    return {"opened_at": found.opened_at, "cash": expected(found)[Method.CASH]} if found else None
