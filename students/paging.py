"""Pages of students that cost little however far down they are: numbered ones, and bookmarked ones.

Two things keep them cheap. Rows are found by their ids in an index alone before any is read
(`deferred_join`). And where PostgreSQL would walk an index for long to find few matches, it is made
to find them first and to sort then (`sorting_afterwards`).
"""

import json
from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import F, OrderBy, TextField
from django.db.models.functions import Cast, Coalesce
from pydantic_core import to_json

from rules.cities import comparable
from rules.text import has_urdu
from students.models import Student, StudentQuerySet
from students.tally import Tally

FEW = 5_000  # finding and sorting so many takes as long as passing by some 100,000 in an index
NEAR = 200  # passing by so many rows takes less than writing SQL that passes by their ids


def deferred_join(students: StudentQuerySet, order: Sequence[Any]) -> StudentQuerySet:
    """The same few students, in this order: passing by ids on the way to them reads an index only.

    Passing by whole rows would read each in the table.
    """
    return Student.objects.filter(pk__in=students.values("pk")).order_by(*order)


def sorting_afterwards(order: Sequence[str]) -> list[OrderBy]:
    """The same order, in a way that no index is sorted by: found first and sorted then.

    PostgreSQL would rather walk an index in this order and stop at the 50th match, which is slow
    when the matches are few or stand at the end (Urdu names come after all others).
    """
    field = order[0].lstrip("-")
    first = OrderBy(Coalesce(F(field), F(field)), descending=order[0].startswith("-"))
    rest = [OrderBy(F(name.lstrip("-")), descending=name.startswith("-")) for name in order[1:]]
    return [first, *rest]


def neighbours(
    students: StudentQuerySet, order: Sequence[str], student: Student, *, searched: str
) -> tuple[Student | None, Student | None]:
    """Who stands before and after `student` in this order, whether or not he is one of them."""
    back = [name[1:] if name.startswith("-") else f"-{name}" for name in order]
    place = [getattr(student, name.lstrip("-")) for name in order]

    def nearest(way: Sequence[str]) -> Student | None:
        quick = sorting_afterwards(way) if has_urdu(searched) else way
        beyond = students.order_by(*quick).following(way, place)
        return deferred_join(beyond[:1], way).only("pk", "name").first()

    return nearest(back), nearest(order)


# -- Numbered pages, for people --------------------------------------------------------------------


class StudentPaginator(Paginator):  # type: ignore[type-arg]
    """Django's, given its count: a page is found by its ids, from the nearer end.

    `more` says that there are more than `count` (tally.COUNT_LIMIT), so that the end is not near;
    `walk` that an index has all students in order, so that the first pages are found at once.
    """

    def __init__(
        self,
        students: StudentQuerySet,
        per_page: int,
        *args: Any,
        count: int,
        more: bool = False,
        walk: bool = False,
    ) -> None:
        super().__init__(students, per_page, *args)
        self.students = students
        self.count = count
        self.more = more
        self.walk = walk

    def page(self, number: int | str) -> Page[Student]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        end = min(start + self.per_page, self.count)
        return Page(self.rows(start, end), number, self)

    def rows(self, start: int, end: int) -> Any:
        students = self.students
        if self.walk and start < NEAR:
            return students[start:end]
        if start > self.count // 2 and not self.more:
            start, end = self.count - end, self.count - start
            return deferred_join(students.reverse()[start:end], students.query.order_by)
        return deferred_join(students[start:end], students.query.order_by)


def numbered_pages(
    students: StudentQuerySet,
    order: Sequence[str],
    per_page: int,
    tally: Tally,
    *,
    searched: str,
    walk: bool,
) -> StudentPaginator:
    """`students` in `order`, found the quicker way: `walk` where an index has them all in order."""
    few = tally.totals.students <= FEW or has_urdu(searched)
    if few and not walk:
        students = students.order_by(*sorting_afterwards(order))
    return StudentPaginator(
        students, per_page, count=tally.totals.students, more=tally.more, walk=walk
    )


# -- Bookmarked pages, for programs: keyset pagination ---------------------------------------------


def bookmark_signer(filters: dict[str, Any]) -> signing.Signer:
    """For bookmarks in one list: elsewhere they mean nothing. One bookmark is always one text."""
    cities = sorted(map(comparable, filters["city"]))
    salt = [cities, *(filters[name] for name in ("q", "min_fees", "max_fees", "sort"))]
    if filters["status"] != "current":  # bookmarks handed out before there was a status hold
        salt.append(filters["status"])
    return signing.Signer(salt=f"place {salt!r}")  # "place": bookmarks handed out long ago hold


class InUtf8:
    """A bookmark's JSON. Escaped as Django's is, one emoji would take 12 characters of 2,000."""

    def dumps(self, keys: Any) -> bytes:
        return to_json(keys)

    def loads(self, data: bytes) -> Any:
        return json.loads(data)  # escaped too: bookmarks handed out long ago


class KeysetPages:
    """Pages of one filter and sort that hold as rows come and go. Its SQL is written once."""

    SHOWN = (
        "id", "name", "city", "fees",
        "father_name", "phone", "class_name", "joined_on", "left_on", "family_id",
    )  # fmt: skip
    WRITTEN = frozenset({"fees", "joined_on", "left_on"})

    def __init__(
        self,
        students: StudentQuerySet,
        order: Sequence[str],
        limit: int,
        *,
        after: Sequence[str | int],
        searched: str,
        signer: signing.Signer,
        walk: bool,
    ) -> None:
        """`walk`: where an index has them all in order, and one plan suits whatever is asked."""
        self.limit, self.signer = limit, signer
        sorted_by = [name.lstrip("-") for name in order]
        columns = [*self.SHOWN, *(name for name in sorted_by if name not in self.SHOWN)]
        self.keys = [columns.index(name) for name in sorted_by]
        if after:
            students = students.following(order, after)
        if has_urdu(searched):
            students = students.order_by(*sorting_afterwards(order))
        students = students[: limit + 1]  # one more, to know whether a page follows
        if searched:
            students = deferred_join(students, order)
        # Amounts and days as the text that is shown: PostgreSQL writes it quicker than Python.
        written = [Cast(name, TextField()) if name in self.WRITTEN else name for name in columns]
        sql, self.values = students.values_list(*written).query.sql_with_params()
        self.fetch = fetch_prepared if walk else fetch
        self.sql = with_slots(sql, len(self.values)) if walk else sql

    def page(self) -> tuple[list[tuple[Any, ...]], str]:
        """Up to `limit` students, and the `after` that leads on, or "".

        Each begins with what is SHOWN: fees are PKR, a text with 2 decimals, days ISO 8601.
        """
        rows = self.fetch(self.sql, self.values)
        if len(rows) <= self.limit:
            return rows, ""
        del rows[self.limit :]
        return rows, self.bookmark(rows[-1])

    def bookmark(self, row: tuple[Any, ...]) -> str:
        """The token for `after` that leads on from this row."""
        return self.signer.sign_object([row[column] for column in self.keys], serializer=InUtf8)


def fetch(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def fetch_prepared(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.fetch_prepared(sql, values)  # type: ignore[attr-defined]
    return rows


def with_slots(sql: str, values: int) -> str:
    """Django's SQL with PostgreSQL's own slots, $1, $2, for as many values."""
    return sql % tuple(f"${number}" for number in range(1, values + 1))
