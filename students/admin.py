"""The admin: where records are corrected."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from students import money
from students.fields import TidyCharField
from students.forms import CitiesField, StudentForm
from students.models import CityTotal, Student
from students.paging import StudentPaginator
from students.tally import MOST

admin.site.site_title = admin.site.site_header = "Tuition"
admin.site.index_title = "Records and users"


class CityFilter(admin.SimpleListFilter):
    """Cities with their counts, most students first."""

    title = "city"
    parameter_name = "city"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        cities = CityTotal.objects.by_city()
        return [(row.city, f"{row.city} ({row.students:,})") for row in cities]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        try:
            return queryset.in_cities(CitiesField(required=False).clean([self.value() or ""]))
        except ValidationError as error:
            messages.error(request, f"City: {error.messages[0]}")
            return queryset.none()


@admin.register(Student)
class StudentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = StudentForm
    fields = ["name", "city", "fees", "created_at", "updated_at"]
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
        if request.GET.get("q"):
            count = queryset.order_by()[:MOST].count()
        else:
            cities = [city] if (city := request.GET.get("city")) else []
            count = CityTotal.objects.in_cities(cities).totals().students
        return StudentPaginator(queryset, *args, count=count, **kwargs)

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
