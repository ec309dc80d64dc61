"""The tokens' admin: made here, shown once, listed, revoked."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from api.access import all_rights, rights_given, rights_to_see
from api.idempotency import SentOnceForm, form_once
from api.models import MAX_DAYS, NAME_IN_USE, ApiToken, ApiTokenQuerySet


class NotAdded(Exception):  # noqa: N818 - no error: the form was refused
    """Ends the transaction in which nothing was added."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


class AddedOnceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A SentOnceForm that comes twice adds once, and a word says so."""

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        add_view = super().add_view
        if request.method != "POST" or not self.has_add_permission(request):
            return add_view(request, *args, **kwargs)
        responses = []

        def add() -> dict[str, Any]:
            request.added = None  # type: ignore[attr-defined]  # a try before may have failed
            response = add_view(request, *args, **kwargs)
            added = getattr(request, "added", None)
            if added is None:
                raise NotAdded(response)
            responses.append(response)
            return {"pk": added.pk, "name": str(added)}

        try:
            answer, before = form_once(request, add)
        except NotAdded as refused:
            return refused.response
        return self.response_added_before(request, **answer) if before else responses[0]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        request.added = obj  # type: ignore[attr-defined]
        return super().log_addition(request, obj, message)

    def added_before(self, name: str) -> str:
        words = _("“%(name)s” was already added, and nothing was added twice.")
        return words % {"name": name}

    def response_added_before(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Leads to where the first one led."""
        self.message_user(request, self.added_before(name), messages.WARNING)
        if "_addanother" in request.POST:
            return redirect(request.path)
        if "_continue" in request.POST:
            return redirect(admin_urlname(self.opts, "change"), pk)  # type: ignore[arg-type]
        return self.response_post_save_add(request, None)


class ApiTokenForm(SentOnceForm, forms.ModelForm):  # type: ignore[type-arg]
    """Nobody gives a program more than he has himself."""

    maker: Any  # the user, set by ApiTokenAdmin.get_form

    class Meta:
        model = ApiToken
        fields = ["name", "can_edit", "can_money", "expires_at"]

    def clean_can_edit(self) -> bool:
        can_edit = bool(self.cleaned_data["can_edit"])
        if can_edit and not self.maker.has_perms(all_rights()):
            raise ValidationError(_("You may not add, change and delete students yourself."))
        if not self.maker.has_perms(rights_to_see()):
            raise ValidationError(_("You may not see students yourself."))
        return can_edit

    def clean_can_money(self) -> bool:
        can_money = bool(self.cleaned_data["can_money"])
        if can_money and not self.maker.has_perms(rights_to_see(money=True)):
            raise ValidationError(_("You may not see money yourself."))
        can_edit = bool(self.cleaned_data.get("can_edit"))
        if can_money and not self.maker.has_perms(rights_given(can_edit, can_money)):
            words = _("You may not take money, reverse it and charge months yourself.")
            raise ValidationError(words)
        return can_money

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
class ApiTokenAdmin(AddedOnceAdmin):
    """Never changed, so that a key's rights stay put."""

    form = ApiTokenForm
    list_display = [
        "name", "prefix", "can_edit", "can_money", "state", "expires_at", "last_used_at",
        "created_by",
    ]  # fmt: skip
    list_select_related = ["created_by"]
    ordering = ["-created_at"]
    search_fields = ["name", "prefix"]
    actions = ["revoke"]

    @admin.display(description=gettext_lazy("state"))
    def state(self, token: ApiToken) -> str:
        return token.state

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_state(rights_given)  # type: ignore[attr-defined]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is only there to be sent is not shown of a token that is there."""
        fields = super().get_fields(request, obj)
        return [name for name in fields if name != "sent"] if obj else fields

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

    def added_before(self, name: str) -> str:
        words = _(
            "“%(name)s” was already made, and nothing was made twice. Its key was shown then, once:"
            " if you have no copy, revoke this token and make another."
        )
        return words % {"name": name}

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
