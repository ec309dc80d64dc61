"""How many students and how much, for a page: one statement, whatever the filter.

Without other filters than the city the totals that PostgreSQL keeps answer. Under a filter the
matching rows are counted, and the counting stops at COUNT_LIMIT: a page then says "more than
10,000".
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from rules.cities import comparable
from students.models import CityTotal, StudentQuerySet, Totals

COUNT_LIMIT = 10_000
ZERO = Decimal("0.00")


class CityCount(NamedTuple):
    """A city to choose, and how many there; None where the counting stopped before the end."""

    city: str
    students: int | None = 0
    chosen: bool = False


@dataclass(frozen=True)
class Tally:
    """`totals` of the chosen cities, or of all; with `more` they are not the whole."""

    totals: Totals
    cities: list[CityCount]
    more: bool = False


def kept_tally(chosen: list[str]) -> Tally:
    """Every student of the chosen cities; an empty list means all. Exact at any size."""
    keys = {comparable(city) for city in chosen}
    by_city = CityTotal.objects.city_rows()
    here = [row for row in by_city if not keys or row[3] in keys]
    totals = Totals(sum(row[0] for row in here), sum((row[1] for row in here), ZERO))
    return Tally(totals, choices([(key, city, count) for count, _, city, key in by_city], chosen))


# The kept totals name the cities, so that every one can be chosen even where counting stopped.
COUNT = """
WITH everywhere AS (
    SELECT city_key, count(*) AS students, sum(fees) AS fees FROM ({everywhere}) AS found
    GROUP BY city_key
), here AS ({here}), city AS (
    SELECT city_key, min(city) FILTER (WHERE students > 0) AS name
    FROM students_citytotal GROUP BY city_key HAVING sum(students) > 0
)
SELECT here.students, here.fees, city.city_key, city.name, everywhere.students
FROM here LEFT JOIN (city LEFT JOIN everywhere USING (city_key)) ON true
ORDER BY everywhere.students DESC NULLS LAST, city.name
"""


HERE = "SELECT count(*) AS students, coalesce(sum(fees), 0.00) AS fees FROM ({}) AS found"
ALL = (
    "SELECT coalesce(sum(students), 0)::bigint AS students, coalesce(sum(fees), 0.00) AS fees"
    " FROM everywhere"
)


def counted_tally(students: StudentQuerySet, chosen: list[str]) -> Tally:
    """`students` of the chosen cities; the counts of the cities leave that choice aside."""
    everywhere, params = at_most(students)
    here = ALL
    if chosen:
        sql, here_params = at_most(students.in_cities(chosen))
        here, params = HERE.format(sql), params + here_params
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(everywhere=everywhere, here=here), params)
        rows = cursor.fetchall()
    number, fees = rows[0][:2]
    counts = [row[2:] for row in rows if row[2] is not None]
    if sum(count or 0 for _, _, count in counts) <= COUNT_LIMIT:
        counts = [(key, city, count) for key, city, count in counts if count]
    else:
        counts = sorted((key, city, None) for key, city, _ in counts)
    return Tally(
        Totals(min(number, COUNT_LIMIT), fees), choices(counts, chosen), more=number > COUNT_LIMIT
    )


def at_most(students: StudentQuerySet) -> tuple[str, tuple[Any, ...]]:
    """SQL for one row more than COUNT_LIMIT: enough to know that there are more."""
    sql, params = (
        students.order_by().values("city_key", "fees")[: COUNT_LIMIT + 1].query.sql_with_params()
    )
    return sql, params


def choices(counts: list[tuple[str, str, int | None]], chosen: list[str]) -> list[CityCount]:
    """The cities to choose from, of (key, city, count); a chosen one shows first, even at 0."""
    keys = {comparable(city): city for city in chosen}
    shown = {key for key, _, _ in counts}
    missing = [CityCount(city, chosen=True) for key, city in keys.items() if key not in shown]
    found = [CityCount(city, count, key in keys) for key, city, count in counts]
    if keys:
        found.sort(key=lambda row: not row.chosen)  # else it may be far below in the box
    return missing + found
