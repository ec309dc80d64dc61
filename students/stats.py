"""What an office asks of its students as a whole: a queryset in, plain data out.

PostgreSQL counts how many pay each amount in each city, which it reads off an index in order; sums,
medians and the distribution all come from those few thousand counts, in the same statement, so that
no two of them can disagree.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count

from rules.money import PAISA, round_rupees
from students.models import StudentQuerySet
from students.tally import COUNT_LIMIT

MOST_BINS = 12  # of the distribution, and one for all above
USUAL = Decimal("0.98")  # of the students are in those; a few dear ones would stretch them
MONTHS = 12


@dataclass(frozen=True)
class Figures:
    """Of one student at least; amounts are PKR with 2 decimals."""

    students: int
    total: Decimal
    lowest: Decimal
    highest: Decimal
    median: Decimal  # half up between the two middle ones

    @property
    def average(self) -> Decimal:
        """Half up, as in every list."""
        return round_rupees(self.total / self.students)


@dataclass(frozen=True)
class CityFigures(Figures):
    """The figures of one city, under the name to show."""

    city: str
    key: str
    share: Decimal  # percent of the students, 2 decimals, half up


class Bin(NamedTuple):
    """How many pay `least` to `most`, both included; None: however much."""

    least: Decimal
    most: Decimal | None
    students: int


class Month(NamedTuple):
    first: date
    joined: int
    left: int


@dataclass(frozen=True)
class Statistics:
    """`whole` is None when there is nobody, or `more` than COUNT_LIMIT, of whom nothing is said."""

    whole: Figures | None = None
    cities: list[CityFigures] = field(default_factory=list)
    distribution: list[Bin] = field(default_factory=list)
    more: bool = False


# `pay` comes in the index's order. The median lies between `below` and `above`, which are one where
# the number of students is odd. The distribution is told in cells of 1, 10, 100 or 1,000 rupees, at
# most a thousand of them.
STATISTICS = """
WITH pay AS MATERIALIZED (
    SELECT city_key, fees, count(*)::bigint AS students FROM ({students}) AS found
    GROUP BY city_key, fees
), overall AS MATERIALIZED (
    SELECT fees, sum(students)::bigint AS students FROM pay GROUP BY fees
), ranked AS (
    SELECT city_key, fees, students,
           sum(students) OVER (PARTITION BY city_key ORDER BY fees) AS upto,
           sum(students) OVER (PARTITION BY city_key) AS whole
    FROM (SELECT * FROM pay UNION ALL SELECT NULL, * FROM overall) AS counts
), figures AS (
    SELECT city_key, sum(students)::bigint AS students, sum(students * fees) AS fees,
           min(fees) AS lowest, max(fees) AS highest,
           min(fees) FILTER (WHERE upto * 2 >= whole) AS below,
           min(fees) FILTER (WHERE upto * 2 > whole) AS above
    FROM ranked GROUP BY city_key
), size AS (
    SELECT (10 ^ greatest(length(trunc(max(fees))::text) - 3, 0))::int AS cell FROM overall
)
SELECT 'figures', figures.*, coalesce(
    (SELECT min(city) FILTER (WHERE total.students > 0) FROM students_citytotal AS total
     WHERE total.city_key = figures.city_key),
    (SELECT min(city) FROM students_student AS one WHERE one.city_key = figures.city_key)
) FROM figures
UNION ALL
SELECT 'cell', NULL, sum(students)::bigint, trunc(fees / cell) * cell, cell, NULL, NULL, NULL, NULL
FROM overall, size GROUP BY trunc(fees / cell), cell
"""


def statistics(students: StudentQuerySet, *, searched: bool) -> Statistics:
    """Exact; where names are `searched`, up to COUNT_LIMIT students.

    A search reads rows one by one, anything else an index.
    """
    found = students.order_by().values("city_key", "fees")
    sql, params = (found[: COUNT_LIMIT + 1] if searched else found).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS.format(students=sql), params)
        rows = cursor.fetchall()
    figures = [row[1:] for row in rows if row[0] == "figures"]
    whole = next((Figures(*figures_of(row)) for row in figures if row[0] is None), None)
    if whole is None or (searched and whole.students > COUNT_LIMIT):
        return Statistics(more=whole is not None)
    cities = [city_figures(row, whole.students) for row in figures if row[0] is not None]
    cities.sort(key=lambda city: (-city.students, city.city))
    cells = sorted(
        (int(start), students) for kind, _, students, start, *_ in rows if kind == "cell"
    )
    size = next(int(row[4]) for row in rows if row[0] == "cell")
    return Statistics(whole, cities, bins(cells, size))


def figures_of(row: tuple[Any, ...]) -> tuple[int, Decimal, Decimal, Decimal, Decimal]:
    """Of a row of STATISTICS, what Figures takes."""
    _key, students, total, lowest, highest, below, above, _name = row
    return students, total, lowest, highest, round_rupees((below + above) / 2)


def city_figures(row: tuple[Any, ...], students: int) -> CityFigures:
    """`students` are all there are."""
    share = round_rupees(Decimal(100 * row[1]) / students)
    return CityFigures(*figures_of(row), city=row[-1], key=row[0], share=share)


# -- Distribution ----------------------------------------------------------------------------------


def bins(cells: list[tuple[int, int]], size: int) -> list[Bin]:
    """Up to MOST_BINS equal ones in round rupees, empty ones too, and one for the few above.

    `cells` are (from how many rupees on, students), each `size` rupees wide, lowest first.
    """
    if not cells:
        return []
    lowest, end = cells[0][0], cells[-1][0] + size
    usual = end_of_usual(cells) + size
    step = round_step(Decimal(usual - lowest) / MOST_BINS, size)
    start = lowest // step * step
    while usual - start > step * MOST_BINS:  # the rounding down of the start took one more
        step = round_step(Decimal(step + 1), size)
        start = lowest // step * step
    edges = list(range(start, usual, step))
    if end > edges[-1] + step:
        edges.append(edges[-1] + step)
    counts = dict.fromkeys(edges, 0)
    for cell, students in cells:
        counts[min((cell - start) // step * step + start, edges[-1])] += students
    closed = len(edges) - (end > usual and end > edges[-1] + step)
    return [
        Bin(rupees(edge), rupees(edge + step) - PAISA if n < closed else None, counts[edge])
        for n, edge in enumerate(edges)
    ]


def end_of_usual(cells: list[tuple[int, int]]) -> int:
    """The cell in which USUAL of the students is reached."""
    wanted, so_far = USUAL * sum(students for _, students in cells), 0
    for cell, students in cells:
        so_far += students
        if so_far >= wanted:
            return cell
    return cells[-1][0]


def round_step(least: Decimal, size: int) -> int:
    """The next of 1, 2, 5, 10, 20, 25, 50, 100 … rupees that is made of whole cells."""
    steps: Iterator[int] = (step * 10**tens // 10 for tens in count() for step in (10, 20, 25, 50))
    return next(step for step in steps if step >= least and step % size == 0)


def rupees(whole: int) -> Decimal:
    return Decimal(whole).quantize(PAISA)


# -- Who joined and left ---------------------------------------------------------------------------


def movement(students: StudentQuerySet, today: date) -> list[Month]:
    """The MONTHS up to today's; `students` are those here and those who left."""
    months = last_months(today)
    joined = by_month(students, "joined_on", months[0], today)
    left = by_month(students, "left_on", months[0], today)
    return [Month(first, joined[first], left[first]) for first in months]


def last_months(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    return months


def by_month(students: StudentQuerySet, when: str, since: date, today: date) -> Counter[date]:
    """How many in each month; days are grouped, which costs PostgreSQL less than months."""
    some = students.order_by().filter(**{f"{when}__gte": since, f"{when}__lte": today})
    months: Counter[date] = Counter()
    for day, number in some.values_list(when).annotate(students=Count("*")):
        months[day.replace(day=1)] += number
    return months
