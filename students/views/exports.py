"""The filtered list as a spreadsheet: all of it, streamed."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from students.exports import csv_export, fits_in_xlsx, xlsx_chunks, xlsx_page
from students.forms import StudentListForm
from students.models import StudentQuerySet
from students.views.access import export_students, sees_money

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@export_students
def export_csv(request: HttpRequest) -> HttpResponseBase:
    form = StudentListForm(request.GET, money=sees_money(request))
    if not form.is_valid():
        return refused(request)
    return csv_of(form.students())


@require_safe
@export_students
def export_xlsx(request: HttpRequest) -> HttpResponseBase:
    form = StudentListForm(request.GET, money=sees_money(request))
    if not form.is_valid():
        return refused(request)
    return xlsx_of(form.students()) or too_many(request, form.url())


def refused(request: HttpRequest) -> HttpResponse:
    """The list's page says what is wrong."""
    return redirect(f"{reverse('student_list')}?{request.GET.urlencode()}")


def too_many(request: HttpRequest, there: str) -> HttpResponse:
    words = _("These are more students than an Excel sheet holds: choose CSV, or fewer.")
    messages.error(request, words)
    return redirect(there)


def csv_of(students: StudentQuerySet) -> HttpResponseBase:
    return attached(csv_export(students), "text/csv; charset=utf-8", named("csv"))


def xlsx_of(students: StudentQuerySet) -> HttpResponseBase | None:
    """None where an Excel sheet doesn't hold them."""
    if not fits_in_xlsx(students):
        return None
    return attached(xlsx_chunks(xlsx_page(students)), XLSX, named("xlsx"))


def named(ending: str) -> str:
    return f"students-{timezone.localdate():%Y-%m-%d}.{ending}"


def attached(chunks: Iterator[bytes], content_type: str, name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        in_language(chunks),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def in_language(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Its words in the language in which it was asked for, whichever thread reads it."""
    language = get_language()

    def each() -> Iterator[bytes]:
        with override(language):
            yield from chunks

    return each()
