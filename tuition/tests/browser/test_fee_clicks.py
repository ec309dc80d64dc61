"""How many clicks each thing takes at the fee desk; typing is not counted."""

from datetime import date

import pytest
from django.contrib.auth.models import User

from ledger.models import Challan, Entry, Receipt, Run
from ledger.tests.factories import charged, make_drawer, pay
from students.models import Student
from students.tests.factories import make_family, make_student


class Clicks:
    """Clicks what is named so; counts."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def __call__(self, name, role="button", *, leads=True):
        self.count += 1
        found = self.page.get_by_role(role, name=name, exact=True).first
        if not leads:
            found.click()
            return
        with self.page.expect_navigation():
            found.click()


@pytest.fixture
def desk(open_page):
    """Call it for (a page, its clicks), with two months charged to three children of one family."""
    Student.objects.all().delete()
    family = make_family(name="Aslam")
    for name in ("Ali", "Sana", "Hina"):
        make_student(name=name, family=family, class_name="9-B")
    charged("2026-05")
    charged("2026-06")
    make_drawer(User.objects.get(username="cashier"), "2000")
    make_drawer(User.objects.get(username="manager"), "0")

    def at(path, user="cashier"):
        page = open_page("about:blank", user=user)
        page.add_init_script("window.printed = 0; window.print = () => { window.printed += 1; }")
        page.goto(path)
        return page, Clicks(page)

    at.family = family
    return at


def test_money_of_a_family_takes_two(desk):
    _page, click = desk(f"/fees/students/{Student.objects.get(name='Ali').pk}/")
    click("family Aslam", "link")
    click("Take Rs 30,000")
    assert click.count == 2
    assert str(Receipt.objects.get().total) == "30000.00"


def test_printing_a_receipt_takes_one(desk):
    receipt = pay(Student.objects.get(name="Ali"), "100", method="bank")
    page, click = desk(receipt.get_absolute_url())
    click("Print", leads=False)
    assert page.evaluate("window.printed") == click.count == 1


def test_reversing_a_receipt_takes_two(desk):
    receipt = pay(Student.objects.get(name="Ali"), "100", method="bank")
    page, click = desk(receipt.get_absolute_url(), "manager")
    click("Reverse", "link")
    page.locator("[name=reason]").fill("bounced")
    click("Reverse the receipt")
    assert click.count == 2
    assert Receipt.objects.get().reversal.reason == "bounced"


def test_charging_a_month_takes_two(desk):
    _page, click = desk("/fees/runs/2026-07/", "manager")
    click("Charge 3 students")
    assert click.count == 1  # one more leads here from the months, where there is one to charge
    assert Run.objects.filter(month=date(2026, 7, 1)).exists()
    assert Entry.objects.filter(kind="fee", month=date(2026, 7, 1)).count() == 3


def test_challans_of_a_class_take_two(desk):
    page, click = desk("/fees/challans/?class=9-B")
    click("Issue 3 challans")
    click("Print", leads=False)
    assert (page.evaluate("window.printed"), click.count) == (1, 2)
    assert Challan.objects.count() == 3


def test_who_owes_and_the_report_take_one_each(desk):
    page, click = desk("/fees/", "manager")
    click("Who owes", "link")
    assert (page.get_by_role("heading", level=1).inner_text(), click.count) == ("Who owes", 1)
    page, click = desk("/fees/", "manager")
    click("Reports", "link")
    assert (page.get_by_role("heading", level=1).inner_text(), click.count) == ("Report", 1)


def test_closing_the_drawer_takes_two(desk):
    page, click = desk("/fees/")
    click("Count and close it", "link")
    page.locator("[name=counted]").fill("2000")
    click("Close the drawer")
    assert click.count == 2
    assert page.get_by_role("button", name="Print").is_visible()
