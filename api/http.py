"""What programs send and get: reading a query string, writing JSON that may be kept."""

import hashlib
from functools import lru_cache
from typing import Any, TypeVar

from django.forms import Field, Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.utils.translation import gettext as _
from pydantic_core import to_json

from api.conditions import CONDITIONS, guard, known
from api.problems import Problem, query_errors

F = TypeVar("F", bound=Form)
LONG = 300  # characters: what is longer is rarely sent again, as is a bookmark in a list


class Shared(dict[str, Field]):
    def __deepcopy__(self, memo: Any) -> "Shared":
        return self


def sharing_fields(form_class: type[F]) -> type[F]:
    """For a form that changes none of its fields.

    Django copies them for each form, which takes as long as reading a query string with them.
    """
    form_class.base_fields = Shared(form_class.base_fields)
    return form_class


@sharing_fields
class NoParametersForm(Form):
    """The query string of an address that takes none."""


def read_query(request: HttpRequest, form_class: type[F], **from_path: str) -> F:
    """The form that has read the query string (and what the path says), or Problem 400.

    The same form may serve several requests: look at it, change nothing. It holds what was sent,
    never what was found, and no word in anybody's language.
    """
    query = request.META.get("QUERY_STRING", "")
    rare = "after=" in query or len(query) + sum(map(len, from_path.values())) >= LONG
    return (_read if rare else _remembered)(form_class, query, **from_path)


def _read(form_class: type[F], query: str, **from_path: str) -> F:
    """`query` is as WSGI has it: percent-encoded, its bytes as Latin-1.

    A refusal is raised in here, so that it is never remembered: it is in its caller's language.
    """
    given = QueryDict(query.encode("latin-1"))
    data = given.copy()
    for name, value in from_path.items():
        data[name] = value
    form = form_class(data)
    if errors := query_errors(given, form, from_path):
        raise Problem(400, _("Nothing was done; see errors."), errors)
    return form


# Programs send the same all day, and a form takes longer to read it than the database to answer.
_remembered = lru_cache(maxsize=1000)(_read)


def json_response(request: HttpRequest, data: dict[str, Any], status: int = 200) -> HttpResponse:
    """JSON with its ETag; a reader's conditions decide whether it is sent. Amounts come as text."""
    content = to_json(data)
    etag = etag_of(content)
    response = HttpResponse(
        content, status=status, content_type="application/json", headers={"ETag": etag}
    )
    if request.method in ("GET", "HEAD") and not request.META.keys().isdisjoint(CONDITIONS):
        try:
            guard(request, etag)
        except Problem as refusal:
            return refusal.response
        if known(request, etag):
            return HttpResponseNotModified(headers={"ETag": etag})
    return response


def etag_of(content: bytes) -> str:
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
