from collections import Counter
from decimal import Decimal
from itertools import islice

import pytest

from rules.cities import canonical_city, city_populations
from rules.money import parse_rupees
from rules.text import has_urdu, tidy
from students.samples import BATCH, sample_rows

ROWS = list(sample_rows(50_000, seed=7))
NAMES = [name for name, _, _ in ROWS]
FEES = [fees for _, _, fees in ROWS]


def share(rows, test):
    return sum(map(test, rows)) / len(rows)


def test_the_first_rows_for_a_seed():
    assert list(sample_rows(3, seed=1)) == [
        ("Shahzaib Abbasi", "Burewala", Decimal("3000.00")),
        ("Dua Zahra Gillani", "Larkana", Decimal("6000.00")),
        ("Farah Qureshi D/o Muhammad Ashraf", "Narowal", Decimal("11000.00")),
    ]


@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1])
def test_fewer_rows_are_the_first_of_more(count):
    assert list(sample_rows(count, seed=7)) == ROWS[:count]


def test_another_seed_gives_other_rows():
    assert list(sample_rows(100, seed=8)) != ROWS[:100]


def test_rows_are_made_as_they_are_asked_for():
    assert list(islice(sample_rows(10**15, seed=7), 10)) == ROWS[:10]


def test_rows_could_come_from_a_form():
    assert [name for name in set(NAMES) if tidy(name) != name or len(name) > 100] == []
    assert {city for _, city, _ in ROWS if canonical_city(city) != city} == set()
    assert {fees for fees in FEES if str(parse_rupees(str(fees))) != str(fees)} == set()


def test_names():
    assert 0.13 < share(NAMES, has_urdu) < 0.17
    assert 0.05 < share(NAMES, lambda name: " " not in name) < 0.15
    assert 0.05 < share(NAMES, lambda name: " S/o " in name) < 0.12
    assert 0.05 < share(NAMES, lambda name: " D/o " in name) < 0.12
    assert 0.01 < share(NAMES, lambda name: " ولد " in name or " بنت " in name) < 0.05
    namesakes = Counter(NAMES)
    assert max(namesakes.values()) > 50
    assert len(namesakes) > 15_000


def test_cities_are_as_common_as_their_people():
    students = Counter(city for _, city, _ in ROWS)
    assert [city for city in list(city_populations())[:100] if city not in students] == []
    assert [city for city, _ in students.most_common(3)] == ["Karachi", "Lahore", "Faisalabad"]


def test_fees():
    assert 1_500 <= min(FEES) <= max(FEES) <= 60_000
    assert 0.9 < share(FEES, lambda fees: fees % 500 == 0) < 1
    assert 0.002 < share(FEES, lambda fees: fees % 1 == Decimal("0.50")) < 0.01
    assert sorted(FEES)[25_000] < sum(FEES) / len(FEES)  # a few pay far more than most
    assert average_in("Karachi") > average_in("Sahiwal") > average_in("Bagh")


def average_in(city: str) -> Decimal:
    fees = [fees for _, other, fees in ROWS if other == city]
    return sum(fees) / len(fees)
