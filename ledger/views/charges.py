"""What managers book by hand: charges, waivers, concessions. Check, book, respond."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from api.idempotency import form_once
from ledger.charges import book, may_be_undone, undo
from ledger.charging import first_of, next_month
from ledger.forms.charges import ChargeForm, ConcessionForm, EndForm, UndoForm, named
from ledger.models import Concession, Entry, Kind
from ledger.owed import charges_of
from ledger.refusals import Refused
from ledger.views.access import adjust, by_of
from students.models import Student

form_page = require_http_methods(["GET", "HEAD", "POST"])
MOST_CHARGES = 60  # to choose from, the newest
MOST_UNDONE = 30


@form_page
@adjust
def fee_charge(request: HttpRequest, pk: int) -> HttpResponse:
    student = get_object_or_404(Student, pk=pk)
    undoing = "undo" in request.POST
    offer = offered(student)
    initial = offer if offer and request.GET.get("offer") else {"what": "other"}
    data = request.POST if request.method == "POST" and not undoing else None
    form = ChargeForm(data, choices_of(student), initial=initial)
    undo_form = UndoForm(request.POST if undoing else None)
    if form.is_bound and form.is_valid() and booked(request, student, form):
        return redirect("fee_student", pk)
    if undoing and undo_form.is_valid() and undone(request, student, undo_form):
        return redirect("fee_student", pk)
    context = {
        "student": student,
        "form": form,
        "undo_form": undo_form,
        "offer": offer,
        "entries": [(each, named(each)) for each in may_be_undone(pk, MOST_UNDONE)],
    }
    return render(request, "ledger/fee_charge.html", context)


def choices_of(student: Student) -> list[Entry]:
    """What may be raised, lowered and waived: of a fine that was undone nothing is left."""
    charges = Entry.objects.filter(student=student, kind__in=[Kind.FEE, Kind.OTHER, Kind.FINE])
    openings = Entry.objects.filter(student=student, kind=Kind.OPENING, amount__gt=0)
    some = (charges | openings).select_related("against").order_by("-day", "-id")
    net = {row["charge_id"]: row["net"] for row in charges_of([student.pk])}
    return [each for each in some[:MOST_CHARGES] if each.kind == Kind.FEE or net[each.pk]]


def offered(student: Student) -> dict[str, Any] | None:
    """His fee was changed after this month was charged: the difference, for this month too."""
    month = first_of(timezone.localdate())
    fee = Entry.objects.filter(student=student, kind=Kind.FEE, month=month).first()
    if fee is None or fee.named_by.filter(kind=Kind.ADJUSTMENT, named_by=None).exists():
        return None
    difference = student.fees - fee.amount
    if not difference:
        return None
    return {
        "what": "raise" if difference > 0 else "lower",
        "amount": abs(difference),
        "against": fee.pk,
        "note": _("The new fee for this month too"),
    }


def booked(request: HttpRequest, student: Student, form: ChargeForm) -> bool:
    try:
        form_once(request, lambda: {"pk": book(student.pk, form.charge(), by_of(request)).pk})
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("It was booked."))
    return True


def undone(request: HttpRequest, student: Student, form: UndoForm) -> bool:
    said = form.cleaned_data
    entry = get_object_or_404(Entry, pk=said["undo"], student=student)
    try:
        undo(entry, reason=said["reason"], by=by_of(request))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("It was undone."))
    return True


@form_page
@adjust
def fee_concessions(request: HttpRequest, pk: int) -> HttpResponse:
    student = get_object_or_404(Student, pk=pk)
    ending = "end" in request.POST
    this = first_of(timezone.localdate())
    data = request.POST if request.method == "POST" and not ending else None
    form = ConcessionForm(data, initial={"from_month": next_month(this)})
    end_form = EndForm(request.POST if ending else None, pk)
    if form.is_bound and form.is_valid():
        form_once(request, lambda: {"pk": conceded(request, student, form).pk})
        messages.success(request, _("It counts from the next run on."))
        return redirect("fee_concessions", pk)
    if ending and end_form.is_valid():
        end(end_form.cleaned_data["end"], end_form.cleaned_data["last"])
        messages.success(request, _("It was ended; months that were charged stay as they are."))
        return redirect("fee_concessions", pk)
    context = {
        "student": student,
        "form": form,
        "end_form": end_form,
        "this_month": this,
        "concessions": Concession.objects.filter(student=student).order_by("-from_month", "-pk"),
    }
    return render(request, "ledger/fee_concessions.html", context)


def conceded(request: HttpRequest, student: Student, form: ConcessionForm) -> Concession:
    said, by = form.cleaned_data, by_of(request)
    facts = {name: said[name] for name in ("reason", "percent", "amount", "from_month", "until")}
    return Concession.objects.create(student=student, by=by.name, user=by.user, **facts)


def end(concession: Concession, last: date) -> None:
    Concession.objects.filter(pk=concession.pk).update(until=last)
