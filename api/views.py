"""The addresses under /api/ that are no operations: the document, its page, and nothing."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from api.access import admit, rights_to_see
from api.http import NoParametersForm, json_response, read_query
from api.openapi import contract, operations
from api.problems import Problem


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document, for whoever may see something through the API."""
    try:
        admit(request, *rights_to_see())
        read_query(request, NoParametersForm)
    except Problem as refusal:
        return refusal.response
    return json_response(request, contract())


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same for people, with a form to try each operation."""
    if not any(map(request.user.has_perm, rights_to_see())):
        raise PermissionDenied
    return render(request, "api/api_docs.html", {"operations": operations()})


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Here and not left to Django, whose own 404 is a page while DEBUG is on."""
    try:
        found = not rest.endswith("/") and resolve(f"{request.path_info}/").url_name
    except Http404:
        found = None
    if found in (None, False, "api_nothing"):
        return Problem(404).response
    words = _("Addresses end with a slash: %(meant)s")
    return Problem(404, words % {"meant": escape_uri_path(f"{request.path}/")}).response
