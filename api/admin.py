"""The tokens' admin: made here, shown once, listed, revoked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from api.access import all_rights, rights_to_see
from api.models import MAX_DAYS, NAME_IN_USE, ApiToken, ApiTokenQuerySet


class ApiTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """Nobody gives a program more than he has himself."""

    maker: Any  # the user, set by ApiTokenAdmin.get_form

    class Meta:
        model = ApiToken
        fields = ["name", "can_edit", "expires_at"]

    def clean_can_edit(self) -> bool:
        can_edit = bool(self.cleaned_data["can_edit"])
        if can_edit and not self.maker.has_perms(all_rights()):
            raise ValidationError(_("You may not add, change and delete students yourself."))
        if not self.maker.has_perms(rights_to_see()):
            raise ValidationError(_("You may not see students yourself."))
        return can_edit

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if ApiToken.objects.filter(name=name, revoked_at=None).exists():
            raise ValidationError(NAME_IN_USE)
        return name

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        days = (expires_at - timezone.now()).total_seconds() / 86400
        if not 0 < days <= MAX_DAYS + 1:
            words = _("Choose a time from now to %(days)s days ahead.")
            raise ValidationError(words % {"days": MAX_DAYS})
        return expires_at


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Never changed, so that a key's rights stay put."""

    form = ApiTokenForm
    list_display = [
        "name", "prefix", "can_edit", "state", "expires_at", "last_used_at", "created_by",
    ]  # fmt: skip
    list_select_related = ["created_by"]
    ordering = ["-created_at"]
    search_fields = ["name", "prefix"]
    actions = ["revoke"]

    @admin.display(description=gettext_lazy("state"))
    def state(self, token: ApiToken) -> str:
        return token.state

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_state(rights_to_see(), all_rights())  # type: ignore[attr-defined]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        return type("ApiTokenForm", (form,), {"maker": request.user})

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        obj.created_by_id = request.user.pk
        request.new_key = obj.new_key()  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiToken, *args: Any) -> HttpResponse:
        """The key on this one page: not in a message, which would be stored."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Token made"),
            "opts": self.opts,
            "token": obj,
            "key": request.new_key,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/api/apitoken/made.html", context)

    @admin.action(description=gettext_lazy("Revoke selected API tokens"), permissions=["add"])
    def revoke(self, request: HttpRequest, tokens: ApiTokenQuerySet) -> None:
        for token in tokens.filter(revoked_at=None):
            self.log_change(request, token, [{"changed": {"fields": ["revoked"]}}])
        count = tokens.revoke()
        words = ngettext(
            "Revoked: %(count)s. They stop working at once.",
            "Revoked: %(count)s. They stop working at once.",
            count,
        )
        self.message_user(request, words % {"count": count})
