"""/fees/reports/: every way of adding up comes to the same, on the page and as a sheet."""

import io
import random
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum
from openpyxl import load_workbook

from api.tests.factories import make_user
from ledger.drawers import expected, taken
from ledger.models import Drawer, Entry, Receipt, Reversal
from ledger.receipts import By, hand_back, take
from ledger.refusals import Refused
from ledger.reports import report
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, concede, make_drawer, make_entry, pay, payment
from ledger.tests.pages import said
from rules.money import format_rupees
from students.tests.factories import make_student
from students.tests.test_clerk import errors
from students.tests.test_exports import rows_of

pytestmark = pytest.mark.django_db
GROUPINGS = ("day", "kind", "method", "cashier", "city")
FIRST, LAST = date(2026, 5, 1), date(2026, 7, 31)
QUERY = "?from=01/05/2026&to=31/07/2026&by="


@pytest.fixture(autouse=True)
def today(monkeypatch):
    def set_today(day):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: day)

    set_today(date(2026, 7, 20))
    return set_today


def figures(row):
    return [str(each) for each in row[1:]]


def sheet(response):
    (page,) = load_workbook(io.BytesIO(b"".join(response)), read_only=True).worksheets
    return list(page.iter_rows(values_only=True))


def test_charged_conceded_collected_refunded(manager, today):
    student = make_student(city="Lahore")
    concede(student, percent="10")
    charged("2026-05")
    pay(student, "6000", method="bank", day=date(2026, 7, 1), advance=True)
    hand_back(payment(student, "500"), BY)
    receipt = pay(student, "100", day=date(2026, 7, 2), advance=True)
    reverse(receipt, reason="not ours", cash_returned=True, by=BY)
    labels = {
        "day": [
            ("01/05/2026", ["5000.00", "500.00", "0.00", "0.00"]),
            ("01/07/2026", ["0.00", "0.00", "6000.00", "0.00"]),
            ("02/07/2026", ["0.00", "0.00", "100.00", "0.00"]),
            ("20/07/2026", ["0.00", "0.00", "-100.00", "500.00"]),
        ],
        "city": [("Lahore", ["5000.00", "500.00", "6000.00", "500.00"])],
        "method": [
            ("bank", ["0.00", "0.00", "6000.00", "0.00"]),
            ("cash", ["0.00", "0.00", "0.00", "500.00"]),
        ],
        "cashier": [("staff", ["0.00", "0.00", "6000.00", "500.00"])],
    }
    for by, wanted in labels.items():
        found = report(FIRST, LAST, by)
        rows = [(row.label.lower(), figures(row)) for row in found.rows]
        assert rows == [(label.lower(), sums) for label, sums in wanted], by
    page = said(manager.get(f"/fees/reports/{QUERY}day"))
    words = "Rs 5,000 charged, Rs 500 conceded, Rs 6,000 collected, Rs 500 refunded. Rs 0 is owed"
    assert words in page


def test_money_handed_back_in_cash_is_cash_on_every_screen():
    """It came through the bank and left a drawer, whose count has it."""
    user = make_user(name="cash", group="Managers")
    drawer = make_drawer(user, "9000")
    receipt = pay(make_student(), "700", method="bank", advance=True)
    reverse(receipt, reason="not ours", cash_returned=True, by=By("cash", user))
    today = date(2026, 7, 20)
    rows = {row.label: row.collected for row in report(today, today, "method").rows}
    assert rows == {"bank": Decimal(700), "cash": Decimal(-700)}
    assert {name: taken(today, today)[name] for name in rows} == rows
    assert expected(drawer)["cash"] == 8300


def anything(rng, today):
    """Students of two cities, and what a fee desk does to them from May to July."""
    students = [
        make_student(name=f"S{n}", city=rng.choice(["Lahore", "Karachi"]), fees=rng.choice(
            ["5000", "4999.99", "1200.50"]
        ))
        for n in range(4)
    ]  # fmt: skip
    users = [make_user(name=f"u{rng.random()}", group="Managers") for _n in range(2)]
    for user in users:
        make_drawer(user, "100000")
    concede(rng.choice(students), percent=str(rng.randint(1, 100)))
    for month in (5, 6, 7):
        for _n in range(5):
            today(date(2026, month, rng.randint(1, 28)))
            act(rng, rng.choice(students), rng.choice(users))
        charged(f"2026-{month:02}", fine=rng.choice([("none", "0", "0"), ("flat", "100", "0")]))
    today(date(2026, 7, 31))
    return users


def act(rng, student, user):
    from django.utils import timezone

    day, by = timezone.localdate(), By(user.username, user)
    amount = str(rng.randint(1, 9000))
    method = rng.choice(["cash", "bank", "easypaisa"])
    more = {"method": method, "day": day, "advance": True}
    if method != "bank":
        more["drawer"] = Drawer.objects.get(cashier=user).pk
    try:
        match rng.randrange(5):
            case 0 | 1:
                take(payment(student, amount, **more), by)
            case 2:
                receipt = Receipt.objects.order_by("?").first()
                if receipt:
                    reverse(receipt, reason="x", cash_returned=rng.random() < 0.5, by=by)
            case 3:
                hand_back(payment(student, amount, **more), by)
            case 4:
                make_entry(student, rng.choice(["other", "opening"]), amount)
    except Refused:
        pass


@pytest.mark.parametrize("seed", range(12))
def test_all_ways_of_adding_up_agree(admin, today, seed):
    users = anything(random.Random(seed), today)
    found = {by: report(FIRST, LAST, by).total for by in GROUPINGS}
    everything = figures(found["day"])
    assert figures(found["kind"]) == figures(found["city"]) == everything
    assert figures(found["method"])[2:] == figures(found["cashier"])[2:] == everything[2:]
    came_in = found["day"].collected - found["day"].refunded
    # receipts, and what was undone of them
    received = Receipt.objects.aggregate(sum=Sum("total"))["sum"] or 0
    undone = Reversal.objects.aggregate(sum=Sum("receipt__total"))["sum"] or 0
    assert came_in == received - undone
    # the desk's, by method
    methods = taken(FIRST, LAST)
    rows = {row.label: row.collected - row.refunded for row in report(FIRST, LAST, "method").rows}
    assert {name.lower(): amount for name, amount in rows.items() if amount} == {
        name: amount for name, amount in methods.items() if amount
    }
    # drawers, and what has none
    in_drawers = sum(sum(expected(each).values()) - 100_000 for each in Drawer.objects.all())
    without = Receipt.objects.filter(drawer=None).aggregate(sum=Sum("total"))["sum"] or 0
    without -= Reversal.objects.filter(drawer=None).aggregate(sum=Sum("receipt__total"))["sum"] or 0
    assert came_in == in_drawers + without
    assert len(users) == 2
    # all that was booked
    total = found["day"]
    balance = total.charged - total.conceded - total.collected + total.refunded
    assert balance == Entry.objects.aggregate(sum=Sum("amount"))["sum"]
    for by in GROUPINGS:
        page_and_sheets_say(admin, by, found[by])


def page_and_sheets_say(client, by, total):
    page = said(client.get(f"/fees/reports/{QUERY}{by}"))
    words = f"{format_rupees(total.collected)} collected, {format_rupees(total.refunded)} refunded."
    assert words in page
    rows = rows_of(client.get(f"/fees/reports.csv{QUERY}{by}"))
    assert rows[-1] == ["Total", *figures(total)]
    for column in range(1, 5):
        assert sum(Decimal(row[column]) for row in rows[1:-1]) == Decimal(rows[-1][column])
    xlsx = sheet(client.get(f"/fees/reports.xlsx{QUERY}{by}"))
    assert len(xlsx) == len(rows)
    assert [round(Decimal(each), 2) for each in xlsx[-1][1:]] == list(total[1:])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=x", "first"),
        ("?to=31/02/2026", "last"),
        ("?from=02/05/2026&to=01/05/2026", "last"),
        ("?from=01/01/1990&to=01/01/2026", "last"),
        ("?by=moon", "by"),
    ],
)
def test_bad_values_are_said_and_no_sheet_is_made(manager, query, field):
    response = manager.get(f"/fees/reports/{query}")
    assert list(errors(response)) == [field]
    assert "Error: Report" in said(response)
    for ending in ("csv", "xlsx"):
        answer = manager.get(f"/fees/reports.{ending}{query}")
        assert answer.status_code == 302
        assert answer.url.startswith("/fees/reports/?")


def test_days_without_money_say_so(manager):
    assert "Nothing was booked on these days." in said(manager.get("/fees/reports/"))


@pytest.mark.parametrize("path", ["/fees/reports/", "/fees/reports.csv", "/fees/reports.xlsx"])
def test_who_may_not_see_reports(viewer, path):
    assert viewer.get(path).status_code == 403
