"""Errors in plain words: a page for people, RFC 9457 problem+json for programs.

No database and no session here: these answers must come while the database is down.
"""

import difflib
import sys
from collections.abc import Container, Iterable, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from pydantic_core import to_json

# What happened and what to do, for people and programs alike.
WORDS = {
    400: ("This request can't be read", "Part of the address or of what was sent is not allowed."),
    401: ("Sign in first", "This needs a sign-in."),
    403: ("You may not do this", "Your sign-in does not have this right. Ask the office's admin."),
    404: ("There is nothing here", "The address may be mistyped, or the record was deleted."),
    405: ("This address can't be used that way", "It does not take this method."),
    409: ("This can't be done as things stand", "Something else is in the way."),
    412: ("It was changed meanwhile", "Read it again, and send your change once more."),
    413: ("This is too much at once", "Send less."),
    415: ("This kind of content can't be read", "Send JSON, with Content-Type: application/json."),
    500: ("Something broke", "It was not your doing, and nothing was saved. Try once more."),
    503: ("The database is not answering", "Nothing was saved. Try again in a minute."),
}
RETRY_AFTER = 10  # seconds


def wants_json(request: HttpRequest) -> bool:
    """Whether this path belongs to programs."""
    programs, people = addresses()
    return request.path.startswith(programs) and request.path != people


@cache  # this is asked of every request, some of them several times
def addresses() -> tuple[tuple[str, ...], str]:
    """How programs' addresses begin, and the one among them that is a page for people."""
    return ("/api/", reverse("average_fees")), reverse("api_docs")


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refusal, raised where it is found and answered with `response`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.response = problem(*args, **kwargs)


def problem(
    status: int,
    detail: str = "",
    errors: Sequence[dict[str, Any]] = (),
    title: str = "",
    **more: Any,
) -> HttpResponse:
    """RFC 9457: https://www.rfc-editor.org/rfc/rfc9457. One shape for every JSON error.

    `more` are members that one kind of problem adds.
    """
    words, advice = WORDS.get(status, (HTTPStatus(status).phrase, ""))
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title or words,
        "status": status,
        "detail": detail or advice,
    }
    if errors:
        body["errors"] = list(errors)
    body |= more
    return HttpResponse(to_json(body), status=status, content_type="application/problem+json")


def parameter_error(parameter: str, code: str, detail: str, suggestion: str = "") -> dict[str, str]:
    error = {"parameter": parameter, "code": code, "detail": detail}
    return error | {"suggestion": suggestion} if suggestion else error


def unknown_parameters(given: Iterable[str], known: Sequence[str]) -> list[dict[str, str]]:
    """One error for each parameter that isn't known, with the one that may have been meant."""
    return [
        parameter_error(
            name[:100],
            "unknown",
            f"There is no such parameter; this address takes: {', '.join(known)}.",
            next(iter(difflib.get_close_matches(name[:100].lower(), known, n=1)), ""),
        )
        for name in given
        if name not in known
    ]


def query_errors(
    query: QueryDict, form: BaseForm, from_path: Container[str] = ()
) -> list[dict[str, str]]:
    """Everything wrong with a query string: names, repetitions, lengths, then what the form finds.

    A field whose widget takes several values may be repeated. A length is that of the text as
    sent, blanks included, which is what an OpenAPI document can promise. Fields that are
    filled `from_path` are no parameters.
    """
    known = [name for name in form.fields if name not in from_path]
    errors = unknown_parameters(query, known)
    for name in known:
        several = getattr(form.fields[name].widget, "allow_multiple_selected", False)
        if len(query.getlist(name)) > 1 and not several:
            errors.append(
                parameter_error(name, "repeated", f"Name one {name.replace('_', ' ')} in a call.")
            )
    for name in form.fields.keys() & form.data.keys() - form.errors.keys():
        longest = getattr(form.fields[name], "max_length", None)
        sent = form.data.getlist(name)  # type: ignore[attr-defined]
        if longest and any(len(value) > longest for value in sent):
            words = f"It has at most {longest} characters."
            errors.append(parameter_error(name, "max_length", words))
    return errors + form_errors(form)


def form_errors(form: BaseForm) -> list[dict[str, str]]:
    return [
        parameter_error(name, problem.code or "invalid", problem.messages[0])
        for name, problems in form.errors.as_data().items()
        for problem in problems
    ]


def error(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    if wants_json(request):
        response = problem(status, detail)
    else:
        title, advice = WORDS[status]
        page = render_to_string(
            "error.html", {"status": status, "title": title, "detail": detail or advice}
        )
        response = HttpResponse(page, status=status)
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error(
        request,
        403,
        "The form was open too long or came from another site, and nothing was saved."
        " Go back, load the page again and send it once more.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while the exception is being handled: a lost database is a 503."""
    lost = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return error(request, 503 if lost else 500)
