"""What every request and response passes through, beside Django's own middleware."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control

from tuition.errors import error

GetResponse = Callable[[HttpRequest], HttpResponse]


def response_headers(get_response: GetResponse) -> GetResponse:
    """The headers that Django and django-csp don't set; pages are private unless they say more."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        if "Cache-Control" not in response:
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return middleware


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp's policy, built once: no page asks for a nonce or for a change of its own.

    Building it anew took a tenth of the time of an average-fees request.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.policy = build_policy()

    def process_request(self, request: HttpRequest) -> None:
        pass

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # Django's debug pages style themselves inline.
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers.setdefault(HEADER, self.policy)
        return response


def plain_errors(get_response: GetResponse) -> GetResponse:
    """A NUL anywhere is a 400 (PostgreSQL can't store one); a bare 405 gets its words."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            if has_nul(request):
                return error(request, 400, "It holds a NUL character, which no text here may hold.")
        except SuspiciousOperation:  # more parameters than DATA_UPLOAD_MAX_NUMBER_FIELDS
            return error(request, 400, "It holds more fields than any form here has.")
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            page = error(request, 405, f"It takes {response['Allow']}, not {request.method}.")
            response.content, response["Content-Type"] = page.content, page["Content-Type"]
            response["Content-Length"] = len(page.content)  # it was that of no words
        return response

    return middleware


def has_nul(request: HttpRequest) -> bool:
    """Uploaded files are left to their own readers."""
    forms = [request.GET] + ([request.POST] if request.method == "POST" else [])
    return (
        "\0" in request.path_info
        or any("\0" in value for value in request.COOKIES.values())
        or any(
            "\0" in key or any("\0" in value for value in values)
            for form in forms
            for key, values in form.lists()
        )
    )
