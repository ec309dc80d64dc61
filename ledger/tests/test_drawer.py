"""/fees/drawer/ and /fees/drawers/<pk>/: the cash that somebody answers for."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client

from api.tests.factories import make_user
from ledger.drawers import close_drawer, drawer_for
from ledger.models import Drawer, Receipt
from ledger.receipts import By, hand_back, take
from ledger.refusals import Refused
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, make_drawer, pay, payment
from ledger.tests.pages import said
from ledger.triggers import OPEN_DRAWER
from students.tests.factories import make_student
from students.tests.test_clerk import errors

MINE = "/fees/drawer/"


@pytest.fixture
def me(cashier):
    return User.objects.get(username="cashier")


@pytest.fixture
def drawer(me):
    """Mine, open, with 2,000 to begin with."""
    return make_drawer(me, "2000")


def page_of(drawer):
    return f"/fees/drawers/{drawer.pk}/"


def close(client, drawer, counted, note=""):
    return client.post(page_of(drawer), {"counted": counted, "note": note}, follow=True)


# -- Opened ----------------------------------------------------------------------------------------


def test_opened_with_a_float(cashier, me):
    assert "Open my drawer" in said(cashier.get(MINE))
    response = cashier.post(MINE, {"cash": "2,000"}, follow=True)
    assert response.redirect_chain == [(MINE, 302)]
    page = said(response)
    for words in (
        "Your drawer is open.", "Cash to begin with Rs 2,000", "Cash that must be there Rs 2,000",
        "Close the drawer",
    ):  # fmt: skip
        assert words in page
    drawer = Drawer.objects.get()
    assert (drawer.cashier, str(drawer.opening_cash), drawer.closed_at) == (me, "2000.00", None)


def test_a_second_one_is_refused(cashier, drawer):
    page = said(cashier.post(MINE, {"cash": "1"}, follow=True))
    assert "You have an open drawer." in page
    assert Drawer.objects.count() == 1


@pytest.mark.parametrize("cash", ["", "-1", "x", "100000000"])
def test_a_float_is_an_amount(cashier, db, cash):
    response = cashier.post(MINE, {"cash": cash})
    assert (response.status_code, list(errors(response))) == (200, ["cash"])
    assert "<title>Error: My drawer" in response.content.decode()
    assert not Drawer.objects.exists()


# -- Counted and closed ----------------------------------------------------------------------------


def test_a_day_of_every_method_closed_to_the_rupee(cashier, me, drawer):
    student = make_student(name="Ali")
    by = By("cashier", me)

    def paid(amount, method, **more):
        return pay(
            student, amount, method=method, drawer=drawer_for(me, method), advance=True, **more
        )

    paid("5000", "cash")
    paid("700", "easypaisa")
    paid("300", "jazzcash")
    paid("900", "cheque", reference="HBL 1")
    paid("10000", "bank")
    hand_back(payment(student, "1000", drawer=drawer.pk), by)
    reverse(paid("400", "cash"), reason="wrong", cash_returned=True, by=by)
    page = said(cashier.get(MINE))
    for words in (
        "Cash that must be there Rs 6,000", "Easypaisa Rs 700", "JazzCash Rs 300", "cheque Rs 900",
    ):  # fmt: skip
        assert words in page
    response = close(cashier, drawer, "6,000")
    assert response.redirect_chain == [(page_of(drawer), 302)]
    page = said(response)
    for words in (
        "The drawer is closed.", "Closed on", "by cashier.", "Cash that must be there Rs 6,000",
        "Cash counted Rs 6,000", "Difference none", "1 Ali cash Rs 5,000", "-Rs 1,000",
        "7 reversed Ali cash Rs 400", "7 wrong cash was handed back Rs 400",
    ):  # fmt: skip
        assert words in page
    assert "Rs 10,000" not in page  # the bank's
    drawer.refresh_from_db()
    assert drawer.expected == {
        "cash": "6000.00", "easypaisa": "700.00", "jazzcash": "300.00", "cheque": "900.00",
    }  # fmt: skip
    assert (drawer.closed_by, str(drawer.counted)) == (me, "6000.00")


def test_a_difference_needs_a_note(cashier, drawer):
    response = close(cashier, drawer, "1990")
    assert response.status_code == 200
    assert errors(response)["__all__"] == ["The count differs: say why in the note."]
    assert f"<title>Error: Drawer {drawer.pk}" in response.content.decode()
    assert Drawer.objects.get().closed_at is None
    page = said(close(cashier, drawer, "1990", "a torn note"))
    assert "Difference -Rs 10" in page
    assert "Note a torn note" in page


@pytest.mark.parametrize("counted", ["", "-1", "x"])
def test_a_count_is_an_amount(cashier, drawer, counted):
    response = close(cashier, drawer, counted)
    assert list(errors(response)) == ["counted"]
    assert Drawer.objects.get().closed_at is None


def test_closed_twice_is_refused(cashier, drawer):
    close(cashier, drawer, "2000")
    response = close(cashier, drawer, "1", "again")
    assert errors(response)["__all__"] == ["This drawer has been closed."]
    assert str(Drawer.objects.get().counted) == "2000.00"


def test_a_closed_one_takes_nothing_and_another_may_be_opened(cashier, me, drawer):
    close(cashier, drawer, "2000")
    student = make_student()
    with pytest.raises(Refused) as refusal:
        pay(student, "1", advance=True, drawer=drawer.pk)
    assert str(refusal.value) == "This drawer has been closed: open one."
    with pytest.raises(Refused) as refusal:
        drawer_for(me, "cash")
    assert refusal.value.code == "no_drawer"
    cashier.post(MINE, {"cash": "0"})
    assert drawer_for(me, "cash") == Drawer.objects.latest("pk").pk
    assert f'href="{page_of(drawer)}"' in cashier.get(MINE).content.decode()


def test_what_was_closed_stays_as_it_was_counted(cashier, drawer):
    receipt = pay(make_student(), "500", advance=True, drawer=drawer.pk)
    close(cashier, drawer, "2500")
    reverse(receipt, reason="wrong", cash_returned=False, by=BY)
    page = said(cashier.get(page_of(drawer)))
    assert "Cash that must be there Rs 2,500" in page
    assert "Difference none" in page


# -- Whose -----------------------------------------------------------------------------------------


def test_a_cashier_sees_his_own(cashier, drawer):
    other = make_drawer(make_user(name="other", group="Cashiers"))
    assert cashier.get(page_of(other)).status_code == 403
    assert cashier.post(page_of(other), {"counted": "0"}).status_code == 403
    assert f'href="{page_of(other)}"' not in cashier.get(MINE).content.decode()
    assert Drawer.objects.get(pk=other.pk).closed_at is None


def test_a_manager_closes_anybodys(manager, drawer):
    assert f'href="{page_of(drawer)}"' in manager.get(MINE).content.decode()
    page = said(close(manager, drawer, "2000"))
    assert "by manager." in page
    assert Drawer.objects.get().closed_by.username == "manager"


def test_no_such_drawer(cashier, db):
    assert cashier.get("/fees/drawers/1/").status_code == 404
    assert cashier.get(f"/fees/drawers/{'9' * 30}/").status_code == 404


def test_looking_changes_nothing(cashier, drawer):
    for address in (MINE, page_of(drawer)):
        for method in (cashier.get, cashier.head):
            assert method(address).status_code == 200
        assert cashier.put(address).status_code == 405
    assert Drawer.objects.get().closed_at is None


def test_the_form_must_be_our_own(db):
    strict, user = Client(enforce_csrf_checks=True), make_user(group="Cashiers")
    strict.force_login(user)
    assert strict.post(MINE, {"cash": "0"}).status_code == 403
    drawer = make_drawer(user)
    assert strict.post(page_of(drawer), {"counted": "0"}).status_code == 403


def test_queries_do_not_grow_with_its_receipts(cashier, drawer, django_assert_num_queries):
    student = make_student(name="Ali")
    charged("2026-05")
    for _ in range(3):
        pay(student, "100", drawer=drawer.pk)
    cashier.get(page_of(drawer))
    # The drawer, its sums by method, those of what was reversed, receipts, reversals.
    with django_assert_num_queries(5):
        cashier.get(page_of(drawer))


# -- Closing and taking at once --------------------------------------------------------------------


def in_a_connection_of_its_own(do):
    try:
        return do()
    finally:
        connection.close()


def closing(drawer, counted):
    """He counted the cash that is there."""
    return lambda: close_drawer(
        drawer, counted=Decimal(counted), note="", user=User.objects.get(username="cashier")
    )


@pytest.mark.parametrize("guarded", [True, False])
def test_closing_waits_for_money_that_is_being_taken(
    transactional_db, cashier, drawer, monkeypatch, guarded
):
    """Else the count would miss what then stands in the drawer."""
    student = make_student()
    if not guarded:
        manager = Drawer.objects
        monkeypatch.setattr(manager, "select_for_update", manager.all, raising=False)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            take(payment(student, "5000", advance=True, drawer=drawer.pk), BY)
            counted = "7000.00" if guarded else "2000.00"
            other = pool.submit(in_a_connection_of_its_own, closing(drawer, counted))
            with pytest.raises(TimeoutError):  # without the lock it has counted, and then waits
                other.result(timeout=1)
        closed = other.result(timeout=10)
    assert closed.expected["cash"] == counted
    assert str(drawer.receipts.get().total) == "5000.00"


@pytest.mark.parametrize("guarded", [True, False])
def test_money_waits_for_a_drawer_that_is_being_closed(transactional_db, cashier, drawer, guarded):
    """And is refused; without the guard it would be in no count."""
    student = make_student()
    money = payment(student, "5000", advance=True, drawer=drawer.pk)
    if not guarded:
        OPEN_DRAWER.disable(Receipt)
    try:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                closing(drawer, "2000")()
                other = pool.submit(in_a_connection_of_its_own, lambda: take(money, BY))
                with pytest.raises(TimeoutError):
                    other.result(timeout=1)
            with pytest.raises(Refused) if guarded else nullcontext():
                other.result(timeout=10)
    finally:
        OPEN_DRAWER.enable(Receipt)
    closed = Drawer.objects.get()
    assert closed.expected["cash"] == "2000.00"
    assert closed.receipts.count() == (0 if guarded else 1)


def test_a_million_in_a_drawer(cashier, me):
    """More than a student's monthly fees may be."""
    cashier.post(MINE, {"cash": "1,000,000"})
    drawer = Drawer.objects.get()
    assert str(drawer.opening_cash) == "1000000.00"
    close(cashier, drawer, "1,000,000")
    drawer.refresh_from_db()
    assert str(drawer.counted) == "1000000.00"
