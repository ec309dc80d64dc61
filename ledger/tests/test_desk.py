"""/fees/: whom a cashier looks for, and how the day stands."""

from datetime import date

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from ledger.challans import issue
from ledger.models import Drawer
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, make_drawer, make_entry, pay
from ledger.tests.pages import said
from students.tests.factories import make_family, make_leaver, make_student
from students.tests.test_clerk import errors

DESK = "/fees/"


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 6, 15))


def found(client, words):
    response = client.get(DESK, {"q": words})
    assert response.status_code == 200
    return [student.name for student in response.context["found"].students]


def led_to(client, words):
    """Where a search that means exactly one leads."""
    response = client.get(DESK, {"q": words})
    assert response.status_code == 302
    return response["Location"]


def page_of(student):
    return f"/fees/students/{student.pk}/"


# -- How the day stands ----------------------------------------------------------------------------


def test_all_that_the_desk_says(cashier, today):
    for name in ("Ali", "Sana"):
        make_student(name=name)
    charged("2026-05")
    charged("2026-06", due=20)
    ali, sana = (each.student for each in charged("2026-05").entries.order_by("pk"))
    pay(ali, "7000")
    pay(sana, "1000", method="easypaisa")
    drawer = make_drawer(User.objects.get(username="cashier"), "2000")
    pay(ali, "500", drawer=drawer.pk)
    page = said(cashier.get(DESK))
    opened = timezone.localtime(Drawer.objects.get().opened_at)
    for words in (
        "Name, father’s name, phone, number or challan",
        "Today, 15/06/2026 Rs 8,500 taken: cash Rs 7,500 · Easypaisa Rs 1,000",
        "June 2026 85 % collected",
        "Rs 10,000 charged in it, Rs 8,500 paid in it.",
        "Overdue Rs 9,000 of fees owed, by 1 student who is late. Who owes",
        f"My drawer Rs 2,500 of cash in it; open since {opened:%H:%M}, {opened:%d/%m/%Y}."
        " Count and close it",
    ):
        assert words in page


def test_a_desk_of_nothing(cashier, today):
    page = said(cashier.get(DESK))
    for words in (
        "Today, 15/06/2026 Rs 0 Nothing was taken yet.",
        "June 2026 0 % collected",
        "Rs 0 charged in it, Rs 0 paid in it.",
        "Overdue Nobody’s fees are overdue.",
        "My drawer Cash goes into your drawer, and it is not open. Open my drawer",
    ):
        assert words in page
    assert "Found" not in page


def test_what_was_undone_is_taken_off(cashier, db):
    student = make_student()
    pay(student, "3000", advance=True)
    reverse(pay(student, "1000", advance=True), reason="x", cash_returned=False, by=BY)
    assert "Rs 3,000 taken: cash Rs 3,000" in said(cashier.get(DESK))


def test_more_paid_than_charged_is_all_of_it(cashier, db):
    student = make_student()
    make_entry(student, "other", "100")
    pay(student, "5000", advance=True)
    assert "100 % collected" in said(cashier.get(DESK))


def test_fines_of_who_is_overdue(cashier, today):
    for name in ("Ali", "Sana"):
        make_student(name=name)
    charged("2026-04", fine=("flat", "100", "0"))
    charged("2026-05")
    assert (
        "Overdue Rs 20,000 of fees owed, by 2 students who are late. They owe fines of Rs 200."
        in said(cashier.get(DESK))
    )


def test_who_only_looks_sees_no_drawer(cashier, db):
    me = User.objects.get(username="cashier")
    me.groups.clear()
    give(me, "view_student", "view_entry")
    page = said(cashier.get(DESK))
    assert "Today," in page
    for words in ("drawer", "Months", "Reports", "Old register"):
        assert words not in page


def test_a_viewer_sees_nothing_of_it(viewer, db):
    assert viewer.get(DESK).status_code == 403
    assert viewer.get(DESK, {"q": "Ali"}).status_code == 403


def test_it_is_only_to_look_at(cashier, db):
    assert cashier.post(DESK).status_code == 405


def give(user, *rights):
    user.user_permissions.add(*Permission.objects.filter(codename__in=rights))


# -- Found -----------------------------------------------------------------------------------------


def test_all_that_is_said_of_who_is_found(cashier, today):
    family = make_family(name="Imran")
    make_student(
        name="Ayesha Siddiqa", father_name="Imran", class_name="9-B", city="Karachi", family=family
    )
    make_student(name="Ayesha Khan", father_name="Aslam", fees="0")
    advance = make_student(name="Ayesha Noor", fees="0")
    charged("2026-05")
    pay(advance, "300", advance=True)
    gone = make_leaver(name="Ayesha Gul", left_on=date(2026, 5, 3), fees="0")
    make_entry(gone, "other", "700")
    make_student(name="Bilal")
    page = said(cashier.get(DESK, {"q": "ayesha"}))
    for words in (
        "Fees: “ayesha”",
        "Found Students found, and what each owes Name Class City Owes"
        " Ayesha Khan father Aslam Lahore nothing"
        " Ayesha Noor Lahore Rs 300 in advance"
        " Ayesha Siddiqa father Imran family Imran 9-B Karachi Rs 5,000"
        " Ayesha Gul left on 03/05/2026 Lahore Rs 700 Today,",
    ):
        assert words in page


@pytest.mark.parametrize(
    "words",
    ["ayesha", "siddiqa imran", "imran", "0300-1234567", "+92 300 1234567", "0300 123", "1234567"],
)
def test_one_found_leads_to_his_statement(cashier, db, words):
    student = make_student(name="Ayesha Siddiqa", father_name="Imran", phone="0300-1234567")
    make_student(name="Bilal", father_name="Aslam", phone="0321-7654321")
    assert led_to(cashier, words) == page_of(student)


@pytest.mark.parametrize("words", ["عائشہ", "عائشه", "صدیقی", "صديقي"])
def test_urdu_letters_of_any_keyboard(cashier, db, words):
    student = make_student(name="عائشہ صدیقی")
    make_student(name="علی")
    assert led_to(cashier, words) == page_of(student)


def test_a_number_is_exactly_one_in_any_digits(cashier, db):
    student = make_student()
    make_student(name=f"Ali {student.pk}")
    assert led_to(cashier, str(student.pk)) == page_of(student)
    assert led_to(cashier, str(student.pk).translate(URDU)) == page_of(student)


URDU = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def test_a_phones_beginning_is_no_number(cashier, db):
    make_student(pk=300, name="Bilal")
    for name in ("Ali", "Sana"):
        make_student(name=name, phone="0300-1234567")
    assert found(cashier, "0300") == ["Ali", "Bilal", "Sana"]
    assert found(cashier, "03001") == ["Ali", "Sana"]


@pytest.mark.parametrize("typed", ["CH-{:06}", "ch-{}", " CH-{:06} ", "urdu"])
def test_a_challan_leads_to_its_students_statement(cashier, db, typed):
    student = make_student()
    charged("2026-05")
    (challan,) = issue([student], date(2026, 5, 1), BY)
    words = f"CH-{challan.pk}".translate(URDU) if typed == "urdu" else typed.format(challan.pk)
    assert led_to(cashier, words) == f"{page_of(student)}?challan={challan}"
    assert str(challan) == f"CH-{challan.pk:06}"


@pytest.mark.parametrize("words", ["R-12", "r12", "R12", "R-۱۲"])
def test_a_receipt_leads_to_it(cashier, db, words):
    student = make_student()
    for _ in range(12):
        pay(student, "1", advance=True)
    assert led_to(cashier, words) == "/fees/receipts/12/"


@pytest.mark.parametrize(
    "words",
    ["Zzz", "CH-000099", "CH-" + "9" * 18, "R-99", "R-" + "9" * 18, "R-" + "9" * 30, "987654321",
     "9" * 90, "CH-", "R-", "%", "<b>"],
)  # fmt: skip
def test_nobody_found(cashier, db, words):
    make_student()
    response = cashier.get(DESK, {"q": words})
    page = said(response)
    assert (
        "Nobody was found Type part of a name, a father’s name or a phone, a student’s number,"
        " CH- and a challan’s number, or R- and a receipt’s." in page
    )
    assert "<b>" not in response.content.decode()


@pytest.mark.parametrize("words", ["", "  ", "\u200b"])
def test_nothing_typed_finds_nothing(cashier, db, words):
    make_student()
    response = cashier.get(DESK, {"q": words})
    assert (response.status_code, response.context["found"]) == (200, None)


def test_too_much_typed_is_refused(cashier, db):
    response = cashier.get(DESK, {"q": "x" * 101})
    assert list(errors(response)) == ["q"]
    assert "<title>Error: Fees" in response.content.decode()
    assert "Please mend this" in said(response)


def test_no_more_than_thirty_are_shown(cashier, db):
    for number in range(30):
        make_student(name=f"Ali {chr(97 + number // 26)}{chr(97 + number % 26)}")
    assert len(found(cashier, "ali")) == 30
    assert "The first of those found: type more" not in said(cashier.get(DESK, {"q": "ali"}))
    make_student(name="Ali zz")
    assert len(found(cashier, "ali")) == 30
    assert "The first of those found: type more" in said(cashier.get(DESK, {"q": "ali"}))


def test_queries_do_not_grow(cashier, django_assert_num_queries):
    def asked():
        # who is found, with balance and family; what was taken, what was undone, the month, who is
        # overdue; the drawer, what came into it, what was undone of it
        with django_assert_num_queries(8):
            cashier.get(DESK, {"q": "ali"})

    me = User.objects.get(username="cashier")
    drawer = make_drawer(me)
    students = [make_student(name="Ali", family=make_family()) for _ in range(2)]
    cashier.get(DESK)
    asked()
    students += [make_student(name="Ali", family=make_family()) for _ in range(8)]
    charged("2026-05")
    for student in students:
        pay(student, "10", drawer=drawer.pk)
    asked()
