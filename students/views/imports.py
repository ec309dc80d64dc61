"""Spreadsheets in: bring a file, see what would change, confirm, undo. Check, ask, respond."""

import hashlib
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from students.columns import BY_KEY, COLUMNS, KEYS
from students.exports import bad_rows_page, template, xlsx_chunks
from students.forms import ColumnsForm, StepForm, UploadForm
from students.forms.imports import limits_told
from students.imports import start
from students.imports.told import refusal
from students.models import Import, ImportRow, Kind, State, Student
from students.views.access import import_students
from students.views.exports import XLSX, attached
from students.views.import_rows import kinds_of, rows_of
from students.views.links import links_to

page_with_form = require_http_methods(["GET", "HEAD", "POST"])
LISTED = 25  # imports on a page
PAGE = 100  # rows of a preview
UNFINISHED = [State.READING, State.ASKING, State.READY]
AGAIN = 2  # seconds, until a page that waits looks again


@page_with_form
@import_students
def student_imports(request: HttpRequest) -> HttpResponse:
    """Bring a file; what was brought before."""
    post = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if post else UploadForm()
    if post and form.is_valid():
        imported = brought(request, form.cleaned_data["file"])
        start()
        return redirect(imported)
    before = Import.objects.defer("content", "options").order_by("-pk")
    context = {
        "form": form,
        "limits": limits_told(),
        "columns": COLUMNS,
        "page": Paginator(before, LISTED).get_page(request.GET.get("page")),
    }
    return render(request, "students/student_imports.html", context)


def brought(request: HttpRequest, file: Any) -> Import:
    content = file.read()
    return Import.objects.create(
        user_id=request.user.pk,
        name=request.user.get_username(),
        file_name=file.name[:255],
        checksum=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
    )


@page_with_form
@import_students
def student_import(request: HttpRequest, pk: int) -> HttpResponse:
    """One file, whatever it has come to; and the next step."""
    if request.method == "POST":
        form = StepForm(request.POST)
        found = Import.objects.defer("content").filter(pk=pk)
        imported = get_object_or_404(found)
        if form.is_valid() and form.cleaned_data["step"] == "cancel":
            may_end = found.filter(state__in=UNFINISHED, by_hand=False)
            may_end.update(state=State.CANCELLED, content=None)  # its rows go with the next purge
        elif form.is_valid():
            with transaction.atomic():  # who is not free is at work, and nothing is to be decided
                free = found.select_for_update(no_key=True, skip_locked=True).first()
                has_work = free is not None and take_step(request, free, form.cleaned_data)
            if has_work:
                start()
        return redirect(imported)
    imported = get_object_or_404(Import.objects.defer("content"), pk=pk)
    if imported.state == State.ASKING and not imported.by_hand:
        return redirect("import_columns", pk)
    context: dict[str, Any] = {"imported": imported, "State": State}
    if imported.state == State.READY:
        context |= preview(request, imported)
    elif imported.state == State.REFUSED:
        context["refusal"] = refusal(imported)
    elif imported.state == State.UNDONE:
        context["left"] = left_alone(imported.options.get("left") or [])
    response = render(request, "students/student_import.html", context)
    if imported.is_working:
        response.headers["Refresh"] = str(AGAIN)
    return response


def take_step(request: HttpRequest, imported: Import, step: dict[str, Any]) -> bool:
    """Whether it leaves work to be done.

    Each from the state that it belongs to, and `imported` is locked: pressed twice, it is done
    once.
    """
    if imported.by_hand and step["step"] != "undo":
        return False  # a command is at it
    match step["step"], imported.state:
        case "import" | "skip", State.READY:
            return confirm(request, imported, step)
        case "undo", State.DONE if imported.may_be_undone:
            imported.state, imported.undone_by_id = State.UNDOING, request.user.pk
            imported.options.pop("notice", None)
            imported.save()
            return True
        case "city", State.READY if is_offered(imported, step["city"], step["meant"]):
            cities = {**imported.options.get("cities", {}), step["city"]: step["meant"]}
            return read_again(imported, {"cities": cities})
    return False


def confirm(request: HttpRequest, imported: Import, step: dict[str, Any]) -> bool:
    skip = step["step"] == "skip"
    if not imported.new + imported.changed:
        return False
    if step["seen"] != imported.version:
        words = _(
            "This import was changed after you opened the page. Look at what it would do now."
        )
        messages.error(request, words)
        return False
    if imported.bad and not skip:
        messages.error(request, _("There are rows with errors: mend them, or skip them."))
        return False
    imported.state, imported.confirmed_by_id = State.WRITING, request.user.pk
    imported.skip_bad, imported.again = skip, step["again"]
    imported.save()
    return True


def is_offered(imported: Import, city: str, meant: str) -> bool:
    similar = imported.options.get("similar", [])
    return any(each["city"] == city and meant in each["meant"] for each in similar)


def read_again(imported: Import, said: dict[str, Any]) -> bool:
    """With what a person said of it; whether there is still a file to read."""
    imported.options |= said
    imported.options.pop("notice", None)
    waits = Import.objects.filter(
        pk=imported.pk, state__in=[State.ASKING, State.READY], content__isnull=False
    )
    return bool(waits.update(state=State.READING, options=imported.options, progress=0))


@page_with_form
@import_students
def import_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column is which: asked where the headings don't say it, and whenever one wants."""
    imported = get_object_or_404(Import.objects.defer("content"), pk=pk)
    if imported.state not in (State.ASKING, State.READY) or imported.by_hand:
        return redirect(imported)
    form = ColumnsForm(imported, *([request.POST] if request.method == "POST" else []))
    if request.method == "POST" and form.is_valid():
        said: dict[str, Any] = {"columns": form.cleaned_data["places"], "asked": {}}
        if form.cleaned_data["first_is_data"]:
            said |= {"head_line": 0}
        if read_again(imported, said):
            start()
        return redirect(imported)
    context = {"imported": imported, "form": form, "asking": imported.state == State.ASKING}
    return render(request, "students/import_columns.html", context)


@require_safe
@import_students
def import_errors(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows with errors as a spreadsheet, to be mended and brought again."""
    imported = get_object_or_404(Import.objects.defer("content"), pk=pk, bad__gt=0)
    return attached(xlsx_chunks(bad_rows_page(imported)), XLSX, _("errors.xlsx"))


@require_safe
@import_students
def import_template(request: HttpRequest) -> HttpResponseBase:
    return attached(xlsx_chunks(*template()), XLSX, "students.xlsx")


# -- What the preview shows ------------------------------------------------------------------------


def preview(request: HttpRequest, imported: Import) -> dict[str, Any]:
    """Errors first; then what would change."""
    kinds = kinds_of(imported)
    shown = request.GET.get("show", "")
    if shown not in {kind.name for kind in kinds}:
        shown = next((kind.name for kind in kinds if kind.rows), Kind.NEW)
    rows = ImportRow.objects.filter(imported=imported)
    rows = rows.filter(warnings__isnull=False) if shown == "odd" else rows.filter(kind=shown)
    count = next(kind.rows for kind in kinds if kind.name == shown)
    paginator = Paginator(rows.order_by("line"), PAGE)
    paginator.count = count  # it stands with the import
    page = paginator.get_page(request.GET.get("page"))
    options = imported.options
    before = Import.objects.done_with(imported.checksum).defer("content", "options")
    return {
        "kinds": kinds,
        "shown": shown,
        "page": page,
        "rows": rows_of(imported, list(page)),
        "mapping": [
            (options["heads"][options["columns"][key]], BY_KEY[key].head)
            for key in KEYS
            if key in options["columns"]
        ],
        "ignored": ignored(options),
        "before": before.order_by("-pk").first(),
        "notice": options.get("notice"),
        "similar": options.get("similar", []),
        "wanted": imported.new + imported.changed,
        "seen": imported.version,
    }


def left_alone(numbers: list[int]) -> SafeString:
    """Links to what happened since to those whom undoing left alone."""
    names = dict(Student.objects.filter(pk__in=numbers).values_list("pk", "name"))
    gone = _("%(number)s (deleted)")
    return links_to(
        (f"{reverse('student_changes')}?q={number}", names.get(number, gone % {"number": number}))
        for number in numbers
    )


def ignored(options: dict[str, Any]) -> list[str]:
    taken = set(options["columns"].values())
    return [head for n, head in enumerate(options["heads"]) if n not in taken and head]
