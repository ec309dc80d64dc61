"""The admin: where records are corrected."""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from students import money
from students.fields import TidyCharField
from students.forms import CitiesField, StudentForm
from students.models import ApiToken, CityTotal, Student
from students.paging import StudentPaginator
from students.tally import MOST
from students.tokens import LONGEST, NAME_IN_USE, ApiTokenQuerySet


class StudentAdminForm(StudentForm):
    """Refuses a save over somebody else's, showing both; the next save is a decision."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = state_of(self.instance)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.instance.pk:
            return data
        # Locked: of two saves in the same moment the second one waits, and then sees the first.
        now = Student.objects.select_for_update().get(pk=self.instance.pk)
        if data.get("seen") != state_of(now):
            self.data = {**self.data.dict(), "seen": state_of(now)}  # type: ignore[attr-defined]
            raise ValidationError(
                f"Somebody else has changed this student meanwhile, and nothing was saved. Now it"
                f" is {now.name}, {now.city}, {money.format_rupees(now.fees)}; below is what you"
                f" typed. Save again to put yours in its place.",
                code="stale",
            )
        return data


def state_of(student: Student) -> str:
    """What a form showed, short: whoever changed a student in whatever way changed this."""
    shown = f"{student.name}\n{student.city}\n{student.fees}"
    return hashlib.sha256(shown.encode()).hexdigest()[:16] if student.pk else ""


def cities_of(request: HttpRequest) -> list[str] | None:
    """The city asked for in the address, in its one spelling; None if it can't be one."""
    try:
        return list(CitiesField(required=False).clean([request.GET.get("city", "")]))
    except ValidationError:
        return None


def counted(students: Any) -> tuple[int, bool]:
    """How many, up to MOST, and whether there are more."""
    count = students.order_by()[: MOST + 1].count()
    return min(count, MOST), count > MOST


class CityFilter(admin.SimpleListFilter):
    """Cities with their counts, most students first."""

    title = "city"
    parameter_name = "city"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        cities = CityTotal.objects.by_city()
        return [(row.city, f"{row.city} ({row.students:,})") for row in cities]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        cities = cities_of(request)
        if cities is None:
            messages.error(request, "City: no city can have that name.")
            return queryset.none()
        return queryset.in_cities(cities)


@admin.register(Student)
class StudentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = StudentAdminForm
    fields = ["name", "city", "fees", "created_at", "updated_at", "seen"]
    readonly_fields = ["created_at", "updated_at"]
    list_display = ["student_name", "student_city", "rupees"]
    list_filter = [CityFilter]
    list_per_page = 50
    ordering = ["name_key", "id"]
    search_fields = ["name"]
    show_full_result_count = False

    # Sorted by what the indexes and the staff's list sort by.
    @admin.display(description="name", ordering="name_key")
    def student_name(self, student: Student) -> str:
        return str(student.name)

    @admin.display(description="city", ordering="city_key")
    def student_city(self, student: Student) -> str:
        return str(student.city)

    @admin.display(description="monthly fees", ordering="fees")
    def rupees(self, student: Student) -> str:
        return money.format_rupees(student.fees)

    def get_paginator(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> Any:
        """Counts from the kept totals; what a search finds is counted up to MOST."""
        if queryset.model is not Student:  # the history page lists its log entries
            return super().get_paginator(request, queryset, *args, **kwargs)
        cities = cities_of(request)
        if request.GET.get("q") or cities is None:
            count, more = counted(queryset)
            return StudentPaginator(queryset, *args, count=count, more=more)
        count = CityTotal.objects.in_cities(cities).totals().students
        return StudentPaginator(queryset, *args, count=count)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only the filter that is on the page: any other would not be counted, nor indexed."""
        return lookup == "city"

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        """ "Select all" must mean the number it shows."""
        across = request.POST.get("select_across") == "1" and request.GET.get("q")
        if across and counted(queryset)[1]:
            messages.error(request, f"More than {MOST:,} students match: narrow the search first.")
            return redirect(request.get_full_path())
        return super().response_action(request, queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Student], search_term: str
    ) -> tuple[QuerySet[Student], bool]:
        """The list page's own search: part of a name, Urdu letter variants folded, indexed."""
        try:
            words = TidyCharField(required=False, max_length=100).clean(search_term)
        except ValidationError as error:
            messages.error(request, f"Search: {error.messages[0]}")
            return queryset.none(), False
        return queryset.matching(words), False  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Student, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        namesakes = Student.objects.in_cities([obj.city]).filter(name=obj.name).exclude(pk=obj.pk)
        if namesakes.exists():  # legal, and often a double entry
            messages.warning(
                request, f"There is another {obj.name} in {obj.city}: check that both are real."
            )


class ApiTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """Nobody gives a program more than he has himself."""

    maker: Any  # the user, set by ApiTokenAdmin.get_form

    class Meta:
        model = ApiToken
        fields = ["name", "can_edit", "expires_at"]

    def clean_can_edit(self) -> bool:
        rights = [f"students.{right}_student" for right in ("view", "add", "change", "delete")]
        can_edit = bool(self.cleaned_data["can_edit"])
        if can_edit and not self.maker.has_perms(rights):
            raise ValidationError("You may not add, change and delete students yourself.")
        if not self.maker.has_perm(rights[0]):
            raise ValidationError("You may not see students yourself.")
        return can_edit

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if ApiToken.objects.filter(name=name, revoked_at=None).exists():
            raise ValidationError(NAME_IN_USE)
        return name

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        days = (expires_at - timezone.now()).total_seconds() / 86400
        if not 0 < days <= LONGEST + 1:
            raise ValidationError(f"Choose a time from now to {LONGEST} days ahead.")
        return expires_at


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Made here, shown once, listed, revoked; never changed, so that a key's rights stay put."""

    form = ApiTokenForm
    list_display = [
        "name", "prefix", "can_edit", "state", "expires_at", "last_used_at", "created_by",
    ]  # fmt: skip
    list_select_related = ["created_by"]
    ordering = ["-created_at"]
    search_fields = ["name", "prefix"]
    actions = ["revoke"]

    @admin.display(description="state")
    def state(self, token: ApiToken) -> str:
        return token.state

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        return type("ApiTokenForm", (form,), {"maker": request.user})

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        obj.created_by = request.user  # type: ignore[assignment]
        request.new_key = obj.new_key()  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiToken, *args: Any) -> HttpResponse:
        """The key on this one page: not in a message, which would be stored."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Token made",
            "opts": self.opts,
            "token": obj,
            "key": request.new_key,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/students/apitoken/made.html", context)

    @admin.action(description="Revoke selected API tokens", permissions=["add"])
    def revoke(self, request: HttpRequest, tokens: ApiTokenQuerySet) -> None:
        for token in tokens.filter(revoked_at=None):
            self.log_change(request, token, "Revoked.")
        self.message_user(request, f"Revoked: {tokens.revoke()}. They stop working at once.")
