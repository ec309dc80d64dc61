from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.translation import gettext_lazy as _


class AdminSite(admin.AdminSite):
    """Django's; whoever is signed in but isn't staff gets a 403, not another sign-in page."""

    site_title = site_header = "Tuition"
    index_title = _("Records and users")

    def has_permission(self, request: HttpRequest) -> bool:
        allowed = super().has_permission(request)
        if not allowed and request.user.is_authenticated:
            raise PermissionDenied
        return allowed

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Asked again where somebody took a unique name meanwhile: now the form can say so.

        Two forms sent at once both find the name free; the constraint lets one of them in.
        """

        @wraps(view)
        def once_more(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return view(request, *args, **kwargs)
            except IntegrityError:
                return view(request, *args, **kwargs)

        return super().admin_view(once_more, cacheable)


class TuitionAdminConfig(AdminConfig):
    default_site = "tuition.admin.AdminSite"


def moved_tokens(request: HttpRequest) -> HttpResponse:
    """Where the tokens' admin was before they had an app of their own."""
    now = request.get_full_path().replace("/admin/students/", "/admin/api/", 1)
    return HttpResponsePermanentRedirect(now, preserve_request=True)  # a form may still be open
