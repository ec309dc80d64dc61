"""The average fees, for other programs: JSON."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from api.access import admit
from api.http import json_response, read_query
from api.problems import Problem
from students.forms import AverageFeesForm
from students.models import CitySummary, CityTotal, Totals


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
            admit(request, "students.view_student")
        query = read_query(request, form_class).cleaned_data
    except Problem as refusal:
        return refusal.response
    city, least = query["city"], settings.AVERAGE_FEES_MIN_STUDENTS
    if query.get("group_by") or (least > 1 and city is None):
        averages, cities = averages_by_city(city)
        if query.get("group_by"):
            averages["cities"] = cities
    else:
        averages = average_of(city, CityTotal.objects.totals_of(city))
    response = json_response(request, averages)
    response["Cache-Control"] = "no-cache"  # keep it if you like, but ask before using it
    return response


def averages_by_city(city: str | None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The average of all, and that of each; the withheld ones come last, in no telling order."""
    by_city = CityTotal.objects.by_city(city)
    totals = Totals(sum(c.students for c in by_city), sum((c.fees for c in by_city), Decimal()))
    withheld = [row for row in by_city if row.students < settings.AVERAGE_FEES_MIN_STUDENTS]
    shown = by_city[: len(by_city) - len(withheld)]
    cities = shown + sorted(withheld, key=lambda row: row.city)
    averages = average_of(city, totals, withheld=told_by_the_rest(withheld))
    return averages, [average_of(row.city, row) for row in cities]


def told_by_the_rest(withheld: list[CitySummary]) -> bool:
    """Whether the total, less the cities shown, would tell what has to be withheld.

    It tells how many students the withheld cities have together and what these pay. That has to be
    a group large enough to show, and must leave open how many each of them has: not all of them
    one, nor all of them as many as can be withheld. (Where the least is 2, "withheld" means one.)
    """
    least, cities = settings.AVERAGE_FEES_MIN_STUDENTS, len(withheld)
    together = sum(row.students for row in withheld)
    settled = least > 2 and together in (cities, cities * (least - 1))
    return cities > 0 and (together < least or settled)


def average_of(city: str | None, totals: Totals, *, withheld: bool = False) -> dict[str, Any]:
    """`average_fees` is PKR with 2 decimals; null, never 0, when there is nobody to average."""
    if withheld or 0 < totals.students < settings.AVERAGE_FEES_MIN_STUDENTS:
        return {"city": city, "average_fees": None, "currency": "PKR", "suppressed": True}
    average = totals.average
    return {
        "city": city,
        "students": totals.students,
        "average_fees": None if average is None else str(average),
        "currency": "PKR",
    }
