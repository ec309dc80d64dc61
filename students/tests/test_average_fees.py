"""GET /students/average-fees/: the answer other programs rely on."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from students.models import Student
from students.tests.factories import make_student

URL = "/students/average-fees/"


@pytest.fixture
def two_in_lahore(db):
    make_student(city="Lahore", fees="5000")
    make_student(city="Lahore", fees="8000")
    make_student(city="Karachi", fees="1")


@pytest.mark.parametrize("typed", ["Lahore", "lhr", " LAHORE", "لاہور"])
def test_one_city(client, two_in_lahore, typed):
    response = client.get(URL, {"city": typed})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content) == {
        "city": "Lahore",
        "students": 2,
        "average_fees": "6500.00",
        "currency": "PKR",
    }


def test_everybody(client, two_in_lahore):
    assert client.get(URL).json() == {
        "city": None,
        "students": 3,
        "average_fees": "4333.67",
        "currency": "PKR",
    }


def test_an_unknown_city_is_echoed_with_nobody_in_it(client, two_in_lahore):
    assert client.get(URL, {"city": "Chak  12"}).json() == {
        "city": "Chak 12",
        "students": 0,
        "average_fees": None,
        "currency": "PKR",
    }


def test_one_statement_and_no_session(
    viewer, two_in_lahore, django_assert_num_queries, prepared_runs
):
    viewer.get(URL, {"city": "Lahore"})
    before = prepared_runs()
    with django_assert_num_queries(0):  # nothing but the prepared one: the city's kept totals
        response = viewer.get(URL, {"city": "Lahore"})
    assert prepared_runs() == before + 1
    assert "Vary" not in response


def test_head_is_get_without_the_body(client, two_in_lahore):
    get, head = client.get(URL), client.head(URL)
    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == get["ETag"]


def test_unchanged_is_304_and_changed_is_not(client, two_in_lahore):
    etag = client.get(URL)["ETag"]
    unchanged = client.get(URL, headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    make_student(fees="7")
    assert client.get(URL, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_other_methods(method, db):
    response = getattr(Client(enforce_csrf_checks=True), method)(URL)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "This address can't be used that way",
        "status": 405,
        "detail": f"It takes GET, HEAD, not {method.upper()}.",
    }


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            "citty=Lahore",
            {
                "parameter": "citty",
                "code": "unknown",
                "detail": "There is no such parameter; this address takes: city.",
                "suggestion": "city",
            },
        ),
        (
            "city=Lahore&city=Karachi",
            {"parameter": "city", "code": "repeated", "detail": "Name one city in a call."},
        ),
        (
            "city=" + "x" * 51,
            {
                "parameter": "city",
                "code": "max_length",
                "detail": "A city has at most 50 characters.",
            },
        ),
        (
            "city=",
            {
                "parameter": "city",
                "code": "blank",
                "detail": "Name a city, or leave `city` out for all students.",
            },
        ),
    ],
)
def test_refusals(client, two_in_lahore, query, error):
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "This request can't be read",
        "status": 400,
        "detail": "Nothing was done; see errors.",
        "errors": [error],
    }


def test_nul(client, db):
    response = client.get(f"{URL}?city=Lahore%00")
    assert response.status_code == 400
    assert response.json()["detail"] == "It holds a NUL character, which no text here may hold."


def test_closed_when_the_office_says_so(client, viewer, nobody, settings, two_in_lahore):
    settings.AVERAGE_FEES_PUBLIC = False
    response = client.get(URL)
    assert response.status_code == 401
    assert response.json()["title"] == "Sign in first"
    assert "WWW-Authenticate" in response
    assert nobody.get(URL).status_code == 403
    assert viewer.get(URL).json()["students"] == 3


def test_small_groups_are_suppressed(client, settings, two_in_lahore):
    settings.AVERAGE_FEES_MIN_STUDENTS = 2
    assert client.get(URL, {"city": "Karachi"}).json() == {
        "city": "Karachi",
        "average_fees": None,
        "currency": "PKR",
        "suppressed": True,
    }
    assert client.get(URL, {"city": "Lahore"}).json()["students"] == 2


def oracle(fees):
    """Half up to the paisa, in exact fractions."""
    mean = sum(Fraction(fee) for fee in fees) / len(fees)
    return Decimal(int(mean * 100 + Fraction(1, 2))) / 100


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.decimals(0, Decimal("999999.99"), places=2)
        | st.sampled_from([Decimal("0.01"), Decimal("0.02"), Decimal("2.13"), Decimal("2.12")]),
        min_size=1,
        max_size=8,
    )
)
def test_the_average_to_the_paisa(db, client, fees):
    Student.objects.all().delete()
    Student.objects.bulk_create(Student(name="Ali", city="Lahore", fees=fee) for fee in fees)
    answer = client.get(URL, {"city": "Lahore"}).json()
    assert answer["average_fees"] == f"{oracle(fees):.2f}"
    assert Student.objects.average_fees() == oracle(fees)
