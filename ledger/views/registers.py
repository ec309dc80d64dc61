"""Old registers in: bring a sheet, see what would be booked, confirm, undo. Check, ask, respond."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from ledger.forms.registers import RegisterForm, RegisterStepForm, TemplateForm
from ledger.imports.booking import booked_before, confirm, undo
from ledger.imports.columns import BY_WHAT, label
from ledger.imports.exports import template
from ledger.imports.reading import MOST_ROWS, read
from ledger.imports.told import problems_of, warnings_of
from ledger.models import Register, RegisterRow, RegisterState, What
from ledger.refusals import Refused
from ledger.views.access import adjust, by_of
from rules.money import format_count
from students.exports import xlsx_chunks
from students.models import Student
from students.views.exports import XLSX, attached

page_with_form = require_http_methods(["GET", "HEAD", "POST"])
LISTED = 25  # registers on a page
PAGE = 100  # rows


@page_with_form
@adjust
def fee_registers(request: HttpRequest) -> HttpResponse:
    """Bring a sheet; what was brought before."""
    post = request.method == "POST"
    form = RegisterForm(request.POST, request.FILES) if post else RegisterForm()
    if post and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            return redirect(read(form.cleaned_data["what"], file.name, file.read(), by_of(request)))
        except Refused as refusal:
            form.add_error("file", str(refusal))
    before = Register.objects.order_by("-pk")
    context = {
        "form": form,
        "most": MOST_ROWS,
        "kinds": [(what, what.label, BY_WHAT[what]) for what in What],
        "page": Paginator(before, LISTED).get_page(request.GET.get("page")),
    }
    return render(request, "ledger/fee_registers.html", context)


@page_with_form
@adjust
def fee_register(request: HttpRequest, pk: int) -> HttpResponse:
    """One sheet, whatever has come of it; and the next step."""
    register = get_object_or_404(Register, pk=pk)
    form = RegisterStepForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and stepped(request, register, form):
        if form.cleaned_data["step"] == "drop":
            return redirect("fee_registers")
        return redirect(register)
    register.refresh_from_db()
    shown, kinds = chosen(request, register)
    page = Paginator(rows_shown(register, shown), PAGE).get_page(request.GET.get("page"))
    context = {
        "register": register,
        "form": form,
        "State": RegisterState,
        "kinds": kinds,
        "shown": shown,
        "page": page,
        "rows": told_rows(register, list(page)),
        "mapping": [(head, label(register.what, key)) for head, key in register.options["mapping"]],
        "before": booked_before(register) if register.state == RegisterState.READY else None,
    }
    return render(request, "ledger/fee_register.html", context)


def stepped(request: HttpRequest, register: Register, form: RegisterStepForm) -> bool:
    """Done, or done before; else the form says why not."""
    said = form.cleaned_data
    try:
        match said["step"]:
            case "book" | "skip":
                skip = said["step"] == "skip"
                facts = {"seen": said["seen"], "skip_bad": skip, "again": said["again"]}
                if confirm(register, by_of(request), **facts):
                    messages.success(request, booked_words(register))
            case "undo":
                if undo(register, by_of(request)):
                    messages.success(request, _("It was undone."))
            case "drop":
                Register.objects.filter(pk=register.pk, state=RegisterState.READY).delete()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def booked_words(register: Register) -> str:
    words = ngettext("%(count)s row was booked.", "%(count)s rows were booked.", register.good)
    return words % {"count": format_count(register.good)}


@require_safe
@adjust
def fee_register_template(request: HttpRequest) -> HttpResponseBase:
    form = TemplateForm(request.GET)
    if not form.is_valid():
        raise Http404
    what = form.cleaned_data["kind"] or What.OPENINGS.value
    return attached(xlsx_chunks(*template(what)), XLSX, f"{what}.xlsx")


# -- What the page shows ---------------------------------------------------------------------------


class Told(NamedTuple):
    """A row: who it is about, what it says, what is wrong with it, and what it was booked as."""

    row: RegisterRow
    name: str
    student: Student | None
    problems: list[tuple[str, str, str]]  # label, what was typed, what is wrong
    warnings: list[str]


def chosen(request: HttpRequest, register: Register) -> tuple[str, list[tuple[str, Any, int]]]:
    """Errors first; of what is booked, what undoing left alone and then what was booked."""
    ready = register.state == RegisterState.READY
    good = ("good", _("Good") if ready else _("Booked"), register.good)
    bad = ("bad", _("With errors"), register.bad)
    odd = ("odd", _("To be looked at"), register.odd)
    kinds: list[tuple[str, Any, int]] = [
        ("left", _("Left alone"), register.left_alone),
        *((bad, odd, good) if ready else (good, odd, bad)),
        ("nothing", _("Nothing to book"), register.nothing),
    ]
    there = [name for name, _label, rows in kinds if rows]
    asked = request.GET.get("show", "")
    return asked if asked in there else there[0], kinds


def rows_shown(register: Register, shown: str) -> Any:
    rows = register.rows.select_related("receipt", "entry").order_by("line")
    good = rows.filter(problems=[]).exclude(amount=0)
    return {
        "left": rows.filter(is_left=True),
        "bad": rows.exclude(problems=[]),
        "odd": good.exclude(warnings=[]),
        "nothing": rows.filter(problems=[], amount=0),
    }.get(shown, good)


def told_rows(register: Register, rows: Sequence[RegisterRow]) -> list[Told]:
    students = Student.objects.in_bulk([row.student for row in rows if row.student])
    return [
        Told(
            row,
            row.name or str(row.number or "—"),
            students.get(row.student or 0),
            list(problems_of(register.what, row)),
            list(warnings_of(row)),
        )
        for row in rows
    ]
