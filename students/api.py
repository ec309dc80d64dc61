"""The API's operations on students: read what was sent, pass it through the forms, answer.

Shapes are in schemas.py, what all operations share is in api/, promises to callers in docs/api.md.
"""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext as _
from ninja import Router
from pydantic_core import to_json

from api.access import ApiRequest, may
from api.conditions import CONDITIONS, guard
from api.http import NoParametersForm, etag_of, json_response, read_query
from api.idempotency import idempotent
from api.openapi import (
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    OPEN_OR_CLOSED,
    Id,
    ProblemOut,
    refusals,
    takes,
)
from api.problems import Problem, form_errors, parameter_error
from rules.money import format_count
from students import views
from students.changes import Change, TooManyFound, changes
from students.forms import (
    ChangesApiForm,
    GroupedAverageFeesForm,
    StatisticsApiForm,
    StudentApiForm,
    StudentForm,
)
from students.models import HAS_MONEY, Student
from students.paging import KeysetPages
from students.schemas import (
    CHANGES_PARAMETERS,
    PARAMETERS,
    AveragesOut,
    ChangesOut,
    CityInPath,
    FeesOut,
    NameInPath,
    NamesakesOut,
    StatisticsOut,
    StudentChange,
    StudentIn,
    StudentList,
    StudentOut,
)
from students.similar import similar_to_new
from students.stats import Figures, Month, Statistics
from students.tally import COUNT_LIMIT

MOST_NAMESAKES = 100
SHOWN = len(KeysetPages.SHOWN)
WRITE = refusals(413, 415)
CHANGE = refusals(404, 412, 413, 415)
ADDED = {  # what the answer to an added student leads to
    "links": {
        name: {"operationId": name, "parameters": {"id": "$response.body#/id"}}
        for name in ("get_student", "replace_student", "change_student", "delete_student")
    }
}

router = Router()


# -- Operations ----------------------------------------------------------------------------------


@router.get(
    "/students/",
    auth=may("students.view_student"),
    response={200: StudentList, 304: None, **refusals()},
    operation_id="list_students",
    url_name="api_students",
    openapi_extra=takes(StudentApiForm, PARAMETERS),
)
def list_students(request: HttpRequest) -> HttpResponse:
    """Students, filtered as on the staff's list, in pages that hold as rows come and go."""
    return page_of_students(request, read_query(request, StudentApiForm))


@router.get(
    "/students/city/{path:city}/",
    auth=may("students.view_student"),
    response={200: StudentList, 304: None, **refusals(404)},
    operation_id="list_students_of_city",
    url_name="api_city",
    openapi_extra=takes(StudentApiForm, PARAMETERS, leave_out="city"),
)
def list_students_of_city(request: HttpRequest, city: CityInPath) -> HttpResponse:
    """Students of one city, however it is spelt: isb and ISB are Islamabad."""
    return page_of_students(request, read_query(request, StudentApiForm, city=city), city)


@router.post(
    "/students/",
    auth=may("students.add_student"),
    response={201: StudentOut, 409: ProblemOut, **WRITE},
    operation_id="add_student",
    openapi_extra=takes(NoParametersForm, headers=(IDEMPOTENCY_KEY,)) | {"responses": {201: ADDED}},
)
def add_student(request: ApiRequest, student: StudentIn) -> HttpResponse:
    """Add a student under the rules of the admin's form. He joins today, unless told or gone.

    With an Idempotency-Key the same call sent again within 24 hours adds nothing and gets the
    first answer.
    """
    read_query(request, NoParametersForm)
    added = idempotent(request, lambda: add(student.model_dump(exclude_unset=True)))
    response = written(request, added, status=201)
    response["Location"] = f"{escape_uri_path(request.path)}{added['id']}/"
    return response


@router.get(
    "/students/{int:id}/",
    auth=may("students.view_student"),
    response={200: StudentOut, 304: None, **refusals(404)},
    operation_id="get_student",
    url_name="api_student",
    openapi_extra=takes(NoParametersForm, headers=(IF_NONE_MATCH,)),
)
def get_student(request: HttpRequest, id: Id) -> HttpResponse:  # noqa: A002
    """One student. The ETag guards a later change."""
    read_query(request, NoParametersForm)
    return json_response(request, as_shown(get_object_or_404(Student, pk=id)))


@router.put(
    "/students/{int:id}/",
    auth=may("students.change_student"),
    response={200: StudentOut, **CHANGE},
    operation_id="replace_student",
    openapi_extra=takes(NoParametersForm, headers=(IF_MATCH,)),
)
def replace_student(request: HttpRequest, id: Id, student: StudentIn) -> HttpResponse:  # noqa: A002
    """Give a student a new name, city and fees, all three; what else is not sent stays."""
    return change(request, id, student.model_dump(exclude_unset=True))


@router.patch(
    "/students/{int:id}/",
    auth=may("students.change_student"),
    response={200: StudentOut, **CHANGE},
    operation_id="change_student",
    openapi_extra=takes(NoParametersForm, headers=(IF_MATCH,)),
)
def change_student(request: HttpRequest, id: Id, student: StudentChange) -> HttpResponse:  # noqa: A002
    """Change what is sent; the rest stays."""
    return change(request, id, student.model_dump(exclude_unset=True))


@router.delete(
    "/students/{int:id}/",
    auth=may("students.delete_student"),
    response={204: None, **refusals(404, 409, 412)},
    operation_id="delete_student",
    openapi_extra=takes(NoParametersForm, headers=(IF_MATCH,)),
)
def delete_student(request: HttpRequest, id: Id) -> HttpResponse:  # noqa: A002
    """Delete a student. Whom money was charged to or taken from stays: 409; let him leave."""
    read_query(request, NoParametersForm)
    try:
        with transaction.atomic():
            locked(request, id).delete()
    except ProtectedError:
        raise Problem(409, str(HAS_MONEY)) from None
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


@router.get(
    "/fees/{path:student}/",
    auth=may("students.view_student"),
    response={200: FeesOut, 304: None, **refusals(404), 409: NamesakesOut},
    operation_id="get_fees",
    url_name="api_fees",
    openapi_extra=takes(NoParametersForm),
)
def get_fees(request: HttpRequest, student: NameInPath) -> HttpResponse:
    """What the student of this name pays. Several of that name: 409, with their ids and cities."""
    read_query(request, NoParametersForm)
    found = list(Student.objects.named(student).order_by("id")[: MOST_NAMESAKES + 1])
    if not found:
        raise Problem(404, _("No student has this name."))
    if len(found) > 1:
        raise Problem(
            409,
            _("Several students have this name: ask for one of them by id."),
            students=[{"id": one.pk, "city": one.city} for one in found[:MOST_NAMESAKES]],
        )
    one = as_shown(found[0])
    return json_response(
        request,
        {"student": one["name"], "city": one["city"], "fees": one["fees"], "id": one["id"]},
    )


@router.get(
    "/average-fees/",
    response={200: AveragesOut, 304: None, **refusals()},
    operation_id="get_average_fees",
    url_name="api_average_fees",
    openapi_extra=takes(GroupedAverageFeesForm, PARAMETERS) | OPEN_OR_CLOSED,
)
def get_average_fees(request: HttpRequest) -> HttpResponse:
    """Average fees of a city or of everybody, exact at the moment of the call; holds no names.

    group_by=city adds every city.
    """
    return views.average_fees(request, GroupedAverageFeesForm)


@router.get(
    "/statistics/",
    auth=may("students.view_student"),
    response={200: StatisticsOut, 304: None, **refusals()},
    operation_id="get_statistics",
    url_name="api_statistics",
    openapi_extra=takes(StatisticsApiForm, PARAMETERS),
)
def get_statistics(request: HttpRequest) -> HttpResponse:
    """How many pay how much, of the students that the filter finds; the twin of the page.

    Who joined and left by month is told whatever `status` says.
    """
    form = read_query(request, StatisticsApiForm)
    found = form.statistics()
    if found.more:
        words = _("More than %(count)s students match: narrow the search.")
        error = parameter_error("q", "too_many", words % {"count": format_count(COUNT_LIMIT)})
        raise Problem(400, _("Nothing was done; see errors."), [error])
    return json_response(request, statistics_shown(found, form.movement()))


@router.get(
    "/changes/",
    auth=may("students.view_student"),
    response={200: ChangesOut, 304: None, **refusals()},
    operation_id="list_changes",
    url_name="api_changes",
    openapi_extra=takes(ChangesApiForm, PARAMETERS | CHANGES_PARAMETERS),
)
def list_changes(request: HttpRequest) -> HttpResponse:
    """What happened to students: who changed what, when and through which door, newest first."""
    form = read_query(request, ChangesApiForm)
    try:
        events, after = form.page()
    except TooManyFound as refusal:
        error = parameter_error("q", "too_many", str(refusal))
        raise Problem(400, _("Nothing was done; see errors."), [error]) from None
    onward = next_page(request, reverse("api_changes"), form.asked, after) if after else None
    shown = [change_shown(each) for each in changes(events)]
    return page_response(request, {"changes": shown, "next": onward})


# -- What they share -----------------------------------------------------------------------------


def page_of_students(request: HttpRequest, form: StudentApiForm, city: str = "") -> HttpResponse:
    """Up to `limit` students in one statement, and the way to those after them.

    A `city` from the path goes on in the query: not every name can stand in a path (`..`).
    """
    rows, bookmark = form.pages.page()
    onward = None
    if bookmark:
        path = reverse("api_students") if city else escape_uri_path(request.path)
        onward = next_page(request, path, form.asked, bookmark)
    students = [shown(*row[:SHOWN]) for row in rows]
    return page_response(request, {"students": students, "next": onward})


def next_page(request: HttpRequest, path: str, asked: str, after: str | int) -> str:
    """The address of what follows `after`; `asked` is the query up to there."""
    return f"{request.scheme}://{request.get_host()}{path}?{asked}{urlencode({'after': after})}"


def page_response(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    response = json_response(request, page)
    if page["next"]:
        response["Link"] = f'<{page["next"]}>; rel="next"'
    return response


def add(sent: dict[str, Any]) -> dict[str, Any]:
    """The new student as shown, or Problem 400. Who joins today needs not say so."""
    if sent.get("left_on") is None:
        sent.setdefault("joined_on", timezone.localdate())
    try:
        student = StudentForm.read(sent)
    except ValidationError:
        return saved(StudentForm(sent))  # it says all that is wrong
    warned = warnings_of(student["city"])
    return as_shown(Student(pk=Student.objects.add(**student), **student)) | warned


def change(request: HttpRequest, pk: int, sent: dict[str, Any]) -> HttpResponse:
    """Change one student under a row lock: nobody else's change can come in between."""
    read_query(request, NoParametersForm)
    with transaction.atomic():
        student = locked(request, pk)
        form = StudentForm({**as_shown(student), **sent}, instance=student)
        return written(request, saved(form))


def locked(request: HttpRequest, pk: int) -> Student:
    """The student, kept from other writers, if `If-Match` and its kin let him be; see `guard`."""
    student = get_object_or_404(Student.objects.select_for_update(), pk=pk)
    if not request.META.keys().isdisjoint(CONDITIONS):
        guard(request, etag_of(to_json(as_shown(student))))
    return student


def saved(form: StudentForm) -> dict[str, Any]:
    """The student as it is now, with the warnings there are; Problem 400 if refused."""
    if not form.is_valid():
        raise Problem(400, _("Nothing was saved; see errors."), form_errors(form))
    warned = warnings_of(form.instance.city)
    return as_shown(form.save()) | warned


def warnings_of(city: str) -> dict[str, Any]:
    """`warnings` of a city that looks like a slip; asked before the place has a student."""
    similar = similar_to_new(city)
    if not similar:
        return {}
    words = _("Saved as a new place that looks like %(city)s: change it if that was meant.")
    told = words % {"city": similar[0]}
    return {"warnings": [parameter_error("city", "similar", told, similar[0])]}


def written(request: HttpRequest, answer: dict[str, Any], status: int = 200) -> HttpResponse:
    """What was saved. The ETag is the student's own: a warning is said once, and no part of it."""
    response = json_response(request, answer, status)
    if "warnings" in answer:
        student = {name: value for name, value in answer.items() if name != "warnings"}
        response["ETag"] = etag_of(to_json(student))
    return response


def statistics_shown(found: Statistics, months: list[Month]) -> dict[str, Any]:
    """All amounts are PKR, texts with 2 decimals; null where there is nobody."""
    return {
        **figures_shown(found.whole),
        "currency": "PKR",
        "cities": [
            {"city": city.city, "share": str(city.share), **figures_shown(city)}
            for city in found.cities
        ],
        "distribution": [
            {
                "min_fees": str(each.least),
                "max_fees": None if each.most is None else str(each.most),
                "students": each.students,
            }
            for each in found.distribution
        ],
        "months": [
            {"month": f"{month.first:%Y-%m}", "joined": month.joined, "left": month.left}
            for month in months
        ],
    }


def change_shown(change: Change) -> dict[str, Any]:
    return {
        "id": change.pk,
        "at": timezone.localtime(change.at).isoformat(timespec="milliseconds"),
        "what": change.what,
        "who": change.who,
        "door": change.door,
        "student": change.student,
        "name": change.name,
        "city": change.city,
        "fields": [each._asdict() for each in change.differences],
    }


def figures_shown(figures: Figures | None) -> dict[str, Any]:
    return {
        "students": figures.students if figures else 0,
        "average_fees": str(figures.average) if figures else None,
        "median_fees": str(figures.median) if figures else None,
        "lowest_fees": str(figures.lowest) if figures else None,
        "highest_fees": str(figures.highest) if figures else None,
        "total_fees": str(figures.total) if figures else "0.00",
    }


def as_shown(student: Student) -> dict[str, Any]:
    return shown(
        student.pk,
        student.name,
        student.city,
        str(student.fees),
        student.father_name,
        student.phone,
        student.class_name,
        student.joined_on.isoformat() if student.joined_on else None,
        student.left_on.isoformat() if student.left_on else None,
        student.family_id,
    )


def shown(
    pk: int,
    name: str,
    city: str,
    fees: str,
    father_name: str,
    phone: str,
    class_name: str,
    joined_on: str | None,
    left_on: str | None,
    family: int | None,
) -> dict[str, Any]:
    return {
        "id": pk,
        "name": name,
        "city": city,
        "fees": fees,
        "father_name": father_name,
        "phone": phone,
        "class_name": class_name,
        "joined_on": joined_on,
        "left_on": left_on,
        "family": family,
    }
