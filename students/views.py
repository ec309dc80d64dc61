"""The pages, and the average-fees view. Check, form, query, respond."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required, permission_required
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from students import access
from students.cities import similar_cities
from students.forms import AverageFeesForm, StudentFilterForm
from students.models import CityTotal, Student, Totals
from students.programs import answer, asked
from students.tally import kept_tally
from tuition.errors import Problem

see_students = permission_required("students.view_student", raise_exception=True)


@require_safe
@see_students
def student_list(request: HttpRequest, city: str = "") -> HttpResponse:
    """The list; with `city` from the path, the same page for that one city."""
    form = StudentFilterForm(filter_data(request.GET, city))
    if not form.is_valid():
        return refused_list(request, form)
    chosen = form.cleaned_data["city"]
    tally = form.tally()
    paginator = form.paginator(tally)
    if form.cleaned_data["page"] > paginator.num_pages:
        return redirect(form.url(page=paginator.num_pages))
    page = paginator.page(form.cleaned_data["page"])
    lonely = len(chosen) == 1 and not tally.totals.students
    context = {
        "form": form,
        "place": place(chosen),
        "filters": form.active_filters(),
        "cities": tally.cities,
        "totals": tally.totals,
        "more": tally.more,
        "page": page,
        "columns": columns(form),
        "page_links": page_links(form, page),
        "similar": similar_cities(chosen[0]) if lonely else [],
    }
    return render(request, "students/student_list.html", context)


def refused_list(request: HttpRequest, form: StudentFilterForm) -> HttpResponse:
    """The errors beside their fields and no rows: never silently another list."""
    cities = kept_tally(form.cleaned_data.get("city", [])).cities
    context = {"form": form, "invalid": True, "cities": cities}
    return render(request, "students/student_list.html", context)


def filter_data(query: QueryDict, city: str) -> QueryDict:
    """What the form is given: the defaults, the query string, the city of the path."""
    data = query.copy()
    for name, value in StudentFilterForm.DEFAULTS.items():
        data.setdefault(name, str(value))
    if city:
        data.setlist("city", [city])
    return data


def place(cities: list[str]) -> str:
    """`in Lahore and Karachi`, for headings and the result line; "" for everywhere."""
    if len(cities) > 3:
        return f"in {len(cities)} cities"
    return "in " + " and ".join(cities) if cities else ""


def columns(form: StudentFilterForm) -> list[dict[str, str]]:
    """The table's heads; following a sorted one turns its order round."""
    now = form.cleaned_data["sort"]
    return [
        {
            "name": name,
            "label": label,
            "sorted": {name: "ascending", f"-{name}": "descending"}.get(now, ""),
            "url": form.url(sort=f"-{name}" if now == name else name),
        }
        for name, label in (("name", "Name"), ("city", "City"), ("fees", "Monthly fees"))
    ]


def page_links(form: StudentFilterForm, page: Page[Student]) -> dict[str, Any]:
    """Addresses for the pager: the pages around this one, the ones before and after it."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "pages": [(n, form.url(page=n) if isinstance(n, int) else "") for n in numbers],
        "previous": form.url(page=page.number - 1) if page.has_previous() else "",
        "next": form.url(page=page.number + 1) if page.has_next() else "",
    }


@require_safe
@see_students
def student_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(
        request, "students/student_detail.html", {"student": get_object_or_404(Student, pk=pk)}
    )


@csrf_exempt  # it changes nothing; without this a POST would be told of CSRF instead of 405
@login_not_required
@require_safe
def average_fees(
    request: HttpRequest, form_class: type[AverageFeesForm] = AverageFeesForm
) -> HttpResponse:
    """Exact at the moment of the call, from one SQL statement; holds no names.

    The API's twin gives a form that can group by city too.
    """
    try:
        if not settings.AVERAGE_FEES_PUBLIC:
            access.admit(request, "view")
        asked_for = asked(request, form_class).cleaned_data
    except Problem as refusal:
        return refusal.response
    city = asked_for["city"]
    if asked_for.get("group_by"):
        by_city = CityTotal.objects.in_cities([city] if city else []).by_city()
        totals = Totals(sum(c.students for c in by_city), sum((c.fees for c in by_city), Decimal()))
        averages = average_answer(city, totals)
        averages["cities"] = [average_answer(row.city, row) for row in by_city]
    else:
        averages = average_answer(city, CityTotal.objects.totals_of(city))
    response = answer(request, averages)
    response["Cache-Control"] = "no-cache"  # keep it if you like, but ask before using it
    return response


def average_answer(city: str | None, totals: Totals) -> dict[str, object]:
    """`average_fees` is PKR with 2 places; null, never 0, when there is nobody to average."""
    if 0 < totals.students < settings.AVERAGE_FEES_MIN_STUDENTS:
        return {"city": city, "average_fees": None, "currency": "PKR", "suppressed": True}
    average = totals.average
    return {
        "city": city,
        "students": totals.students,
        "average_fees": None if average is None else str(average),
        "currency": "PKR",
    }
