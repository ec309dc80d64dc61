"""/fees/defaulters/: who owes, since when."""

import io
from datetime import date
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from ledger.models import Entry
from ledger.tests.factories import charged, make_entry, pay
from ledger.tests.pages import said
from ledger.views import defaulters as views
from students.tests.factories import make_family, make_student
from students.tests.test_clerk import errors
from students.tests.test_exports import rows_of

pytestmark = pytest.mark.django_db
PAGE = "/fees/defaulters/"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    def set_today(text):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date.fromisoformat(text))

    set_today("2026-06-20")
    return set_today


def names(client, query=""):
    return [row["student"].name for row in client.get(PAGE + query).context["rows"]]


@pytest.fixture
def five():
    """Who owe: Ali of Lahore since May, Sana of Karachi and a leaver since June; two do not."""
    ali = make_student(name="Ali", class_name="9-B", phone="03001234567", family=make_family())
    charged("2026-05")
    sana = make_student(name="Sana", city="Karachi", class_name="7-A", fees="3000.50")
    leaver = make_student(name="Leaver", left_on=date(2026, 6, 2))
    paid = make_student(name="Paid")
    charged("2026-06")
    pay(paid, "5000", day=date(2026, 6, 10))
    late = make_student(name="Due today", joined_on=date(2026, 6, 1))
    make_entry(late, "other", "700", due_on=date(2026, 6, 20))
    return ali, sana, leaver


def test_who_owes_since_when_the_longest_first(cashier, five):
    assert names(cashier) == ["Ali", "Sana", "Leaver"]
    page = said(cashier.get(PAGE))
    for words in (
        "Who owes: 3 students", "3 students owe fees of Rs 18,000.50, and fines of Rs 0.",
        "10/05/2026 2 months", "left on 02/06/2026", "family Aslam",
    ):  # fmt: skip
        assert words in page


def test_what_is_due_today_is_overdue_tomorrow(cashier, five, today):
    today("2026-06-21")
    assert names(cashier) == ["Ali", "Sana", "Leaver", "Due today"]


def test_who_owes_only_a_fine_is_no_defaulter(cashier):
    student = make_student()
    charged("2026-05", fine=("flat", "100", "0"))
    pay(student, "5000")
    assert Entry.objects.filter(kind="fine").exists()
    assert names(cashier) == []
    assert "Nobody owes fees that were due before today." in said(cashier.get(PAGE))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?city=karachi", ["Sana"]),
        ("?city=Lahore", ["Ali", "Leaver"]),
        ("?class=9-B", ["Ali"]),
        ("?since=10/05/2026", ["Ali"]),
        ("?since=09/05/2026", []),
        ("?since=10/06/2026", ["Ali", "Sana", "Leaver"]),
        ("?min=5000", ["Ali", "Leaver"]),
        ("?min=3,000.50", ["Ali", "Sana", "Leaver"]),
        ("?min=10000.01", []),
        ("?city=Lahore&class=9-B&since=10/05/2026&min=1", ["Ali"]),
        ("?city=&class=&since=&min=", ["Ali", "Sana", "Leaver"]),
        ("?city=Nowhere", []),
    ],
)
def test_filters_narrow_page_totals_and_sheets(cashier, five, query, found):
    response = cashier.get(PAGE + query)
    assert [row["student"].name for row in response.context["rows"]] == found
    totals = response.context["totals"]
    assert totals.students == len(found)
    assert totals.fees == sum(row["balance"].fees_owed for row in response.context["rows"])
    sheet = rows_of(cashier.get("/fees/defaulters.csv" + query))
    assert [row[1] for row in sheet[1:]] == found
    again = cashier.get(PAGE + response.context["query"])
    assert [row["student"].name for row in again.context["rows"]] == found


def test_pages_go_on_where_one_ends_and_totals_are_of_all(cashier, monkeypatch):
    monkeypatch.setattr(views, "ON_A_PAGE", 2)
    for n in range(5):
        make_student(name=f"S{n}")
    charged("2026-05")
    seen, query = [], ""
    for _page in range(3):
        response = cashier.get(PAGE + query)
        seen += [row["student"].name for row in response.context["rows"]]
        assert response.context["totals"].students == 5
        query = response.context["onward"]
    assert seen == [f"S{n}" for n in range(5)]
    assert query == ""
    assert len(rows_of(cashier.get("/fees/defaulters.csv?after=2026-05-10.1"))) == 6


def test_a_page_asks_as_much_for_many_as_for_one(cashier, django_assert_max_num_queries):
    for n in range(12):
        make_student(name=f"S{n}", family=make_family())
    charged("2026-05")
    cashier.get(PAGE)
    with django_assert_max_num_queries(12):  # session, user, rights, form, totals, rows, dues
        cashier.get(PAGE)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?since=soon", "since"),
        ("?since=31/02/2026", "since"),
        ("?min=lots", "min"),
        ("?min=-1", "min"),
        ("?min=1e999999", "min"),
        ("?after=x", "after"),
        ("?after=2026-05-10", "after"),
        ("?after=2026-05-10.x", "after"),
        ("?after=2026-05-10.²", "after"),
        ("?class=" + "x" * 200, "class_name"),
    ],
)
def test_bad_values_are_said_and_nobody_is_shown(cashier, five, query, field):
    response = cashier.get(PAGE + query)
    assert response.status_code == 200
    assert list(errors(response)) == [field]
    assert "Error: Who owes" in said(response)
    assert "Ali" not in said(response)
    for ending in ("csv", "xlsx"):
        answer = cashier.get(f"/fees/defaulters.{ending}{query}")
        assert (answer.status_code, answer.url[:17]) == (302, "/fees/defaulters/")


def test_a_reminder_by_whatsapp_for_a_mobile_only(cashier, settings):
    settings.OFFICE_NAME = "Noor & Sons"
    make_student(name="Ali & Co", phone="03001234567")
    make_student(name="Land line", phone="04235678901")
    charged("2026-05")
    first, second = cashier.get(PAGE).context["rows"]
    link, _mark, text = first["whatsapp"].partition("?text=")
    assert link == "https://wa.me/923001234567"
    assert "&" not in text
    assert unquote(text) == (
        "Assalam-o-Alaikum. Rs 5,000 of fees for Ali & Co are due since 10/05/2026. If you have"
        " paid meanwhile, please tell us. Noor & Sons"
    )
    assert second["whatsapp"] == ""


def test_the_sheets(cashier, five):
    make_student(name='=HYPERLINK("x")', father_name="+1", fees="100")
    charged("2026-05")
    head, *rows = rows_of(cashier.get("/fees/defaulters.csv"))
    assert head == [
        "Student’s number", "Name", "Father’s name", "Class", "City", "Phone", "Owes since",
        "Fees owed (PKR)", "Fines owed (PKR)", "Left on",
    ]  # fmt: skip
    assert rows[0][1:] == [
        "Ali", "", "9-B", "Lahore", "03001234567", "2026-05-10", "10000.00", "0.00", "",
    ]  # fmt: skip
    (odd,) = [row for row in rows if "HYPERLINK" in row[1]]
    assert odd[1:3] == ['\'=HYPERLINK("x")', "'+1"]
    content = b"".join(cashier.get("/fees/defaulters.xlsx"))
    (page,) = load_workbook(io.BytesIO(content)).worksheets
    cells = list(page.iter_rows(values_only=True))
    assert len(cells) == len(rows) + 1
    assert (cells[1][1], cells[1][6].date(), cells[1][7]) == ("Ali", date(2026, 5, 10), 10000)
    assert not [cell for line in page.iter_rows() for cell in line if cell.data_type == "f"]


@pytest.mark.parametrize("path", [PAGE, "/fees/defaulters.csv", "/fees/defaulters.xlsx"])
def test_others_do_not_see_it(viewer, client, path):
    assert viewer.get(path).status_code == 403
    assert client.get(path).status_code == 302


def test_a_month_to_come_is_not_due_yet(cashier, monkeypatch):
    make_student(name="Ali", phone="03001234567")
    charged("2026-05")
    charged("2026-06")
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 5, 28))
    (row,) = cashier.get(PAGE).context["rows"]
    assert "Rs 5,000 of fees for Ali are due since 10/05/2026." in row["reminder"]
    assert (row["count"], str(row["balance"].fees_owed)) == (2, "10000.00")
