"""/fees/challans/: who gets a challan, what it says, and what becomes of it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from api.tests.factories import make_user
from ledger.barcodes import QUIET, code128
from ledger.challans import drafts, issue, statuses
from ledger.models import Challan
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, concede, make_entry, pay
from ledger.tests.pages import said
from students.models import Student
from students.tests.factories import make_leaver, make_student

PAGE = "/fees/challans/"
FLAT = ("flat", "100", "0")
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture(autouse=True)
def day(monkeypatch):
    """It is the 5th of May 2026 in the office, until another day is set."""

    def set_day(text):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date.fromisoformat(text))

    set_day("2026-05-05")
    return set_day


def issued(student, month=MAY):
    """His new challan."""
    (challan,) = issue([student], month, BY)
    challan.refresh_from_db()
    return challan


def status(challan):
    return statuses([challan], timezone.localdate())[challan.pk]


# -- What one says ---------------------------------------------------------------------------------


def test_a_challan_is_issued_and_printed_by_the_same_address(cashier, settings):
    settings.OFFICE_NAME, settings.OFFICE_ADDRESS = "Iqra Centre", ["12-B, Link Road"]
    settings.BANK_ACCOUNT = ["Habib Bank", "PK36 HABB 0000"]
    student = make_student(name="Ayesha", father_name="Imran", class_name="9-B", city="Lahore")
    make_student(name="Bilal", class_name="9-C")
    charged("2026-05", fine=FLAT)
    address = f"{PAGE}?month=2026-05&class=9-B"
    page = said(cashier.get(address))
    assert "To be issued: 1 challan, Rs 5,000" in page
    assert "Issue 1 challan" in page
    response = cashier.post(address, follow=True)
    assert response.redirect_chain == [(address, 302)]
    challan = Challan.objects.get()
    page = said(response)
    for words in (
        "1 challan was issued.", "Issued, to be printed: 1 challan", "Bank’s copy",
        "School’s copy", "Student’s copy", "Iqra Centre", "12-B, Link Road", "Habib Bank",
        f"Challan CH-{challan.pk:06}", "Issued 05/05/2026", f"Student no. {student.pk}",
        "Name Ayesha", "Father’s name Imran", "Class 9-B", "City Lahore",
        "Fee, May 2026 Rs 5,000", "Payable by 10/05/2026 Rs 5,000",
        "Payable after that day Rs 5,100", "Valid until 30/05/2026", "five thousand rupees only",
        "Bank’s stamp and signature",
    ):  # fmt: skip
        assert words in page
    assert page.count("five thousand rupees only") == 3
    assert "To be issued" not in page
    assert "Bilal" not in page
    assert (challan.by, challan.user.username) == ("cashier", "cashier")


def test_what_is_frozen(db):
    student = make_student(name="Ali", class_name="9-B")
    concede(student, percent="25")
    charged("2026-04")
    charged("2026-05", fine=FLAT)
    pay(student, "1000")
    challan = issued(student)
    lines = [{name: line[name] for name in line if name != "charge"} for line in challan.lines]
    fee = {"what": "fee", "note": "", "charged": "5000.00", "conceded": "1250.00"}
    assert lines == [
        fee | {"month": "2026-04", "paid": "1000.00", "amount": "2750.00"},
        fee | {"month": "2026-05", "paid": "0.00", "amount": "3750.00"},
    ]
    assert challan.facts == {
        "name": "Ali", "father_name": "", "class_name": "9-B", "city": "Lahore",
    }  # fmt: skip
    assert (str(challan.total), str(challan.total_after)) == ("6500.00", "6600.00")
    assert (challan.due_on, challan.valid_until) == (date(2026, 5, 10), date(2026, 5, 30))


def test_concessions_part_payments_and_arrears_stand_on_the_sheet(cashier, db):
    student = make_student()
    concede(student, amount="500")
    charged("2026-04", fine=FLAT)
    charged("2026-05", fine=FLAT)
    make_entry(student, "other", "800", note="Exam fee")
    pay(student, "1000", method="bank", day=date(2026, 4, 9))
    issue([student], MAY, BY)
    page = said(cashier.get(PAGE))
    for words in (
        "Fee, April 2026 Rs 5,000, less concession Rs 500, less Rs 1,000 paid Rs 3,500",
        "Fee, May 2026 Rs 5,000, less concession Rs 500 Rs 4,500",
        "Exam fee Rs 800",
        "Fines for paying late Rs 100",
        "Arrears in this Rs 4,400",
        "Payable by 10/05/2026 Rs 8,900",
        "Payable after that day Rs 9,000",
    ):
        assert words in page


def test_issued_after_the_due_day_there_is_one_sum(cashier, day, db):
    student = make_student()
    charged("2026-05", fine=FLAT)
    day("2026-05-12")
    issue([student], MAY, BY)
    page = said(cashier.get(PAGE))
    for words in (
        "Fee, May 2026 Rs 5,000", "Fines for paying late Rs 100",
        "Payable (was due on 10/05/2026) Rs 5,100", "five thousand, one hundred rupees only",
    ):  # fmt: skip
        assert words in page
    assert "Payable by" not in page


def test_a_fine_per_day_is_the_one_of_the_last_day(day, db):
    student = make_student()
    charged("2026-05", fine=("per_day", "10", "150"))
    challan = issued(student)
    assert (str(challan.total), str(challan.total_after)) == ("5000.00", "5150.00")


def test_who_has_left_is_not_fined(day, db):
    student = make_leaver(left_on=date(2026, 5, 4))
    charged("2026-05", fine=FLAT)
    assert str(issued(student).total_after) == "5000.00"


def test_who_joined_late_has_his_own_due_day(day, db):
    student = make_student(joined_on=date(2026, 5, 28))
    charged("2026-05", fine=FLAT)
    challan = issued(student)
    assert (challan.due_on, challan.valid_until) == (date(2026, 6, 7), date(2026, 6, 7))


def test_a_later_months_fee_waits_for_its_own(db):
    student = make_student()
    charged("2026-05")
    charged("2026-06")
    assert [line["month"] for line in issued(student).lines] == ["2026-05"]
    assert str(issued(student, JUNE).total) == "10000.00"


def test_many_months_stay_on_one_sheet(cashier, day, db):
    student = make_student()
    for month in range(1, 13):
        charged(f"2025-{month:02}")
    issue([student], MAY, BY)
    response = cashier.get(f"{PAGE}?month=2026-05")
    assert "4 charges before Rs 20,000 Fee, May 2025" in said(response)
    (sheet,) = response.context["sheets"]
    assert sum(line["amount"] for line in sheet["lines"]) == Decimal("60000.00")
    assert len(sheet["lines"]) == 9


def test_the_barcode_is_drawn_of_rectangles(cashier, db):
    student = make_student()
    charged("2026-05")
    barcode = code128(str(issued(student)))
    page = cashier.get(PAGE).content.decode()
    assert page.count("<rect ") == len(barcode.bars)
    assert f'viewBox="0 0 {barcode.width} 30"' in page
    assert barcode.bars[0][0] == QUIET
    assert sum(barcode.bars[-1]) == barcode.width - QUIET
    assert "style=" not in page


# -- Who gets one ----------------------------------------------------------------------------------


def test_who_is_asked_for(cashier, db):
    ali = make_student(name="Ali", city="Lahore", class_name="9-B")
    make_student(name="Bilal", city="Karachi", class_name="9-B")
    make_student(name="Chand", city="Lahore", class_name="8-A")
    make_leaver(name="Danish", left_on=date(2026, 5, 3))
    charged("2026-05")
    pay(make_student(name="Early"), "100", advance=True)

    def names(query):
        return [each.student.name for each in cashier.get(PAGE + query).context["new"]]

    assert names("") == ["Chand", "Ali", "Bilal"]
    assert names("?class=9-B") == ["Ali", "Bilal"]
    assert names("?city=lhr") == ["Chand", "Ali"]
    assert names("?city=lhr&class=9-B") == ["Ali"]
    assert names("?city=lhr&city=khi&class=9-B") == ["Ali", "Bilal"]
    assert names(f"?student={ali.pk}") == ["Ali"]
    assert names(f"?student={Student.objects.get(name='Danish').pk}") == ["Danish"]
    assert names("?student=99999") == []
    assert "Nobody of these owes anything" in said(cashier.get(f"{PAGE}?student=99999"))


def test_the_month_charged_last_is_meant_unless_told(cashier, db):
    make_student()
    charged("2026-04")
    charged("2026-06")
    assert cashier.get(PAGE).context["month"] == JUNE
    assert 'value="2026-06"' in cashier.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("month=x", "month"),
        ("month=2026-13", "month"),
        ("month=2026-07", "month"),
        ("month=1899-12", "month"),
        ("student=x", "student"),
        ("student=0", "student"),
        (f"student={'9' * 30}", "student"),
        ("class=" + "x" * 31, "class_name"),
        ("city=" + "x" * 51, "city"),
    ],
)
def test_a_bad_value_shows_and_issues_nothing(cashier, db, query, field):
    make_student()
    charged("2026-05")
    for method in (cashier.get, cashier.post):
        response = method(f"{PAGE}?{query}")
        assert response.status_code == 200
        assert list(response.context["form"].errors) == [field]
        assert "<title>Error: Challans" in response.content.decode()
        assert "sheets" not in response.context
    assert not Challan.objects.exists()


def test_no_more_than_the_most_and_says_so(cashier, db, monkeypatch):
    monkeypatch.setattr("ledger.views.challans.MOST", 2)
    for name in ("Ali", "Bilal", "Chand"):
        make_student(name=name)
    charged("2026-05")
    assert "These are the first 2: more are not printed at once." in said(cashier.get(PAGE))
    cashier.post(PAGE)
    assert Challan.objects.count() == 2


# -- Replaced, and kept ----------------------------------------------------------------------------


def test_paid_in_part_it_is_replaced_by_one_of_the_rest(cashier, db):
    student = make_student()
    charged("2026-05")
    old = issued(student)
    pay(student, "2000")
    assert status(old) == "out_of_date"
    page = said(cashier.get(PAGE))
    assert f"9-B {old}" in page or f"{old} Rs 3,000" in page
    assert "Issued, to be printed" not in page
    cashier.post(PAGE)
    new = Challan.objects.latest("pk")
    assert (str(old.total), str(new.total)) == ("5000.00", "3000.00")
    assert (status(old), status(new)) == ("replaced", "open")
    page = said(cashier.get(PAGE))
    assert f"Challan {new}" in page
    assert f"Challan {old}" not in page


def test_issued_again_unchanged_ones_are_kept(cashier, db):
    students = [make_student(name=name) for name in ("Ali", "Bilal")]
    charged("2026-05")
    cashier.post(PAGE)
    pay(students[0], "2000")
    page = said(cashier.post(PAGE, follow=True))
    assert "1 challan was issued." in page
    assert "Issued, to be printed: 2 challans" in page
    assert Challan.objects.count() == 3
    page = said(cashier.post(PAGE, follow=True))
    assert "Nothing new to issue" in page
    assert Challan.objects.count() == 3


def test_reversed_money_brings_a_new_one(db):
    student = make_student()
    charged("2026-05")
    receipt = pay(student, "2000")
    issued(student)
    reverse(receipt, reason="bounced", cash_returned=False, by=BY)
    assert str(issued(student).total) == "5000.00"


def test_an_expired_one_is_replaced_and_holds_longer(day, db):
    student = make_student()
    charged("2026-05")
    old = issued(student)
    day("2026-05-30")
    assert (status(old), issue([student], MAY, BY)) == ("open", [])
    day("2026-05-31")
    assert status(old) == "expired"
    assert issued(student).valid_until == date(2026, 5, 31) + timedelta(days=20)


def test_paid(db):
    student = make_student()
    charged("2026-05")
    challan = issued(student)
    receipt = pay(student, "5000", challan=challan.pk)
    assert status(challan) == "paid"
    reverse(receipt, reason="bounced", cash_returned=False, by=BY)
    assert status(challan) == "open"
    pay(student, "5000")  # without a word of the challan
    assert status(challan) == "paid"


def test_money_by_an_old_one_is_money(db):
    student = make_student()
    charged("2026-05")
    old = issued(student)
    pay(student, "2000")
    new = issued(student)
    receipt = pay(student, "5000", challan=old.pk)
    assert str(receipt.balance_after) == "-2000.00"
    assert (status(old), status(new)) == ("paid", "paid")


def test_what_is_issued_stays(db):
    challan = issued_one()
    for change in (
        lambda: Challan.objects.filter(pk=challan.pk).update(total=1),
        lambda: Challan.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="What is booked stays"), transaction.atomic():
            change()


def issued_one():
    student = make_student()
    charged("2026-05")
    return issued(student)


@pytest.mark.parametrize(("guarded", "challans"), [(True, 1), (False, 2)])
def test_two_who_issue_at_once(transactional_db, monkeypatch, guarded, challans):
    """The second waits, and finds nothing left to do; without the lock he would issue it again."""
    student = make_student()
    charged("2026-05")
    if not guarded:
        monkeypatch.setattr("ledger.challans.lock_balances", lambda numbers: None)

    def second():
        try:
            return len(issue([student], MAY, BY))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            issue([student], MAY, BY)
            other = pool.submit(second)
            with pytest.raises(TimeoutError) if guarded else nullcontext():
                other.result(timeout=1)
        other.result(timeout=10)
    assert Challan.objects.count() == challans


# -- The page --------------------------------------------------------------------------------------


def test_looking_issues_nothing(cashier, db):
    make_student()
    charged("2026-05")
    for method in (cashier.get, cashier.head):
        assert method(PAGE).status_code == 200
    assert cashier.put(PAGE).status_code == 405
    assert not Challan.objects.exists()


def test_the_form_must_be_our_own(db):
    make_student()
    charged("2026-05")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user(group="Cashiers"))
    assert strict.post(PAGE).status_code == 403
    assert not Challan.objects.exists()


def test_a_name_is_no_markup(cashier, db):
    make_student(name="<b>x", father_name="<b>", class_name="<b>", city="<b>")
    charged("2026-05")
    for method in (cashier.get, cashier.post):
        assert "<b>" not in method(PAGE, follow=True).content.decode()


def test_queries_do_not_grow_with_the_sheets(cashier, django_assert_num_queries):
    for _ in range(5):
        make_student(class_name="9-B", city="Lahore")
    charged("2026-05", fine=FLAT)
    cashier.post(PAGE)
    # The classes, who owes, what their charges came to, the month's run, fines, newest challans;
    # and two that are prepared: the cities, and what they owe.
    with django_assert_num_queries(6):
        cashier.get(f"{PAGE}?month=2026-05&class=9-B")


def test_drafts_agree_with_what_is_owed(db):
    """As the kept balance has it, for everybody of the month."""
    students = [make_student(name=str(n), fees=str(1000 + n)) for n in range(5)]
    charged("2026-05")
    for n, student in enumerate(students[1:]):
        pay(student, str(100 * n + 1))
    found = drafts(list(Student.objects.select_related("balance")), MAY, timezone.localdate())
    assert [each.total for each in found] == [each.student.balance.balance for each in found]
    assert len(found) == 5
