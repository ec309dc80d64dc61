from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

import pytest

from rules.cities import canonical_city, city_populations
from rules.money import parse_rupees
from rules.phones import parse_phone
from rules.text import has_urdu, tidy
from students.samples import BATCH, sample_rows, sample_students

ROWS = list(sample_rows(50_000, seed=7))
TODAY = date(2026, 11, 26)
STUDENTS = list(sample_students(20_000, seed=7, today=TODAY))
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


def test_the_facts_come_beside_the_rows():
    assert [row[:3] for row in STUDENTS] == ROWS[: len(STUDENTS)]
    assert list(sample_students(100, seed=7, today=TODAY)) == STUDENTS[:100]


def test_facts_are_known_of_most():
    assert 0.8 < share(STUDENTS, lambda row: bool(row.phone)) < 0.9
    assert 0.6 < share(STUDENTS, lambda row: bool(row.father_name)) < 0.8
    assert 0.85 < share(STUDENTS, lambda row: bool(row.class_name)) < 0.95
    assert 0.85 < share(STUDENTS, lambda row: bool(row.joined_on)) < 0.95
    assert {row.phone for row in STUDENTS if parse_phone(row.phone) != row.phone} == set()


def test_a_father_is_told_once_and_in_the_letters_of_the_name():
    for row in STUDENTS:
        assert not (row.father_name and (" S/o " in row.name or " بنت " in row.name))
        assert not row.father_name or has_urdu(row.father_name) == has_urdu(row.name)


def test_more_join_in_april_and_august():
    joined = Counter(row.joined_on.month for row in STUDENTS if row.joined_on)
    assert {month for month, _ in joined.most_common(2)} == {4, 8}
    days = {row.joined_on for row in STUDENTS if row.joined_on}
    assert max(days) == TODAY
    assert min(days) > TODAY - timedelta(days=3 * 366)


def test_children_of_one_family_share_its_facts():
    families = {}
    for row in STUDENTS:
        if row.family:
            families.setdefault(row.family, []).append(row)
    for children in families.values():
        assert len({(row.city, row.father_name, row.phone) for row in children}) == 1
        assert children[0].father_name
    assert share(families.values(), lambda children: 2 <= len(children) <= 4) > 0.7
