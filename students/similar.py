"""What to ask "did you mean" about: names where nobody was found, a place that is new."""

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from django.db import DatabaseError, connection, transaction

from rules.cities import is_known, similar_cities
from rules.text import fold
from students.models import CityTotal, StudentQuerySet

MOST = 3  # suggestions
LIKENESS = (0.6, 0.35)  # pg_trgm's word similarity: first the few that are much alike, then more
CANDIDATES = 1_000  # looked at, in no order: among millions many are alike
LIKELIEST = 200  # of them are compared letter by letter
CLOSE = 0.6  # difflib's ratio of two words

# Nobody waits long for an answer to what he didn't ask: the page then does without it.
LIMITS = "SET LOCAL statement_timeout = '500ms'; SET LOCAL pg_trgm.word_similarity_threshold = %s"


def similar_names(typed: str, students: StudentQuerySet) -> list[str]:
    """Up to MOST texts to search for in place of `typed`, likeliest first; each finds a student."""
    if not any(map(str.isalnum, typed)):  # no trigrams: PostgreSQL would read its whole index
        return []
    try:
        for likeness in LIKENESS:
            if found := closest(typed, resembling(typed, students, likeness)):
                return found
    except DatabaseError:  # out of time
        pass
    return []


def resembling(typed: str, students: StudentQuerySet, likeness: float) -> list[str]:
    """Names of `students`, with their fathers', that have a part like `typed`, likeliest first."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LIMITS, [likeness])
        alike = students.order_by().resembling(typed)[:CANDIDATES]
        found: list[Any] = list(alike.values_list("likeness", "name", "father_name"))  # type: ignore[misc]
        transaction.set_rollback(True)  # nothing was written, and the limits end here
    likeliest = sorted(found, reverse=True)[:LIKELIEST]
    return [f"{name} {father}".strip() for _, name, father in likeliest]


def closest(typed: str, names: Sequence[str]) -> list[str]:
    """Of each name the words closest to the typed ones, in their order, if each has one."""
    known = {fold(word) for name in names for word in name.split()}
    words = [(word, get_close_matches(fold(word), known, 10, CLOSE)) for word in typed.split()]
    texts: Counter[str] = Counter()
    for name in names:
        parts = {fold(part): part for part in name.split()}
        chosen = []
        for word, alike in words:
            best = next((parts[part] for part in alike if part in parts), "")
            chosen.append(best or (word if fold(word) in fold(name) else ""))
        if all(chosen):
            texts[" ".join(chosen)] += 1

    def likelihood(text: str) -> tuple[float, int]:
        return SequenceMatcher(None, fold(typed), fold(text)).ratio(), texts[text]

    return sorted(texts, key=likelihood, reverse=True)[:MOST]


def similar_to_new(city: str) -> list[str]:
    """Known cities that may have been meant by a place nobody lives in yet, likeliest first.

    `city` is as stored. A place that has students is not asked about again.
    """
    if is_known(city) or CityTotal.objects.totals_of(city).students:
        return []
    return similar_cities(city)
