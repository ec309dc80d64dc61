"""Old registers: what each row is read as, booked all at once, and taken back."""

import io
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError
from django.utils import timezone
from openpyxl import Workbook

from ledger.imports import booking, finding
from ledger.imports.booking import confirm, undo
from ledger.imports.columns import BY_WHAT
from ledger.imports.exports import template
from ledger.imports.reading import MOST_ROWS, read
from ledger.imports.told import told, warnings_of
from ledger.models import Entry, Receipt, Register, RegisterState, Reversal, What
from ledger.receipts import By, hand_back
from ledger.refusals import Refused
from ledger.tests.factories import BY, charged, make_entry, pay, payment
from sheets.xlsx import write
from students.headings import plain
from students.models import Balance, Student
from students.tests.factories import make_student

pytestmark = pytest.mark.django_db
TODAY = "2026-11-20"
OPENINGS = "id,owed,due on,note\n{0},12500,10/03/2026,page 12\n{1},-500,,\n"
PAYMENTS = (
    "id,amount,day,how,reference\n{0},3000,05/03/2026,cash,\n{1},2000,06/03/2026,bank,HBL 1\n"
)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date.fromisoformat(TODAY))


@pytest.fixture
def two():
    return make_student(name="Ali"), make_student(name="Sana", father_name="Imran")


def brought(text, what="openings"):
    content = text if isinstance(text, bytes) else text.encode()
    return read(what, "old.csv", content, BY)


def of_two(text, two, what="openings"):
    return brought(text.format(*(student.pk for student in two)), what)


def xlsx(*rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def counts(register):
    return register.good, register.bad, register.nothing, register.odd, str(register.total)


def wrong(register):
    rows = register.rows.exclude(problems=[]).order_by("line")
    return [words for row in rows for words in told(register.what, row)]


def refusal(text, what="openings"):
    with pytest.raises(Refused) as refused:
        brought(text, what)
    return str(refused.value)


def booked(register, **more):
    return confirm(register, By("manager"), seen=register.version, **more)


def owed(student):
    kept = Balance.objects.filter(student=student).first()
    return kept and (str(kept.balance), kept.owed_since and kept.owed_since.isoformat())


# -- Read ------------------------------------------------------------------------------------------


def test_opening_balances_are_read_and_nothing_is_booked(two):
    register = of_two(OPENINGS, two)
    assert counts(register) == (2, 0, 0, 0, "12000.00")
    rows = register.rows.order_by("line").values_list("line", "student", "amount", "day", "note")
    assert [(line, who, str(amount), day, note) for line, who, amount, day, note in rows] == [
        (2, two[0].pk, "12500.00", date(2026, 3, 10), "page 12"),
        (3, two[1].pk, "-500.00", None, ""),
    ]
    assert not Entry.objects.exists()


def test_a_column_of_what_was_paid_ahead(two):
    register = of_two("id,owed,advance\n{0},,700\n{1},0,\n", two)
    assert counts(register) == (1, 0, 1, 0, "-700.00")


def test_payments_are_read(two):
    register = of_two(PAYMENTS, two, "payments")
    assert counts(register) == (2, 0, 0, 0, "5000.00")
    rows = register.rows.order_by("line").values_list("method", "reference", "day")
    assert list(rows) == [
        ("cash", "", date(2026, 3, 5)), ("bank", "HBL 1", date(2026, 3, 6))
    ]  # fmt: skip


def test_urdu_headings_digits_and_methods():
    student = make_student(name="عائشہ", father_name="عمران")
    text = "نام,والد,رقم,تاریخ,طریقہ\nعائشه,عمران,۱۲۵۰۰,۰۵/۰۳/۲۰۲۶,نقد\n"
    register = brought(text, "payments")
    row = register.rows.get()
    assert (row.student, str(row.amount), row.day, row.method) == (
        student.pk, "12500.00", date(2026, 3, 5), "cash"
    )  # fmt: skip


def test_excel_with_the_result_of_a_formula_and_one_that_failed(two):
    content = xlsx(
        ["Old register of 2025"],
        ["Student's number", "Owed", "Due on"],
        [two[0].pk, 12500.0, date(2026, 3, 10)],
        [two[1].pk, "#REF!", None],
    )
    register = read("openings", "old.xlsx", content, BY)
    assert counts(register) == (1, 1, 0, 0, "12500.00")
    assert wrong(register) == [
        "line 4, Owed, “#REF!”: The formula of this cell failed (#REF!): type what it should say."
    ]


def test_a_formula_is_read_as_its_result_only(two):
    """openpyxl writes no results, so nothing was typed there as far as one sees."""
    register = read("openings", "o.xlsx", xlsx(["id", "owed"], [two[0].pk, "=1+1"]), BY)
    assert wrong(register) == [
        "line 2, Owed, “”: Type what is owed, or what was paid ahead; 0 where it is nothing."
    ]
    register = of_two('id,owed\n{0},"=HYPERLINK(""x"")"\n', two)
    assert register.bad == 1


def test_what_no_database_holds(two):
    sheet = xlsx(["id", "owed", "note"], [two[0].pk, 5, "a_x0000_b"], [two[1].pk, 5, "ok"])
    register = read("openings", "o.xlsx", sheet, BY)
    words = "This text holds a character that can't be stored. Type it again by hand."
    assert wrong(register) == [f"line 2, Note, “a\ufffdb”: {words}"]
    with pytest.raises(Refused) as refused:
        booked(register)
    assert refused.value.code == "bad_rows"


NAMES = "name,father,phone,owed\n"


def test_one_of_a_name_is_enough(two):
    assert brought(NAMES + "sana,,,100\n").good == 1
    assert brought(NAMES + "Sana,imran,,100\n").good == 1
    assert brought(NAMES + "Sana,,0300-1234567,100\n").good == 1  # his phone isn't known


def test_father_or_phone_tell_namesakes_apart():
    first = make_student(name="Ali", father_name="Aslam", phone="03001234567")
    second = make_student(name="Ali", father_name="Imran", phone="03007654321")
    some = "Ali,Aslam,,100\nALI,,0300-7654321,100\nAli,,,100\nAli,Bilal,,100\nOmar,,,100\n"
    register = brought(NAMES + some)
    found = register.rows.order_by("line").values_list("student", flat=True)
    assert list(found) == [first.pk, second.pk, None, None, None]
    both = f"{first.pk}, {second.pk}"
    assert wrong(register) == [
        f"line 4, Name, “Ali”: Several students are called so: type the number of one of {both}.",
        "line 5, Name, “Ali”: Nobody of this name has this father or phone: mend them, or type the"
        f" number of one of {both}.",
        "line 6, Name, “Omar”: Nobody is called so: mend the name, or add the student first.",
    ]


def test_a_number_with_another_name_beside_it(two):
    text = f"id,name,owed\n{two[0].pk},Sana,100\n{two[1].pk},SANA,100\n999999,,100\n"
    assert wrong(brought(text)) == [
        f"line 2, Name, “Sana”: Student {two[0].pk} is Ali: mend the number, or clear it.",
        "line 4, Student’s number, “999999”: There is no student 999999: mend the number, or clear"
        " it and name him.",
    ]


def test_what_is_wrong_with_openings(two):
    some = [
        ("", "100", ""), ("x", "100", ""), ("{0}", "abc", ""), ("{0}", "", "31/02/2026"),
    ]  # fmt: skip
    text = "id,owed,due on,advance\n" + "".join(f"{','.join(row)},\n" for row in some)
    register = of_two(text + "{0},100,,100\n{0},100,,,7\n", two)
    assert [words.split(": ", 1)[0] for words in wrong(register)] == [
        "line 2, Name, “”",
        "line 3, Student’s number, “x”",
        "line 4, Owed, “abc”",
        "line 5, Due on, “31/02/2026”",
        "line 5, Owed, “”",
        "line 6, Paid ahead, “100”",
        "line 7, Row, “”",
    ]


def test_what_is_wrong_with_payments(two):
    charged("2026-05")
    pay(two[0], "1", method="bank", reference="HBL 9")
    text = (
        "id,amount,day,how,reference\n{0},0,01/03/2026,,\n{0},-5,01/03/2026,,\n{0},5,,,\n"
        "{0},5,21/11/2026,,\n{0},5,01/03/2026,barter,\n{0},5,01/03/2026,cheque,\n"
        "{0},5,01/03/2026,bank,HBL 9\n{0},5,01/03/2026,bank,HBL 8\n{1},5,01/03/2026,bank,HBL 8\n"
    )
    assert [words.split(", ", 1)[1] for words in wrong(of_two(text, two, "payments"))] == [
        "Amount, “0”: Type an amount above zero.",
        "Amount, “-5”: The amount can't be below zero; found “-5”. Type an amount such as 12500 or"
        " 12,500.50.",
        "Day, “”: Type the day on which it was paid.",
        "Day, “21/11/2026”: This day is still to come: type the day on which it was paid.",
        "How, “barter”: Type cash, bank, Easypaisa, JazzCash or cheque; found “barter”.",
        "Reference, “”: Type the cheque's bank and number.",
        "Reference, “HBL 9”: Receipt 1 has this reference: look whether it is the same money.",
        "Reference, “HBL 8”: Line 9 has this reference too.",
    ]


def test_what_looks_like_a_slip(two):
    make_entry(two[1], "opening", "300")
    register = of_two("id,owed\n{0},100\n{0},100\n{1},100\n", two)
    assert counts(register) == (3, 0, 0, 2, "300.00")
    rows = register.rows.exclude(warnings=[]).order_by("line")
    assert [words for row in rows for words in warnings_of(row)] == [
        "The same as in line 2: check that both are real.",
        "He has an opening balance of Rs 300 already: this comes on top.",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"id,owed\n", "There are headings in it, and no rows."),
        (b"\x7fELF\x00\x00\x01\x00" * 50, "This is no text and no Excel file."),
        (b"PK\x03\x04 no zip", "This Excel file is damaged."),
        (b"name\nAli\n", "Its columns aren't clear: no column says Owed."),
        (b"owed\n5\n", "Its columns aren't clear: no column says Name."),
        (b"id,owed,balance\n1,5,6\n", "the heading “owed” may mean Owed; the heading “balance”"),
        (b"id,owed\n" + b"1,5\n" * 5001, "It has too many lines: at most 5,000. Split it."),
    ],
)
def test_what_is_not_read(content, words):
    assert words in refusal(content)
    assert not Register.objects.exists()


def test_at_most_so_many_rows(two):
    assert MOST_ROWS == 5000
    line = f"{two[0].pk},5\n".encode()
    assert brought(b"id,owed\n" + line * 5000).good == 5000


@pytest.mark.parametrize("what", What.values)
def test_headings_mean_one_column_each(what):
    spelt = [(plain(head), each.key) for each in BY_WHAT[what]
             for head in (*each.heads.split(", "), str(each.head))]  # fmt: skip
    assert len(dict(spelt)) == len(set(spelt))
    assert set(dict(spelt).values()) == {each.key for each in BY_WHAT[what]}


@pytest.mark.parametrize("what", What.values)
def test_the_template_is_read_again(what):
    make_student(name="Ali Raza", father_name="Muhammad Aslam")
    make_student(name="عائشہ صدیقہ", father_name="محمد اسلم")
    file = io.BytesIO()
    write(file, template(what))
    assert wrong(read(what, "t.xlsx", file.getvalue(), BY)) == []


# -- Booked ----------------------------------------------------------------------------------------


def test_openings_become_entries(two):
    register = of_two(OPENINGS, two)
    assert booked(register)
    assert owed(two[0]) == ("12500.00", "2026-03-10")
    assert owed(two[1]) == ("-500.00", None)
    entry = Entry.objects.get(student=two[0])
    assert (entry.kind, entry.day.isoformat(), entry.note, entry.by) == (
        "opening", TODAY, "page 12", "manager"
    )  # fmt: skip
    register.refresh_from_db()
    assert (register.state, register.booked_by) == (RegisterState.DONE, "manager")
    assert register.rows.get(line=2).entry == entry


def test_payments_become_receipts(two):
    make_entry(two[0], "opening", "1000")
    register = of_two(PAYMENTS, two, "payments")
    assert booked(register)
    receipts = Receipt.objects.order_by("number")
    assert [(each.number, str(each.total), each.day, each.method) for each in receipts] == [
        (1, "3000.00", date(2026, 3, 5), "cash"), (2, "2000.00", date(2026, 3, 6), "bank")
    ]  # fmt: skip
    first = receipts[0]
    assert (first.drawer, first.note, first.by) == (None, f"register {register.pk}", "manager")
    assert (owed(two[0]), owed(two[1])) == (("-2000.00", None), ("-2000.00", None))
    key = booking.uuid5(booking.SHEETS, f"{register.checksum} 0 2")
    assert (first.key, isinstance(key, UUID)) == (key, True)


def test_a_receipt_of_a_register_is_as_one_taken_at_the_desk(two):
    """Written in another way, for the sake of whoever waits for a number."""
    for student in two:
        make_entry(student, "opening", "1000", due_on=date(2026, 1, 1))
    day = date(2026, 3, 5)
    at_desk = pay(two[0], "3000.00", advance=True, day=day, payer="Aslam", note="register 1")
    text = f"id,amount,day,paid by\n{two[1].pk},3000,05/03/2026,Aslam\n"
    booked(brought(text, "payments"))
    other = Receipt.objects.get(number=2)
    for name in ("payer", "day", "method", "total", "balance_after", "drawer", "reference"):
        assert getattr(other, name) == getattr(at_desk, name)
    own = {"student": two[1].pk, "name": "Sana"}
    assert other.lines == [line | own for line in at_desk.lines]
    assert other.asked == at_desk.asked | {"student": two[1].pk}


def test_cash_that_was_paid_in_time_brings_no_fine():
    student = make_student()
    charged("2026-05", fine=("flat", "100", "0"))
    text = f"id,amount,day\n{student.pk},5000,10/05/2026\n"
    booked(brought(text, "payments"))
    assert owed(student) == ("0.00", None)


def test_bad_rows_are_left_out_only_when_that_is_chosen(two):
    register = of_two("id,owed\n{0},100\n{1},x\n", two)
    with pytest.raises(Refused) as refused:
        booked(register)
    assert refused.value.code == "bad_rows"
    assert not Entry.objects.exists()
    assert booked(register, skip_bad=True)
    assert Entry.objects.count() == 1


def test_nothing_to_book(two):
    with pytest.raises(Refused) as refused:
        booked(of_two("id,owed\n{0},0\n", two))
    assert refused.value.code == "nothing"


def test_pressed_twice_it_is_booked_once(two):
    register = of_two(OPENINGS, two)
    assert booked(register)
    assert not booked(register)
    assert Entry.objects.count() == 2


def test_without_the_guard_it_would_be_booked_twice(two, monkeypatch):
    register = of_two(OPENINGS, two)
    booked(register)
    monkeypatch.setattr(booking, "locked", as_it_was)
    monkeypatch.setattr(booking, "find", lambda register: False)
    booked(register, again=True)
    assert Entry.objects.count() == 4


def as_it_was(register):
    register = Register.objects.get(pk=register.pk)
    register.state = RegisterState.READY
    return register


def test_the_same_file_again_only_when_told(two):
    booked(of_two(OPENINGS, two))
    again = of_two(OPENINGS, two)
    with pytest.raises(Refused) as refused:
        booked(again)
    assert refused.value.code == "booked_before"
    assert Entry.objects.count() == 2
    assert booked(again, again=True)
    assert Entry.objects.count() == 4


def test_without_looking_for_it_the_same_file_would_come_twice(two, monkeypatch):
    monkeypatch.setattr(booking, "booked_before", lambda register: None)
    booked(of_two(OPENINGS, two))
    booked(of_two(OPENINGS, two))
    assert Entry.objects.count() == 4


def test_a_sheets_line_is_one_receipt_whoever_forgot_to_look(two, monkeypatch):
    """Keys come from the sheet and its line; PostgreSQL holds that a sheet's turn is taken once."""
    booked(of_two(PAYMENTS, two, "payments"))
    booked(of_two(OPENINGS, two))
    monkeypatch.setattr(booking, "booked_before", lambda register: None)
    monkeypatch.setattr(booking, "of_this_sheet", lambda register: Register.objects.none())
    monkeypatch.setattr(finding, "refuse_references", lambda rows: None)
    with pytest.raises(IntegrityError, match="ledger_receipt_key_key"):
        booked(of_two(PAYMENTS, two, "payments"))
    with pytest.raises(IntegrityError, match="register_booked_once"):
        booked(of_two(OPENINGS, two))
    assert (Receipt.objects.count(), Entry.objects.filter(kind="opening").count()) == (2, 2)


def test_all_or_none(two, monkeypatch):
    """The second row's reference is used by somebody while the first is being booked."""
    register = of_two(PAYMENTS, two, "payments")
    monkeypatch.setattr(booking, "find", lambda register: False)
    pay(two[1], "1", advance=True, method="bank", reference="HBL 1")
    with pytest.raises(Refused) as refused:
        booked(register)
    assert refused.value.code == "receipt_one_a_reference"
    assert Receipt.objects.count() == 1
    register.refresh_from_db()
    assert (register.state, register.nth) == (RegisterState.READY, None)


def test_what_changed_since_it_was_read_is_looked_at_again(two):
    register = of_two(OPENINGS, two)
    Student.objects.filter(pk=two[1].pk).delete()
    with pytest.raises(Refused) as refused:
        booked(register)
    assert refused.value.code == "meanwhile"
    register.refresh_from_db()
    assert counts(register) == (1, 1, 0, 0, "12500.00")
    assert not Entry.objects.exists()


def test_without_looking_again_a_stranger_would_be_charged(two, monkeypatch):
    """Another student has the name now, and the row would go to whom it was read for."""
    register = brought(NAMES + "Ali,,,100\n")
    Student.objects.filter(pk=two[0].pk).update(name="Bilal")
    monkeypatch.setattr(booking, "find", lambda register: False)
    booked(register)
    assert Entry.objects.get().student.name == "Bilal"


# -- Taken back ------------------------------------------------------------------------------------


def test_openings_are_undone(two):
    register = of_two(OPENINGS, two)
    booked(register)
    assert undo(register, BY)
    assert (owed(two[0]), owed(two[1])) == (("0.00", None), ("0.00", None))
    assert not undo(register, BY)
    register.refresh_from_db()
    assert (register.state, register.left_alone) == (RegisterState.UNDONE, 0)
    notes = set(Entry.objects.filter(kind="reversal").values_list("note", flat=True))
    assert notes == {f"register {register.pk} undone"}
    assert booked(of_two(OPENINGS, two))  # it was mended, or not: it stands no more


def test_an_opening_that_was_mended_or_handed_back_since_is_left(two):
    register = of_two(OPENINGS + "{0},70,,\n", two)
    booked(register)
    first = register.rows.get(line=2)
    make_entry(two[0], "waiver", "-500", against=first.entry)
    hand_back(payment(two[1], "500"), BY)
    undo(register, BY)
    register.refresh_from_db()
    assert register.left_alone == 2
    left = register.rows.filter(is_left=True).order_by("line").values_list("line", flat=True)
    assert list(left) == [2, 3]
    assert (owed(two[0])[0], owed(two[1])[0]) == ("12000.00", "0.00")


def test_payments_are_undone_and_can_be_brought_again(two):
    register = of_two(PAYMENTS, two, "payments")
    booked(register)
    undo(register, BY)
    assert Reversal.objects.count() == 2
    assert set(Reversal.objects.values_list("reason", "cash_returned")) == {
        (f"register {register.pk} undone", False)
    }
    assert booked(of_two(PAYMENTS, two, "payments"))
    assert [each.number for each in Receipt.objects.standing().order_by("number")] == [3, 4]


def test_a_payment_that_was_handed_back_since_is_left(two):
    register = of_two(PAYMENTS, two, "payments")
    booked(register)
    hand_back(payment(two[0], "3000"), BY)
    undo(register, BY)
    register.refresh_from_db()
    assert register.left_alone == 1
    assert (owed(two[0])[0], owed(two[1])[0]) == ("0.00", "0.00")


def test_what_was_brought_and_not_booked_goes_after_a_week(two):
    old = of_two(OPENINGS, two)
    Register.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=8))
    kept = of_two(OPENINGS, two)
    assert list(Register.objects.all()) == [kept]
