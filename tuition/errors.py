"""Errors in plain words: a page for people, problem+json for programs (api/problems.py).

No database and no session here: these answers must come while the database is down.
"""

import re
import sys
from collections.abc import ItemsView
from functools import cache
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from api.problems import WORDS, problem
from tuition.office import office

REFUSED = "tuition.refused"  # in a request's META: the status that its body earned (rsgi.py)
RETRY_AFTER = 10  # seconds
TROUBLE = "tuition.trouble"  # in META, as what a body earned
SAFE = ("GET", "HEAD")  # whoever sends these sends nothing to be saved


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


def error(
    request: HttpRequest, status: int, detail: str = "", title: str = "", *, bar: bool = False
) -> HttpResponse:
    """With `bar`, a page shows who is signed in, on top: that may ask the database."""
    if wants_json(request):
        response = problem(status, detail, title=title)
    else:
        words, advice = WORDS[status]
        told = {"status": status, "title": title or words, "detail": detail or advice}
        told |= office(request)
        page = render_to_string("error.html", told, request if bar else None)
        response = HttpResponse(page, status=status)
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


def unread(request: HttpRequest, status: int) -> HttpResponse:
    """What a request earned before anybody looked into it (rsgi.py)."""
    detail, title = "", ""
    if status == 400:
        detail = _("What was sent broke off on the way, and nothing was saved. Send it again.")
    elif status == 403:
        detail = _("Nothing was saved. Sign in first, and send the file again.")
    elif status == 413 and request.path == reverse("student_imports"):
        words = _("Nothing was saved. A file may have %(most)s MB. Split it.")
        detail = words % {"most": settings.IMPORT_MAX_MB}
    elif status == 503:  # of files and exports only so many at once: the database is well
        title = _("Too much is on its way just now")
        detail = _("Nothing was saved. Try again in a minute.")
    return error(request, status, detail, title)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, SessionInterrupted) and passing_trouble(exception):
        return broken(request, exception)  # Django takes a lost database for a lost session
    return error(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Who lacks a right can sign out here, and in as somebody else: no other page may be his."""
    return error(request, 403, bar=True)


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
    """Django calls this while the exception is being handled."""
    return broken(request, sys.exc_info()[1])


# -- What broke ------------------------------------------------------------------------------------

# SQLSTATEs whose trouble passes, beside a lost connection: what happened, what to do. The rest of
# PostgreSQL's errors are mistakes of ours.
BUSY = (
    gettext_lazy("Somebody else is changing the same records"),
    gettext_lazy("Nothing was saved. Try again in a moment."),
)
READ_ONLY = (
    gettext_lazy("The database can't be changed just now"),
    gettext_lazy("Nothing was saved. Try again in a minute."),
)
PASSING = {
    "25006": READ_ONLY,  # another server is taking over
    "25P03": WORDS[503],  # idle_in_transaction_session_timeout: psycopg2's InternalError
    "25P04": WORDS[503],  # transaction_timeout
    "40001": BUSY,
    "40P01": BUSY,  # a deadlock
    "53100": (
        gettext_lazy("The database's disk is full"),
        gettext_lazy("Nothing was saved. Whoever looks after this computer can free some space."),
    ),
    "55P03": BUSY,  # lock_timeout
    "57014": (  # statement_timeout
        gettext_lazy("This takes the database too long"),
        gettext_lazy("Nothing was saved. Ask for less at once, or try again in a minute."),
    ),
}


def broken(request: HttpRequest, exception: BaseException | None) -> HttpResponse:
    """503 where trying again helps, else 500; what is said of saving is true."""
    trouble = passing_trouble(exception)
    status = 503 if trouble else 500
    title, detail = trouble or WORDS[500]
    if request.method not in SAFE and connection.may_be_saved:  # type: ignore[attr-defined]
        detail = _("It may have been saved: look before you send it again.")
        if request.method == "POST" and "Idempotency-Key" in request.headers:
            detail = _(
                "It may have been saved. Send it again with the same Idempotency-Key: it is not"
                " done twice."
            )
    return error(request, status, str(detail), str(title))


def passing_trouble(exception: BaseException | None) -> tuple[Any, Any] | None:
    """(what happened, what to do) if the database's trouble is at the root of it, and passes."""
    while exception:
        sqlstate = getattr(exception.__cause__, "pgcode", None) or ""
        if isinstance(exception, Error) and sqlstate in PASSING:
            return PASSING[sqlstate]
        # psycopg2 says DatabaseError and no more of some connections that die.
        died = type(exception) is DatabaseError and (not sqlstate or sqlstate.startswith("08"))
        if died or isinstance(exception, OperationalError | InterfaceError):
            return WORDS[503]
        exception = exception.__context__
    return None


class Reporter(ExceptionReporter):
    """Under DEBUG: a page with a traceback is for mistakes in the code.

    A trouble of the database's that passes is left to the middleware.
    """

    def __init__(self, request: HttpRequest | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        if request is not None and passing_trouble(self.exc_value):
            request.META[TROUBLE] = self.exc_value

    def get_traceback_html(self) -> SafeString:
        passes = self.request is not None and TROUBLE in self.request.META
        return SafeString() if passes else super().get_traceback_html()


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
