"""GET /api/average-fees/."""

import pytest

from students.tests.api.calls import error
from students.tests.factories import make_student


@pytest.mark.parametrize("query", ["", "?city=lhr", "?city=Chak 12", "?city=", "?city=a&city=b"])
def test_average_fees_answers_as_the_plain_view(client, three, query):
    here, there = (
        client.get(f"/api/average-fees/{query}"),
        client.get(f"/students/average-fees/{query}"),
    )
    assert (here.status_code, here.content) == (there.status_code, there.content)
    assert here.get("ETag") == there.get("ETag")


def test_average_fees_by_city(client, three):
    make_student(city="Lahore", fees="6000")

    def row(city, students, average):
        return {
            "city": city, "students": students, "average_fees": average, "currency": "PKR",
        }  # fmt: skip

    answer = client.get("/api/average-fees/?group_by=city").json()
    assert answer == row(None, 4, "4501.88") | {
        "cities": [
            row("Lahore", 2, "5500.00"), row("Islamabad", 1, "7000.00"), row("Karachi", 1, "7.50"),
        ],
    }  # fmt: skip
    assert client.get("/api/average-fees/?group_by=city&city=khi").json() == row(
        "Karachi", 1, "7.50"
    ) | {"cities": [row("Karachi", 1, "7.50")]}


def test_average_fees_by_city_hides_small_groups(client, settings, three):
    settings.AVERAGE_FEES_MIN_STUDENTS = 2
    cities = client.get("/api/average-fees/?group_by=city").json()["cities"]
    assert cities[0] == {
        "city": "Islamabad", "average_fees": None, "currency": "PKR", "suppressed": True,
    }  # fmt: skip


def test_average_fees_refusals(client, db):
    assert client.get("/api/average-fees/?group_by=name").status_code == 400
    assert client.get("/api/average-fees/?group_by=").status_code == 400
    assert client.get("/students/average-fees/?group_by=city").status_code == 400
    errors = client.get("/api/average-fees/?citty=x").json()["errors"]
    words = "There is no such parameter; this address takes: city, group_by."
    assert errors == [error("citty", "unknown", words, suggestion="city")]
