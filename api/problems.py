"""Refusals in one shape: RFC 9457 problem+json, with everything that is wrong at once."""

import difflib
from collections.abc import Container, Iterable, Sequence
from http import HTTPStatus
from typing import Any, cast

from django.forms import BaseForm
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic_core import to_json

# What happened and what to do, for people and programs alike.
WORDS = {
    400: (
        gettext_lazy("This request can't be read"),
        gettext_lazy("Part of the address or of what was sent is not allowed."),
    ),
    401: (gettext_lazy("Sign in first"), gettext_lazy("This needs a sign-in.")),
    403: (
        gettext_lazy("You may not do this"),
        gettext_lazy("Your sign-in does not have this right. Ask the office's admin."),
    ),
    404: (
        gettext_lazy("There is nothing here"),
        gettext_lazy("The address may be mistyped, or the record was deleted."),
    ),
    405: (
        gettext_lazy("This address can't be used that way"),
        gettext_lazy("It does not take this method."),
    ),
    408: (gettext_lazy("This came too slowly"), gettext_lazy("Nothing was saved. Send it again.")),
    409: (
        gettext_lazy("This can't be done as things stand"),
        gettext_lazy("Something else is in the way."),
    ),
    411: (
        gettext_lazy("This does not say how long it is"),
        gettext_lazy("Send it with a Content-Length header."),
    ),
    412: (
        gettext_lazy("It was changed meanwhile"),
        gettext_lazy("Read it again, and send your change once more."),
    ),
    413: (
        gettext_lazy("This is too much at once"),
        gettext_lazy("Nothing was saved: at most 2.5 MB can be sent at a time. Send less."),
    ),
    415: (
        gettext_lazy("This kind of content can't be read"),
        gettext_lazy("Send JSON, with Content-Type: application/json."),
    ),
    500: (
        gettext_lazy("Something broke"),
        gettext_lazy("It was not your doing, and nothing was saved. Try once more."),
    ),
    503: (
        gettext_lazy("The database is not answering"),
        gettext_lazy("Nothing was saved. Try again in a minute."),
    ),
}


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
        "title": title or str(words),
        "status": status,
        "detail": detail or str(advice),
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
    words = _("There is no such parameter; this address takes none.")
    if known:
        words = _("There is no such parameter; this address takes: %(known)s.")
        words %= {"known": ", ".join(known)}
    return [
        parameter_error(
            name[:100],
            "unknown",
            words,
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
            words = _("Name one %(parameter)s in a call.")
            told = words % {"parameter": name.replace("_", " ")}
            errors.append(parameter_error(name, "repeated", told))
    for name in form.fields.keys() & form.data.keys() - form.errors.keys():
        longest = getattr(form.fields[name], "max_length", None)
        sent = cast(QueryDict, form.data).getlist(name)
        if longest and any(len(value) > longest for value in sent):
            errors.append(parameter_error(name, "max_length", too_long(longest)))
    return errors + form_errors(form)


def too_long(longest: int) -> str:
    return _("It has at most %(limit)s characters.") % {"limit": longest}


def form_errors(form: BaseForm) -> list[dict[str, str]]:
    return [
        parameter_error(name, problem.code or "invalid", problem.messages[0])
        for name, problems in form.errors.as_data().items()
        for problem in problems
    ]
