"""Reports: on a page with a picture, and as a sheet. Check, add up, respond."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ledger.forms.reports import ReportForm
from ledger.owed import ZERO
from ledger.reports import Report, columns, sheet_rows
from ledger.views.access import see_reports
from rules.money import format_rupees
from sheets.csv import csv_chunks
from sheets.xlsx import Page
from students.charts import Row, bar_chart
from students.exports import xlsx_chunks
from students.views.exports import XLSX, attached

MOST_BARS = 31


@require_safe
@see_reports
def fee_reports(request: HttpRequest) -> HttpResponse:
    form = ReportForm(request.GET)
    if not form.is_valid():
        return render(request, "ledger/fee_reports.html", {"form": form})
    found = form.report()
    context = {"form": form, "report": found, "chart": chart(found), "query": form.query()}
    return render(request, "ledger/fee_reports.html", context)


def chart(found: Report) -> SafeString | None:
    """What was collected, row by row; None where there is nothing to see."""
    rows = [
        Row(row.label, format_rupees(row.collected), max(row.collected, ZERO))
        for row in found.rows
        if row.collected
    ][-MOST_BARS:]
    told = _("%(amount)s in all.") % {"amount": format_rupees(found.total.collected)}
    return bar_chart("collected", _("What was collected"), told, rows) if rows else None


@require_safe
@see_reports
def fee_reports_csv(request: HttpRequest) -> HttpResponseBase:
    form = ReportForm(request.GET)
    if not form.is_valid():
        return refused(request)
    heads = [column.head for column in columns()]
    rows = sheet_rows(form.report())
    return attached(csv_chunks(heads, rows), "text/csv; charset=utf-8", named("csv"))


@require_safe
@see_reports
def fee_reports_xlsx(request: HttpRequest) -> HttpResponseBase:
    form = ReportForm(request.GET)
    if not form.is_valid():
        return refused(request)
    sheet = Page(_("Report"), columns(), sheet_rows(form.report()))
    return attached(xlsx_chunks(sheet), XLSX, named("xlsx"))


def refused(request: HttpRequest) -> HttpResponse:
    """The page says what is wrong."""
    return redirect(f"{reverse('fee_reports')}?{request.GET.urlencode()}")


def named(ending: str) -> str:
    return f"fees-{timezone.localdate():%Y-%m-%d}.{ending}"
