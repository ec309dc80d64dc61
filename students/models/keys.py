"""What searching, sorting and comparing look at, in SQL: spellings folded into one."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    F,
    Func,
    IntegerField,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Left, Length, Lower, Replace
from django.db.models.lookups import Exact

from rules.cities import canonical_city, comparable
from rules.text import (
    ACUTE,
    DROPPED,
    FOLD_FROM,
    FOLD_TO,
    GRAVE,
    KEY_LENGTH,
)


def folded(text: F | Value, also_dropping: str = "") -> Case:
    """SQL that makes spellings comparable, as `rules.text.fold` does, up to KEY_LENGTH.

    The column and what is compared with it go through the same SQL, so that Python's idea of
    lower case never has to agree with PostgreSQL's. ASCII takes a shorter way: translate() looks
    each letter up in its whole table.
    """
    shown = Func(text, Value(DROPPED), Value(""), Value("g"), function="REGEXP_REPLACE")
    shown = Replace(shown, Value(ACUTE), Value("'"))
    letters = Func(shown, template="NORMALIZE(%(expressions)s, NFKC)")
    return Case(
        When(
            Exact(Func(text, function="OCTET_LENGTH", output_field=IntegerField()), Length(text)),
            then=Lower(translated(text, GRAVE + also_dropping, "'")),
        ),
        default=Left(Lower(translated(letters, FOLD_FROM + also_dropping, FOLD_TO)), KEY_LENGTH),
        output_field=TextField(),
    )


def translated(text: F | Value | Func, letters: str, into: str) -> Func:
    """Letters that have no partner in `into` are deleted."""
    return Func(text, Value(letters), Value(into), function="TRANSLATE")


class Row(Func):
    """SQL's (a, b): two are compared column by column, which an index can follow."""

    template = "(%(expressions)s)"
    output_field = TextField()  # of no account: a row has no one type


def city_key(city: F) -> Case:
    """SQL for a city compared without case and spacing: `cities.comparable()`."""
    return folded(city, also_dropping=" ")


def keys_of(cities: list[str]) -> list[str]:
    """What `city_key` is of these cities, in any known spelling."""
    return [comparable(canonical_city(city)) for city in cities]


def is_one_of(cities: list[str]) -> Q:
    return Q(city_key__in=keys_of(cities))


def joined(*texts: Any) -> Func:
    """SQL for texts one after the other, a space between them."""
    parts = [part for text in texts for part in (Value(" "), text)][1:]
    return Func(*parts, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())
