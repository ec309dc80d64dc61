"""The history as plain data: events in, changes out, which pages, CSV and programs tell alike."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from rules.money import format_count
from students.models import Student, StudentEvent, StudentEventQuerySet
from students.models.history import ADDED, CHANGED, DELETED
from students.triggers import TRACKED

WORDS = {ADDED: "added", CHANGED: "changed", DELETED: "deleted"}  # as programs read them
DATABASE = "database"  # who writes when it is neither a user nor a token
MOST_FOUND = 1_000  # students, by one search


class TooManyFound(Exception):  # noqa: N818 - nothing broke: the search wants more words
    """More than MOST_FOUND students are meant by a search."""

    def __str__(self) -> str:
        words = _("More than %(count)s students match: type more of the name, or the number.")
        return words % {"count": format_count(MOST_FOUND)}


class Difference(NamedTuple):
    """What one fact was and is, as JSON has it: amounts and days are text. None: there is none."""

    field: str  # as the API names it
    old: Any
    new: Any


class Change(NamedTuple):
    pk: int
    at: datetime
    what: str  # added, changed or deleted
    who: str  # a user's name or a token's; `database`
    # site, admin, api, `command load_sample_students`, `import 12`, `undo 12`, or database
    door: str
    student: int
    name: str  # as it is after the change
    city: str
    differences: list[Difference]


def changes(events: Iterable[StudentEvent]) -> list[Change]:
    return [change(event) for event in events]


def change(event: StudentEvent) -> Change:
    context = event.pgh_context if isinstance(event.pgh_context, dict) else {}
    door = context.get("door", DATABASE)
    by = context.get("command", context.get("import"))
    if "undo" in context:
        door = "undo"
    return Change(
        event.pgh_id,
        event.pgh_created_at,
        WORDS[event.pgh_label],
        context.get("name", DATABASE),
        door if by is None else f"{door} {by}",
        event.pgh_obj_id,
        event.name,
        event.city,
        list(differences(event)),
    )


def differences(event: StudentEvent) -> Iterable[Difference]:
    """Of who came or went all facts that there were."""
    before = event.pgh_old or {}
    for column in TRACKED:
        field, now = column.removesuffix("_id"), value(event, column)
        if event.pgh_label == CHANGED:
            if column in before:
                yield Difference(field, before[column] or None, now)
        elif now is not None:
            yield Difference(field, *((None, now) if event.pgh_label == ADDED else (now, None)))


def value(event: StudentEvent, column: str) -> Any:
    """As `pgh_old` has it: amounts and days are text."""
    now = getattr(event, column)
    return (now if isinstance(now, int) else str(now)) if now not in (None, "") else None


def found_by(words: str) -> list[int]:
    """The numbers of whom a search finds, or would have found before he was deleted.

    Raises TooManyFound.
    """
    here = Student.objects.matching(words).values_list("pk", flat=True)
    gone = StudentEvent.objects.of_deleted(words).values_list("pgh_obj_id", flat=True)
    found = {*here[: MOST_FOUND + 1], *gone[: MOST_FOUND + 1]}
    if words.isascii() and words.isdecimal() and len(words) < 19:
        found.add(int(words))
    if len(found) > MOST_FOUND:
        raise TooManyFound
    return sorted(found)


def bookmarked(events: StudentEventQuerySet, after: int) -> StudentEventQuerySet:
    """Those older than the event of this number, newest first."""
    last = StudentEvent.objects.filter(pk=after).values_list("pgh_created_at", "pgh_id").first()
    return events.older_than(*last) if last else events.none()
