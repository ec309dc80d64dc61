"""The cash that somebody answers for: opened, counted, closed, on paper. Check, form, respond."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ledger.drawers import close_drawer, expected, open_drawer
from ledger.forms.drawers import CloseDrawerForm, OpenDrawerForm
from ledger.models import Drawer, Method
from ledger.refusals import Refused
from ledger.views.access import take_money

form_page = require_http_methods(["GET", "HEAD", "POST"])
RECENT = 10
MOST_RECEIPTS = 300  # named on a drawer's page


@form_page
@take_money
def fee_drawer(request: HttpRequest) -> HttpResponse:
    """One's own: open it, or look at it and close it."""
    mine = Drawer.objects.open_of(request.user)
    form = OpenDrawerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            open_drawer(request.user, form.cleaned_data["cash"])  # type: ignore[arg-type]
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Your drawer is open."))
        return redirect("fee_drawer")
    drawers = Drawer.objects.select_related("cashier").order_by("-pk")
    if not closes_anybodys(request):
        drawers = drawers.filter(cashier=request.user.pk)
    context: dict[str, Any] = {"form": form, "recent": drawers[:RECENT]}
    if mine:
        context |= {"form": CloseDrawerForm(), "drawer": mine, **counts_of(mine)}
    return render(request, "ledger/fee_drawer.html", context)


@form_page
@take_money
def fee_drawer_one(request: HttpRequest, pk: int) -> HttpResponse:
    """A drawer on paper; while it is open, what closes it."""
    drawer = get_object_or_404(Drawer.objects.select_related("cashier", "closed_by"), pk=pk)
    if drawer.cashier_id != request.user.pk and not closes_anybodys(request):
        raise PermissionDenied
    form = CloseDrawerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            close_drawer(drawer, **form.cleaned_data, user=request.user)  # type: ignore[arg-type]
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The drawer is closed."))
            return redirect(drawer)
    receipts = drawer.receipts.select_related("student", "family", "reversal").order_by("number")
    some = list(receipts[: MOST_RECEIPTS + 1])
    context = {
        "form": form,
        "drawer": drawer,
        "most": MOST_RECEIPTS,
        "is_cut": len(some) > MOST_RECEIPTS,
        "receipts": some[:MOST_RECEIPTS],
        "reversals": drawer.reversals.select_related("receipt").order_by("pk"),
        **counts_of(drawer),
    }
    return render(request, "ledger/fee_drawer_one.html", context)


def closes_anybodys(request: HttpRequest) -> bool:
    return request.user.has_perm("ledger.close")


def counts_of(drawer: Drawer) -> dict[str, Any]:
    """What must be there by method, cash first; of a closed one as it was frozen. PKR."""
    found = (
        {method: Decimal(amount) for method, amount in drawer.expected.items()}
        if drawer.closed_at
        else expected(drawer)
    )
    cash = found[Method.CASH]
    rows = [(Method(method).label, found[method]) for method in Method.values if method in found]
    return {
        "expected": rows,
        "cash": cash,
        "difference": None if drawer.counted is None else drawer.counted - cash,
    }
