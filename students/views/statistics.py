"""What the office's students are as a whole: the page, and its table as CSV."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from rules.money import PAISA, format_average, format_count, format_rupees, round_rupees
from sheets.csv import csv_bytes
from students import charts
from students.forms import StatisticsForm
from students.stats import Bin, CityFigures, Figures, Month, Statistics
from students.tally import COUNT_LIMIT, kept_tally
from students.views.access import see_students
from students.views.lists import filtered_title, named, wanted

MOST_BARS = 12  # cities in the chart
MOST_ROWS = 100  # cities in the page's table; the CSV has all


@require_safe
@see_students
def statistics(request: HttpRequest) -> HttpResponse:
    form = StatisticsForm(request.GET)
    if not form.is_valid():
        return refused_statistics(request, form)
    chosen = form.cleaned_data["city"]
    found, tally, filters = form.statistics(), form.tally(), form.active_filters()
    form.offer(tally.cities)
    cities = sorted_cities(found.cities, form.cleaned_data["by"])
    context = {
        "form": form,
        "heading": heading(chosen),
        "title": filtered_title(heading(chosen), filters[len(chosen) :]),
        "cities": tally.cities,
        "filters": filters,
        "wanted": wanted(filters),
        "found": found,
        "limit": COUNT_LIMIT,
        "list_url": form.list_url(),
        "csv_url": form.csv_url(),
    }
    if found.whole:
        context |= {
            "cards": cards(found.whole),
            "columns": columns(form),
            "rows": [city_row(form, city) for city in cities[:MOST_ROWS]],
            "sums": cells(found.whole, Decimal(100)),
            "left_out": len(cities) - MOST_ROWS,
            "averages": averages(found, found.whole),
            "charted": MOST_BARS if len(cities) > MOST_BARS else 0,
            "distribution": distribution(found, found.whole),
            "bins": [bin_row(form, each, found.whole) for each in found.distribution],
        }
    if not found.more:
        months = form.movement()
        context |= {
            "months": [(month_name(month), month.joined, month.left) for month in months],
            "moved": any(month.joined or month.left for month in months),
            "movement": movement(months),
        }
    return render(request, "students/statistics.html", context)


def refused_statistics(request: HttpRequest, form: StatisticsForm) -> HttpResponse:
    """The errors beside their fields and no number: never silently another one."""
    cities = kept_tally(form.cleaned_data.get("city", [])).cities
    form.offer(cities)
    context = {
        "form": form,
        "invalid": True,
        "heading": heading([]),
        "title": _("Error: %(page)s") % {"page": heading([])},
        "cities": cities,
    }
    return render(request, "students/statistics.html", context)


@require_safe
@see_students
def statistics_csv(request: HttpRequest) -> HttpResponse:
    """The table of cities. A filter that can't be counted is told of on the page."""
    form = StatisticsForm(request.GET)
    if not form.is_valid() or (found := form.statistics()).more:
        return redirect(form.refused_url())
    head = [
        _("City"), _("Students"), _("Share of students (%)"), _("Average fees (PKR)"),
        _("Median fees (PKR)"), _("Lowest fees (PKR)"), _("Highest fees (PKR)"),
        _("Total fees (PKR)"),
    ]  # fmt: skip
    cities = sorted_cities(found.cities, form.cleaned_data["by"])
    rows = ([city.city, *map(str, (city.students, city.share, *amounts(city)))] for city in cities)
    name = f"fees-by-city-{timezone.localdate():%Y-%m-%d}.csv"
    return HttpResponse(
        csv_bytes(head, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# -- What the page says ----------------------------------------------------------------------------


def heading(cities: list[str]) -> str:
    return _("Statistics of %(cities)s") % {"cities": named(cities)} if cities else _("Statistics")


def amounts(figures: Figures) -> tuple[Decimal, Decimal, Decimal, Decimal, Decimal]:
    return figures.average, figures.median, figures.lowest, figures.highest, figures.total


def cards(whole: Figures) -> list[tuple[str, str, str]]:
    """(what, how much, what that is)."""
    return [
        (_("Students"), format_count(whole.students), ""),
        (_("Average fees"), format_average(whole.average), _("the total, shared equally")),
        (_("Median fees"), format_average(whole.median), _("half pay this or less")),
        (_("Lowest fees"), format_rupees(whole.lowest), ""),
        (_("Highest fees"), format_rupees(whole.highest), ""),
        (_("Total fees"), format_rupees(whole.total), _("a month")),
    ]


SORTS: dict[str, Callable[[CityFigures], Any]] = {
    "city": lambda city: city.key,
    "students": lambda city: city.students,
    "average": lambda city: city.average,
    "median": lambda city: city.median,
    "lowest": lambda city: city.lowest,
    "highest": lambda city: city.highest,
    "total": lambda city: city.total,
}


def sorted_cities(cities: list[CityFigures], by: str) -> list[CityFigures]:
    """In the order asked for; equal ones in that of `cities`, most students first."""
    return sorted(cities, key=SORTS[by.lstrip("-")], reverse=by.startswith("-"))


def columns(form: StatisticsForm) -> list[dict[str, str]]:
    """The heads of the table of cities; numbers begin with the highest, a city with A."""
    now = form.cleaned_data["by"]
    return [
        {
            "name": name,
            "label": str(label),
            "sorted": {name: "ascending", f"-{name}": "descending"}.get(now, ""),
            "url": form.url(by=other_way(name, now)) + "#cities",
        }
        for name, label in form.BY.items()
    ]


def other_way(name: str, now: str) -> str:
    first, second = (name, f"-{name}") if name == "city" else (f"-{name}", name)
    return second if now == first else first


def city_row(form: StatisticsForm, city: CityFigures) -> dict[str, Any]:
    url = form.list_url(city=[city.city])
    return {"city": city.city, "url": url, "cells": cells(city, city.share)}


def cells(figures: Figures, share: Decimal) -> list[str]:
    """A row of the table, after its city."""
    average, median, *others = amounts(figures)
    return [
        format_count(figures.students),
        format_share(share),
        format_average(average),
        format_average(median),
        *map(format_rupees, others),
    ]


def format_share(share: Decimal) -> str:
    return f"{share:.2f}%"


# -- Charts ----------------------------------------------------------------------------------------


def averages(found: Statistics, whole: Figures) -> SafeString:
    """The largest cities, dearest first, each beside the average of all."""
    cities = sorted(found.cities[:MOST_BARS], key=lambda city: city.average, reverse=True)
    dearest, cheapest = cities[0], cities[-1]
    told = _(
        "Highest in %(dearest)s, %(most)s; lowest in %(cheapest)s, %(least)s; of all, %(all)s."
    ) % {
        "dearest": dearest.city,
        "most": format_average(dearest.average),
        "cheapest": cheapest.city,
        "least": format_average(cheapest.average),
        "all": format_average(whole.average),
    }
    rows = [charts.Row(city.city, format_average(city.average), city.average) for city in cities]
    return charts.bar_chart("averages", _("Average fees by city"), told, rows, mark=whole.average)


def distribution(found: Statistics, whole: Figures) -> SafeString:
    rows = [
        charts.Row(
            bin_label(each),
            _("%(count)s · %(share)s")
            % {
                "count": format_count(each.students),
                "share": format_share(share_of(each, whole)),
            },
            each.students,
        )
        for each in found.distribution
    ]
    fullest = max(found.distribution, key=lambda each: each.students)
    told = ngettext(
        "Most often %(bin)s: %(count)s student.", "Most often %(bin)s: %(count)s students.",
        fullest.students,
    ) % {"bin": bin_label(fullest), "count": format_count(fullest.students)}  # fmt: skip
    return charts.bar_chart("distribution", _("How many pay how much"), told, rows)


def bin_label(each: Bin) -> str:
    """`Rs 5,000 to under 7,500`."""
    least = format_rupees(each.least)
    if each.most is None:
        return _("%(least)s or more") % {"least": least}
    end = format_rupees(each.most + PAISA).removeprefix("Rs ")
    return _("%(least)s to under %(end)s") % {"least": least, "end": end}


def share_of(each: Bin, whole: Figures) -> Decimal:
    return round_rupees(Decimal(100 * each.students) / whole.students)


def bin_row(form: StatisticsForm, each: Bin, whole: Figures) -> dict[str, Any]:
    """Leads to the list of those who pay so much; the filter's own ends stay where narrower."""
    data = form.cleaned_data
    least = max(each.least, data["min_fees"] or each.least)
    most = min([end for end in (each.most, data["max_fees"]) if end is not None], default=None)
    return {
        "label": bin_label(each),
        "url": form.list_url(min_fees=least, max_fees=most) if each.students else "",
        "students": each.students,
        "share": format_share(share_of(each, whole)),
    }


def movement(months: list[Month]) -> SafeString:
    joined, left = (sum(month.joined for month in months), sum(month.left for month in months))
    told = _("In these months: joined %(joined)s, left %(left)s.") % {
        "joined": format_count(joined),
        "left": format_count(left),
    }
    rows = [
        charts.Pair(
            month_name(month),
            (format_count(month.joined), format_count(month.left)),
            (month.joined, month.left),
        )
        for month in months
    ]
    return charts.pair_chart("movement", _("Joined and left, by month"), told, rows)


def month_name(month: Month) -> str:
    return date_format(month.first, "M Y")
