"""The admin: where records are corrected."""

import hashlib
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.admin import AddedOnceAdmin
from rules.days import format_day
from rules.fields import CitiesField, TidyCharField
from rules.money import format_count, format_rupees
from rules.phones import format_phone
from rules.text import NAME_LENGTH, bdi
from students.forms import (
    BackTogetherForm,
    FamilyForm,
    LeftTogetherForm,
    StudentFilterForm,
    TogetherForm,
    TypedFamilyForm,
    shown,
    state_of,
)
from students.models import HAS_MONEY, CityTotal, Family, Student, StudentQuerySet
from students.paging import StudentPaginator
from students.similar import similar_names
from students.tally import COUNT_LIMIT
from students.views import last_changes, links_to
from students.views.exports import csv_of, too_many, xlsx_of

CURRENT = "current"
MOST_MARKED = 1_000  # students, by one action
MOST_CHILDREN = 100
MOST_TOLD = 100  # changes, in a student's history
SENT = {"new_family", "other_place", "seen", "sent"}  # of the form, and nothing to look at


def cities_of(request: HttpRequest) -> list[str] | None:
    """The cities asked for in the address, in their one spelling; None if one can't be one."""
    try:
        return list(CitiesField(required=False).clean(request.GET.getlist("city")))
    except ValidationError:
        return None


def searched(term: str) -> str:
    return str(TidyCharField(required=False, max_length=NAME_LENGTH).clean(term))


def suggest_names(request: HttpRequest, cities: list[str]) -> None:
    """ "Did you mean", where a search finds nobody; each link keeps the city that was asked for."""
    try:
        words = searched(request.GET.get("q", ""))
    except ValidationError:
        return  # refused already
    names = similar_names(words, Student.objects.in_cities(cities))
    if names:
        kept = {name: request.GET[name] for name in ("city",) if name in request.GET}
        links = links_to((f"?{urlencode({**kept, 'q': name})}", name) for name in names)
        messages.info(request, format_html(_("Did you mean {similar}?"), similar=links))


def counted(students: Any) -> tuple[int, bool]:
    """How many, up to COUNT_LIMIT, and whether there are more."""
    count = students.order_by()[: COUNT_LIMIT + 1].count()
    return min(count, COUNT_LIMIT), count > COUNT_LIMIT


class CityFilter(admin.SimpleListFilter):
    """Cities with their counts, most students first."""

    title = gettext_lazy("city")
    parameter_name = "city"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        cities = CityTotal.objects.by_city()
        return [(row.city, f"{row.city} ({format_count(row.students)})") for row in cities]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        cities = cities_of(request)
        if cities is None:
            messages.error(request, _("City: no city can have that name."))
            return queryset.none()
        return queryset.in_cities(cities)


class StatusFilter(admin.SimpleListFilter):
    """Who is here now, unless asked for who has left, or all."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return StudentFilterForm.STATUS_LABELS

    def choices(self, changelist: Any) -> Any:
        now = self.value() or CURRENT
        for status, label in self.lookup_choices:
            asked = {} if status == CURRENT else {"status": status}
            address = changelist.get_query_string(asked, ["status"])
            yield {"selected": status == now, "query_string": address, "display": label}

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        status = self.value() or CURRENT
        if status not in dict(self.lookup_choices):
            messages.error(request, _("Status: choose one of those on the page."))
            return queryset.none()
        return queryset.with_status(status)


@admin.register(Student)
class StudentAdmin(AddedOnceAdmin):
    form = TypedFamilyForm
    fields = [
        "name", "father_name", "city", "other_place", "fees", "class_name", "phone", "joined_on",
        "left_on", "family", "new_family", "created_at", "updated_at", "seen", "sent",
    ]  # fmt: skip
    actions = [
        "export_as_csv", "export_as_xlsx", "mark_as_left", "mark_as_back", "delete_selected",
    ]  # fmt: skip
    readonly_fields = ["created_at", "updated_at"]
    list_display = ["student_name", "father", "student_class", "student_city", "rupees"]
    list_filter = [StatusFilter, CityFilter]
    list_per_page = 50
    ordering = ["name_key", "id"]
    search_fields = ["name"]
    show_full_result_count = False

    def action_checkbox(self, obj: Student) -> SafeString:
        """Django's, written at once: its form field passes two templates for each row."""
        label = format_html(_("Select this object for an action - {}"), str(obj))
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, label)

    # Sorted by what the indexes and the staff's list sort by.
    @admin.display(description=gettext_lazy("name"), ordering="name_key")
    def student_name(self, student: Student) -> SafeString:
        if student.left_on is None:
            return bdi(student.name)
        words = _("{name} (left on {day})")
        return format_html(words, name=bdi(student.name), day=format_day(student.left_on))

    @admin.display(description=gettext_lazy("father’s name"), empty_value="")
    def father(self, student: Student) -> SafeString:
        return bdi(student.father_name)

    @admin.display(description=gettext_lazy("class"), empty_value="")
    def student_class(self, student: Student) -> SafeString:
        return bdi(student.class_name)

    @admin.display(description=gettext_lazy("city"), ordering="city_key")
    def student_city(self, student: Student) -> SafeString:
        return bdi(student.city)

    @admin.display(description=gettext_lazy("monthly fees"), ordering="fees")
    def rupees(self, student: Student) -> str:
        return format_rupees(student.fees)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Times only where there are any: until a student is saved, PostgreSQL has none to give."""
        fields = super().get_fields(request, obj)
        if obj and not self.has_change_permission(request, obj):
            return [name for name in fields if name not in SENT]
        return fields if obj else [name for name in fields if name not in self.readonly_fields]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.may_add_families = request.user.has_perm("students.add_family")  # type: ignore[attr-defined]
        return form

    def get_paginator(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> Any:
        """Counts from the kept totals; what a search finds is counted up to COUNT_LIMIT."""
        if queryset.model is not Student:  # the history page lists its log entries
            return super().get_paginator(request, queryset, *args, **kwargs)
        cities = cities_of(request)
        counts = request.GET.get("q") or request.GET.get("status", CURRENT) != CURRENT
        if counts or cities is None:
            count, more = counted(queryset)
            if not count:
                suggest_names(request, cities or [])
            return StudentPaginator(queryset, *args, count=count, more=more)
        count = CityTotal.objects.in_cities(cities).totals().students
        return StudentPaginator(queryset, *args, count=count)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """What PostgreSQL recorded, by whatever way: Django's own log knows only the admin's."""
        student = self.get_object(request, unquote(object_id))
        told = {"rows": last_changes(student, MOST_TOLD)} if student else {}
        changes_url = reverse("student_changes") + "?" + urlencode({"q": unquote(object_id)})
        return super().history_view(request, object_id, {**told, "changes_url": changes_url})

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What is exported is what the list shows: its filters are those of the site's list."""
        shown = {name: request.GET.getlist(name) for name in ("q", "city", "status")}
        asked = urlencode({name: values for name, values in shown.items() if values}, doseq=True)
        told = {"export_query": f"?{asked}" if asked else ""}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("students.export_student"))

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["export"])
    def export_as_csv(self, request: HttpRequest, students: StudentQuerySet) -> Any:
        return csv_of(students)

    @admin.action(description=gettext_lazy("Export as Excel"), permissions=["export"])
    def export_as_xlsx(self, request: HttpRequest, students: StudentQuerySet) -> Any:
        return xlsx_of(students) or too_many(request, request.get_full_path())

    @admin.action(description=gettext_lazy("Mark as left"), permissions=["change"])
    def mark_as_left(self, request: HttpRequest, students: StudentQuerySet) -> Any:
        return self.mark(request, students, LeftTogetherForm)

    @admin.action(description=gettext_lazy("Came back"), permissions=["change"])
    def mark_as_back(self, request: HttpRequest, students: StudentQuerySet) -> Any:
        return self.mark(request, students, BackTogetherForm)

    def mark(
        self, request: HttpRequest, students: StudentQuerySet, form_class: type[TogetherForm]
    ) -> Any:
        """Asks for the day, shows who it is about, and saves all or none."""
        with transaction.atomic():
            chosen = list(students.select_for_update().order_by("pk")[: MOST_MARKED + 1])
            if len(chosen) > MOST_MARKED:
                words = _("Choose at most %(count)s students at once.")
                messages.error(request, words % {"count": format_count(MOST_MARKED)})
                return None
            form = form_class(request.POST if "post" in request.POST else None, students=chosen)
            if form.is_valid():
                form.save()
                for student in chosen:
                    self.log_change(request, student, str(form.heading))
                messages.success(request, form.done())
                return None
        context = {
            **self.admin_site.each_context(request),
            "title": form.heading,
            "form": form,
            "students": chosen,
            "action": request.POST["action"],
            "opts": self.opts,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/students/student/mark.html", context)

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        """ "Select all" must mean the number it shows."""
        across = request.POST.get("select_across") == "1" and request.GET.get("q")
        if across and counted(queryset)[1]:
            words = _("More than %(count)s students match: narrow the search first.")
            messages.error(request, words % {"count": format_count(COUNT_LIMIT)})
            return redirect(request.get_full_path())
        return super().response_action(request, queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Student], search_term: str
    ) -> tuple[QuerySet[Student], bool]:
        """The list page's own search: part of a name, Urdu letter variants folded, indexed."""
        try:
            words = searched(search_term)
        except ValidationError as error:
            messages.error(request, _("Search: %(problem)s") % {"problem": error.messages[0]})
            return queryset.none(), False
        return queryset.matching(words), False  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Student, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        namesakes = Student.objects.in_cities([obj.city]).named(obj.name).exclude(pk=obj.pk)
        if namesakes.exists():  # legal, and often a double entry
            words = _("There is another %(name)s in %(city)s: check that both are real.")
            messages.warning(request, words % {"name": obj.name, "city": obj.city})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Who may delete need not see money: what keeps a student here is told in one line."""
        gone, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        return gone, counts, perms_needed, [HAS_MONEY] if protected else []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Refused, as a save is, when the student is no longer what the page showed."""
        student = self.get_object(request, unquote(object_id))
        if not student or not request.POST:
            extra_context = {"seen": state_of(student) if student else ""}
            return super().delete_view(request, object_id, extra_context)
        with transaction.atomic():
            now = Student.objects.select_for_update().filter(pk=student.pk).first()
            stale = now and request.POST.get("seen") != state_of(now)
            if now and stale and self.has_delete_permission(request, now):
                words = _(
                    "This student was changed after you opened this page, and was not deleted."
                    " Now it is %(student)s. Delete again if that is right."
                )
                messages.error(request, words % {"student": shown(now)})
                return redirect(request.get_full_path())
            return super().delete_view(request, object_id)

    @admin.action(
        description=gettext_lazy("Delete selected %(verbose_name_plural)s"), permissions=["delete"]
    )
    def delete_selected(self, request: HttpRequest, students: StudentQuerySet) -> Any:
        """Django's, refused when one of the students is no longer what the page showed."""
        with transaction.atomic():
            now = students.select_for_update().order_by("pk")
            states = " ".join(f"{student.pk} {state_of(student)}" for student in now)
            seen = hashlib.sha256(states.encode()).hexdigest()
            if "post" in request.POST and request.POST.get("seen") != seen:
                words = _(
                    "One of these students was changed or deleted after you opened this page, and"
                    " nothing was deleted. Delete again if this is right."
                )
                messages.error(request, words)
                asked_again = request.POST.copy()
                del asked_again["post"]
                request.POST = asked_again  # type: ignore[assignment]
            response = delete_selected(self, request, students)
        if response and response.context_data:
            response.context_data["seen"] = seen
        return response


@admin.register(Family)
class FamilyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = FamilyForm
    fields = ["name", "phone", "children"]
    readonly_fields = ["children"]
    list_display = ["family_name", "family_phone"]
    list_per_page = 50
    ordering = ["name", "pk"]
    search_fields = ["name", "phone"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def family_name(self, family: Family) -> SafeString:
        return bdi(family.name)

    @admin.display(description=gettext_lazy("phone"), ordering="phone")
    def family_phone(self, family: Family) -> str:
        return format_phone(family.phone)

    @admin.display(description=gettext_lazy("children"))
    def children(self, family: Family) -> SafeString:
        some = Student.objects.filter(family=family).here_first()[:MOST_CHILDREN]
        return links_to(
            (reverse("admin:students_student_change", args=[child.pk]), child.name)
            for child in some
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ["name", "phone"]
