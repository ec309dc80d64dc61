"""The fee desk for programs: read what was sent, pass it through the forms, book it, answer.

Shapes are in schemas.py, what all operations share is in api/, promises to callers in docs/api.md.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from pydantic_core import PydanticCustomError

from api.access import ApiRequest, may
from api.http import NoParametersForm, json_response, read_query
from api.openapi import IF_NONE_MATCH, Id, refusals, takes
from api.problems import Problem, form_errors, unknown_parameters
from ledger.charging import (
    Result,
    Terms,
    begin,
    charge,
    preview,
    refuse_month,
    result,
    same_terms,
    terms_of,
)
from ledger.defaulters import bookmark, page, totals
from ledger.drawers import drawer_for
from ledger.forms.api import FineForm, ParametersOfRunForm, ReceiptForm, ReversalForm, TermsForm
from ledger.forms.defaulters import DefaultersApiForm
from ledger.models import FineRule, Receipt, Run
from ledger.owed import ZERO
from ledger.receipts import By, take
from ledger.refusals import Refused
from ledger.reversals import reverse as undo
from ledger.schemas import (
    DEFAULTERS_PARAMETERS,
    MONTH,
    PARAMETERS,
    DefaultersOut,
    MonthInPath,
    NumberInPath,
    ReceiptIn,
    ReceiptLineOut,
    ReceiptOut,
    RefusedOut,
    ReversalIn,
    RunIn,
    RunOut,
    StatementOut,
)
from ledger.statements import Line, statement
from rules.text import UNSTORABLE
from students.api import next_page, page_response
from students.models import Balance, Student
from students.schemas import written_out

SEE_STUDENTS = "students.view_student"  # besides the right of money: all answers are about them
WRITE = {409: RefusedOut, **refusals(413, 415)}

router = Router()


# -- Operations ----------------------------------------------------------------------------------


@router.get(
    "/students/{int:id}/statement/",
    auth=may(SEE_STUDENTS, money="ledger.view_entry"),
    response={200: StatementOut, 304: None, **refusals(404)},
    operation_id="get_statement",
    url_name="api_statement",
    openapi_extra=takes(NoParametersForm, headers=(IF_NONE_MATCH,)),
)
def get_statement(request: HttpRequest, id: Id) -> HttpResponse:  # noqa: A002
    """What a student owes and since when, with every entry that it comes from."""
    read_query(request, NoParametersForm)
    student = get_object_or_404(Student, pk=id)
    kept = Balance.objects.filter(student=student).first()
    return json_response(
        request,
        {
            "student": student.pk,
            "currency": "PKR",
            "balance": str(kept.balance if kept else ZERO),
            "fees_owed": str(kept.fees_owed if kept else ZERO),
            "fines_owed": str(kept.fines_owed if kept else ZERO),
            "owed_since": day_shown(kept.owed_since) if kept else None,
            "entries": [line_shown(line) for line in statement(student.pk)],
        },
    )


@router.post(
    "/receipts/",
    auth=may(SEE_STUDENTS, money="ledger.add_receipt"),
    response={201: ReceiptOut, 200: ReceiptOut, **WRITE},
    operation_id="take_money",
    url_name="api_receipts",
    openapi_extra=takes(NoParametersForm),
)
def take_money(request: ApiRequest, receipt: ReceiptIn) -> HttpResponse:
    """Take money: what is owed first is paid first. The same `key` again gives the same receipt.

    More than is owed is a 409, which says how much that is now, unless it is an `advance`. Cash
    that a signed-in person takes goes into his open drawer; a program has none.
    """
    read_query(request, NoParametersForm)
    form = ReceiptForm(receipt.model_dump(exclude_unset=True))
    sent, by = checked(form), by_of(request)
    before = Receipt.objects.filter(key=sent["key"]).first()
    with as_problems():
        if before:  # the same again, though its day be over and its drawer closed
            payment = form.payment(day=sent["day"] or before.day)
        else:
            payment = form.payment(drawer=drawer_for(by.user, sent["method"]) if by.user else None)
        booked, new = take(payment, by)
    return receipt_response(request, booked, 201 if new else 200)


@router.get(
    "/receipts/{int:number}/",
    auth=may(SEE_STUDENTS, money="ledger.view_entry"),
    response={200: ReceiptOut, 304: None, **refusals(404)},
    operation_id="get_receipt",
    url_name="api_receipt",
    openapi_extra=takes(NoParametersForm, headers=(IF_NONE_MATCH,)),
)
def get_receipt(request: HttpRequest, number: NumberInPath) -> HttpResponse:
    """One receipt, and whether it was reversed."""
    read_query(request, NoParametersForm)
    return receipt_response(request, receipt_of(number), 200)


@router.post(
    "/receipts/{int:number}/reversal/",
    auth=may(SEE_STUDENTS, money="ledger.reverse"),
    response={201: ReceiptOut, **WRITE, **refusals(404)},
    operation_id="reverse_receipt",
    url_name="api_reversal",
    openapi_extra=takes(NoParametersForm),
)
def reverse_receipt(
    request: ApiRequest, number: NumberInPath, reversal: ReversalIn
) -> HttpResponse:
    """Undo all that a receipt booked, today. It keeps its number; a second time is a 409."""
    read_query(request, NoParametersForm)
    receipt = receipt_of(number)
    said = checked(ReversalForm(reversal.model_dump(exclude_unset=True)))
    with as_problems():
        undo(receipt, **said, by=by_of(request))
    return receipt_response(request, receipt_of(number), 201)


@router.post(
    "/runs/{str:month}/",
    auth=may(SEE_STUDENTS, money="ledger.run"),
    response={201: RunOut, 200: RunOut, **WRITE, **refusals(404)},
    operation_id="charge_month",
    url_name="api_run",
    openapi_extra=takes(ParametersOfRunForm, PARAMETERS),
)
def charge_month(request: ApiRequest, month: MonthInPath, run: RunIn) -> HttpResponse:
    """Charge a month to everybody who was there in it: 201. Again, 200: it charges who is missing.

    On other terms than those it was charged on: 409. With dry_run=true nothing is written, and the
    answer (200) is what would be charged now.
    """
    is_dry = read_query(request, ParametersOfRunForm).is_dry
    first = first_of_month(month)
    before = Run.objects.filter(month=first).first()
    terms = terms_sent(run.model_dump(exclude_unset=True), before, first)
    with as_problems():
        if is_dry:
            refuse_month(first)
            same_terms(before, terms)
            return json_response(request, run_shown(first, terms, preview(first), done=False))
        by = by_of(request)
        made, new = begin(first, terms, by)
        charge(made, by)
    return run_response(request, made, 201 if new else 200)


@router.get(
    "/runs/{str:month}/",
    auth=may(SEE_STUDENTS, money="ledger.view_entry"),
    response={200: RunOut, 304: None, **refusals(404)},
    operation_id="get_run",
    url_name="api_run",
    openapi_extra=takes(NoParametersForm, headers=(IF_NONE_MATCH,)),
)
def get_run(request: HttpRequest, month: MonthInPath) -> HttpResponse:
    """What a month was charged on, and how much."""
    read_query(request, NoParametersForm)
    run = Run.objects.filter(month=first_of_month(month)).first()
    if not run:
        raise Problem(404, _("This month was not charged yet."))
    return run_response(request, run, 200)


@router.get(
    "/defaulters/",
    auth=may(SEE_STUDENTS, money="ledger.view_entry"),
    response={200: DefaultersOut, 304: None, **refusals()},
    operation_id="list_defaulters",
    url_name="api_defaulters",
    openapi_extra=takes(DefaultersApiForm, DEFAULTERS_PARAMETERS),
)
def list_defaulters(request: HttpRequest) -> HttpResponse:
    """Whose fees were due before today and are not paid, whoever has owed longest first."""
    form = read_query(request, DefaultersApiForm)
    found = form.found()
    some, more = page(found, form.cleaned_data["after"], form.cleaned_data["limit"])
    onward = None
    if more:
        onward = next_page(request, reverse("api_defaulters"), form.asked, bookmark(some[-1]))
    sums = totals(found)
    shown = {
        "currency": "PKR",
        "count": sums.students,
        "fees_owed": str(sums.fees),
        "fines_owed": str(sums.fines),
        "defaulters": [defaulter_shown(each) for each in some],
        "next": onward,
    }
    return page_response(request, shown)


# -- What they share -----------------------------------------------------------------------------


def by_of(request: ApiRequest) -> By:
    """What is booked says that this program, or this person, did it."""
    if request.auth.startswith("token "):
        return By(f"token {request.token_name}")
    return By(request.user.get_username(), request.user)  # type: ignore[arg-type]


@contextmanager
def as_problems() -> Iterator[None]:
    """What the ledger refuses as things stand is a 409."""
    try:
        yield
    except Refused as refusal:
        raise Problem(409, str(refusal), code=refusal.code, **refusal.more) from None


def checked(form: forms.Form) -> dict[str, Any]:
    """What it has read, or Problem 400."""
    if not form.is_valid():
        raise Problem(400, _("Nothing was saved; see errors."), form_errors(form))
    return form.cleaned_data


def receipt_of(number: int) -> Receipt:
    return get_object_or_404(Receipt.objects.select_related("reversal"), number=number)


def first_of_month(month: str) -> date:
    if not re.fullmatch(MONTH, month, re.ASCII):
        raise Http404
    return date.fromisoformat(f"{month}-01")


def terms_sent(sent: dict[str, Any], before: Run | None, month: date) -> Terms:
    form = TermsForm(sent, before, month)
    errors = [] if form.is_valid() else form_errors(form)
    fine, wrong = fine_sent(sent)
    if errors or wrong:
        raise Problem(400, _("Nothing was saved; see errors."), [*errors, *wrong])
    return form.terms(fine)


def fine_sent(
    sent: dict[str, Any],
) -> tuple[tuple[str, Decimal, Decimal] | None, list[dict[str, str]]]:
    """(rule, amount, cap), None of what wasn't sent; and all that is wrong with it."""
    if "fine" not in sent:
        return None, []
    if sent["fine"] is None:
        return (FineRule.NONE, ZERO, ZERO), []
    wrong = unknown_parameters(sent["fine"], list(FineForm.base_fields))
    read = {}
    for name, value in sent["fine"].items():
        read[name] = in_words(value)
    form = FineForm(read)
    if not form.is_valid():
        wrong += form_errors(form)
    if wrong:
        return None, [{**each, "parameter": f"fine.{each['parameter']}"} for each in wrong]
    data = form.cleaned_data
    return (data["kind"], data["amount"], data["cap"] or ZERO), []


def in_words(value: Any) -> str:
    """What no amount and no kind is leaves as a word that its field refuses."""
    try:
        text = str(written_out(value))
    except PydanticCustomError:
        return "?"
    return "?" if UNSTORABLE.search(text) else text


def receipt_response(request: HttpRequest, receipt: Receipt, status: int) -> HttpResponse:
    response = json_response(request, receipt_shown(receipt), status)
    if status == 201:
        response["Location"] = reverse("api_receipt", args=[receipt.number])
    return response


def run_response(request: HttpRequest, run: Run, status: int) -> HttpResponse:
    shown = run_shown(run.month, terms_of(run), result(run), done=run.done_at is not None)
    return json_response(request, shown, status)


def receipt_shown(receipt: Receipt) -> dict[str, Any]:
    reversal = getattr(receipt, "reversal", None)
    return {
        "number": receipt.number,
        "key": str(receipt.key),
        "student": receipt.student_id,
        "family": receipt.family_id,
        "payer": receipt.payer,
        "day": day_shown(receipt.day),
        "method": receipt.method,
        "reference": receipt.reference,
        "currency": "PKR",
        "total": str(receipt.total),
        "lines": [
            {name: line[name] for name in ReceiptLineOut.model_fields} for line in receipt.lines
        ],
        "balance_after": str(receipt.balance_after),
        "by": receipt.by,
        "at": moment_shown(receipt.at),
        "reversal": reversal
        and {
            "day": day_shown(reversal.day),
            "reason": reversal.reason,
            "cash_returned": reversal.cash_returned,
            "by": reversal.by,
            "at": moment_shown(reversal.at),
        },
    }


def line_shown(line: Line) -> dict[str, Any]:
    return {
        "id": line.pk,
        "kind": line.kind,
        "day": day_shown(line.day),
        "month": month_shown(line.month),
        "due_on": day_shown(line.due_on),
        "amount": str(line.amount),
        "balance": str(line.balance),
        "unpaid": None if line.unpaid is None else str(line.unpaid),
        "note": line.note,
        "by": line.by,
        "at": moment_shown(line.at),
        "run": month_shown(line.run),
        "receipt": line.receipt,
        "against": line.against,
    }


def run_shown(month: date, terms: Terms, found: Result, *, done: bool) -> dict[str, Any]:
    fine = {"kind": terms.fine_rule, "amount": str(terms.fine_amount)}
    if terms.fine_rule == FineRule.PER_DAY:
        fine["cap"] = str(terms.fine_cap)
    return {
        "month": month_shown(month),
        "due_on": day_shown(terms.due_on),
        "valid_until": day_shown(terms.valid_until),
        "fine": None if terms.fine_rule == FineRule.NONE else fine,
        "currency": "PKR",
        "charged": found.charged,
        "total": str(found.total),
        "conceded": str(found.conceded),
        "fined": found.fined,
        "fines": str(found.fines),
        "left_out": [left._asdict() for left in found.left_out],
        "done": done,
    }


def defaulter_shown(balance: Balance) -> dict[str, Any]:
    student = balance.student
    return {
        "student": student.pk,
        "name": student.name,
        "father_name": student.father_name,
        "phone": student.phone,
        "class_name": student.class_name,
        "city": student.city,
        "family": student.family_id,
        "left_on": day_shown(student.left_on),
        "owed_since": day_shown(balance.owed_since),
        "fees_owed": str(balance.fees_owed),
        "fines_owed": str(balance.fines_owed),
        "balance": str(balance.balance),
    }


def day_shown(day: date | None) -> str | None:
    return day.isoformat() if day else None


def month_shown(month: date | None) -> str | None:
    return f"{month:%Y-%m}" if month else None


def moment_shown(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="milliseconds")
