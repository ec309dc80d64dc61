import logging
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views import main
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.common import no_append_slash

logger = logging.getLogger(__name__)

MOST_SEARCHED = 100  # characters
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


class ChangeList(main.ChangeList):
    """A list that is filtered by the filters on its page, and by no other question of a caller's.

    Django passes any look-up on to the database: a fragment of a password's hash, `__regex=[`.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        if unasked := found[2]:
            raise DisallowedModelAdminLookup(f"No filter takes {', '.join(unasked)[:200]}.")
        return found


class Careful:
    """For every model of the admin: what can't be read is refused, where Django would break."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList

    def get_changelist_instance(self: Any, request: HttpRequest) -> Any:
        try:
            return super().get_changelist_instance(request)  # type: ignore[misc]
        except IncorrectLookupParameters:  # Django leads on to the whole list, and says nothing
            if main.ERROR_FLAG in request.GET:
                raise BadRequest from None
            messages.warning(request, _("There is no such page or filter: this is the whole list."))
            raise

    def get_search_results(self: Any, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Each word is looked for in each field: thousands would be too much for PostgreSQL."""
        if len(search_term) > MOST_SEARCHED:
            words = _("Search for at most %(limit)s characters.") % {"limit": MOST_SEARCHED}
            messages.error(request, words)
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new record's form starts empty: Django would fill it from the address, unread."""
        return {}

    def formfield_for_dbfield(self: Any, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """PostgreSQL knows years that Python doesn't: such a record could never be read again."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(db_field, models.DateTimeField) and field:
            for part, label in zip(field.widget.widgets, (_("Date"), _("Time")), strict=True):
                part.attrs["aria-label"] = label
            field.validators = [
                *field.validators,
                MinValueValidator(FIRST),
                MaxValueValidator(LAST),
            ]
        return field

    def formfield_for_manytomany(self: Any, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Boxes to check: Django's two lists with arrows are no use on a phone, nor to a reader."""
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    # Who may do what is changed in few places, and each change is logged: whose, and which fields.

    def log_addition(self: Any, request: HttpRequest, obj: Any, message: Any) -> Any:
        note(request, "added", [obj])
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self: Any, request: HttpRequest, obj: Any, message: Any) -> Any:
        note(request, "changed", [obj], fields_of(message))
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self: Any, request: HttpRequest, queryset: Any) -> Any:
        note(request, "deleted", queryset)
        return super().log_deletions(request, queryset)  # type: ignore[misc]

    def response_action(self: Any, request: HttpRequest, queryset: Any) -> Any:
        try:
            for pk in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.clean(pk, None)
        except ValidationError:
            raise BadRequest from None
        return super().response_action(request, queryset)  # type: ignore[misc]


def note(request: HttpRequest, done: str, records: Any, fields: str = "") -> None:
    """A line in the log for users, groups and tokens: numbers, never names."""
    for record in records:
        if record._meta.app_label in ("auth", "api"):
            about = f"{record._meta.model_name} {record.pk}"
            logger.info("%s %s by user %s%s", about, done, request.user.pk, fields)


def fields_of(message: Any) -> str:
    """`: groups, is_staff`, of what Django says of a change; "" of words."""
    told = message if isinstance(message, list) else []
    names = [name for each in told for name in each.get("changed", {}).get("fields", [])]
    return f": {', '.join(sorted(map(str, names)))}" if names else ""


class AdminSite(admin.AdminSite):
    """Django's; whoever is signed in but isn't staff gets a 403, not another sign-in page."""

    site_title = site_header = "Tuition"
    index_title = gettext_lazy("Records and users")
    login_template = "accounts/login.html"  # one sign-in page for all

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        base = admin_class or admin.ModelAdmin
        own: dict[str, Any] = {}
        if hasattr(base, "change_password_form"):
            from tuition.accounts import NewPasswordForm

            own["change_password_form"] = NewPasswordForm
        careful = type(base.__name__, (Careful, base), own)
        super().register(model_or_iterable, careful, **options)

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
        # They need models, and this is read before them.
        from tuition.accounts import AdminSignInForm, after_sign_in, leads_on

        self.login_form = AdminSignInForm
        response = after_sign_in(request, super().login(request, extra_context))
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
