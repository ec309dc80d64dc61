"""What a sheet's headings mean: by what they say, whatever their order, case and spelling."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any, NamedTuple

from rules.text import fold


class Column(NamedTuple):
    key: str
    head: Any  # as we write it; lazy
    kind: str  # text, amount, day or number
    width: int  # characters
    heads: str  # as others write it, with commas between
    help: Any
    examples: tuple[str, str] = ("", "")


UNITS = re.compile(r"\b(?:pkr|rs|rupees|in|dd?\W?mm?\W?yy(?:yy)?|optional|required)\b|روپے")
BRACKETS = re.compile(r"[(\[{].*?(?:[)\]}]|$)")
LIKENESS = 0.84  # difflib's ratio


def plain(head: str) -> str:
    """A heading without case, units, marks and spaces: `Monthly Fee (Rs.)` -> `monthlyfee`."""
    return re.sub(r"[\W_]+", "", UNITS.sub(" ", fold(head[:100])))


def swapped(word: str) -> list[str]:
    """`word` with two neighbours the other way round, wherever they stand."""
    places = range(len(word) - 1) if len(word) > 3 else ()
    return [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places]


class Headings:
    """Of these columns; `either` are headings that may mean one or several of them."""

    def __init__(
        self, columns: Sequence[Column], either: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.columns = columns
        self.vague = either or {}

    @cached_property
    def known(self) -> dict[str, str]:
        """A plain heading -> the key it means."""
        words = {}
        for column in self.columns:
            for head in (column.key, *column.heads.split(", ")):
                words[plain(head)] = column.key
        return words

    @cached_property
    def either(self) -> dict[str, tuple[str, ...]]:
        return {plain(head): keys for head, keys in self.vague.items()}

    def mapped(self, heads: Sequence[str]) -> tuple[dict[str, int], dict[int, list[str]]]:
        """Key -> its place, from 0; and a place whose heading a person has to explain -> its
        likely keys, which are both of two that say the same too.
        """
        said: dict[str, list[int]] = {}
        asked: dict[int, list[str]] = {}
        for at, head in enumerate(heads):
            keys = self.meanings(head)
            if len(keys) == 1 and self.is_certain(head):
                said.setdefault(keys[0], []).append(at)
            elif keys:
                asked[at] = keys
        columns = {}
        for key, places in said.items():
            if len(places) == 1:
                columns[key] = places[0]
            else:
                asked |= {at: [key] for at in places}
        # What a certain heading says already, a vague one doesn't.
        asked = {at: [key for key in keys if key not in columns] for at, keys in asked.items()}
        return columns, {at: keys for at, keys in asked.items() if keys}

    def meanings(self, head: str) -> list[str]:
        word = plain(head)
        # `Fees (annual)` may be fees, `Nmae` is a slip that is too short to be alike.
        for each in (word, plain(BRACKETS.sub(" ", head[:100])), *swapped(word)):
            if each in self.known:
                return [self.known[each]]
            if each in self.either:
                return list(self.either[each])
        alike = get_close_matches(word, self.known, 1, LIKENESS) if len(word) > 3 else []
        return [self.known[each] for each in alike]

    def is_certain(self, head: str) -> bool:
        return plain(head) in self.known

    def known_heads(self, cells: Sequence[str]) -> int:
        """How many of these say for certain what they are the head of."""
        return len({self.known[word] for cell in cells if (word := plain(cell)) in self.known})
