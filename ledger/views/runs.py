"""Months: which were charged, what charging one would do, and charging it. Check, ask, respond."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ledger.charging import (
    begin,
    charge_again,
    first_of,
    left_out_for_nothing,
    next_month,
    preview,
    refuse_month,
    result,
    start,
    terms_as_before,
)
from ledger.forms.months import ChooseMonthForm, TermsForm
from ledger.models import DayTotal, Kind, Run
from ledger.owed import ZERO
from ledger.refusals import Refused
from ledger.views.access import by_of, charge_months
from students.models import Student

LISTED = 24  # months
AGAIN = 2  # seconds, until a page that waits looks again


@require_safe
@charge_months
def fee_runs(request: HttpRequest) -> HttpResponse:
    form = ChooseMonthForm(request.GET if "month" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("fee_run", f"{form.cleaned_data['month']:%Y-%m}")
    runs = list(Run.objects.order_by("-month")[:LISTED])
    context = {
        "form": form,
        "runs": [(run, charged_in(run.month)) for run in runs],
        "suggested": suggested(runs),
    }
    return render(request, "ledger/fee_runs.html", context)


def suggested(runs: list[Run]) -> list[date]:
    """This month and the next, unless they were charged."""
    this = first_of(timezone.localdate())
    charged = {run.month for run in runs}
    return [month for month in (this, next_month(this)) if month not in charged]


def charged_in(month: date) -> dict[str, Any]:
    """Of its fees: how many students, and PKR; a month's fees and concessions are of its first."""
    of_kind = DayTotal.objects.filter(day=month, counts_as__in=[Kind.FEE, Kind.CONCESSION])
    sums = {
        kind: (number, amount)
        for kind, number, amount in of_kind.order_by()
        .values_list("counts_as")
        .annotate(n=Sum("entries"), sum=Sum("amount"))
    }
    students, total = sums.get(Kind.FEE, (0, ZERO))
    return {"students": students, "total": total, "conceded": -sums.get("concession", (0, ZERO))[1]}


@require_http_methods(["GET", "HEAD", "POST"])
@charge_months
def fee_run(request: HttpRequest, month: str) -> HttpResponse:
    first = month_of(month)
    run = Run.objects.filter(month=first).first()
    form = TermsForm(
        request.POST if not run and request.POST else None, first, terms_as_before(first)
    )
    if request.method == "POST" and (answer := charged(request, first, run, form)):
        return answer
    context: dict[str, Any] = {"month": first, "run": run, "form": form, "refusal": refusal(first)}
    if not run or run.done_at:
        would = preview(first)
        context |= {"would": would, "done": result(run) if run else None}
        context["for_nothing"] = Student.objects.filter(pk__in=left_out_for_nothing(first))
    response = render(request, "ledger/fee_run.html", context)
    if run and not run.done_at:
        response.headers["Refresh"] = str(AGAIN)
    return response


def month_of(text: str) -> date:
    try:
        if len(text) != len("2026-12"):
            raise ValueError(text)
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Http404 from None


def refusal(month: date) -> str:
    try:
        refuse_month(month)
    except Refused as refused:
        return str(refused)
    return ""


def charged(
    request: HttpRequest, month: date, run: Run | None, form: TermsForm
) -> HttpResponse | None:
    """Leads to the page that shows the progress; None when the form says what is wrong."""
    if run:  # pressed twice, or for whoever is missing
        if run.done_at:
            charge_again(run)
        start()
        return redirect(run)
    if not form.is_valid():
        return None
    try:
        run, _made = begin(month, form.terms(), by_of(request))
    except Refused as refused:
        form.add_error(None, str(refused))
        return None
    start()
    return redirect(run)
