"""What happened to students: the office's page, and the same as CSV."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from rules.days import format_day
from rules.money import format_count, format_rupees
from rules.phones import format_phone
from rules.text import bdi
from sheets.csv import csv_bytes
from students.changes import DATABASE, Change, Difference, TooManyFound, changes
from students.forms import ChangesForm
from students.forms.changes import label_of
from students.models import Family, Student, StudentEvent
from students.views.access import see_students
from students.views.lists import filtered_title

PAGE = 50
MOST_ROWS = 20_000  # of the CSV
LAST = 5  # on a student's page
NOTHING = SafeString("")


@require_safe
@see_students
def student_changes(request: HttpRequest) -> HttpResponse:
    form = ChangesForm(request.GET)
    found: list[StudentEvent] = []
    older = ""
    if form.is_valid():
        try:
            found, older = form.page(PAGE)
        except TooManyFound as error:
            form.add_error("q", str(error))
    heading = _("Changes")
    context = {"form": form, "heading": heading, "shortcuts": shortcuts()}
    if form.errors:
        context |= {"invalid": True, "title": _("Error: %(page)s") % {"page": heading}}
    else:
        filters = form.active_filters()
        context |= {
            "title": filtered_title(heading, filters),
            "filters": filters,
            "rows": told(changes(found)),
            "older_url": older,
            "newest_url": form.url() if form.cleaned_data["after"] else "",
            "csv_url": form.csv_url(),
        }
    return render(request, "students/student_changes.html", context)


@require_safe
@see_students
def changes_csv(request: HttpRequest) -> HttpResponse:
    """All that the filter finds, a row for each fact that changed, newest first."""
    form = ChangesForm(request.GET)
    try:
        events = list(form.events()[: MOST_ROWS + 1]) if form.is_valid() else None
    except TooManyFound:
        events = None
    if events is None:
        return redirect(form.refused_url())
    if len(events) > MOST_ROWS:
        words = _("More than %(count)s changes match, too many for one sheet: choose fewer days.")
        messages.error(request, words % {"count": format_count(MOST_ROWS)})
        return redirect(form.url())
    head = [
        _("When"), _("What"), _("By"), _("Through"), _("Student’s number"), _("Name"), _("City"),
        _("Field"), _("Before"), _("After"),
    ]  # fmt: skip
    name = f"changes-{timezone.localdate():%Y-%m-%d}.csv"
    return HttpResponse(
        csv_bytes(head, csv_rows(changes(events))),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def last_changes(student: Student, most: int = LAST) -> list["Row"]:
    """What happened to him last."""
    events = StudentEvent.objects.of([student.pk]).order_by("-pgh_id")
    return told(changes(events[:most]), here={student.pk})


# -- What is said of a change ----------------------------------------------------------------------


class Row(NamedTuple):
    """A change in words."""

    what: str
    when: str
    who: SafeString  # "" for a command, or the database itself
    door: str
    name: SafeString
    url: str  # of the student's page; "" when he is gone
    student: int
    # Label, before, after; of who came or went what he had, and before is "".
    differences: list[tuple[str, SafeString, SafeString]]


def told(found: list[Change], here: set[int] | None = None) -> list[Row]:
    """`here` are those who weren't deleted; looked up unless it is known."""
    if here is None:
        of = Student.objects.filter(pk__in={each.student for each in found})
        here = set(of.values_list("pk", flat=True))
    families = family_names(found)
    return [
        Row(
            what_words(each),
            date_format(timezone.localtime(each.at), "DATETIME_FORMAT"),
            who_words(each),
            door_words(each.door),
            bdi(each.name),
            reverse("student_detail", args=[each.student]) if each.student in here else "",
            each.student,
            [in_words(each, one, families) for one in each.differences],
        )
        for each in found
    ]


def in_words(
    change: Change, one: Difference, families: dict[int, str]
) -> tuple[str, SafeString, SafeString]:
    before, after = (shown(one.field, value, families) for value in (one.old, one.new))
    match change.what:
        case "added":
            before = NOTHING
        case "deleted":
            before, after = NOTHING, before
    return label_of(one.field), before, after


def family_names(found: list[Change]) -> dict[int, str]:
    numbers = {
        number
        for each in found
        for one in each.differences
        if one.field == "family"
        for number in (one.old, one.new)
        if number
    }
    return {pk: str(family) for pk, family in Family.objects.in_bulk(list(numbers)).items()}


def what_words(change: Change) -> str:
    words = {"added": _("Added"), "changed": _("Changed"), "deleted": _("Deleted")}
    return words[change.what]


def who_words(change: Change) -> SafeString:
    return NOTHING if change.who == DATABASE else bdi(change.who)


def door_words(door: str) -> str:
    door, _space, command = door.partition(" ")
    if door == "undo":
        return _("by undoing import %(number)s") % {"number": command}
    words = {
        "site": _("on the site"),
        "admin": _("in the admin"),
        "api": _("through the API"),
        "import": _("by import %(number)s") % {"number": command},
        "command": _("by the command %(name)s") % {"name": command},
        DATABASE: _("in the database itself"),
    }
    return words.get(door, door)


def shown(field: str, value: Any, families: dict[int, str]) -> SafeString:
    """A value as pages show it: money, days and phones in the office's spelling."""
    if value is None:
        return bdi(_("nothing"))
    match field:
        case "fees":
            return bdi(format_rupees(Decimal(value)))
        case "joined_on" | "left_on":
            return bdi(format_day(date.fromisoformat(value)))
        case "phone":
            return bdi(format_phone(value))
        case "family":
            return bdi(families.get(value) or _("family %(number)s") % {"number": value})
    return bdi(value)


def csv_rows(found: list[Change]) -> Iterator[list[str | int]]:
    for each in found:
        at = timezone.localtime(each.at).strftime("%Y-%m-%d %H:%M:%S")
        row: list[str | int] = [
            at,
            each.what,
            each.who,
            each.door,
            each.student,
            each.name,
            each.city,
        ]
        for one in each.differences:
            yield [
                *row,
                one.field,
                *("" if end is None else str(end) for end in (one.old, one.new)),
            ]


def shortcuts() -> list[tuple[str, str]]:
    """What is asked most, one click away."""
    today = timezone.localdate()
    week = {"since": format_day(today - timedelta(days=7))}
    asked: list[tuple[str, dict[str, str]]] = [
        (_("Today"), {"since": format_day(today)}),
        (_("Fees changed in the last 7 days"), {**week, "field": "fees"}),
        (_("Deleted students"), {"what": "deleted"}),
    ]
    return [(words, reverse("student_changes") + "?" + urlencode(query)) for words, query in asked]
