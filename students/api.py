"""The JSON API: read what was sent, pass it through the forms, ask the queryset, answer.

Shapes are in schemas.py, access in access.py, promises to callers in docs/api.md.
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache, wraps
from typing import Any

from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
)
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, resolve, reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from pydantic_core import to_json

from students import views
from students.access import admit
from students.contract import (
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    OPEN_OR_CLOSED,
    contract_of,
    operations_of,
    takes,
)
from students.forms import GroupedAverageFeesForm, NoParametersForm, StudentForm, StudentListForm
from students.models import Student
from students.programs import answer, asked, etag_of
from students.repeats import once
from students.schemas import (
    AveragesOut,
    FeesOut,
    NamesakesOut,
    ProblemOut,
    StudentChange,
    StudentIn,
    StudentList,
    StudentOut,
)
from students.text import UNSTORABLE, UNSTORABLE_WORDS
from tuition.errors import Problem, form_errors, parameter_error, unknown_parameters

JSON = "application/json"
MOST_NAMESAKES = 100
MOST_MEMBERS = 100


class ExactParser(Parser):
    """JSON whose numbers keep every digit, and that can be read one way only."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return json.loads(
                request.body.decode(),
                parse_float=Decimal,
                parse_constant=_no_constant,
                object_pairs_hook=_members,
            )
        except (ValueError, RecursionError):
            raise Problem(400, "The body is not JSON in UTF-8.") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(names) > MOST_MEMBERS:  # each wrong one costs a search for what was meant
        raise Problem(400, f"An object in the body has at most {MOST_MEMBERS} members.")
    if any(map(UNSTORABLE.search, names)):
        raise Problem(400, "A name in the body holds a character that no text here may hold.")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        words = "Give each member once."
        errors = [parameter_error(name[:100], "repeated", words) for name in repeated]
        raise Problem(400, "Nothing was saved; see errors.", errors)
    return dict(pairs)


api = NinjaAPI(
    title="Tuition",
    version="1",
    description="Students, their cities and monthly fees (PKR).",
    parser=ExactParser(),
    openapi_url=None,
    docs_url=None,
)


def may(right: str) -> Callable[[HttpRequest], str]:
    """The door of an operation: who is calling, may he, and does he send what can be read."""

    def door(request: HttpRequest) -> str:
        caller = admit(request, right)
        if request.method in ("POST", "PUT", "PATCH") and request.content_type != JSON:
            raise Problem(415)
        return caller

    return door


def refusals(*statuses: int) -> dict[int, Any]:
    """The problems that an operation documents, beside those of every operation."""
    return dict.fromkeys(sorted({400, 401, 403, 503, *statuses}), ProblemOut)


WRITE = refusals(413, 415)
CHANGE = refusals(404, 412, 413, 415)


# -- Operations ----------------------------------------------------------------------------------


@api.get(
    "/students/",
    auth=may("view"),
    response={200: StudentList, 304: None, **refusals()},
    operation_id="list_students",
    url_name="api_students",
    openapi_extra=takes(StudentListForm),
)
def list_students(request: HttpRequest) -> HttpResponse:
    """Students, filtered as on the staff's list, in pages that hold as rows come and go."""
    return page_of_students(request, asked(request, StudentListForm))


@api.get(
    "/students/city/{path:city}/",
    auth=may("view"),
    response={200: StudentList, 304: None, **refusals(404)},
    operation_id="list_students_of_city",
    url_name="api_city",
    openapi_extra=takes(StudentListForm, "city"),
)
def list_students_of_city(request: HttpRequest, city: str) -> HttpResponse:
    """Students of one city, however it is spelt: isb and ISB are Islamabad."""
    return page_of_students(request, asked(request, StudentListForm, city=city))


@api.post(
    "/students/",
    auth=may("add"),
    response={201: StudentOut, 409: ProblemOut, **WRITE},
    operation_id="add_student",
    openapi_extra=takes(NoParametersForm, headers=[IDEMPOTENCY_KEY]),
)
def add_student(request: HttpRequest, student: StudentIn) -> HttpResponse:
    """Add a student under the rules of the admin's form.

    With an Idempotency-Key the same call sent again within 24 hours adds nothing and gets the
    first answer.
    """
    asked(request, NoParametersForm)

    def add() -> dict[str, Any]:
        return as_shown(saved(StudentForm(student.dict())))

    key = request.headers.get("Idempotency-Key")
    if key is None:
        added = add()
    elif re.fullmatch(IDEMPOTENCY_KEY["schema"]["pattern"], key):
        added = once(request.auth, key, request.body, add)  # type: ignore[attr-defined]
    else:
        words = "A key has 1 to 200 visible ASCII characters and no space."
        error = parameter_error("Idempotency-Key", "invalid", words)
        raise Problem(400, "Nothing was saved; see errors.", [error])
    response = answer(request, added, status=201)
    response["Location"] = reverse("api_student", args=[added["id"]])
    return response


@api.get(
    "/students/{int:id}/",
    auth=may("view"),
    response={200: StudentOut, 304: None, **refusals(404)},
    operation_id="get_student",
    url_name="api_student",
    openapi_extra=takes(NoParametersForm, headers=[IF_NONE_MATCH]),
)
def get_student(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """One student. The ETag guards a later change."""
    asked(request, NoParametersForm)
    return answer(request, as_shown(get_object_or_404(Student, pk=id)))


@api.put(
    "/students/{int:id}/",
    auth=may("change"),
    response={200: StudentOut, **CHANGE},
    operation_id="replace_student",
    openapi_extra=takes(NoParametersForm, headers=[IF_MATCH]),
)
def replace_student(request: HttpRequest, id: int, student: StudentIn) -> HttpResponse:  # noqa: A002
    """Give a student a new name, city and fees, all three."""
    return change(request, id, student.dict())


@api.patch(
    "/students/{int:id}/",
    auth=may("change"),
    response={200: StudentOut, **CHANGE},
    operation_id="change_student",
    openapi_extra=takes(NoParametersForm, headers=[IF_MATCH]),
)
def change_student(request: HttpRequest, id: int, student: StudentChange) -> HttpResponse:  # noqa: A002
    """Change what is sent; the rest stays."""
    return change(request, id, student.dict(exclude_unset=True))


@api.delete(
    "/students/{int:id}/",
    auth=may("delete"),
    response={204: None, **refusals(404, 412)},
    operation_id="delete_student",
    openapi_extra=takes(NoParametersForm, headers=[IF_MATCH]),
)
def delete_student(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """Delete a student."""
    asked(request, NoParametersForm)
    with transaction.atomic():
        locked(request, id).delete()
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


@api.get(
    "/fees/{path:student}/",
    auth=may("view"),
    response={200: FeesOut, 304: None, **refusals(404), 409: NamesakesOut},
    operation_id="get_fees",
    url_name="api_fees",
    openapi_extra=takes(NoParametersForm),
)
def get_fees(request: HttpRequest, student: str) -> HttpResponse:
    """What the student of this name pays. Several of that name: 409, with their ids and cities."""
    asked(request, NoParametersForm)
    found = list(Student.objects.named(student).order_by("id")[: MOST_NAMESAKES + 1])
    if not found:
        raise Problem(404, "No student has this name.")
    if len(found) > 1:
        raise Problem(
            409,
            "Several students have this name: ask for one of them by id.",
            students=[{"id": one.pk, "city": one.city} for one in found[:MOST_NAMESAKES]],
        )
    one = as_shown(found[0])
    return answer(
        request,
        {"student": one["name"], "city": one["city"], "fees": one["fees"], "id": one["id"]},
    )


@api.get(
    "/average-fees/",
    response={200: AveragesOut, 304: None, **refusals()},
    operation_id="get_average_fees",
    url_name="api_average_fees",
    openapi_extra=takes(GroupedAverageFeesForm) | OPEN_OR_CLOSED,
)
def get_average_fees(request: HttpRequest) -> HttpResponse:
    """Average fees of a city or of everybody, exact at the moment of the call; holds no names.

    group_by=city adds every city.
    """
    return views.average_fees(request, GroupedAverageFeesForm)


# -- What they share -----------------------------------------------------------------------------


def page_of_students(request: HttpRequest, form: StudentListForm) -> HttpResponse:
    """Up to `limit` students in one statement, and the way to those after them."""
    rows, place = form.page_of_rows()
    onward = None
    if place:
        query = request.GET.copy()
        query["after"] = place
        onward = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    students = [shown(*row) for row in rows]
    response = answer(request, {"students": students, "next": onward})
    if onward:
        response["Link"] = f'<{onward}>; rel="next"'
    return response


def change(request: HttpRequest, pk: int, sent: dict[str, Any]) -> HttpResponse:
    """Change one student under a row lock: nobody else's change can come in between."""
    asked(request, NoParametersForm)
    with transaction.atomic():
        student = locked(request, pk)
        form = StudentForm({**as_shown(student), **sent}, instance=student)
        return answer(request, as_shown(saved(form)))


def locked(request: HttpRequest, pk: int) -> Student:
    """The student, kept from other writers; Problem 412 when it isn't the one `If-Match` names."""
    student = get_object_or_404(Student.objects.select_for_update(), pk=pk)
    if get_conditional_response(request, etag=etag_of(to_json(as_shown(student)))):
        raise Problem(412)
    return student


def saved(form: StudentForm) -> Student:
    if not form.is_valid():
        raise Problem(400, "Nothing was saved; see errors.", form_errors(form))
    student: Student = form.save()
    return student


def as_shown(student: Student) -> dict[str, Any]:
    return shown(student.pk, student.name, student.city, student.fees)


def shown(pk: int, name: str, city: str, fees: Decimal) -> dict[str, Any]:
    return {"id": pk, "name": name, "city": city, "fees": str(fees)}


# -- Refusals: all in the one shape ----------------------------------------------------------------


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, refusal: Any) -> Any:
    return refusal.response


@api.exception_handler(Exception)
def on_surprise(request: HttpRequest, surprise: Any) -> HttpResponse:
    raise surprise  # Django's handlers answer, in tuition/errors.py


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, missing: Any) -> HttpResponse:
    return Problem(404).response


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error.__cause__, Problem):  # from ExactParser; ninja wraps what a parser raises
        return error.__cause__.response
    return Problem(error.status_code).response


@api.exception_handler(ValidationError)
def on_wrong_shape(request: HttpRequest, invalid: Any) -> HttpResponse:
    """What is not of the shape of schemas.py, in the words of the forms."""
    errors = []
    for error in invalid.errors:
        name = str(error["loc"][-1])[:100]
        if error["type"] == "extra_forbidden":
            errors += unknown_parameters([name], ["name", "city", "fees"])
        elif len(error["loc"]) > 2:
            errors.append(parameter_error(name, *wrong_shape(error)))
    detail = "Nothing was saved; see errors." if errors else "The body must be one JSON object."
    return Problem(400, detail, errors).response


def wrong_shape(error: dict[str, Any]) -> tuple[str, str]:
    if error["type"] == "missing":
        return "required", "This is missing."
    if error["type"] == "string_unicode":
        return "invalid", UNSTORABLE_WORDS
    if error["type"] == "string_too_long":
        return "max_length", f"It has at most {error['ctx']['max_length']} characters."
    return "invalid", "It must be text." if error["loc"][-1] != "fees" else "It must be an amount."


# -- Addresses -------------------------------------------------------------------------------------


def for_programs(view: Any) -> Any:
    """HEAD as GET; a 405 in our words; no way to the sign-in page: callers get a 401."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        method = request.method
        if method == "HEAD":
            request.method = "GET"  # the server leaves the body out
        response = view(request, *args, **kwargs)
        request.method = method
        if isinstance(response, HttpResponseNotAllowed):
            allowed = {method.strip() for method in response["Allow"].split(",")}
            allowed |= {"HEAD"} if "GET" in allowed else set()
            return HttpResponseNotAllowed(sorted(allowed))  # tuition/middleware.py gives it words
        return response

    wrapper.login_required = False  # type: ignore[attr-defined]
    return csrf_exempt(wrapper)


@cache
def contract() -> dict[str, Any]:
    return contract_of(api, "/api/")


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    try:
        admit(request, "view")
        asked(request, NoParametersForm)
    except Problem as refusal:
        return refusal.response
    return answer(request, contract())


@require_safe
@views.see_students
def docs(request: HttpRequest) -> HttpResponse:
    """The same for people, with a form to try each operation."""
    return render(request, "students/api_docs.html", {"operations": operations_of(contract())})


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Here and not left to Django, whose own 404 is a page while DEBUG is on."""
    meant = f"{request.path}/"
    try:
        found = resolve(meant).func is not nothing_here and not meant.endswith("//")
    except Http404:
        found = False
    return Problem(404, f"Addresses end with a slash: {meant[:200]}" if found else "").response


def _patterns() -> list[URLPattern]:
    """Every address under /api/; the last takes whatever no other takes."""
    operations = {
        str(pattern.pattern): path(
            str(pattern.pattern), for_programs(pattern.callback), name=pattern.name or ""
        )
        for pattern in reversed(api.urls[0])  # one for each method: the first has the name we chose
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    }
    return [
        *operations.values(),
        path("openapi.json", for_programs(openapi), name="openapi"),
        path("docs", docs, name="api_docs"),
        path("<path:rest>", for_programs(nothing_here), name="api_nothing"),
    ]


urlpatterns = _patterns()
