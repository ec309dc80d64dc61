"""What every request and response passes through, beside Django's own middleware."""

import logging
import os
import time
from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.common import CommonMiddleware
from django.middleware.gzip import GZipMiddleware
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from tuition.errors import REFUSED, SAFE, TROUBLE, broken, error, unread, wants_json
from tuition.logs import request_id, without_names
from tuition.sessions import BEGAN

logger = logging.getLogger("tuition.request")

JSON = "application/json"
GetResponse = Callable[[HttpRequest], HttpResponse]


def response_headers(get_response: GetResponse) -> GetResponse:
    """The headers of every answer; pages are private unless they say more.

    The policy is built once: no page asks for a nonce or for a change of its own. Some are those of
    Django's own middlewares, two rooms more, which also leave them out when they themselves refuse
    a wrong Host.
    """
    headers = {
        HEADER: build_policy(),
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cache-Control": "private, no-cache",
    }

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        request_id.set(os.urandom(8).hex())
        if request.method not in SAFE:
            connection.may_be_saved = False  # type: ignore[attr-defined]
        connection.context = None  # type: ignore[attr-defined]
        try:
            response = get_response(request)
        finally:
            connection.context = None  # type: ignore[attr-defined]
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if settings.DEBUG and response.status_code == 500:
            del response[HEADER]  # Django's page with the traceback styles itself inline
        if worth_a_line(request, response):
            log(request, response, time.perf_counter() - began)
        return response

    return middleware


def worth_a_line(request: HttpRequest, response: HttpResponse) -> bool:
    """Not what programs read all day, nor static files, as long as they get it."""
    read = request.method in SAFE and response.status_code < 400
    return not read or not (wants_json(request) or is_static(request) or is_health(request))


def log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Who asked for what and what came of it: numbers, and a path without names."""
    about: dict[str, Any] = {"status": response.status_code, "ms": round(seconds * 1000, 1)}
    if who := caller(request):
        about["who"] = who
    response.headers["X-Request-ID"] = request_id.get()
    logger.info("%s %s", request.method, without_names(request.path), extra={"about": about})


def caller(request: HttpRequest) -> str:
    """`user 7` or `token 3`, if it came to light; nothing is looked up for it."""
    user = getattr(request, "_cached_user", None)
    return getattr(request, "auth", "") or (f"user {user.pk}" if user and user.pk else "")


def is_static(request: HttpRequest) -> bool:
    return request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}")


def is_health(request: HttpRequest) -> bool:
    return request.path_info.startswith("/healthz/")


class Compressed(GZipMiddleware):
    """Django's, for pages and CSV: JSON keeps its strong ETags, which If-Match needs.

    docs/serving.md says why that tells nobody what is in a page (BREACH).
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if response.get("Content-Type", "").startswith(("text/html", "text/csv")):
            return super().process_response(request, response)
        return response


def plain_errors(get_response: GetResponse) -> GetResponse:
    """What a body earned before it got here (rsgi.py), a NUL, a bare 405: in our words.

    A 400 and a 404 too under DEBUG, where Django would show settings and addresses instead, and a
    503, where it would show a traceback.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if status := request.META.get(REFUSED):
            return unread(request, status)
        try:
            if has_nul(request):
                return error(
                    request, 400, _("It holds a NUL character, which no text here may hold.")
                )
        except RequestDataTooBig:
            return error(request, 413)
        except SuspiciousOperation:  # more parameters than DATA_UPLOAD_MAX_NUMBER_FIELDS
            return error(request, 400, _("It holds more fields than any form here has."))
        response = get_response(request)
        if TROUBLE in request.META:
            return broken(request, request.META[TROUBLE])
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            words = _("It takes %(allowed)s, not %(method)s.")
            told = words % {"allowed": response["Allow"], "method": request.method}
            page = error(request, 405, told)
            response.content, response["Content-Type"] = page.content, page["Content-Type"]
            response["Content-Length"] = len(page.content)  # it was that of no words
        elif settings.DEBUG and response.status_code in (400, 404) and is_text(response):
            return error(request, response.status_code)
        return response

    return middleware


def is_text(response: HttpResponse) -> bool:
    """Not what a program reads: Django's debug pages are HTML, or plain text for who wants that."""
    return str(response.get("Content-Type", "")).startswith("text/")


def has_nul(request: HttpRequest) -> bool:
    """Uploaded files are left to their own readers; a plain query string isn't taken apart here."""
    query = request.META.get("QUERY_STRING", "")
    odd = "\0" in query or "%00" in query or query.count("&") > 100  # GET itself refuses too many
    texts = [request.path_info, *request.COOKIES.values()]
    forms = [request.GET] if odd else []
    # JSON has its own reader, and POST would be empty.
    forms += [request.POST] if request.method == "POST" and request.content_type != JSON else []
    for form in forms:
        for key, values in form.lists():
            texts += [key, *values]
    return any("\0" in text for text in texts)


class Common(CommonMiddleware):
    """Django's; what writes isn't led on to the address with a slash: it would arrive as a GET."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        reads = request.method in ("GET", "HEAD")
        return reads and super().should_redirect_with_slash(request)


class LoginRequired(LoginRequiredMiddleware):
    """Django's; an open view is served without looking up whose session it is."""

    def process_view(self, request: HttpRequest, view_func: Any, *args: Any) -> Any:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, *args)


class Writer(MiddlewareMixin):
    """Tells the database who changes something here, and through which door, for the history.

    Who comes with a token is told by the API's own door.
    """

    def process_view(self, request: HttpRequest, *args: Any) -> None:
        if request.method not in SAFE and request.user.is_authenticated:
            connection.context = {  # type: ignore[attr-defined]
                "door": door_of(request),
                "user": request.user.pk,
                "name": request.user.get_username(),
            }


def door_of(request: HttpRequest) -> str:
    if wants_json(request):
        return "api"
    match = request.resolver_match
    return "admin" if match and match.app_names == ["admin"] else "site"


# -- What only people need -------------------------------------------------------------------------


class PeopleOnly(MiddlewareMixin):
    """Django's middleware, not asked when a program calls without cookies.

    There is no session to look for then, and no page to show a message on.
    """

    def __call__(self, request: HttpRequest) -> Any:
        if request.META.get("HTTP_COOKIE") or not wants_json(request):
            return super().__call__(request)
        return self.get_response(request)


class Sessions(PeopleOnly, SessionMiddleware):
    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Who is here stays signed in. Where that can't be saved, the answer is as good."""
        session: Any = request.session
        changed = session.modified
        if session.accessed and session.is_due():
            session.setdefault(BEGAN, int(time.time()))  # he signed in before there was an end
            session.prolong()
        try:
            return super().process_response(request, response)
        except DatabaseError:
            if changed:
                raise
            return response


class Authentication(PeopleOnly, AuthenticationMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        request.user = AnonymousUser()
        return super().__call__(request)


class Messages(PeopleOnly, MessageMiddleware):
    pass
