"""What students owe, on the pages about students: for those of the fee desk only."""

import random
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.defaulters import defaulters, rows
from ledger.models import Entry
from ledger.receipts import hand_back
from ledger.refusals import Refused
from ledger.reversals import reverse
from ledger.statements import statement
from ledger.tests.factories import BY, charged, make_entry, pay, payment
from ledger.tests.oracle import accounts
from ledger.tests.pages import said
from rules.money import format_rupees
from students.models import Balance
from students.tests.factories import make_family, make_student
from students.tests.test_exports import rows_of

pytestmark = pytest.mark.django_db
LIST = "/students/"
TODAY = date(2026, 7, 20)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: TODAY)


@pytest.fixture
def three():
    """Who owes 5,000, who has paid all, and who was never charged."""
    owing, paid = make_student(name="Owing"), make_student(name="Paid", city="Karachi")
    charged("2026-07")
    pay(paid, "5000")
    return owing, paid, make_student(name="New", city="Karachi")


def names(response):
    return [row["name"] for row in response.context["rows"]]


def owed(response):
    return {row["name"]: row["owes"] and str(row["owes"]) for row in response.context["rows"]}


def test_the_column_is_for_the_fee_desk(cashier, viewer, three):
    page = cashier.get(LIST)
    assert owed(page) == {"New": None, "Owing": "5000.00", "Paid": None}
    assert "owes Rs 5,000" in said(page)
    page = viewer.get(LIST)
    assert set(owed(page).values()) == {None}
    assert "Owes" not in said(page)
    assert "owes Rs" not in said(page)


def test_the_filter_narrows_rows_count_totals_and_cities(cashier, three):
    page = cashier.get(f"{LIST}?owes=on")
    assert names(page) == ["Owing"]
    assert page.context["summary"] == "1 student"
    assert str(page.context["totals"].fees) == "5000.00"
    assert [(each.city, each.students) for each in page.context["cities"]] == [("Lahore", 1)]
    assert names(cashier.get(f"{LIST}?owes=on&city=Karachi")) == []


def test_every_link_of_the_filtered_list_can_be_followed(admin, three):
    page = admin.get(f"{LIST}?owes=on")
    context = page.context
    assert context["statistics_url"] == ""
    assert sorted(context["sheets"]) == ["export_csv", "export_xlsx"]
    words = said(page)
    assert "All of them as CSV · Excel" in words
    assert "Statistics of these" not in words
    links = list(context["sheets"].values())
    links += [column["url"] for column in context["columns"]]
    links += [url for _what, _value, url in context["filters"]]
    for url in links:
        assert admin.get(url).status_code == 200, url
    assert [row[0] for row in rows_of(admin.get(context["sheets"]["export_csv"]))[1:]] == ["Owing"]


def test_his_page_leads_back_to_the_filtered_list(cashier, three):
    make_entry(three[2], "other", "100")
    page = cashier.get(three[0].get_absolute_url() + "?owes=True")
    came_from = page.context["came_from"]
    assert came_from["url"] == f"{LIST}?owes=True"
    assert (came_from["previous"][1], came_from["next"]) == ("New", None)


def test_the_print_is_of_the_same_list(cashier, three):
    page = said(cashier.get("/students/print/?owes=True"))
    assert "Owing" in page
    assert "Karachi" not in page


def test_others_neither_filter_by_it_nor_are_asked_for_it(viewer, three):
    page = viewer.get(f"{LIST}?owes=on")
    assert len(names(page)) == 3
    assert "owes" not in page.context["form"].fields


def tables_asked(client, path):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return [each["sql"] for each in asked if "students_balance" in each["sql"]]


def test_nothing_more_is_asked_for_others_and_one_thing_for_the_fee_desk(cashier, viewer, three):
    assert len(tables_asked(cashier, LIST)) == 1
    family = make_family()
    owing = three[0]
    owing.family = family
    owing.save()
    for path in (LIST, owing.get_absolute_url(), family.get_absolute_url()):
        assert tables_asked(viewer, path) == [], path


def test_who_owes_a_fine_only_owes(cashier):
    student = make_student()
    charged("2026-05", fine=("flat", "100", "0"))
    pay(student, "5000")
    assert owed(cashier.get(f"{LIST}?owes=on")) == {"Ali": "100.00"}
    assert not defaulters(TODAY).exists()


def test_his_page_and_his_familys(cashier, viewer):
    family = make_family()
    student = make_student(family=family)
    make_student(family=family, name="Gone", left_on=date(2026, 7, 2))
    charged("2026-07")
    assert "Owes Rs 5,000" in said(cashier.get(student.get_absolute_url()))
    assert "They owe Rs 10,000" in said(cashier.get(family.get_absolute_url()))
    for path in (student.get_absolute_url(), family.get_absolute_url()):
        assert "10,000" not in said(viewer.get(path)).replace("Rs 10,000 a month", "")
        assert "owe" not in said(viewer.get(path)).lower().replace("allowed", "")


# -- Every screen says the same --------------------------------------------------------------------


def anything(rng):
    students = [make_student(name=f"S{n}", fees=str(rng.randint(0, 9000))) for n in range(3)]
    for month in ("2026-05", "2026-06", "2026-07"):
        charged(month, fine=rng.choice([("none", "0", "0"), ("flat", "100", "0")]))
        for _n in range(4):
            act(rng, rng.choice(students))
    return students


def act(rng, student):
    amount = str(rng.randint(1, 12_000))
    try:
        match rng.randrange(6):
            case 0 | 1 | 2:
                receipt = pay(student, amount, advance=True)
                if rng.random() < 0.3:
                    reverse(receipt, reason="x", cash_returned=False, by=BY)
            case 3:
                hand_back(payment(student, amount), BY)
            case 4:
                make_entry(student, rng.choice(["other", "opening"]), amount, due_on=TODAY)
            case 5:
                fee = Entry.objects.filter(student=student, kind="fee").first()
                if fee:
                    make_entry(student, "adjustment", amount, against=fee)
    except Refused:
        pass


@pytest.mark.parametrize("seed", range(60))
def test_every_screen_says_the_same(admin, seed):
    students = anything(random.Random(seed))
    worked_out = accounts()
    listed = owed(admin.get(LIST))
    overdue = {
        row["student"].pk: row["balance"] for row in admin.get("/fees/defaulters/").context["rows"]
    }
    in_sheet = {int(row[0]): row for row in rows_of(admin.get("/fees/defaulters.csv"))[1:]}
    assert [row[0] for row in rows(defaulters(TODAY))] == list(overdue)
    for student in students:
        kept = Balance.objects.filter(student=student).first() or Balance(student=student)
        account = worked_out.get(student.pk)
        if account:
            assert (kept.fees_owed, kept.fines_owed) == (account.fees_owed, account.fines_owed)
        assert listed[student.name] == (str(kept.owed) if kept.owed else None)
        lines = statement(student.pk)
        assert (lines[-1].balance if lines else Decimal(0)) == kept.balance
        assert sum(line.unpaid or 0 for line in lines) == kept.owed
        for path in (student.get_absolute_url(), f"/fees/students/{student.pk}/"):
            if kept.owed:
                assert format_rupees(kept.owed) in said(admin.get(path))
        is_late = kept.owed_since is not None and kept.owed_since < TODAY
        assert (student.pk in overdue, student.pk in in_sheet) == (is_late, is_late)
        if is_late:
            assert overdue[student.pk].fees_owed == kept.fees_owed
            assert in_sheet[student.pk][7:9] == [str(kept.fees_owed), str(kept.fines_owed)]
