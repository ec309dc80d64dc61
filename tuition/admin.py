from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
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


class TuitionAdminConfig(AdminConfig):
    default_site = "tuition.admin.AdminSite"


def moved_tokens(request: HttpRequest) -> HttpResponse:
    """Where the tokens' admin was before they had an app of their own."""
    now = request.get_full_path().replace("/admin/students/", "/admin/api/", 1)
    return HttpResponsePermanentRedirect(now, preserve_request=True)  # a form may still be open
