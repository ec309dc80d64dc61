"""Who may sign in and do what: Django's rules, asked quickly; and the sample sign-ins."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from math import ceil
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import get_user_model, views
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AdminPasswordChangeForm, AuthenticationForm
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.views import LoginView, LogoutView
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.db.models import Model
from django.http import HttpRequest
from django.urls import Resolver404, get_script_prefix, resolve, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tuition import backups
from tuition.hashing import Busy, lane
from tuition.throttle import Wait, account_of, address_of, begin, forgive

logger = logging.getLogger(__name__)

# A user's own rights and his groups'.
RIGHTS = """
SELECT app_label || '.' || codename
FROM auth_permission JOIN django_content_type ON django_content_type.id = content_type_id
WHERE auth_permission.id IN (
    SELECT permission_id FROM auth_user_user_permissions WHERE user_id = $1
    UNION SELECT permission_id FROM auth_group_permissions JOIN auth_user_groups USING (group_id)
    WHERE user_id = $1
)
"""


@cache
def user_by_id() -> tuple[str, list[str]]:
    """The statement, and the attributes that its columns are."""
    fields = get_user_model()._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = get_user_model()._meta.db_table
    sql = f'SELECT {columns} FROM "{table}" WHERE id = $1'  # noqa: S608 - no value in it
    return sql, [field.attname for field in fields]


class Backend(ModelBackend):
    """Django's model backend. Who it is and what he may are statements that connections know.

    Every page of a signed-in person asks them, and Django takes longer to write them than
    PostgreSQL to answer.
    """

    def get_user(self, user_id: Any) -> Any:
        sql, names = user_by_id()
        rows = connection.fetch_prepared(sql, [user_id])  # type: ignore[attr-defined]
        users = [get_user_model().from_db(connection.alias, names, row) for row in rows]
        return next(filter(self.user_can_authenticate, users), None)

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = all_rights() if user_obj.is_superuser else rights_of(user_obj)
        return set(user_obj._perm_cache)


def all_rights() -> set[str]:
    names = Permission.objects.order_by().values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in names}


def rights_of(user: Any) -> set[str]:
    rows = connection.fetch_prepared(RIGHTS, [user.pk])  # type: ignore[attr-defined]
    return {right for (right,) in rows}


# -- Signing in and out ----------------------------------------------------------------------------


class SignInForm(AuthenticationForm):
    """Django's, on both sign-in pages; who guesses is slowed down before anything is hashed."""

    request: HttpRequest
    wait = 0  # seconds until the next try; 0: it was tried

    def clean(self) -> dict[str, Any]:
        username, password = (self.cleaned_data.get(name) for name in ("username", "password"))
        if not username or not password:
            return self.cleaned_data
        address = address_of(self.request)
        account = account_of(username)
        try:
            tried, known = begin(account, address)
        except Wait as early:
            self.wait = ceil(early.span.total_seconds())
            logger.warning("sign-in refused: too many wrong tries, from %s", address)
            raise ValidationError(too_early(self.wait), code="throttled") from None
        try:
            with lane("known" if known else "strangers"):
                data: dict[str, Any] = super().clean()
        except Busy:
            tried.delete()
            self.wait = 1
            words = _("Somebody else is signing in at this moment. Sign in once more.")
            raise ValidationError(words, code="busy") from None
        except ValidationError:
            logger.warning("sign-in refused: wrong name or password, from %s", address)
            raise
        tried.succeeded = True
        tried.save(update_fields=["succeeded"])
        logger.info("signed in: user %s, from %s", self.get_user().pk, address)
        return data


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """The admin's, for staff only."""


class NewPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """By which an admin gives somebody a new password; his wrong tries are forgotten."""

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit)
        forgive(user.get_username())
        return user


class SignOutView(LogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        logger.info("signed out: user %s", request.user.pk)
        return super().post(request, *args, **kwargs)


class PasswordChangeView(views.PasswordChangeView):
    template_name = "accounts/password_change.html"

    def form_valid(self, form: Any) -> Any:
        logger.info("password changed: user %s", self.request.user.pk)
        return super().form_valid(form)


def too_early(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    return ngettext(
        "Too many wrong tries. Try again in %(minutes)s minute, or ask an admin for a new"
        " password.",
        "Too many wrong tries. Try again in %(minutes)s minutes, or ask an admin for a new"
        " password.",
        minutes,
    ) % {"minutes": minutes}


def after_sign_in(request: HttpRequest, response: Any) -> Any:
    """Tells an admin who has signed in of missing backups.

    A page with a form that came too early is a 429, which tells programs when to come again.
    """
    signed_in = request.method == "POST" and response.status_code == 302
    if signed_in and request.user.is_superuser and (words := backups.warning()):
        messages.warning(request, words)
    form = (getattr(response, "context_data", None) or {}).get("form")
    if wait := getattr(form, "wait", 0):
        response.status_code = 429
        response["Retry-After"] = str(wait)
    return response


class SignInView(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return after_sign_in(request, super().dispatch(request, *args, **kwargs))

    def get_redirect_url(self) -> str:
        there = super().get_redirect_url()
        return there if there and leads_on(self.request, there) else ""

    def get_default_redirect_url(self) -> str:
        """Who takes money works at the fee desk; an admin, who may do everything, at the list."""
        user: Any = self.request.user
        at_the_desk = user.has_perm("ledger.add_receipt") and not user.is_superuser
        return reverse("fee_desk") if at_the_desk else super().get_default_redirect_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        samples = sample_sign_ins() if settings.DEBUG else []
        return super().get_context_data(sample_sign_ins=samples, **kwargs)


# Where nobody can go on to who has just signed in: back to the sign-in, or what only takes a POST.
NO_WAY_ON = {"login", "logout", "admin:login", "admin:logout"}


def leads_on(request: HttpRequest, there: str) -> bool:
    """Whether `there`, an address on this site as a browser takes it, is a page to open."""
    path = unquote(urlsplit(urljoin(request.path, there)).path)
    path = "/" + path.removeprefix(get_script_prefix()).lstrip("/")
    names = set()
    for each in (path, f"{path}/"):  # without its slash an address is led on to the one with it
        with suppress(Resolver404):
            names.add(resolve(each).view_name)
    return bool(names) and names.isdisjoint(NO_WAY_ON)


# -- Sample sign-ins: only `make run` on an empty embedded database makes them --------------------

SAMPLE_SIGN_INS: tuple[tuple[str, str, str | Promise], ...] = (
    # name, password, rights
    ("admin", "admin-sample", gettext_lazy("may do everything, in the admin too")),
    (
        "staff",
        "staff-sample",
        gettext_lazy("may see, add and change students, in the admin too"),
    ),
    ("viewer", "viewer-sample", gettext_lazy("may see students")),
    ("cashier", "cashier-sample", gettext_lazy("may take money at the fee desk")),
    ("manager", "manager-sample", gettext_lazy("may charge months, undo, adjust and report")),
)
SAMPLE_GROUPS = {
    "staff": "Editors", "viewer": "Viewers", "cashier": "Cashiers", "manager": "Managers",
}  # fmt: skip


def make_sample_sign_ins() -> None:
    users = get_user_model().objects
    for name, password, _rights in SAMPLE_SIGN_INS:
        if group := SAMPLE_GROUPS.get(name):
            user = users.create_user(name, password=password, is_staff=name == "staff")
            user.groups.add(Group.objects.get(name=group))
        else:
            users.create_superuser(name, password=password)


def sample_sign_ins() -> list[tuple[str, str, str | Promise]]:
    """Those that still have the password everybody can read above."""
    names = [name for name, _, _ in SAMPLE_SIGN_INS]
    users = get_user_model().objects.filter(username__in=names, is_active=True)
    stored = dict(users.values_list("username", "password"))
    return [
        sample
        for sample in SAMPLE_SIGN_INS
        if sample[0] in stored and is_password(sample[1], stored[sample[0]])
    ]


@cache  # hashing is slow by design, and the answer for one stored hash never changes
def is_password(password: str, stored: str) -> bool:
    return check_password(password, stored)


def check_sample_sign_ins(
    *, databases: Sequence[str] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    if not databases:
        return []
    try:
        names = [name for name, _, _ in sample_sign_ins()]
    except DatabaseError:  # not migrated yet, or not answering: other checks say so
        return []
    if not names:
        return []
    return [
        checks.Warning(
            f"Anybody can sign in with a sample password as: {', '.join(names)}.",
            hint="Before real work, change or delete them: manage.py changepassword NAME, or"
            " Users in the admin.",
            id="tuition.W101",
        )
    ]
