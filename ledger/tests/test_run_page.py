"""/fees/runs/ and /fees/runs/<month>/: what charging a month would do, and charging it."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.models import Entry, Run
from ledger.tests.factories import charged, concede
from ledger.tests.pages import said
from students.tests.factories import make_student
from students.tests.test_clerk import errors

pytestmark = pytest.mark.django_db
JUNE = "/fees/runs/2026-06/"
TERMS = {
    "due_on": "10/06/2026", "valid_until": "30/06/2026", "fine_rule": "none", "fine_amount": "",
    "fine_cap": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 6, 20))


def test_the_preview_then_charged_and_the_result(manager):
    concede(make_student(name="Sana"), percent="10")
    make_student(name="Free child", fees="0")
    page = said(manager.get(JUNE))
    for words in (
        "June 2026", "What would be charged Students 1 Charged Rs 5,000 Conceded Rs 500",
        "Left out: their fee is 0 Free child", "Charge 1 student",
    ):  # fmt: skip
        assert words in page
    assert not Run.objects.exists()
    response = manager.post(JUNE, TERMS, follow=True)
    assert response.redirect_chain == [(JUNE, 302)]
    page = said(response)
    for words in (
        "Charged Students 1 Charged Rs 5,000 Conceded Rs 500",
        "Due on 10/06/2026, valid until 30/06/2026. Fine: none.",
        "Nobody: everybody who was there is charged.",
    ):
        assert words in page
    kept = Run.objects.get()
    assert (kept.by, kept.user.username, kept.progress) == ("manager", "manager", 100)


def test_pressed_twice_each_is_charged_once(manager):
    make_student()
    manager.post(JUNE, TERMS)
    response = manager.post(JUNE, TERMS, follow=True)
    assert response.status_code == 200
    assert Entry.objects.count() == Run.objects.count() == 1


def test_who_is_missing_is_charged_by_a_button(manager):
    make_student()
    charged("2026-06")
    make_student(name="Late")
    words = "1 student was there in this month and is not charged: Rs 5,000."
    assert words in said(manager.get(JUNE))
    manager.post(JUNE, {"again": "1"})
    assert Entry.objects.count() == 2
    assert "Nobody: everybody who was there is charged." in said(manager.get(JUNE))


def test_a_fine_is_kept_and_offered_to_the_next_month(manager):
    make_student()
    fine = {"fine_rule": "per_day", "fine_amount": "10", "fine_cap": "300"}
    page = said(manager.post(JUNE, TERMS | fine, follow=True))
    assert "Fine: Rs 10 a day, at most Rs 300." in page
    form = manager.get("/fees/runs/2026-07/").context["form"]
    initial = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    assert initial == {
        "due_on": date(2026, 7, 10), "valid_until": date(2026, 7, 30), "fine_rule": "per_day",
        "fine_amount": Decimal(10), "fine_cap": Decimal(300),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"due_on": "31/05/2026"}, "due_on"),
        ({"due_on": "soon"}, "due_on"),
        ({"valid_until": "09/06/2026"}, "valid_until"),
        ({"fine_rule": "often"}, "fine_rule"),
        ({"fine_rule": "flat"}, "fine_amount"),
        ({"fine_rule": "flat", "fine_amount": "-1"}, "fine_amount"),
        ({"fine_rule": "per_day", "fine_amount": "10"}, "fine_cap"),
        ({"fine_rule": "per_day", "fine_amount": "10", "fine_cap": "9"}, "fine_cap"),
    ],
)
def test_bad_terms_are_refused_beside_their_field(manager, more, field):
    make_student()
    response = manager.post(JUNE, TERMS | more)
    assert response.status_code == 200
    assert list(errors(response)) == [field]
    assert "Error: June 2026" in said(response)
    assert not Run.objects.exists()


def test_too_early_is_said_and_refused(manager):
    make_student()
    words = "No month is charged before the one that it follows has begun."
    august = "/fees/runs/2026-08/"
    assert words in said(manager.get(august))
    terms = TERMS | {"due_on": "10/08/2026", "valid_until": "30/08/2026"}
    assert words in said(manager.post(august, terms))
    assert not Run.objects.exists()


@pytest.mark.parametrize("month", ["2026-13", "2026-6", "june", "2026-06-01", "20266-1", "٢٠٢٦-٠٦"])
def test_what_is_no_month_is_not_found(manager, month):
    assert manager.get(f"/fees/runs/{month}/").status_code == 404


@pytest.mark.parametrize("month", ["0001-01", "1899-12", "9999-11", "9999-12"])
def test_a_month_far_away_cannot_be_charged(manager, month, settings):
    settings.CHALLAN_VALID_DAYS = 60
    response = manager.get(f"/fees/runs/{month}/")
    assert response.status_code == 200
    assert response.context["refusal"]


def test_a_run_at_work_says_how_far_it_is(manager):
    make_student()
    charged("2026-06")
    Run.objects.update(done_at=None, progress=40)
    response = manager.get(JUNE)
    assert response.headers["Refresh"] == "2"
    assert "Being charged: 40 %" in said(response)


def test_the_months_and_which_come_next(manager):
    concede(make_student(), percent="10")
    charged("2026-06")
    page = said(manager.get("/fees/runs/"))
    assert "June 2026" in page
    assert "Rs 5,000" in page
    assert manager.get("/fees/runs/").context["suggested"] == [date(2026, 7, 1)]
    response = manager.get("/fees/runs/?month=2026-05")
    assert (response.status_code, response.url) == (302, "/fees/runs/2026-05/")
    assert list(errors(manager.get("/fees/runs/?month=x"))) == ["month"]


@pytest.mark.parametrize("path", ["/fees/runs/", JUNE])
def test_a_cashier_charges_no_month(cashier, path):
    assert cashier.get(path).status_code == 403
    assert cashier.post(path, TERMS).status_code in (403, 405)
    assert not Run.objects.exists()
