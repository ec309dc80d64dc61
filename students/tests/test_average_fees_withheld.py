"""AVERAGE_FEES_MIN_STUDENTS: what is withheld can't be worked out from all that is answered."""

from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import chain, combinations, combinations_with_replacement, product

import pytest

from students.models import CitySummary, CityTotal
from students.tests.factories import make_student
from students.views import average

PLAIN, API = "/students/average-fees/", "/api/average-fees/"
CITIES = ["Lahore", "Karachi", "Multan", "Quetta"]


def office(counts):
    """An office with so many students in each of its cities."""
    CityTotal.objects.all().delete()
    CityTotal.objects.bulk_create(
        CityTotal(city=city, city_key=city.lower(), students=count, fees=Decimal(f"{7 * n}00.35"))
        for n, (city, count) in enumerate(zip(CITIES, counts, strict=False), start=1)
    )


def everything_asked(client, cities):
    """(cities it is about, answer) of every question that anybody may ask."""
    for one in cities:
        for address in (PLAIN, API):
            yield (one,), client.get(address, {"city": one}).json()
        grouped = client.get(API, {"city": one, "group_by": "city"}).json()
        yield (one,), grouped
        yield from (((row["city"],), row) for row in grouped["cities"])
    for address in (PLAIN, API):
        yield tuple(cities), client.get(address).json()
    grouped = client.get(API, {"group_by": "city"}).json()
    yield tuple(cities), grouped
    yield from (((row["city"],), row) for row in grouped["cities"])


def subsets(cities):
    return chain.from_iterable(combinations(cities, size) for size in range(1, len(cities) + 1))


def rank(rows):
    rows, found = [list(map(Fraction, row)) for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for row in rows[found + 1 :]:
            share = row[column] / pivot[column]
            row[:] = [a - share * b for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found


def groups_told(cities, answers):
    """Each group of cities whose sum of fees follows from the answers, which are linear in them."""
    told = {scope for scope, answer in answers if "suppressed" not in answer}
    known = [[city in scope for city in cities] for scope in told]
    for group in subsets(cities):
        if known and rank([*known, [city in group for city in cities]]) == rank(known):
            yield group


def shape(counts, least):
    """What the answers say of these counts: what an attacker who knows our rule compares."""
    small = [count for count in counts if count < least]
    withheld = average.told_by_the_rest([CitySummary(students=count) for count in small])
    total = None if withheld or sum(counts) < least else sum(counts)
    return total, tuple(None if count < least else count for count in counts)


@cache
def offices_of_shape(least, cities):
    """Every office of so many cities, by what its answers say of its counts."""
    found = {}
    for counts in product(range(1, least + 2), repeat=cities):
        found.setdefault(shape(counts, least), []).append(counts)
    return found


def attack(client, counts, least):
    """The harm an attacker does who asks everything and works out the rest: one line each."""
    office(counts)
    cities = CITIES[: len(counts)]
    answers = list(everything_asked(client, cities))
    number = dict(zip(cities, counts, strict=True))
    for group in groups_told(cities, answers):
        if sum(number[city] for city in group) < least:
            yield f"fees of {group}"
    for scope, answer in answers:  # one and the same, whoever asks and how
        expected = [city for city in scope if number[city] >= least]
        if len(scope) == 1 and ("suppressed" in answer) != (not expected):
            yield f"another answer about {scope}"
        if "suppressed" in answer and ("students" in answer or answer["average_fees"]):
            yield f"a count or an average of {scope}"
    if least > 2:  # of 1, that it is withheld tells the count
        possible = offices_of_shape(least, len(counts))[shape(counts, least)]
        for place, city in enumerate(cities):
            if number[city] < least and len({each[place] for each in possible}) == 1:
                yield f"the count of {city}"


@pytest.mark.parametrize(("least", "most_cities"), [(2, 4), (3, 4), (4, 3)])
def test_nobody_works_out_what_is_withheld(client, settings, db, least, most_cities):
    settings.AVERAGE_FEES_MIN_STUDENTS = least
    offices_of_shape.cache_clear()
    for size in range(1, most_cities + 1):
        for counts in combinations_with_replacement(range(1, least + 2), size):
            assert list(attack(client, counts, least)) == [], counts


def test_the_total_is_withheld_only_where_it_would_tell(client, settings, db):
    settings.AVERAGE_FEES_MIN_STUDENTS = 5
    for counts, told in (
        ((9, 9), True), ((4, 9), False), ((1, 1, 9), False), ((1, 4, 9), True), ((4, 4, 9), False),
        ((1, 2, 2, 9), True), ((2, 2), False), ((1, 1, 1, 9), False),
    ):  # fmt: skip
        office(counts)
        for address in (PLAIN, API, f"{API}?group_by=city"):
            assert ("suppressed" not in client.get(address).json()) == told, counts


def test_with_the_total_shown_a_small_city_is_worked_out(client, settings, monkeypatch, db):
    settings.AVERAGE_FEES_MIN_STUDENTS = 5
    monkeypatch.setattr(average, "told_by_the_rest", lambda withheld: False)
    offices_of_shape.cache_clear()
    assert list(attack(client, (1, 6), 5)) == ["fees of ('Lahore',)", "the count of Lahore"]
    offices_of_shape.cache_clear()


def test_withheld_cities_come_last_and_by_name(client, settings, db):
    """In the order of their counts they would tell which is larger."""
    settings.AVERAGE_FEES_MIN_STUDENTS = 3
    for city, count in (("Quetta", 2), ("Multan", 1), ("Lahore", 2), ("Swabi", 3), ("Karachi", 4)):
        for _ in range(count):
            make_student(city=city)
    cities = client.get(f"{API}?group_by=city").json()["cities"]
    assert [row["city"] for row in cities] == ["Karachi", "Swabi", "Lahore", "Multan", "Quetta"]


def test_with_nothing_to_withhold_it_costs_nothing_more(client, db, settings, prepared_runs):
    """The default: one prepared statement, and not even a look at the cities."""
    client.get(PLAIN)
    before = prepared_runs()
    assert client.get(PLAIN).json()["students"] == 0
    assert prepared_runs() == before + 1
    settings.AVERAGE_FEES_MIN_STUDENTS = 2
    client.get(PLAIN)
    assert prepared_runs() == before + 2  # by city, in another statement
