"""GET /fees/receipts/<number>/: the receipt, as it is printed."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.challans import issue
from ledger.models import Entry
from ledger.receipts import hand_back
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, pay, payment
from ledger.tests.pages import said
from students.models import Student
from students.tests.factories import make_family, make_student

FLAT = ("flat", "100", "0")


def page_of(receipt, query=""):
    return f"/fees/receipts/{receipt.number}/{query}"


def shown(client, receipt, query=""):
    response = client.get(page_of(receipt, query))
    assert response.status_code == 200
    return said(response)


def just_taken(client, receipt):
    """As the page that takes money leaves it."""
    session = client.session
    session["fresh_receipt"] = receipt.number
    session.save()


def test_all_that_a_receipt_says(cashier, settings):
    settings.OFFICE_NAME, settings.OFFICE_ADDRESS = "Iqra Centre", ["12-B, Link Road", "Lahore"]
    student = make_student(name="Ayesha", class_name="9-B")
    charged("2026-05")
    charged("2026-06")
    day = date(2026, 6, 2)
    receipt = pay(
        student, "7000", method="bank", reference="HBL 77", day=day, payer="Imran", note="by hand"
    )
    page = shown(cashier, receipt)
    for words in (
        "Iqra Centre", "12-B, Link Road", "Receipt 1", "Date 02/06/2026", "From Imran",
        "Paid by bank · HBL 77", "Note by hand", "Ayesha 9-B Fee, May 2026", "Rs 5,000",
        "Fee, June 2026", "Rs 2,000", "Total Rs 7,000", "seven thousand rupees only",
        "Still owed after this: Rs 3,000", "Cashier: staff",
    ):  # fmt: skip
        assert words in page
    assert "REVERSED" not in page


def test_a_family_pays_for_all_its_children(cashier, db):
    family = make_family(name="Aslam")
    for name in ("Ali", "Sana"):
        make_student(name=name, family=family)
    charged("2026-05")
    page = shown(cashier, pay(family, "12000", advance=True))
    for words in ("From Aslam", "Ali Fee, May 2026", "Sana Fee, May 2026", "Paid in advance"):
        assert words in page
    assert "Paid in advance after this: Rs 2,000" in page


def test_nothing_is_owed_after_it(cashier, db):
    student = make_student()
    charged("2026-05", fine=FLAT)
    page = shown(cashier, pay(student, "5100"))
    assert "Fine, May 2026" in page
    assert "Nothing is owed after this." in page


def test_every_line_leads_to_its_entry(cashier, db):
    family = make_family()
    children = [make_student(name=name, family=family) for name in ("Ali", "Sana")]
    charged("2026-05", fine=FLAT)
    receipt = pay(family, "10100")
    page = cashier.get(page_of(receipt)).content.decode()
    paid = Entry.objects.filter(receipt=receipt, kind="payment")
    assert {(each.student_id, each.amount) for each in paid} == {
        (children[0].pk, Decimal("-5000.00")),
        (children[1].pk, Decimal("-5000.00")),
        (children[0].pk, Decimal("-100.00")),
    }
    for each in paid:
        assert f'href="/fees/students/{each.student_id}/#e{each.pk}"' in page
    for child in children:
        assert f'href="/fees/students/{child.pk}/"' in page


def test_an_entry_is_the_one_of_its_line(cashier, db):
    """Lines and entries are written in one order."""
    student = make_student()
    for month in ("2026-05", "2026-06"):
        charged(month, fine=FLAT)
    june = Entry.objects.get(kind="fee", month="2026-06-01")
    receipt = pay(student, "12000", first=[june.pk], advance=True)
    response = cashier.get(page_of(receipt))
    for line in response.context["lines"]:
        entry = Entry.objects.get(pk=line["why"].rpartition("#e")[2])
        assert -entry.amount == line["amount"]
        fee = entry.against and (entry.against.month or entry.against.against.month)
        assert ("advance" in line["what"]) == (fee is None)
        assert fee is None or f"{fee:%B %Y}" in line["what"]


def test_the_first_who_sees_it_sees_no_duplicate(cashier, db):
    receipt = pay(make_student(), "5000", advance=True)
    just_taken(cashier, receipt)
    assert cashier.head(page_of(receipt)).status_code == 200
    assert "DUPLICATE" not in shown(cashier, receipt)
    assert "DUPLICATE" in shown(cashier, receipt)


def test_another_receipt_is_a_duplicate_all_the_same(cashier, db):
    student = make_student()
    receipts = [pay(student, "5000", advance=True) for _ in range(2)]
    just_taken(cashier, receipts[1])
    assert "DUPLICATE" in shown(cashier, receipts[0])


def test_reversed_says_why_when_and_by_whom(cashier, db):
    receipt = pay(make_student(), "5000", advance=True, method="bank")
    undone = reverse(receipt, reason="cheque bounced", cash_returned=False, by=BY)
    page = shown(cashier, receipt)
    assert f"REVERSED On {undone.day:%d/%m/%Y} by staff: cheque bounced" in page
    for words in ("handed back", "after this"):  # what was owed then is owed again
        assert words not in page
    assert "Receipt 1" in page


def test_a_refund_says_that_money_was_handed_back(cashier, db):
    student = make_student(name="Ali")
    pay(student, "3000", advance=True)
    receipt, _new = hand_back(payment(student, "3000"), BY)
    page = shown(cashier, receipt)
    for words in (
        "Receipt 2: money handed back", "To Ali", "Advance handed back", "Handed back Rs 3,000",
        "three thousand rupees only",
    ):  # fmt: skip
        assert words in page
    assert "minus" not in page
    assert "-Rs" not in page


def test_money_by_a_challan_that_was_replaced_is_flagged(cashier, db):
    student = make_student()
    charged("2026-05")
    (old,) = issue([student], date(2026, 5, 1), BY)
    early = pay(student, "2000", challan=old.pk)
    assert issue([student], date(2026, 5, 1), BY)
    late = pay(student, "5000", challan=old.pk, advance=True)
    words = "This challan had been replaced by a newer one."
    assert words in shown(cashier, late)
    page = shown(cashier, early)
    assert str(old) in page
    assert words not in page


def test_the_paper_is_chosen_and_remembered(cashier, db):
    receipt = pay(make_student(), "5000", advance=True)

    def paper(query):
        page = cashier.get(page_of(receipt, query)).content.decode()
        return [name for name in ("a5", "80") if f"css/receipt_{name}" in page]

    assert paper("") == ["a5"]
    assert paper("?paper=80") == ["80"]
    assert paper("") == ["80"]
    assert paper("?paper=<b>") == ["80"]
    assert paper("?paper=a5") == ["a5"]
    assert paper("") == ["a5"]


def test_only_managers_are_offered_to_reverse(cashier, manager):
    receipt = pay(make_student(), "5000", advance=True)
    link = f'href="{page_of(receipt)}reverse/"'
    assert link not in cashier.get(page_of(receipt)).content.decode()
    assert link in manager.get(page_of(receipt)).content.decode()
    reverse(receipt, reason="x", cash_returned=False, by=BY)
    assert link not in manager.get(page_of(receipt)).content.decode()


def test_what_is_typed_is_no_markup(cashier, db):
    student = make_student(name="<b>x", class_name="<b>")
    receipt = pay(
        student, "1", advance=True, method="bank", payer="<i>", reference="<i>", note="<i>"
    )
    reverse(receipt, reason="<i>", cash_returned=False, by=BY)
    page = cashier.get(page_of(receipt)).content.decode()
    assert "<b>" not in page
    assert "<i>" not in page


def test_a_renamed_student_stays_as_printed(cashier, db):
    receipt = pay(make_student(name="Ali"), "5000", advance=True)
    Student.objects.update(name="Bilal")
    assert "From Ali" in shown(cashier, receipt)


@pytest.mark.parametrize("number", ["0", "2", "9" * 30])
def test_no_such_receipt(cashier, db, number):
    pay(make_student(), "5000", advance=True)
    assert cashier.get(f"/fees/receipts/{number}/").status_code == 404


def test_it_is_only_to_look_at(cashier, db):
    receipt = pay(make_student(), "5000", advance=True)
    assert cashier.post(page_of(receipt)).status_code == 405


def test_queries_do_not_grow_with_its_lines(cashier, django_assert_num_queries):
    family = make_family()
    for _ in range(3):
        make_student(family=family)
    charged("2026-05")
    receipt = pay(family, "15000")
    cashier.get(page_of(receipt))
    with django_assert_num_queries(2):  # the receipt with what it names, its entries
        cashier.get(page_of(receipt))
