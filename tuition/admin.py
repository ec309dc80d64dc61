from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.common import no_append_slash


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

    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from tuition.accounts import leads_on  # it needs models, and this is read before them

        response = super().login(request, extra_context)
        if response.status_code == 302 and not leads_on(request, response["Location"]):
            return redirect("admin:index")
        return response

    @no_append_slash
    def catch_all_view(self, request: HttpRequest, url: str) -> HttpResponse:
        """What writes isn't led on to the address with a slash: see `middleware.Common`."""
        if request.method not in ("GET", "HEAD"):
            raise Http404
        return super().catch_all_view(request, url)


class TuitionAdminConfig(AdminConfig):
    default_site = "tuition.admin.AdminSite"


def moved_tokens(request: HttpRequest) -> HttpResponse:
    """Where the tokens' admin was before they had an app of their own."""
    now = request.get_full_path().replace("/admin/students/", "/admin/api/", 1)
    return HttpResponsePermanentRedirect(now, preserve_request=True)  # a form may still be open
