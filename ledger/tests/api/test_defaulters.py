"""GET /api/defaulters/: who owes, in pages that hold as money comes in."""

from datetime import date

import pytest
from django.utils import timezone

from ledger.tests.factories import charged, make_entry, pay
from students.tests.factories import make_leaver, make_student

pytestmark = pytest.mark.django_db
ADDRESS = "/api/defaulters/"


def names(answer):
    assert answer.status_code == 200, answer.content
    return [each["name"] for each in answer.json()["defaulters"]]


@pytest.fixture
def owing():
    sana = make_student(name="Sana", city="Karachi", fees="4000", class_name="9-B")
    ali = make_student(name="Ali", fees="5000")
    hina = make_student(name="Hina", fees="6000")
    charged("2026-05")
    charged("2026-06")
    pay(sana, "4000")
    pay(hina, "12000")
    return {"sana": sana, "ali": ali, "hina": hina}


def test_who_owes_the_longest_first(program, owing):
    answer = program.get(ADDRESS)
    assert names(answer) == ["Ali", "Sana"]
    told = answer.json()
    assert (told["count"], told["fees_owed"], told["fines_owed"]) == (2, "14000.00", "0.00")
    assert told["defaulters"][1] == {
        "student": owing["sana"].pk, "name": "Sana", "father_name": "", "phone": "",
        "class_name": "9-B", "city": "Karachi", "family": None, "left_on": None,
        "owed_since": "2026-06-10", "fees_owed": "4000.00", "fines_owed": "0.00",
        "balance": "4000.00",
    }  # fmt: skip
    assert told["next"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("city=khi", ["Sana"]), ("class_name=9-B", ["Sana"]), ("since=2026-05-31", ["Ali"]),
        ("min=4000.01", ["Ali"]), ("min=4000", ["Ali", "Sana"]), ("city=Quetta", []),
    ],
)  # fmt: skip
def test_filters(program, owing, query, found):
    answer = program.get(f"{ADDRESS}?{query}")
    assert names(answer) == found
    assert answer.json()["count"] == len(found)


def test_pages_go_on_where_the_one_before_ended(program, owing):
    first = program.get(f"{ADDRESS}?limit=1")
    assert names(first) == ["Ali"]
    assert first.json()["count"] == 2
    second = program.get(first.json()["next"])
    assert names(second) == ["Sana"]
    assert second.json()["next"] is None


def test_who_left_stays_and_who_owes_only_a_fine_or_nothing_due_yet_is_none(program):
    gone = make_leaver(name="Gone")
    make_entry(gone, "opening", "700", due_on=date(2026, 1, 1))
    later = make_student(name="Later")
    make_entry(later, "opening", "700", due_on=timezone.localdate())
    answer = program.get(ADDRESS)
    assert names(answer) == ["Gone"]
    assert answer.json()["defaulters"][0]["left_on"] == timezone.localdate().isoformat()


@pytest.mark.parametrize(
    "query",
    ["min=abc", "since=yesterday", "limit=0", "limit=201", "after=x", "class=9-B", "city=",
     "page=2", "after=2026-05-10.", "after=2026-13-10.1", "min=1&min=2"],
)  # fmt: skip
def test_what_is_refused(program, query):
    answer = program.get(f"{ADDRESS}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
