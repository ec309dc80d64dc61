"""/fees/students/<pk>/charge/: what managers book by hand, and undo."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from ledger.models import Entry
from ledger.tests.factories import charged, make_entry, pay
from ledger.tests.pages import said
from students.models import Balance
from students.tests.factories import make_student
from students.tests.test_clerk import errors

pytestmark = pytest.mark.django_db


def page_of(student):
    return f"/fees/students/{student.pk}/charge/"


def send(client, student, what="other", amount="700", against=None, **more):
    """As the opened form would be sent."""
    sent = client.get(page_of(student)).context["form"]["sent"].value()
    data = {"what": what, "amount": amount, "note": "as agreed", "due_on": "", "sent": sent}
    data["against"] = getattr(against, "pk", against) or ""
    return client.post(page_of(student), data | more)


def balance(student):
    kept = Balance.objects.filter(student=student).first()
    return kept and str(kept.balance)


@pytest.fixture
def student():
    """With a fee of May, 5,000."""
    student = make_student()
    charged("2026-05")
    return student


@pytest.fixture
def fee(student):
    return Entry.objects.get(student=student, kind="fee")


@pytest.mark.parametrize(
    ("what", "kind", "amount", "after"),
    [
        ("other", "other", "700.00", "5700.00"),
        ("opening", "opening", "700.00", "5700.00"),
        ("ahead", "opening", "-700.00", "4300.00"),
    ],
)
def test_charges_of_their_own(manager, student, what, kind, amount, after):
    response = send(manager, student, what, "700")
    assert (response.status_code, response.url) == (302, f"/fees/students/{student.pk}/")
    entry = Entry.objects.get(kind=kind)
    due_on = timezone.localdate() if Decimal(amount) > 0 else None
    assert (str(entry.amount), entry.note, entry.due_on, entry.by) == (
        amount, "as agreed", due_on, "manager",
    )  # fmt: skip
    assert balance(student) == after


@pytest.mark.parametrize(
    ("what", "kind", "amount", "after"),
    [
        ("raise", "adjustment", "700.00", "5700.00"),
        ("lower", "adjustment", "-700.00", "4300.00"),
        ("waiver", "waiver", "-700.00", "4300.00"),
    ],
)
def test_against_a_charge(manager, student, fee, what, kind, amount, after):
    assert send(manager, student, what, "700", fee).status_code == 302
    entry = Entry.objects.get(kind=kind)
    assert (str(entry.amount), entry.against, entry.due_on) == (amount, fee, None)
    assert balance(student) == after


def test_sent_twice_it_is_booked_once(manager, student):
    send(manager, student, "other", "700", sent="f2b1c1de-1111-4222-8333-444455556666")
    send(manager, student, "other", "700", sent="f2b1c1de-1111-4222-8333-444455556666")
    assert Entry.objects.filter(kind="other").count() == 1


@pytest.mark.parametrize("what", ["raise", "lower", "waiver"])
def test_it_says_against_what(manager, student, what):
    response = send(manager, student, what, "700")
    assert response.status_code == 200
    assert errors(response) == {"against": ["Choose which charge."]}
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "lots"}, "amount"),
        ({"amount": "1e999999"}, "amount"),
        ({"note": " "}, "note"),
        ({"note": "x" * 201}, "note"),
        ({"what": "gift"}, "what"),
        ({"due_on": "soon"}, "due_on"),
        ({"against": "999"}, "against"),
    ],
)
def test_bad_values_are_refused_beside_their_field(manager, student, more, field):
    response = send(manager, student, **more)
    assert response.status_code == 200
    assert list(errors(response)) == [field]
    assert "Error:" in said(response)
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("what", ["lower", "waiver"])
def test_more_than_was_charged_cannot_be_taken_off(manager, student, fee, what):
    response = send(manager, student, what, "5001", fee)
    assert errors(response) == {"__all__": ["More would be taken off than was charged."]}
    assert balance(student) == "5000.00"


def test_another_ones_charge_cannot_be_named(manager, student, fee):
    other = make_student(name="Sana")
    response = send(manager, other, "waiver", "10", fee)
    assert list(errors(response)) == ["against"]


def test_every_kind_against_every_charge_is_booked_or_said(manager, student):
    """Nothing that the page offers ends in an error page, nor what was undone meanwhile."""
    charged("2026-06", fine=("flat", "100", "0"))
    pay(student, "5000", day=date(2026, 6, 1))
    charged("2026-07")
    make_entry(student, "other", "300")
    make_entry(student, "opening", "300")
    for what in ("other", "opening", "fine"):
        entry = Entry.objects.filter(student=student, kind=what, amount__gt=0).first()
        assert entry, what
    offered = choices(manager, student)
    assert len(offered) > 4
    for _once in range(2):
        for pk, _words in offered:
            for what in ("raise", "lower", "waiver"):
                answer = send(manager, student, what, "1", against=Entry.objects.get(pk=pk))
                assert answer.status_code in (200, 302), (what, pk)
        for entry in Entry.objects.filter(kind__in=["other", "opening", "fine"]):
            manager.post(page_of(student), {"undo": entry.pk, "reason": "wrong"})


# -- Undone ----------------------------------------------------------------------------------------


def test_undone_and_only_once(manager, student):
    entry = make_entry(student, "other", "700")
    sent = {"undo": entry.pk, "reason": "wrong child"}
    assert "as agreed, Rs 700" in said(manager.get(page_of(student)))
    assert manager.post(page_of(student), sent).status_code == 302
    undone = Entry.objects.get(kind="reversal")
    assert (str(undone.amount), undone.against, undone.note, undone.by) == (
        "-700.00", entry, "wrong child", "manager",
    )  # fmt: skip
    assert balance(student) == "5000.00"
    response = manager.post(page_of(student), sent)
    assert response.status_code == 200
    assert "It was undone before." in said(response)
    assert Entry.objects.filter(kind="reversal").count() == 1
    assert "There is nothing to undo." in said(manager.get(page_of(student)))


def test_what_came_out_of_it_is_undone_too(manager, student):
    entry = make_entry(student, "other", "700")
    make_entry(student, "adjustment", "-200", against=entry)
    manager.post(page_of(student), {"undo": entry.pk, "reason": "wrong"})
    assert balance(student) == "5000.00"
    assert Entry.objects.filter(kind="reversal").count() == 2


def test_a_fee_and_a_payment_are_not_undone_by_themselves(manager, student, fee):
    pay(student, "1000")
    for entry in (fee, Entry.objects.get(kind="payment")):
        response = manager.post(page_of(student), {"undo": entry.pk, "reason": "wrong"})
        assert "This entry is not undone by itself." in said(response)
    assert not Entry.objects.filter(kind="reversal").exists()


def test_no_reason_nothing_undone(manager, student):
    entry = make_entry(student, "other", "700")
    response = manager.post(page_of(student), {"undo": entry.pk, "reason": " "})
    assert response.status_code == 200
    assert "Error:" in said(response)
    assert not Entry.objects.filter(kind="reversal").exists()


@pytest.mark.parametrize("undo", ["x", "", "9" * 30, "-1"])
def test_what_is_no_entry_is_not_undone(manager, student, undo):
    response = manager.post(page_of(student), {"undo": undo, "reason": "wrong"})
    assert response.status_code in (200, 404)


def test_another_ones_entry_is_not_found(manager, student):
    entry = make_entry(make_student(name="Sana"), "other", "700")
    sent = {"undo": entry.pk, "reason": "wrong"}
    assert manager.post(page_of(student), sent).status_code == 404


# -- The fee was changed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fees", "what", "amount", "after"),
    [("6000", "raise", "1000.00", "6000.00"), ("4000", "lower", "1000.00", "4000.00")],
)
def test_the_difference_is_offered_for_this_month(
    manager, monkeypatch, student, fee, fees, what, amount, after
):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 5, 20))
    student.fees = Decimal(fees)
    student.save()
    offer = manager.get(page_of(student) + "?offer=1").context["form"].initial
    assert (offer["what"], str(offer["amount"]), offer["against"]) == (what, amount, fee.pk)
    send(manager, student, what, amount, fee, note=str(offer["note"]))
    assert balance(student) == after
    assert manager.get(page_of(student)).context["offer"] is None
    adjustment = Entry.objects.get(kind="adjustment")
    manager.post(page_of(student), {"undo": adjustment.pk, "reason": "not yet"})
    assert manager.get(page_of(student)).context["offer"] == offer


def test_a_fee_that_stays_offers_nothing(manager, monkeypatch, student):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 5, 20))
    assert manager.get(page_of(student) + "?offer=1").context["offer"] is None


def test_a_cashier_books_no_charge(cashier, student):
    assert cashier.get(page_of(student)).status_code == 403
    assert cashier.post(page_of(student), {"what": "other", "amount": "1"}).status_code == 403


def test_what_was_undone_is_not_offered(manager, student, fee):
    exam = make_entry(student, "other", "300", note="Exam")
    offered = [(fee.pk, "Fee, May 2026, Rs 5,000"), (exam.pk, "Exam, Rs 300")]
    assert sorted(choices(manager, student)) == offered
    manager.post(page_of(student), {"undo": exam.pk, "reason": "Twice"})
    assert choices(manager, student) == offered[:1]


def choices(client, student):
    form = client.get(page_of(student)).context["form"]
    return [(int(pk), words) for pk, words in form.fields["against"].choices if pk]
