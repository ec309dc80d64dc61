"""Whose Tuition this is: the office's name, address and logo, on pages and paper."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe


def office(request: HttpRequest) -> dict[str, Any]:
    """For every template: the name, the lines of the address, the logo's own address or ""."""
    logo = settings.OFFICE_LOGO
    return {
        "office": {
            "name": settings.OFFICE_NAME or "Tuition",
            "address": settings.OFFICE_ADDRESS,
            "logo": f"{reverse('office_logo')}?v={logo.version}" if logo else "",
        }
    }


@require_safe
@login_not_required  # the sign-in page shows it
def office_logo(request: HttpRequest) -> HttpResponse:
    """The file of OFFICE_LOGO: no file of ours, so that `collectstatic` doesn't know it.

    Kept by browsers for good: the address changes with the picture. An SVG opened by itself is a
    document, whose scripts the Content-Security-Policy of every answer refuses.
    """
    logo = settings.OFFICE_LOGO
    if not logo:
        raise Http404
    headers = {"ETag": f'"{logo.version}"', "Cache-Control": "public, max-age=31536000, immutable"}
    response = HttpResponse(logo.content, content_type=logo.kind, headers=headers)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
