"""The list of students. Check, form, query, respond."""

from typing import Any, cast

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from rules.cities import similar_cities
from rules.days import format_day
from rules.money import format_count
from rules.text import bdi
from students.forms import StudentListForm
from students.models import Balance, Student, StudentQuerySet, city_url
from students.tally import Tally, kept_tally
from students.views.access import see_students, sees_money
from students.views.links import links_to

SHOWN = ("id", "name", "city", "fees", "father_name", "class_name", "left_on")


@require_safe
@see_students
def student_list(request: HttpRequest, city: str = "") -> HttpResponse:
    """The list; with `city` from the path, the same page for that one city."""
    money = sees_money(request)
    form = StudentListForm(request.GET, city, money=money)
    if not form.is_valid():
        return refused_list(request, form)
    chosen = form.cleaned_data["city"]
    tally = form.tally()
    form.offer(tally.cities)
    paginator = form.paginator(tally)
    if form.cleaned_data["page"] > paginator.num_pages:
        return redirect(form.url(page=paginator.num_pages))
    page = paginator.page(form.cleaned_data["page"])
    filters = form.active_filters()
    context = {
        "form": form,
        "heading": heading(chosen),
        "title": page_title(tally, chosen, filters, page),
        "query": form.query(page=1),
        "statistics_url": form.statistics_url(),
        "sheets": form.sheet_urls(),
        "summary": summary(tally, chosen),
        "filters": filters,
        "wanted": "" if tally.totals.students else wanted(filters),
        "cities": tally.cities,
        "totals": tally.totals,
        "more": tally.more,
        "page": page,
        "rows": rows(page, form.query(), money=money),
        "money": money,
        "columns": columns(form),
        "page_links": page_links(form, page),
        "similar": "" if tally.totals.students else similar(form),
    }
    return render(request, "students/student_list.html", context)


def refused_list(request: HttpRequest, form: StudentListForm) -> HttpResponse:
    """The errors beside their fields and no rows: never silently another list."""
    cities = kept_tally(form.cleaned_data.get("city", [])).cities
    form.offer(cities)
    context = {
        "form": form,
        "invalid": True,
        "heading": heading([]),
        "title": _("Error: %(page)s") % {"page": heading([])},
        "cities": cities,
    }
    return render(request, "students/student_list.html", context)


# -- What the list page says -----------------------------------------------------------------------


def heading(cities: list[str]) -> str:
    return _("Students in %(cities)s") % {"cities": named(cities)} if cities else _("Students")


def page_title(
    tally: Tally,
    cities: list[str],
    filters: list[tuple[str, str, str]],
    page: Page[Student] | None = None,
) -> str:
    """`73 students in Lahore, Search “ali”, page 2 of 3`: what a screen reader says first."""
    title = filtered_title(summary(tally, cities), filters[len(cities) :])
    if page is not None and page.paginator.num_pages > 1:
        numbers = {"number": page.number, "last": format_count(page.paginator.num_pages)}
        title = _("%(title)s, page %(number)s of %(last)s") % {"title": title, **numbers}
    return title


def filtered_title(title: str, filters: list[tuple[str, str, str]]) -> str:
    for what, value, _url in filters:
        words = {"title": title, "what": what, "value": value}
        title = _("%(title)s, %(what)s “%(value)s”") % words
    return title


def summary(tally: Tally, cities: list[str]) -> str:
    """`1,204 students in Lahore`; `More than 10,000 students` where the counting stopped."""
    count = tally.totals.students
    if tally.more:
        words = (
            _("More than %(count)s students in %(cities)s")
            if cities
            else _("More than %(count)s students")
        )
    elif cities:
        words = ngettext(
            "%(count)s student in %(cities)s", "%(count)s students in %(cities)s", count
        )
    else:
        words = ngettext("%(count)s student", "%(count)s students", count)
    return words % {"count": format_count(count), "cities": named(cities)}


def named(cities: list[str]) -> str:
    """`Lahore and Karachi`, or how many they are."""
    if len(cities) > 3:
        count = len(cities)
        return ngettext("%(count)s city", "%(count)s cities", count) % {"count": count}
    text = "".join(cities[:1])
    for city in cities[1:]:
        text = _("%(first)s and %(second)s") % {"first": text, "second": city}
    return text


def wanted(filters: list[tuple[str, str, str]]) -> SafeString:
    """`City Lahore, Name Ali`: what nobody is or has."""
    words = _("{what} <bdi>{value}</bdi>")
    told = (format_html(words, what=what, value=value) for what, value, _url in filters)
    return format_html_join(", ", "{}", ((each,) for each in told))


def similar(form: StudentListForm) -> SafeString:
    """Links to what was meant perhaps: the city, or else the name."""
    cities = form.cleaned_data["city"]
    if len(cities) == 1 and (alike := similar_cities(cities[0])):
        return links_to((city_url(city), city) for city in alike)
    return links_to((form.url(q=name), name) for name in form.similar_names())


def rows(page: Page[Student], query: str, *, money: bool = False) -> list[dict[str, Any]]:
    """What the table shows, as dictionaries: templates look into them much faster.

    A row leads to its student with the list's `query`, so that his page knows the way back.
    """
    start, _id, end = reverse("student_detail", args=[0]).rpartition("0")
    words = {"class": _("class %(name)s"), "left": _("left on %(day)s")}
    students = list(cast(StudentQuerySet, page.object_list).values(*SHOWN))
    owed = Balance.objects.owed_by([row["id"] for row in students]) if money else {}
    return [
        row
        | {
            "owes": owed.get(row["id"]),
            "url": f"{start}{row['id']}{end}{query}",
            "city_url": city_url(row["city"]),
            "more": more_of(row, words),
        }
        for row in students
    ]


def more_of(row: dict[str, Any], words: dict[str, str]) -> SafeString:
    """The quiet line under a name: father, class, and the day on which he left."""
    facts: list[str] = []
    if row["father_name"]:
        facts.append(bdi(row["father_name"]))
    if row["class_name"]:
        facts.append(escape(words["class"]) % {"name": bdi(row["class_name"])})
    if row["left_on"]:
        facts.append(escape(words["left"]) % {"day": format_day(row["left_on"])})
    return SafeString(f'<span class="more">{" · ".join(facts)}</span>' if facts else "")


def columns(form: StudentListForm) -> list[dict[str, str]]:
    """The table's heads; following a sorted one turns its order round."""
    now = form.cleaned_data["sort"]
    return [
        {
            "name": name,
            "label": label,
            "sorted": {name: "ascending", f"-{name}": "descending"}.get(now, ""),
            "url": form.url(sort=f"-{name}" if now == name else name),
        }
        for name, label in (("name", _("Name")), ("city", _("City")), ("fees", _("Monthly fees")))
    ]


def page_links(form: StudentListForm, page: Page[Student]) -> dict[str, Any]:
    """Addresses for the pager: the pages around this one, the ones before and after it."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "pages": [(n, form.url(page=n) if isinstance(n, int) else "") for n in numbers],
        "previous": form.url(page=page.number - 1) if page.has_previous() else "",
        "next": form.url(page=page.number + 1) if page.has_next() else "",
    }
