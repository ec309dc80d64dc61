"""/fees/families/<pk>/: what the children owe, and one amount for all of them."""

from datetime import date
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User

from ledger.models import Entry, Receipt
from ledger.tests.factories import charged, make_drawer, make_entry, pay
from ledger.tests.pages import said
from rules.days import format_day
from students.models import Balance
from students.tests.factories import make_family, make_leaver, make_student
from students.tests.test_clerk import errors, opened

TODAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: TODAY)


@pytest.fixture
def drawer(cashier):
    return make_drawer(User.objects.get(username="cashier"))


@pytest.fixture
def family(db):
    return make_family(name="Imran", phone="03001234567")


@pytest.fixture
def children(family):
    """Ali and Sana owe May and June, due on the 10th."""
    children = [make_student(name=name, family=family) for name in ("Ali", "Sana")]
    charged("2026-05")
    charged("2026-06")
    return children


def page_of(family):
    return f"/fees/families/{family.pk}/"


def shown(client, family):
    response = client.get(page_of(family))
    assert response.status_code == 200
    return said(response)


def send(client, family, **typed):
    return client.post(page_of(family), opened(client, page_of(family), **typed))


def refused(response):
    assert response.status_code == 200
    assert "<title>Error: Fees of family" in response.content.decode()
    assert "Nothing was taken. Please mend this" in said(response)
    return errors(response)


def owed():
    balances = Balance.objects.order_by("student")
    return [(each.student.name, str(each.balance), each.owed_since) for each in balances]


# -- What it says ----------------------------------------------------------------------------------


def test_all_that_the_page_says(manager, family):
    make_student(name="Ali", class_name="9-B", family=family)
    make_student(name="Bilal", family=family, fees="0")
    make_student(name="Sana", family=family)
    make_leaver(name="Zara", family=family, left_on=date(2026, 5, 20))
    make_student(name="Ahmed")
    charged("2026-05")
    charged("2026-06")
    pay(family.students.get(name="Ali"), "7000")
    pay(family.students.get(name="Bilal"), "400", advance=True)
    page = shown(manager, family)
    for words in (
        "Fees of family Imran",
        f"Family Imran 0300-1234567 number {family.pk}",
        "What the children owe owes Rs 18,000 since 10/05/2026 · 2 months",
        "Fees and charges Rs 18,000 Fines Rs 0 In advance Rs 400 Balance Rs 17,600",
        "The children, and what each owes Child Owes"
        " Ali 9-B Fee, June 2026 Rs 3,000"
        " Bilal Rs 400 in advance"
        " Sana Fee, May 2026 Fee, June 2026 Rs 10,000"
        " Zara left on 20/05/2026 Fee, May 2026 Rs 5,000",
        "Take money for all What was due first is paid first, whoever’s it is.",
        "Take Rs 18,000",
    ):
        assert words in page
    assert "Ahmed" not in page
    assert "For what is due first" not in page  # the oldest first: nothing to choose


def test_a_family_that_owes_nothing(cashier, family):
    make_student(name="Ali", family=family)
    page = shown(cashier, family)
    assert "owes nothing" in page
    assert "Ali nothing" in page
    assert "Take the money" in page


def test_a_family_of_nobody(cashier, family, drawer):
    page = shown(cashier, family)
    assert "Nobody belongs to this family." in page
    assert "Take money for all" not in page
    response = cashier.post(page_of(family), {"amount": "100", "method": "cash"})
    assert (response.status_code, Receipt.objects.count()) == (200, 0)


def test_a_fine_to_come_is_owed_by_nobody_yet(cashier, family, drawer):
    for name in ("Ali", "Sana"):
        make_student(name=name, family=family)
    charged("2026-05", fine=("flat", "100", "0"))
    page = shown(cashier, family)
    for words in (
        "owes Rs 10,000", "Ali Fee, May 2026 Rs 5,000", "Sana Fee, May 2026 Rs 5,000",
        "Paying today brings a fine of Rs 200, which is in the amount beside.", "Take Rs 10,200",
    ):  # fmt: skip
        assert words in page
    send(cashier, family)
    assert owed() == [("Ali", "0.00", None), ("Sana", "0.00", None)]


def test_what_is_typed_is_no_markup(manager, db):
    family = make_family(name="<b>")
    child = make_student(name="<b>", class_name="<b>", family=family)
    make_entry(child, "other", "300", note="<b>")
    assert "<b>" not in manager.get(page_of(family)).content.decode()


# -- Money is taken --------------------------------------------------------------------------------


def test_one_amount_for_all(cashier, family, children, drawer):
    sent = opened(cashier, page_of(family))
    assert (sent["amount"], sent["payer"], sent["method"]) == ("20,000", "Imran", "cash")
    response = cashier.post(page_of(family), sent, follow=True)
    assert response.redirect_chain == [("/fees/receipts/1/", 302)]
    page = said(response)
    for words in ("Receipt 1 was booked.", "From Imran", "Ali Fee, May 2026", "Sana Fee, June"):
        assert words in page
    receipt = Receipt.objects.get()
    assert (receipt.family, receipt.student, receipt.drawer) == (family, None, drawer)
    assert str(receipt.total) == "20000.00"
    assert owed() == [("Ali", "0.00", None), ("Sana", "0.00", None)]


def test_a_part_pays_what_was_due_first(cashier, family, children, drawer):
    send(cashier, family, amount="12,000")
    june = date(2026, 6, 10)
    assert owed() == [("Ali", "3000.00", june), ("Sana", "5000.00", june)]
    paid = Entry.objects.filter(kind="payment").order_by("pk")
    assert [(str(each.amount), each.student.name, str(each.against.month)) for each in paid] == [
        ("-5000.00", "Ali", "2026-05-01"),
        ("-5000.00", "Sana", "2026-05-01"),
        ("-2000.00", "Ali", "2026-06-01"),
    ]


def test_more_than_all_owe(cashier, family, children, drawer):
    words = "Rs 20,000 is owed now. Take that, or say that the rest is an advance."
    assert refused(send(cashier, family, amount="20001")) == {"__all__": [words]}
    assert not Receipt.objects.exists()
    send(cashier, family, amount="20001", advance="on")
    assert owed() == [("Ali", "-1.00", None), ("Sana", "0.00", None)]
    assert "Rs 1 in advance" in shown(cashier, family)


def test_cash_needs_an_open_drawer(cashier, family, children):
    response = send(cashier, family)
    assert refused(response) == {"__all__": ["Open your drawer first: cash goes into it."]}
    assert '<a class="button" href="/fees/drawer/">Open my drawer</a>' in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"amount": "0"}, "amount", "Type an amount above zero."),
        ({"method": "gold"}, "method", "Select a valid choice. gold is not one of the available"),
        ({"method": "cheque"}, "reference", "Type the cheque’s bank and number."),
        ({"day": "16/06/2026"}, "day", "Money is not booked on a day to come."),
        ({"key": ""}, "key", "This page has lost its key: open it again."),
    ],
)
def test_refusals_keep_what_was_typed(cashier, family, children, drawer, typed, field, words):
    response = send(cashier, family, **typed)
    found = refused(response)
    assert list(found) == [field]
    assert words in found[field][0]
    assert not Receipt.objects.exists()
    for name, value in typed.items():
        assert response.context["form"][name].value() == value


def test_no_charge_can_be_first(cashier, family, children, drawer):
    one = Entry.objects.filter(student=children[1]).first()
    assert list(refused(send(cashier, family, first=str(one.pk)))) == ["first"]


def test_a_page_sent_twice_is_one_receipt(cashier, family, children, drawer):
    sent = opened(cashier, page_of(family))
    cashier.post(page_of(family), sent)
    again = cashier.post(page_of(family), sent, follow=True)
    assert again.redirect_chain == [("/fees/receipts/1/", 302)]
    assert "Receipt 1 was booked before, and nothing was booked twice." in said(again)
    assert Receipt.objects.count() == 1


def test_the_same_page_with_another_amount(cashier, family, children, drawer):
    sent = opened(cashier, page_of(family), amount="4000")
    cashier.post(page_of(family), sent)
    words = "This page's money was booked as receipt 1, with something else in it."
    response = cashier.post(page_of(family), sent | {"amount": "5000"})
    assert refused(response) == {"__all__": [words]}
    assert Receipt.objects.count() == 1


# -- Who may ---------------------------------------------------------------------------------------


def test_a_viewer_sees_nothing_of_it(viewer, family, children):
    assert viewer.get(page_of(family)).status_code == 403
    assert viewer.post(page_of(family)).status_code == 403


def test_who_may_only_look_takes_nothing(cashier, family, children):
    user = User.objects.get(username="cashier")
    user.groups.clear()
    rights = Permission.objects.filter(codename__in=["view_student", "view_entry"])
    user.user_permissions.add(*rights)
    page = shown(cashier, family)
    assert "owes Rs 20,000" in page
    for words in ("Take money", "Amount", "number"):  # nor the family itself
        assert words not in page
    sent = {"amount": "100", "method": "bank", "day": format_day(TODAY), "key": str(uuid4())}
    assert cashier.post(page_of(family), sent).status_code == 403
    assert not Receipt.objects.exists()


def test_no_such_family(cashier, db):
    assert cashier.get("/fees/families/99/").status_code == 404
    assert cashier.put("/fees/families/99/").status_code == 405


def test_queries_do_not_grow(cashier, family, children, django_assert_num_queries):
    def asked():
        # the family; its children with their balances; the balances
        with django_assert_num_queries(3):
            cashier.get(page_of(family))

    cashier.get(page_of(family))
    asked()
    for number in range(5):
        child = make_student(name=f"Child {number}", family=family)
        make_entry(child, "other", "100")
        pay(child, "50")
    asked()
