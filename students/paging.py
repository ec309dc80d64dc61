"""Pages of students that cost little however far down they are."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, OrderBy
from django.db.models.functions import Coalesce

from students.models import Student, StudentQuerySet

FAR = 1_000


class StudentPaginator(Paginator):  # type: ignore[type-arg]
    """Django's, given its count: a far page is found in the index alone, from the nearer end."""

    def __init__(self, students: StudentQuerySet, per_page: int, *args: Any, **kwargs: Any) -> None:
        count = kwargs.pop("count")
        super().__init__(students, per_page, *args, **kwargs)
        self.count = count

    def page(self, number: int | str) -> Page[Student]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        end = min(start + self.per_page, self.count)
        return Page(self.rows(start, end), number, self)

    def rows(self, start: int, end: int) -> Any:
        students: StudentQuerySet = self.object_list  # type: ignore[assignment]
        if start < FAR:
            return students[start:end]
        from_the_end = start > self.count // 2
        if from_the_end:
            students, start, end = students.reverse(), self.count - end, self.count - start
        # Skipping rows in the table would read each; skipping ids reads the index only.
        ids = students.values("pk")[start:end]
        rows = list(Student.objects.filter(pk__in=ids).order_by(*students.query.order_by))
        return rows[::-1] if from_the_end else rows


def gathered(order: tuple[str, ...]) -> list[OrderBy]:
    """The same order, but found first and sorted then.

    PostgreSQL would rather walk an index in this order and stop at the 50th match, which is slow
    when the matches are few or stand at the end (Urdu names come after all others).
    """
    field = order[0].lstrip("-")
    first = OrderBy(Coalesce(F(field), F(field)), descending=order[0].startswith("-"))
    rest = [OrderBy(F(name.lstrip("-")), descending=name.startswith("-")) for name in order[1:]]
    return [first, *rest]
