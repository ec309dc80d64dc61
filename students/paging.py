"""Pages of students that cost little however far down they are."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, OrderBy
from django.db.models.functions import Coalesce

from students.models import Student, StudentQuerySet

FEW = 5_000  # finding and sorting so many takes as long as passing by some 100,000 in an index


class StudentPaginator(Paginator):  # type: ignore[type-arg]
    """Django's, given its count: a page is found by its ids, from the nearer end.

    `more` says that there are more than `count` (see tally.MOST), so that the end is not near.
    """

    def __init__(
        self, students: StudentQuerySet, per_page: int, *args: Any, count: int, more: bool = False
    ) -> None:
        super().__init__(students, per_page, *args)
        self.count = count
        self.more = more

    def page(self, number: int | str) -> Page[Student]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        end = min(start + self.per_page, self.count)
        return Page(self.rows(start, end), number, self)

    def rows(self, start: int, end: int) -> Any:
        students: StudentQuerySet = self.object_list  # type: ignore[assignment]
        if start > self.count // 2 and not self.more:
            start, end = self.count - end, self.count - start
            return by_ids(students.reverse()[start:end], students.query.order_by)
        return by_ids(students[start:end], students.query.order_by)


def by_ids(students: StudentQuerySet, order: Sequence[Any]) -> StudentQuerySet:
    """The same few students, in this order: passing by ids on the way to them reads an index only.

    Passing by whole rows would read each in the table.
    """
    return Student.objects.filter(pk__in=students.values("pk")).order_by(*order)


def gathered(order: tuple[str, ...]) -> list[OrderBy]:
    """The same order, but found first and sorted then.

    PostgreSQL would rather walk an index in this order and stop at the 50th match, which is slow
    when the matches are few or stand at the end (Urdu names come after all others).
    """
    field = order[0].lstrip("-")
    first = OrderBy(Coalesce(F(field), F(field)), descending=order[0].startswith("-"))
    rest = [OrderBy(F(name.lstrip("-")), descending=name.startswith("-")) for name in order[1:]]
    return [first, *rest]
