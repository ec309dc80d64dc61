"""/fees/students/<pk>/: the money that somebody brings, and what is refused."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from ledger.challans import issue
from ledger.drawers import close_drawer
from ledger.models import Entry, Receipt
from ledger.tests.factories import BY, charged, make_drawer, make_entry, pay
from ledger.tests.pages import said
from ledger.tests.test_statement_page import TODAY, page_of, send, shown
from students.models import Balance
from students.tests.factories import make_student
from students.tests.test_clerk import errors, opened


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


def refused(response):
    """Beside which fields it says what; nothing was booked."""
    assert response.status_code == 200
    assert "<title>Error: Fees of" in response.content.decode()
    assert "Nothing was taken. Please mend this" in said(response)
    return errors(response)


# -- Money is taken --------------------------------------------------------------------------------


def test_all_that_is_owed_is_filled_in(cashier, student, drawer):
    sent = opened(cashier, page_of(student))
    shown_values = {name: sent[name] for name in sent if name != "key"}
    assert shown_values == {
        "amount": "10,000", "method": "cash", "reference": "", "day": "15/06/2026",
        "payer": "Imran", "first": "", "advance": "", "challan": "",
    }  # fmt: skip
    response = cashier.post(page_of(student), sent, follow=True)
    assert response.redirect_chain == [("/fees/receipts/1/", 302)]
    page = said(response)
    for words in ("Receipt 1 was booked.", "From Imran", "Total Rs 10,000", "Cashier: cashier"):
        assert words in page
    assert "DUPLICATE" not in page
    assert "DUPLICATE" in said(cashier.get("/fees/receipts/1/"))
    receipt = Receipt.objects.get()
    assert (receipt.drawer, receipt.day, str(receipt.total)) == (drawer, TODAY, "10000.00")
    assert (receipt.student, receipt.family) == (student, None)
    assert "owes nothing" in shown(cashier, student)


def test_a_part_by_cheque_of_another_day(cashier, student):
    send(
        cashier, student, amount="Rs 1,500/-", method="cheque", reference=" HBL  123 ",
        day="10/6/2026", payer="Uncle",
    )  # fmt: skip
    receipt = Receipt.objects.get()
    told = (str(receipt.total), receipt.method, receipt.reference, receipt.day, receipt.payer)
    assert told == ("1500.00", "cheque", "HBL 123", date(2026, 6, 10), "Uncle")


def test_the_parent_says_which_month_is_first(cashier, student, drawer):
    june = Entry.objects.get(month="2026-06-01")
    send(cashier, student, amount="5000", first=str(june.pk))
    assert Entry.objects.get(kind="payment").against == june
    assert Balance.objects.get().owed_since == date(2026, 5, 10)


def test_more_than_is_owed_when_it_is_said_so(cashier, student, drawer):
    response = send(cashier, student, amount="15000")
    words = "Rs 10,000 is owed now. Take that, or say that the rest is an advance."
    assert refused(response) == {"__all__": [words]}
    assert not Receipt.objects.exists()
    again = {**sent_again(response), "advance": "on"}
    cashier.post(page_of(student), again)
    assert str(Balance.objects.get().balance) == "-5000.00"


def sent_again(response):
    """What a browser would send of a form that was refused."""
    form = response.context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def test_somebody_else_took_it_meanwhile(cashier, student, drawer):
    sent = opened(cashier, page_of(student))
    pay(student, "10000")
    words = "Rs 0 is owed now. Take that, or say that the rest is an advance."
    assert refused(cashier.post(page_of(student), sent)) == {"__all__": [words]}
    assert Receipt.objects.count() == 1


def test_cash_needs_an_open_drawer(cashier, student):
    response = send(cashier, student)
    assert refused(response) == {"__all__": ["Open your drawer first: cash goes into it."]}
    assert '<a class="button" href="/fees/drawer/">Open my drawer</a>' in response.content.decode()
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("method", ["bank", "easypaisa", "jazzcash"])
def test_what_is_no_cash_needs_no_drawer(cashier, student, method):
    send(cashier, student, method=method)
    assert Receipt.objects.get().drawer is None


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"amount": ""}, "amount", "This field is required."),
        ({"amount": "0"}, "amount", "Type an amount above zero."),
        ({"amount": "-5"}, "amount", "The amount can't be below zero; found “-5”."),
        ({"amount": "5.005"}, "amount", "The amount has at most 2 decimals; found “5.005”."),
        ({"amount": "1,00"}, "amount", "The amount can be read in more than one way"),
        ({"amount": "lots"}, "amount", "This must be one amount; found “lots”."),
        ({"amount": "NaN"}, "amount", "This must be one amount; found “NaN”."),
        ({"amount": "999999999"}, "amount", "The amount can be at most Rs 99,999,999.99"),
        ({"method": "gold"}, "method", "Select a valid choice. gold is not one of the available"),
        ({"method": ""}, "method", "This field is required."),
        ({"method": "cheque"}, "reference", "Type the cheque’s bank and number."),
        ({"reference": "x" * 201}, "reference", "at most"),
        ({"payer": "x" * 101}, "payer", "at most 100"),
        ({"day": "16/06/2026"}, "day", "Money is not booked on a day to come."),
        ({"day": "31/02/2026"}, "day", "There is no day “31/02/2026”"),
        ({"day": ""}, "day", "This field is required."),
        ({"first": "999999"}, "first", "This is not owed any more: choose what is paid first."),
        ({"first": "x"}, "first", "This is not owed any more: choose what is paid first."),
        ({"key": "x"}, "key", "This page has lost its key: open it again."),
        ({"key": ""}, "key", "This page has lost its key: open it again."),
    ],
)
def test_refusals_keep_what_was_typed(cashier, student, drawer, typed, field, words):
    response = send(cashier, student, **typed)
    found = refused(response)
    assert list(found) == [field]
    assert words in " ".join(found[field])
    assert not Receipt.objects.exists()
    for name, value in typed.items():
        assert response.context["form"][name].value() == value
    if field != "key":
        page = response.content.decode()
        assert f'href="#id_{field}"' in page
        assert f'id="id_{field}"' in page


def test_another_students_charge_is_not_paid_first(cashier, student, drawer):
    make_student(name="Bilal")
    charged("2026-06")
    foreign = Entry.objects.get(student__name="Bilal")
    response = send(cashier, student, first=str(foreign.pk))
    assert list(refused(response)) == ["first"]
    assert not Receipt.objects.exists()


def test_what_was_to_be_first_was_paid_meanwhile(cashier, db, drawer):
    student = make_student()
    charged("2026-06")
    june = Entry.objects.get()
    sent = opened(cashier, page_of(student), first=str(june.pk))
    pay(student, "5000")
    response = cashier.post(page_of(student), sent)
    assert list(refused(response)) == ["first"]
    assert 'id="id_first"' in response.content.decode()
    assert Receipt.objects.count() == 1


# -- Sent twice ------------------------------------------------------------------------------------


def test_a_page_sent_twice_is_one_receipt(cashier, student, drawer):
    sent = opened(cashier, page_of(student))
    first = cashier.post(page_of(student), sent)
    cashier.get(first["Location"])
    again = cashier.post(page_of(student), sent, follow=True)
    assert again.redirect_chain == [(first["Location"], 302)]
    page = said(again)
    assert "Receipt 1 was booked before, and nothing was booked twice." in page
    assert "DUPLICATE" in page
    assert Receipt.objects.count() == 1
    assert str(Balance.objects.get().balance) == "0.00"


def test_without_the_pages_key_it_would_be_two(cashier, student, drawer):
    sent = opened(cashier, page_of(student), amount="4000")
    for _ in range(2):
        cashier.post(page_of(student), sent | {"key": str(uuid4())})
    assert Receipt.objects.count() == 2


def test_sent_twice_with_the_month_that_it_paid(cashier, student, drawer):
    june = Entry.objects.get(month="2026-06-01")
    sent = opened(cashier, page_of(student), amount="5000", first=str(june.pk))
    for _ in range(2):
        response = cashier.post(page_of(student), sent)
        assert response["Location"] == "/fees/receipts/1/"
    assert Receipt.objects.count() == 1


def test_sent_again_when_the_drawer_is_closed(cashier, student, drawer):
    sent = opened(cashier, page_of(student))
    cashier.post(page_of(student), sent)
    close_drawer(drawer, counted=Decimal(10000), note="", user=drawer.cashier)
    assert cashier.post(page_of(student), sent)["Location"] == "/fees/receipts/1/"
    assert Receipt.objects.count() == 1


def test_the_same_page_with_another_amount(cashier, student, drawer):
    sent = opened(cashier, page_of(student), amount="4000")
    cashier.post(page_of(student), sent)
    response = cashier.post(page_of(student), sent | {"amount": "5000"})
    words = "This page's money was booked as receipt 1, with something else in it."
    assert refused(response) == {"__all__": [words]}
    assert '<a href="/fees/receipts/1/">Receipt 1</a>' in response.content.decode()
    assert Receipt.objects.count() == 1


def test_the_same_page_for_another_student(cashier, student, drawer):
    other = make_student(name="Bilal")
    sent = opened(cashier, page_of(student), amount="4000")
    cashier.post(page_of(student), sent)
    response = cashier.post(page_of(other), sent)
    assert list(refused(response)) == ["__all__"]
    assert Receipt.objects.count() == 1


def test_a_reference_that_another_receipt_has(cashier, student):
    pay(student, "1000", method="bank", reference="HBL 77")
    response = send(cashier, student, amount="1000", method="bank", reference="HBL 77")
    words = "Receipt 1 has this reference: look whether it is the same money."
    assert refused(response) == {"__all__": [words]}
    assert '<a href="/fees/receipts/1/">Receipt 1</a>' in response.content.decode()


# -- By a challan ----------------------------------------------------------------------------------


@pytest.fixture
def challan(student):
    (challan,) = issue([student], date(2026, 6, 1), BY)
    return challan


def test_a_challan_that_was_scanned(cashier, student, challan):
    query = f"?challan={challan}"
    page = shown(cashier, student, query)
    assert f"Challan {challan}: open." in page
    assert f"Challans {challan}, 15/06/2026: Rs 10,000, open" in page
    sent = opened(cashier, page_of(student, query))
    assert (sent["method"], sent["challan"], sent["amount"]) == ("bank", str(challan), "10,000")
    page = said(cashier.post(page_of(student, query), sent, follow=True))
    assert f"Challan {challan}" in page
    assert "replaced" not in page
    assert f"Challan {challan}: paid." in shown(cashier, student, query)


def test_a_challan_that_was_replaced_says_so(cashier, student, challan):
    pay(student, "2000")
    (newer,) = issue([student], date(2026, 6, 1), BY)
    query = f"?challan={challan}"
    assert (
        f"Challan {challan} was replaced by {newer}: look at what is owed now. What was paid by it"
        " is money all the same." in shown(cashier, student, query)
    )
    response = cashier.post(
        page_of(student, query),
        opened(cashier, page_of(student, query), amount="10,000"),
        follow=True,
    )
    assert response.redirect_chain == [("/fees/receipts/2/", 302)]
    assert f"{challan} This challan had been replaced by a newer one." in said(response)
    assert str(Balance.objects.get().balance) == "-2000.00"


def test_more_than_a_challan_says_is_refused_as_everywhere(cashier, student, challan):
    """A 0 too many would be an advance that nobody asked for."""
    query = f"?challan={challan}"
    sent = opened(cashier, page_of(student, query), amount="100,000")
    response = cashier.post(page_of(student, query), sent)
    assert list(refused(response)) == ["__all__"]
    assert not Receipt.objects.exists()
    cashier.post(page_of(student, query), sent | {"advance": "on"})
    assert str(Receipt.objects.get().total) == "100000.00"


def test_a_challan_is_paid_once(cashier, student, challan):
    """The bank's stub of it on two desks: the second is told that nothing is owed."""
    query = f"?challan={challan}"
    sent = opened(cashier, page_of(student, query))
    cashier.post(page_of(student, query), sent)
    response = cashier.post(page_of(student, query), sent | {"key": str(uuid4())})
    assert list(refused(response)) == ["__all__"]
    assert Receipt.objects.count() == 1


def test_an_old_challan_is_known_however_many_came_after_it(cashier, student, challan):
    for _ in range(6):
        pay(student, "100")
        (newer,) = issue([student], date(2026, 6, 1), BY)
    page = shown(cashier, student, f"?challan=ch-{challan.pk}")
    assert f"Challan {challan} was replaced by {newer}:" in page
    assert f"{challan}, 15/06/2026" not in page  # of the list's newest


@pytest.mark.parametrize("typed", ["{}", "CH-999999", "x", "CH-" + "9" * 40])
def test_a_challan_of_somebody_else_is_not_booked(cashier, student, challan, drawer, typed):
    other = make_student(name="Bilal")
    make_entry(other, "other", "300")
    typed = typed.format(challan)
    query = f"?challan={typed}"
    assert f"Challan {typed} is not this student’s." in shown(cashier, other, query)
    sent = opened(cashier, page_of(other, query))
    assert (sent["method"], sent["challan"]) == ("cash", "")
    response = cashier.post(page_of(other), sent | {"challan": typed[:30], "amount": "301"})
    assert list(refused(response)) == ["__all__"]  # by a challan of his more would be taken
    cashier.post(page_of(other), sent | {"challan": typed[:30], "amount": "300"})
    assert Receipt.objects.get().challan is None
