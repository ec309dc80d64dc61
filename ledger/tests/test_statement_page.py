"""/fees/students/<pk>/: what a student owes and why, and the money that he brings."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User

from ledger.challans import issue
from ledger.models import Entry, Receipt
from ledger.receipts import hand_back
from ledger.reversals import opposite, reverse
from ledger.tests.factories import BY, charged, concede, make_drawer, make_entry, pay, payment
from ledger.tests.pages import said
from rules.days import format_day
from students.models import Balance
from students.tests.factories import make_family, make_leaver, make_student
from students.tests.test_clerk import opened

FLAT = ("flat", "100", "0")
TODAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """In the middle of June, 2026."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: TODAY)


@pytest.fixture
def drawer(cashier):
    return make_drawer(User.objects.get(username="cashier"))


@pytest.fixture
def student(db):
    """Owes May and June."""
    student = make_student(name="Ayesha", father_name="Imran")
    charged("2026-05")
    charged("2026-06")
    return student


@pytest.fixture
def onlooker(cashier):
    """May see money, and take none."""
    user = User.objects.get(username="cashier")
    user.groups.clear()
    rights = Permission.objects.filter(codename__in=["view_student", "view_entry"])
    user.user_permissions.add(*rights)
    return cashier


def page_of(student, query=""):
    return f"/fees/students/{student.pk}/{query}"


def shown(client, student, query=""):
    response = client.get(page_of(student, query))
    assert response.status_code == 200
    return said(response)


def send(client, student, query="", **typed):
    return client.post(page_of(student, query), opened(client, page_of(student, query), **typed))


def lines(response):
    return [row["what"] for row in response.context["lines"]]


def why(response, what):
    """All that the "why" of the entry with these words says."""
    page = response.content.decode()
    part = page[page.index(f"<summary><bdi>{what}</bdi>") :]
    response = type("Part", (), {"content": part[: part.index("</details>")].encode()})
    return said(response).strip()


# -- What it says ----------------------------------------------------------------------------------


def test_all_that_a_statement_says(manager, db):
    family = make_family(name="Imran")
    student = make_student(
        name="Ayesha Siddiqa", father_name="Imran", class_name="9-B", phone="03001234567",
        family=family,
    )  # fmt: skip
    charged("2026-05")
    charged("2026-06")
    pay(student, "7000", method="bank")
    page = shown(manager, student)
    for words in (
        "Fees of Ayesha Siddiqa",
        f"father Imran 9-B Lahore 0300-1234567 Rs 5,000 a month number {student.pk} family Imran",
        "owes Rs 3,000 since 10/06/2026 · 1 month",
        "why this is owed Fees and charges Rs 3,000 Fines Rs 0 In advance Rs 0 Balance Rs 3,000",
        "Charge or waive Concessions Challan",
        "Take money Amount",
        "How cash bank Easypaisa JazzCash cheque Take Rs 3,000 The rest is an advance",
        "what is due first Fee, June 2026 first, Rs 3,000",
        "Every entry of Ayesha Siddiqa, oldest first Day What Owed Paid Balance",
    ):
        assert words in page
    response = manager.get(page_of(student))
    rows = [
        (row["what"], str(row["owed"] or ""), str(row["paid"] or ""), str(row["line"].balance))
        for row in response.context["lines"]
    ]
    assert rows == [
        ("Fee, May 2026", "5000.00", "", "5000.00"),
        ("Fee, June 2026", "5000.00", "", "10000.00"),
        ("Paid, receipt 1", "", "5000.00", "5000.00"),
        ("Paid, receipt 1", "", "2000.00", "3000.00"),
    ]


def test_a_student_of_whom_nothing_is_known(cashier, db):
    student = make_student(name="Ali")
    page = shown(cashier, student)
    for words in ("owes nothing", "Nothing was charged or paid yet.", "Take the money"):
        assert words in page
    for words in ("since", "father", "family", "Challans", "Hand back", "Charge or waive"):
        assert words not in page.split("Ali", 1)[1].replace("name, father", "")


def test_due_later_is_no_delay(cashier, db):
    student = make_student()
    charged("2026-06", due=20)
    assert "owes Rs 5,000 due on 20/06/2026 · 1 month" in shown(cashier, student)


def test_two_months(cashier, student):
    assert "owes Rs 10,000 since 10/05/2026 · 2 months" in shown(cashier, student)


def test_who_left_and_owes(cashier, db):
    student = make_leaver(left_on=date(2026, 5, 20))
    charged("2026-05", fine=FLAT)
    page = shown(cashier, student)
    assert "left on 20/05/2026" in page
    assert "owes Rs 5,000 since 10/05/2026" in page
    assert "brings a fine" not in page


def test_a_credit_may_be_handed_back(cashier, db):
    student = make_student()
    pay(student, "3000", advance=True)
    page = shown(cashier, student)
    assert "Rs 3,000 in advance" in page
    assert "In advance Rs 3,000 Balance -Rs 3,000" in page
    assert "Hand back" in page


def test_only_a_fine_is_owed(cashier, db):
    student = make_student()
    charged("2026-05", fine=FLAT)
    pay(student, "5000")
    page = shown(cashier, student)
    assert "owes Rs 100 why this is owed Fees and charges Rs 0 Fines Rs 100" in page


def test_a_fine_to_come_is_in_the_amount(cashier, db, drawer):
    student = make_student()
    charged("2026-05", fine=FLAT)
    page = shown(cashier, student)
    assert "owes Rs 5,000 since" in page
    words = "Paying today brings a fine of Rs 100, which is in the amount beside."
    assert words in page
    assert opened(cashier, page_of(student))["amount"] == "5,100"
    send(cashier, student)
    assert str(Balance.objects.get().balance) == "0.00"
    assert words not in shown(cashier, student)


def test_the_newest_of_many(cashier, student, monkeypatch):
    monkeypatch.setattr("ledger.statements.MOST_SHOWN", 2)
    monkeypatch.setattr("ledger.views.statements.MOST_SHOWN", 2)
    fee = Entry.objects.get(month="2026-05-01")
    pay(student, "7000")
    response = cashier.get(page_of(student))
    assert lines(response) == ["Paid, receipt 1", "Paid, receipt 1"]
    assert "The newest entries; the balance counts the older ones too." in said(response)
    assert f"#e{fee.pk}" not in response.content.decode()
    assert str(response.context["lines"][-1]["line"].balance) == "3000.00"


# -- Why -------------------------------------------------------------------------------------------


def test_why_of_a_fee_and_a_concession(manager, db):
    student = make_student()
    concede(student, percent="10")
    run = charged("2026-05")
    fee, concession = Entry.objects.order_by("pk")
    response = manager.get(page_of(student))
    assert lines(response) == ["Fee, May 2026", "Concession: Orphan"]
    told = why(response, "Fee, May 2026")
    assert told.startswith(
        f"Fee, May 2026 why Entry {fee.pk} Charged with May 2026 Due on 10/05/2026"
        " Against it Concession: Orphan, -Rs 500 Still owed of it Rs 4,500 Written "
    )
    assert told.endswith(" by staff")
    assert why(response, "Concession: Orphan").startswith(
        f"Concession: Orphan why Entry {concession.pk} Charged with May 2026"
        " Stands against Fee, May 2026 Note Orphan Written "
    )
    page = response.content.decode()
    assert f'<tr id="e{fee.pk}">' in page
    assert f'href="#e{fee.pk}"' in page
    assert f'href="/fees/runs/{run.month:%Y-%m}/"' in page


def test_why_leads_to_no_month_that_one_may_not_see(cashier, student):
    response = cashier.get(page_of(student))
    assert "Charged with May 2026" in why(response, "Fee, May 2026")
    assert "/fees/runs/" not in response.content.decode()


def test_why_of_a_fine_and_its_waiver(manager, db):
    student = make_student()
    charged("2026-05", fine=FLAT)
    pay(student, "5000")
    fine = Entry.objects.get(kind="fine")
    make_entry(student, "waiver", "-40", against=fine, note="was ill")
    response = manager.get(page_of(student))
    assert why(response, "Fine, May 2026").startswith(
        f"Fine, May 2026 why Entry {fine.pk} Receipt 1 Stands against Fee, May 2026"
        " Against it Waived: was ill, -Rs 40 Still owed of it Rs 60 Written "
    )
    waived = why(response, "Waived: was ill")
    assert "Stands against Fine, May 2026 Note was ill Written " in waived


def test_why_of_a_payment_and_its_reversal(manager, student):
    receipt = pay(student, "1000")
    reverse(receipt, reason="bounced", cash_returned=False, by=BY)
    paid, undone = Entry.objects.filter(kind__in=["payment", "reversal"]).order_by("pk")
    response = manager.get(page_of(student))
    assert why(response, "Paid, receipt 1").startswith(
        f"Paid, receipt 1 why Entry {paid.pk} Receipt 1 Stands against Fee, May 2026"
        " Against it Undone: Paid, receipt 1, Rs 1,000 Written "
    )
    assert why(response, "Undone: Paid, receipt 1").startswith(
        f"Undone: Paid, receipt 1 why Entry {undone.pk} Stands against Paid, receipt 1"
        " Note bounced Written "
    )
    assert 'href="/fees/receipts/1/"' in response.content.decode()


def test_a_fine_that_is_undone_keeps_its_month(manager, db):
    student = make_student()
    charged("2026-05", fine=FLAT)
    reverse(pay(student, "5100"), reason="bounced", cash_returned=False, by=BY)
    assert "Undone: Fine, May 2026" in lines(manager.get(page_of(student)))


def test_what_is_undone_twice_stands_again(manager, student):
    fee = Entry.objects.get(month="2026-05-01")
    made = make_entry(student, "adjustment", "-500", against=fee, note="half a month")
    undone = opposite(made, day=TODAY, by="staff")
    undone.save()
    opposite(undone, day=TODAY, by="staff").save()
    assert lines(manager.get(page_of(student)))[2:] == [
        "Adjustment: half a month",
        "Undone: Adjustment: half a month",
        "Undone: Undone: Adjustment: half a month",
    ]


def test_why_of_an_adjustment(manager, student):
    fee = Entry.objects.get(month="2026-05-01")
    made = make_entry(student, "adjustment", "-500", against=fee, note="half a month")
    response = manager.get(page_of(student))
    assert why(response, "Adjustment: half a month").startswith(
        f"Adjustment: half a month why Entry {made.pk} Stands against Fee, May 2026"
        " Note half a month Written "
    )
    assert "Adjustment: half a month, -Rs 500" in why(response, "Fee, May 2026")


def test_why_of_other_charges_and_openings(manager, db):
    student = make_student()
    make_entry(student, "opening", "800", due_on=date(2026, 4, 1), note="page 12")
    make_entry(student, "other", "300", note="Admission")
    response = manager.get(page_of(student))
    assert lines(response) == ["Owed from before", "Admission"]
    told = why(response, "Owed from before")
    assert "Due on 01/04/2026 Still owed of it Rs 800 Note page 12 Written " in told
    assert "Due on 15/06/2026 Still owed of it Rs 300" in why(response, "Admission")


def test_an_opening_below_zero_is_an_advance(manager, db):
    student = make_student()
    make_entry(student, "opening", "-800")
    response = manager.get(page_of(student))
    assert lines(response) == ["In advance from before"]
    assert "Rs 800 in advance" in said(response)
    assert "Still owed of it" not in why(response, "In advance from before")


def test_why_of_a_refund(manager, db):
    student = make_student()
    pay(student, "3000", advance=True)
    hand_back(payment(student, "1000"), BY)
    response = manager.get(page_of(student))
    assert lines(response) == ["Paid, receipt 1", "Handed back, receipt 2"]
    assert " Receipt 2 Written " in why(response, "Handed back, receipt 2")


def test_what_is_typed_is_no_markup(manager, db):
    student = make_student(name="<b>x", father_name="<b>y", class_name="<b>")
    make_entry(student, "other", "300", note="<b>z")
    page = manager.get(page_of(student, "?challan=<b>")).content.decode()
    assert "<b>" not in page
    assert "&lt;b&gt;z" in page


# -- Who may ---------------------------------------------------------------------------------------


def test_a_viewer_sees_nothing_of_it(viewer, student):
    assert viewer.get(page_of(student)).status_code == 403
    assert viewer.post(page_of(student)).status_code == 403


def test_who_may_only_look_takes_nothing(onlooker, db):
    student = make_student()
    charged("2026-05", fine=FLAT)
    pay(make_student(name="Sana"), "100", advance=True)
    page = shown(onlooker, student)
    assert "owes Rs 5,000" in page
    assert "Paying today brings a fine of Rs 100. why" in page
    for words in ("Take", "Hand back", "Amount"):
        assert words not in page
    sent = {"amount": "100", "method": "bank", "day": format_day(TODAY), "key": str(uuid4())}
    assert onlooker.post(page_of(student), sent).status_code == 403
    assert Receipt.objects.count() == 1


def test_no_such_student(cashier, db):
    assert cashier.get("/fees/students/99/").status_code == 404
    assert cashier.put("/fees/students/99/").status_code == 405


def test_queries_do_not_grow_with_its_entries(cashier, student, django_assert_num_queries):
    query = f"?challan={issue([student], date(2026, 6, 1), BY)[0]}"

    def asked():
        # the student with his family; the challan that was scanned; the entries, what is unpaid of
        # them; his newest challans, what was paid by them, which is the newest; the same two of
        # the scanned one; his balance
        with django_assert_num_queries(10):
            cashier.get(page_of(student, query))

    cashier.get(page_of(student))
    asked()
    for number in range(5):
        make_entry(student, "other", "100", day=TODAY - timedelta(number))
        pay(student, "50")
        issue([student], date(2026, 6, 1), BY)
    query = f"?challan={issue([student], date(2026, 6, 1), BY) or student.challans.last()}"
    asked()
    assert Balance.objects.get().balance == Decimal("10250.00")
