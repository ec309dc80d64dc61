"""Every address under /api/: the operations of the apps' routers, then our own."""

from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from ninja import Router

from api.door import api
from api.views import docs, nothing_here, openapi


def api_urls(*routers: Router) -> list[URLPattern]:
    """The last address takes whatever no other takes."""
    for router in routers:
        api.add_router("", router)
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
            return HttpResponseNotAllowed(sorted(allowed))  # the project's middleware adds words
        return response

    return csrf_exempt(login_not_required(wrapper))
