"""/fees/register/: bring a sheet, look, confirm, undo; and what is refused on the way."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from ledger.models import Entry, Receipt, Register
from ledger.tests.pages import said
from students.tests.factories import make_student
from students.tests.test_clerk import errors

GOOD = "name,owed,remarks,colour\nAli,12500,page 12,blue\nAli,-500,,\n"
MIXED = "name,owed\nAli,12500\nSana,100\n"


@pytest.fixture
def ali(db):
    return make_student(name="Ali", father_name="Aslam", class_name="9-B")


@pytest.fixture
def bring(manager, ali):
    """Brings a sheet as a manager does; what comes back."""

    def bring(content, what="openings", name="old.csv"):
        content = content if isinstance(content, bytes) else content.encode()
        file = SimpleUploadedFile(name, content)
        return manager.post("/fees/register/", {"what": what, "file": file}, follow=True)

    return bring


def press(client, response, step, **more):
    """Of the page as it was shown."""
    register = response.context["register"]
    data = {"step": step, "seen": register.version, **more}
    return client.post(register.get_absolute_url(), data, follow=True)


def test_the_page_says_what_may_be_brought(manager):
    page = said(manager.get("/fees/register/"))
    assert "CSV or Excel (.xlsx), up to 2.4 MB and 5,000 rows." in page
    assert "None yet." in page
    assert "Old register" in said(manager.get("/fees/"))


def test_a_good_sheet_is_looked_at_booked_and_undone(manager, bring):
    shown = bring(GOOD)
    page = said(shown)
    for words in (
        "Nothing is booked yet.", "Rs 12,000", "2 good rows · 0 with errors", "Book 2 rows",
        "Line 2 Ali father Aslam 9-B", "Rs 500 in advance", "Not read: colour", "owed → Owed",
    ):  # fmt: skip
        assert words in page
    assert not Entry.objects.exists()
    done = press(manager, shown, "book")
    page = said(done)
    assert "2 rows were booked." in page
    assert "Opening balances: Booked" in page
    assert Entry.objects.count() == 2
    assert "old.csv" in said(manager.get("/fees/register/"))
    undone = said(press(manager, done, "undo"))
    assert "It was undone." in undone
    assert Entry.objects.count() == 4


def test_payments_lead_to_their_receipts(manager, bring):
    shown = bring(
        "name,amount,day,how,reference,from\nAli,5000,05/03/2026,bank,H 1,Aslam\n", "payments"
    )
    for words in ("05/03/2026", "bank H 1", "Paid by Aslam"):
        assert words in said(shown)
    done = press(manager, shown, "book")
    assert "Receipt 1" in said(done)
    assert f'href="{Receipt.objects.get().get_absolute_url()}"' in done.content.decode()


def test_rows_with_errors_come_first_and_are_left_out_by_choice(manager, bring):
    shown = bring(MIXED)
    page = said(shown)
    assert "With errors (1)" in page
    assert "Line 3 Sana Name “ Sana ”: Nobody is called so" in page
    assert "Book the good 1, leave out 1" in page
    refused = press(manager, shown, "book")
    assert refused.status_code == 200
    assert errors(refused) == {
        "__all__": ["There are rows with errors: mend them, or leave them out."]
    }
    assert "<title>Error: old.csv" in refused.content.decode()
    assert not Entry.objects.exists()
    assert "1 row was booked." in said(press(manager, shown, "skip"))


def test_pressed_twice_it_is_booked_once(manager, bring):
    shown = bring(GOOD)
    press(manager, shown, "book")
    again = press(manager, shown, "book")
    assert again.redirect_chain
    assert Entry.objects.count() == 2


def test_the_same_file_again_has_to_be_said(manager, bring):
    press(manager, bring(GOOD), "book")
    again = bring(GOOD)
    assert "This very file was booked already" in said(again)
    refused = press(manager, again, "book")
    assert "This very file was booked before." in said(refused)
    assert Entry.objects.count() == 2
    press(manager, again, "book", again="on")
    assert Entry.objects.count() == 4


def test_something_else_than_was_seen_is_shown_first(manager, bring, ali):
    shown = bring(GOOD)
    ali.delete()
    page = said(press(manager, shown, "book"))
    assert "were changed meanwhile" in page
    assert "There is nothing in it that could be booked." in page


def test_it_is_called_off(manager, bring):
    response = press(manager, bring(GOOD), "drop")
    assert response.redirect_chain == [("/fees/register/", 302)]
    assert not Register.objects.exists()


def test_what_was_booked_is_not_called_off(manager, bring):
    shown = bring(GOOD)
    press(manager, shown, "book")
    press(manager, shown, "drop")
    assert Register.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "This file is empty."),
        ("id,owed\n", "There are headings in it, and no rows."),
        (b"\x7fELF\x00\x00\x01\x00" * 50, "This is no text and no Excel file."),
        ("a,b\n1,2\n", "Its columns aren't clear: no column says Name; no column says Owed."),
        (b"x" * 2_400_001, "A file may have 2.4 MB; this one has 2.4. Split it."),
    ],
)
def test_what_is_not_read(bring, content, words):
    response = bring(content)
    assert response.status_code == 200
    assert words in errors(response)["file"][0]
    assert "<title>Error: Old register" in response.content.decode()


def test_what_is_not_said(manager):
    response = manager.post("/fees/register/", {})
    assert errors(response) == {"what": ["Choose what is in it."], "file": ["Choose a file."]}


@pytest.mark.parametrize("what", ["openings", "payments"])
def test_the_template(manager, what):
    response = manager.get(f"/fees/register/template.xlsx?kind={what}")
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    assert book.sheetnames == ["Register", "Help"]
    assert response.headers["Content-Disposition"] == f'attachment; filename="{what}.xlsx"'
    assert manager.get("/fees/register/template.xlsx?kind=x").status_code == 404


def test_an_unknown_step_and_an_unknown_register(manager, bring):
    shown = bring(GOOD)
    assert press(manager, shown, "eat").status_code == 200
    assert not Entry.objects.exists()
    assert manager.get("/fees/register/999999/").status_code == 404


def test_how_often_it_asks(manager, bring, django_assert_num_queries):
    address = bring("name,owed\n" + "Ali,5\n" * 300).context["register"].get_absolute_url()
    # the register (twice: a step may have changed it), its rows counted, a page of them, their
    # students, the sheet booked before
    with django_assert_num_queries(6):
        manager.get(address)
