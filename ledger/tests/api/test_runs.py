"""/api/runs/<month>/: a month charged by a program."""

import pytest

from ledger.models import Entry, Run
from ledger.tests.factories import concede
from students.tests.api.calls import send
from students.tests.factories import make_student

MAY = "/api/runs/2026-05/"
FLAT = {"kind": "flat", "amount": "100.00"}
PER_DAY = {"kind": "per_day", "amount": "10.00", "cap": "300.00"}


@pytest.fixture
def three(db):
    concede(make_student(name="Ali", fees="5000"), percent="10")
    make_student(name="Sana", fees="3000")
    make_student(name="Free", fees="0")


def charge(client, body=None, address=MAY):
    return send(client, "POST", address, body if body is not None else {})


def test_a_month_is_charged_once(program, three):
    assert program.get(MAY).json()["detail"] == "This month was not charged yet."
    sent = {"due_on": "2026-05-12", "valid_until": "2026-05-31", "fine": FLAT}
    answer = charge(program, sent)
    assert answer.status_code == 201
    assert answer.json() == {
        "month": "2026-05",
        "due_on": "2026-05-12",
        "valid_until": "2026-05-31",
        "fine": FLAT,
        "currency": "PKR",
        "charged": 2,
        "total": "8000.00",
        "conceded": "500.00",
        "fined": 0,
        "fines": "0.00",
        "left_out": [{"reason": "fee_0", "students": 1}],
        "done": True,
    }
    assert Run.objects.get().by == "token website"
    entries = list(Entry.objects.values())
    for body in (sent, {}, {"fine": FLAT}):  # what isn't sent is as it was
        again = charge(program, body)
        assert (again.status_code, again.content) == (200, answer.content)
    assert list(Entry.objects.values()) == entries
    read = program.get(MAY)
    assert (read.status_code, read.content) == (200, answer.content)
    assert program.get(MAY, headers={"If-None-Match": read["ETag"]}).status_code == 304


def test_the_usual_terms(program, three):
    told = charge(program).json()
    assert (told["due_on"], told["valid_until"], told["fine"]) == ("2026-05-10", "2026-05-30", None)


def test_only_a_due_day_is_valid_as_long_as_usual(program, three):
    assert charge(program, {"due_on": "2026-05-15"}).json()["valid_until"] == "2026-06-04"


def test_again_it_charges_who_is_missing(program, three):
    charge(program)
    make_student(name="New", fees="1000.50")
    again = charge(program)
    assert (again.status_code, again.json()["total"]) == (200, "9000.50")


@pytest.mark.parametrize(
    "other", [{"due_on": "2026-05-11"}, {"valid_until": "2026-06-01"}, {"fine": FLAT}]
)
def test_other_terms_are_refused(program, three, other):
    charge(program, {"fine": PER_DAY})
    for address in (MAY, f"{MAY}?dry_run=true"):
        answer = charge(program, other, address)
        assert (answer.status_code, answer.json()["code"]) == (409, "other_terms")
    assert charge(program, {"fine": None}).status_code == 409
    assert program.get(MAY).json()["fine"] == PER_DAY


def test_a_dry_run_writes_nothing(program, three):
    answer = charge(program, {"fine": PER_DAY}, f"{MAY}?dry_run=true")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["charged"], told["total"], told["conceded"]) == (2, "8000.00", "500.00")
    assert (told["fine"], told["done"]) == (PER_DAY, False)
    assert not Run.objects.exists()
    assert not Entry.objects.exists()
    charge(program)
    told = charge(program, {}, f"{MAY}?dry_run=true").json()
    assert (told["charged"], told["total"]) == (0, "0.00")
    assert {"reason": "charged_before", "students": 2} in told["left_out"]


def test_no_month_before_its_time(program, three, today):
    today("2026-04-30")
    assert charge(program).status_code == 201  # the next
    for address in ("/api/runs/2026-06/", "/api/runs/2026-06/?dry_run=true"):
        answer = charge(program, {}, address)
        assert (answer.status_code, answer.json()["code"]) == (409, "too_early")


@pytest.mark.parametrize("month", ["2026-13", "2026-5", "26-05", "now", "2026-05-01", "۲۰۲۶-۰۵"])
def test_no_month(program, month):
    assert charge(program, {}, f"/api/runs/{month}/").status_code == 404
    assert program.get(f"/api/runs/{month}/").status_code == 404


@pytest.mark.parametrize(
    ("sent", "parameter", "code"),
    [
        ({"due_on": "10/05/2026"}, "due_on", "invalid"),
        ({"due_on": "2026-04-30"}, "due_on", "invalid"),
        ({"valid_until": "2026-05-09"}, "valid_until", "invalid"),
        ({"due_on": 5}, "due_on", "invalid"),
        ({"fine": "flat:100"}, "fine", "invalid"),
        ({"fine": []}, "fine", "invalid"),
        ({"fine": {"amount": 1}}, "fine.kind", "required"),
        ({"fine": {"kind": "none", "amount": 1}}, "fine.kind", "invalid_choice"),
        ({"fine": {"kind": [], "amount": 1}}, "fine.kind", "invalid_choice"),
        ({"fine": {"kind": "\ud800", "amount": 1}}, "fine.kind", "invalid_choice"),
        ({"fine": {"kind": "flat", "amount": "\ud800"}}, "fine.amount", "invalid"),
        ({"fine": {"kind": "flat"}}, "fine.amount", "required"),
        ({"fine": {"kind": "flat", "amount": 0}}, "fine.amount", "invalid"),
        ({"fine": {"kind": "flat", "amount": True}}, "fine.amount", "invalid"),
        ({"fine": {"kind": "flat", "amount": {"a": 1}}}, "fine.amount", "invalid"),
        ({"fine": FLAT | {"cap": "300"}}, "fine.cap", "invalid"),
        ({"fine": FLAT | {"caap": "300"}}, "fine.caap", "unknown"),
        ({"fine": {"kind": "per_day", "amount": 10}}, "fine.cap", "required"),
        ({"fine": PER_DAY | {"cap": "9"}}, "fine.cap", "invalid"),
        ({"due": "2026-05-10"}, "due", "unknown"),
    ],
)
def test_what_are_no_terms(program, three, sent, parameter, code):
    answer = charge(program, sent)
    assert answer.status_code == 400, answer.content
    assert [(each["parameter"], each["code"]) for each in answer.json()["errors"]] == [
        (parameter, code)
    ]
    assert not Run.objects.exists()


def test_a_dry_run_is_true_or_false(program, three):
    for query in ("dry_run=yes", "dry_run=", "dryrun=true", "dry_run=true&dry_run=false"):
        assert charge(program, {}, f"{MAY}?{query}").status_code == 400
    assert program.get(f"{MAY}?dry_run=true").status_code == 400
    assert not Run.objects.exists()
    assert charge(program, {}, f"{MAY}?dry_run=false").status_code == 201
