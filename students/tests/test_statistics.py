"""The statistics: the page, its CSV and its JSON, beside the list and an oracle in fractions."""

import csv
import io
import re
from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from django.utils import timezone

from api.tests.factories import make_token
from rules.money import format_average, format_rupees
from rules.text import fold
from students.models import Student
from students.stats import MONTHS, bins, last_months, round_step
from students.tests.factories import make_leaver, make_student

PAGE, CSV, JSON = "/students/statistics/", "/students/statistics.csv", "/api/statistics/"


def text(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", response.content.decode()))


def table(response):
    """The CSV's rows by city."""
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["City", "Students", "Share of students (%)"]
    return {row[0]: row[1:] for row in rows[1:]}


def half_up(amount):
    """PKR as text with 2 decimals, of a fraction."""
    cents = (amount * 100 + Fraction(1, 2)).__floor__()
    return f"{cents // 100}.{cents % 100:02}"


def figures(fees):
    """The oracle: students, average, median, lowest, highest, total; as text."""
    if not fees:
        return 0, None, None, None, None, "0.00"
    fees = sorted(map(Fraction, fees))
    middle = (fees[(len(fees) - 1) // 2] + fees[len(fees) // 2]) / 2
    every = sum(fees) / len(fees), middle, fees[0], fees[-1], sum(fees)
    return len(fees), *map(half_up, every)


NAMES = ("students", "average_fees", "median_fees", "lowest_fees", "highest_fees", "total_fees")


def told(shown):
    return tuple(shown[name] for name in NAMES)


CITIES = ["Lahore", "Karachi", "Chak 1", "لاہورا", "Swabi"]
WORDS = ["ali", "sana", "علی", "raza", "aslam", "zz"]


@pytest.fixture
def office(db):
    """400 students with ties in half paisa, one in five gone."""
    random = Random(20)
    students = []
    for _ in range(400):
        left = date(2026, 1, 1 + random.randrange(28)) if random.random() < 0.2 else None
        students.append(
            Student(
                name=random.choice(["Ali Raza", "Sana", "علی", "Raza Khan"]),
                father_name=random.choice(["", "Aslam", "علی"]),
                city=random.choice(CITIES),
                fees=random.choice(["0", "0.01", "100.01", "100.02", "250", "5000.50", "60000"]),
                left_on=left,
            )
        )
    Student.objects.bulk_create(students)


def matches(student, query):
    words = fold(student.name + " " + student.father_name)
    return (
        (not query["city"] or student.city in query["city"])
        and all(word in words for word in fold(query["q"]).split())
        and {"current": student.left_on is None, "left": student.left_on}.get(query["status"], True)
        and (query["min_fees"] == "" or student.fees >= Fraction(query["min_fees"]))
        and (query["max_fees"] == "" or student.fees <= Fraction(query["max_fees"]))
    )


def random_query(random):
    least, most = sorted(random.sample(["0", "0.01", "100.01", "250", "9000"], 2), key=float)
    return {
        "city": random.sample(CITIES, random.choice([0, 0, 1, 1, 2])),
        "q": random.choice(["", "", *WORDS]),
        "status": random.choice(["current", "current", "left", "all"]),
        "min_fees": random.choice(["", least]),
        "max_fees": random.choice(["", most]),
    }


@pytest.mark.parametrize("seed", range(10))
def test_page_csv_json_list_and_average_agree(viewer, client, office, seed):
    """20 random filters a seed: everything that is shown equals the oracle, to the paisa."""
    random, students = Random(seed), list(Student.objects.all())
    token = {"Authorization": f"Bearer {make_token()}"}
    for _ in range(20):
        query = random_query(random)
        found = [student for student in students if matches(student, query)]
        by_city = {}
        for student in found:
            by_city.setdefault(student.city, []).append(student.fees)
        whole = figures([student.fees for student in found])

        asked = {name: value for name, value in query.items() if value}
        shown = client.get(JSON, asked, headers=token).json()
        assert told(shown) == whole, query
        expected = {city: figures(fees) for city, fees in by_city.items()}
        assert {city["city"]: told(city) for city in shown["cities"]} == expected, query
        assert sum(each["students"] for each in shown["distribution"]) == whole[0], query

        rows = table(viewer.get(CSV, query))
        count, average, _, _, _, total = whole
        assert {city: (int(row[0]), *row[2:]) for city, row in rows.items()} == expected, query
        page = viewer.get(PAGE, query)
        listed = viewer.get("/students/", query)
        assert listed.context["totals"].students == count, query
        if not count:
            assert "No students match" in text(page)
            continue
        cards = {what: value for what, value, _ in page.context["cards"]}
        assert cards["Students"] == str(count)
        assert Fraction(cards["Average fees"][3:].replace(",", "")) == Fraction(average)
        assert str(listed.context["totals"].average) == average, query
        assert str(listed.context["totals"].fees) == total, query
        plain = not (query["q"] or query["min_fees"] or query["max_fees"])
        if len(query["city"]) == 1 and plain and query["status"] == "current":
            public = client.get("/students/average-fees/", {"city": query["city"][0]}).json()
            assert (public["students"], public["average_fees"]) == (count, average)


def test_the_page_says_it_in_words_and_pictures(viewer, db):
    for fees in ("1000", "2000", "4000.50"):
        make_student(city="Lahore", fees=fees, joined_on=timezone.localdate())
    make_student(city="علی پور", fees="9000")
    response = viewer.get(PAGE)
    page = text(response)
    for words in ("Average fees Rs 4,000.13", "Median fees Rs 3,000.25", "Lowest fees Rs 1,000",
                  "Highest fees Rs 9,000", "Total fees Rs 16,000.50"):  # fmt: skip
        assert words in page
    content = response.content.decode()
    assert content.count('<svg class="chart" role="img"') == 3
    assert 'href="/students/?city=Lahore"' in content
    assert '<bdi lang="ur">علی پور</bdi>' in content
    assert "style=" not in content


@pytest.mark.parametrize("by", ["city", "students", "average", "median", "lowest", "total"])
def test_the_table_is_sorted_by_links(viewer, db, by):
    make_student(city="Lahore", fees="1000")
    make_student(city="Lahore", fees="1001")
    make_student(city="Multan", fees="5000")
    up = [row["city"] for row in viewer.get(f"{PAGE}?by={by}").context["rows"]]
    down = [row["city"] for row in viewer.get(f"{PAGE}?by=-{by}").context["rows"]]
    assert up == down[::-1]
    assert sorted(up) == ["Lahore", "Multan"]
    page = viewer.get(f"{PAGE}?by=-{by}").content.decode()
    assert page.count("aria-sort") == 1
    assert f'href="{PAGE}?by={by}#cities"' in page or by == "students"


def test_a_median_of_an_even_number_is_half_up(viewer, db):
    for fees in ("1.00", "1.01"):
        make_student(fees=fees)
    assert "Median fees Rs 1.01" in text(viewer.get(PAGE))  # 1.005


def test_who_joined_and_left_is_told_whatever_the_status(viewer, db):
    today = timezone.localdate()
    make_student(joined_on=today)
    make_leaver(joined_on=today, left_on=today)
    make_leaver(joined_on="2001-01-01", left_on="2001-02-01")  # too long ago
    for status in ("current", "left", "all"):
        months = viewer.get(f"{PAGE}?status={status}").context["months"]
        assert len(months) == MONTHS
        assert months[-1][1:] == (2, 1)
        assert sum(joined + left for _, joined, left in months) == 3


def test_last_months():
    months = last_months(date(2026, 3, 31))
    assert months[-1] == date(2026, 3, 1)
    assert months[0] == date(2025, 4, 1)
    assert len(set(months)) == MONTHS


@pytest.mark.parametrize("query", ["min_fees=x", "status=x", "by=x", "city=" + "x" * 60])
def test_bad_values_show_no_number(viewer, db, query):
    make_student()
    response = viewer.get(f"{PAGE}?{query}")
    assert "No numbers are shown until this is mended" in text(response)
    assert "cards" not in response.context
    assert "<title>Error: Statistics" in response.content.decode()
    led = viewer.get(f"{CSV}?{query}")
    assert led.status_code == 302
    assert led["Location"].startswith(f"{PAGE}?")
    assert query in led["Location"]


def test_more_than_can_be_counted(viewer, client, db, monkeypatch):
    monkeypatch.setattr("students.stats.COUNT_LIMIT", 2)
    for _ in range(3):
        make_student(name="Ali")
    assert "students match: narrow the filter" in text(viewer.get(f"{PAGE}?q=ali"))
    assert viewer.get(f"{CSV}?q=ali").status_code == 302
    assert viewer.get(PAGE).context["found"].whole.students == 3  # without a search: exact
    answer = client.get(f"{JSON}?q=ali", headers={"Authorization": f"Bearer {make_token()}"})
    assert answer.status_code == 400
    assert [each["code"] for each in answer.json()["errors"]] == ["too_many"]


def test_nobody(viewer, client, db):
    assert "There are no students yet." in text(viewer.get(PAGE))
    assert table(viewer.get(CSV)) == {}
    shown = client.get(JSON, headers={"Authorization": f"Bearer {make_token()}"}).json()
    assert told(shown) == figures([])
    assert (shown["cities"], shown["distribution"]) == ([], [])


def test_csv_is_a_file_and_runs_no_formula(viewer, db):
    make_student(city="=1+1")
    response = viewer.get(CSV)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = f"fees-by-city-{timezone.localdate():%Y-%m-%d}.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert list(table(response)) == ["'=1+1"]


def test_two_statements_more_than_the_list(viewer, db, django_assert_num_queries):
    make_student()
    with django_assert_num_queries(3):  # the statistics; who joined; who left
        viewer.get(PAGE)


# -- Distribution ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_bins_hold_everybody_once_and_touch(seed):
    random = Random(seed)
    size = random.choice([1, 10, 100])
    fees = [random.randrange(random.choice([50, 1_000, 9_000])) * size for _ in range(500)]
    cells = sorted(Counter(fee // size * size for fee in fees).items())
    drawn = bins(cells, size)
    assert sum(each.students for each in drawn) == len(fees)
    assert len(drawn) <= 13
    for each, following in pairwise(drawn):
        assert each.most is not None
        assert following.least - each.most == Fraction(1, 100)
        inside = sum(each.least <= fee <= each.most for fee in fees)
        assert inside == each.students


def test_round_steps():
    assert [round_step(least, 1) for least in (0, 1, 3, 11, 21, 26, 51, 101)] == [
        1, 1, 5, 20, 25, 50, 100, 200,
    ]  # fmt: skip
    assert round_step(26, 100) == 100


def test_amounts_are_written_as_everywhere(viewer, db):
    student = make_student(fees="12500.50")
    page = text(viewer.get(PAGE))
    assert format_rupees(student.fees) in page
    assert format_average(student.fees) in page
