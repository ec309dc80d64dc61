"""Errors in plain words: a page for people, problem+json for programs (api/problems.py).

No database and no session here: these answers must come while the database is down.
"""

import re
import sys
from collections.abc import ItemsView
from functools import cache
from types import FrameType
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _
from django.views.debug import SafeExceptionReporterFilter

from api.problems import WORDS, problem

RETRY_AFTER = 10  # seconds


def wants_json(request: HttpRequest) -> bool:
    """Whether this path belongs to programs."""
    programs, people = addresses()
    return request.path_info.startswith(programs) and request.path_info != people


@cache  # this is asked of every request, some of them several times
def addresses() -> tuple[tuple[str, ...], str]:
    """How programs' addresses begin, and the one among them that is a page for people.

    Below the prefix that the site may be served under (SCRIPT_NAME), as `path_info` is.
    """
    prefix = get_script_prefix()
    average, docs = (
        "/" + reverse(name).removeprefix(prefix) for name in ("average_fees", "api_docs")
    )
    return ("/api/", average), docs


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
        _(
            "The form was open too long or came from another site, and nothing was saved."
            " Go back, load the page again and send it once more."
        ),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while the exception is being handled: a lost database is a 503."""
    lost = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return error(request, 503 if lost else 500)


class DebugPages(SafeExceptionReporterFilter):
    """Django's pages under DEBUG, which show settings, environment and frames: no password there.

    Django knows PASSWORD and SECRET_KEY by name, but not an address that holds a password, nor
    what the driver is called with.
    """

    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|DATABASE_URL|^OPTIONS$|^DSN$",
        re.IGNORECASE,
    )

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self.cleanse_setting(name, value) for name, value in found}.items()
