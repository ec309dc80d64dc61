"""Every address of the site. The names are the views' and the templates' names too."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path, re_path

from api.urls import api_urls
from ledger.api import router as money
from students.api import router as students
from tuition import health
from tuition.accounts import PasswordChangeView, SignInView, SignOutView
from tuition.admin import moved_tokens
from tuition.office import office_logo

accounts = [
    path("login/", SignInView.as_view(), name="login"),
    path("logout/", SignOutView.as_view(), name="logout"),
    path("password_change/", PasswordChangeView.as_view(), name="password_change"),
    path(
        "password_change/done/",
        auth.PasswordChangeDoneView.as_view(template_name="accounts/password_change_done.html"),
        name="password_change_done",
    ),
]

watched = [
    path("live", health.live, name="live"),
    path("ready", health.ready, name="ready"),
]

urlpatterns = [
    path("", include("students.urls")),
    path("", include("ledger.urls")),
    path("api/", include(api_urls(students, money))),
    path("accounts/", include(accounts)),
    path("healthz/", include(watched)),
    path("office/", include([path("logo/", office_logo, name="office_logo")])),
    re_path("^admin/students/apitoken/", moved_tokens),
    path("admin/", admin.site.urls),
]

handler400 = "tuition.errors.bad_request"
handler403 = "tuition.errors.permission_denied"
handler404 = "tuition.errors.not_found"
handler500 = "tuition.errors.server_error"
