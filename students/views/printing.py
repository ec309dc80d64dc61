"""The list on paper: all of it, up to a limit."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from students.forms import StudentListForm
from students.models import StudentQuerySet
from students.views.access import see_students, sees_money
from students.views.lists import heading, page_title, refused_list, summary

LIMIT = 2_000  # rows: some forty sheets
SHOWN = ("name", "father_name", "class_name", "phone", "city", "fees", "left_on")


@require_safe
@see_students
def student_print(request: HttpRequest) -> HttpResponse:
    form = StudentListForm(request.GET, money=sees_money(request))
    if not form.is_valid():
        return refused_list(request, form)
    chosen, filters = form.cleaned_data["city"], form.active_filters()
    tally = form.tally()
    page = form.paginator(tally, LIMIT).page(1)
    context = {
        "heading": heading(chosen),
        "title": page_title(tally, chosen, filters),
        "summary": summary(tally, chosen),
        "filters": filters,
        "totals": tally.totals,
        "more": tally.more,
        "rows": cast(StudentQuerySet, page.object_list).values(*SHOWN),
        "left_out": page.has_next(),
        "limit": LIMIT,
        "back_url": form.url(page=form.cleaned_data["page"]),
    }
    return render(request, "students/student_print.html", context)
