"""The clerk's walk: bring a file, look, confirm, undo; and what is refused on the way."""

import io
import re
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from sheets.reading import read as read_sheet
from students.imports import checking, purge_imports
from students.imports.work import limits
from students.models import Import, ImportRow, State, Student, StudentEvent
from students.tests.factories import make_student
from students.tests.test_import_rows import make_import

GOOD = "name,city,fees\nAli,lhr,5000\nSana,Karachi,7000\n"
MIXED = "name,city,fees,remark\nAli,Lhaore,5000,a\nSana,Karachi,x,=b\n"


@pytest.fixture
def bring(editor):
    """Brings a file as a clerk does; its page, as (address, text)."""

    def bring(content, name="a.csv"):
        content = content.encode() if isinstance(content, str) else content
        file = SimpleUploadedFile(name, content)
        return look(editor, editor.post("/students/import/", {"file": file}).headers["Location"])

    return bring


def look(client, address):
    response = client.get(address, follow=True)
    return address, " ".join(response.content.decode().split())


def press(client, address, step, **more):
    """Of the page as it is now, unless told what was `seen`."""
    page = client.get(address, follow=True).content.decode()
    seen = re.search('name="seen" value="(.*?)"', page)
    response = client.post(address, {"step": step, "seen": seen[1] if seen else "", **more})
    assert response.status_code == 302
    return look(client, urlsplit(response.headers["Location"]).path)[1]


def names():
    return list(Student.objects.order_by("pk").values_list("name", flat=True))


def test_the_page_says_what_may_be_brought(editor):
    page = look(editor, "/students/import/")[1]
    assert "CSV or Excel (.xlsx), up to 10 MB, 1,048,576 lines and 20,000,000 cells." in page
    assert "None yet." in page
    assert '<a href="/students/import/"' in look(editor, "/students/")[1]


def test_a_good_file(editor, bring):
    address, page = bring(GOOD)
    assert "2 new · 0 changed · 0 unchanged · 0 with errors" in page
    assert "Nothing has changed yet." in page
    assert "Import 2 rows" in page
    assert names() == []
    done = press(editor, address, "import")
    assert names() == ["Ali", "Sana"]
    assert "2 new · 0 changed · 0 unchanged" in done
    assert "Undo this import" in done
    context = StudentEvent.objects.first().pgh_context
    assert (context["door"], context["name"]) == ("import", "editor")
    assert "by import" in look(editor, "/students/changes/")[1]
    undone = press(editor, address, "undo")
    assert names() == []
    assert "Everything is as it was before" in undone
    assert "by undoing import" in look(editor, "/students/changes/")[1]


def test_pressed_twice_it_is_done_once(editor, bring):
    address, _page = bring(GOOD)
    press(editor, address, "import")
    press(editor, address, "import")
    assert names() == ["Ali", "Sana"]
    press(editor, address, "undo")
    press(editor, address, "undo")
    assert names() == []


def test_a_mixed_file(editor, bring):
    address, page = bring(MIXED)
    assert "<strong>Fees (PKR)</strong> “<bdi>x</bdi>”: Fees must be one amount" in page
    assert "Import the good 1, skip 1" in page
    assert "Not imported: <bdi>remark</bdi>" in page
    press(editor, address, "import")  # without saying that the bad one is skipped
    assert names() == []
    done = press(editor, address, "skip")
    assert names() == ["Ali"]
    assert "1 skipped" in done
    errors = editor.get(f"{address}errors.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(errors))).active
    assert [[cell.value for cell in row] for row in sheet] == [
        ["name", "city", "fees", "remark", "What is wrong"],
        ["Sana", "Karachi", "x", "'=b",
         "line 3, Fees (PKR), “x”: Fees must be one amount; found “x”. Type an amount such as 12500"
         " or 12,500.50."],
    ]  # fmt: skip


def test_the_mended_rows_come_back(editor, bring):
    address, _page = bring(MIXED)
    press(editor, address, "skip")
    sheet = load_workbook(io.BytesIO(b"".join(editor.get(f"{address}errors.xlsx"))))
    sheet.active["C2"] = 7000
    mended = io.BytesIO()
    sheet.save(mended)
    again, page = bring(mended.getvalue(), "errors.xlsx")
    assert "1 new · 0 changed · 0 unchanged · 0 with errors" in page
    press(editor, again, "import")
    assert names() == ["Ali", "Sana"]


def test_a_row_that_is_too_wide_comes_back_as_wide(editor, bring):
    """Or else an amount that was typed with a comma would come in without its thousands."""
    address, _page = bring("name,city,fees,class\nAli,Lahore,12,500,\nSana,Lahore,1,2,3,4\n")
    content = b"".join(editor.get(f"{address}errors.xlsx"))
    rows = [row[:4] for row in load_workbook(io.BytesIO(content)).active.values]
    assert rows[1:] == [("Ali", "Lahore", "12", "500"), ("Sana", "Lahore", "1", "2")]
    page = bring(content, "errors.xlsx")[1]
    assert "1 new · 0 changed · 0 unchanged · 1 with errors" in page
    assert "There are more cells than headings." in page


def test_called_off_while_it_is_compared(transactional_db, editor, bring, monkeypatch):
    """Nobody waits for the other, and nothing of it stays to be confirmed."""
    pages = []
    real = checking.warn

    def call_off(address):
        pages.append(press(editor, address, "cancel"))
        connection.close()

    def warn(imported):
        clerk = threading.Thread(target=call_off, args=[imported.get_absolute_url()])
        clerk.start()
        clerk.join(10)
        real(imported)

    monkeypatch.setattr(checking, "warn", warn)
    _address, page = bring(GOOD)
    assert "Called off" in pages[0]
    assert "Called off" in page
    purge_imports(10)
    assert not ImportRow.objects.exists()


def test_what_a_command_is_at_is_not_pressed(editor):
    imported = make_import(GOOD, by_hand=True)
    address, page = look(editor, imported.get_absolute_url())
    assert "A command is at it." in page
    for step in ("import", "skip", "cancel"):
        press(editor, address, step, seen=imported.version)
    imported.refresh_from_db()
    assert imported.state == State.READY
    assert editor.get(f"{address}columns/").status_code == 302


def test_a_hopeless_file(editor, bring):
    address, page = bring("name,city,fees\n" + "Ali,Lahore,x\n" * 150)
    assert "There is nothing in it that could be imported." in page
    assert "Import" not in page.split("<main")[1].split("Call it off")[0].split("h1>")[-1]
    assert "Page 1 of 2" in page
    assert "Line 102" in look(editor, f"{address}?show=bad&page=2")[1]
    press(editor, address, "import")
    press(editor, address, "skip")
    assert names() == []
    assert "Called off" in press(editor, address, "cancel")
    purge_imports(10)
    assert not ImportRow.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "a.csv", "This is no text and no Excel file."),
        (b"PK\x03\x04", "a.xlsx", "This Excel file is damaged."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "This is an old Excel file"),
    ],
)
def test_a_file_that_is_none(bring, content, name, words):
    assert words in bring(content, name)[1]


def test_no_file_an_empty_one_and_one_too_big(editor, settings):
    settings.IMPORT_MAX_MB = 1
    page = editor.post("/students/import/").content.decode()
    assert "<title>Error: Import students" in page
    assert "Choose a file." in page
    for content, words in (
        (b"", "This file is empty."),
        (b"x" * 1_000_001, "A file may have 1 MB; this one has 1.0. Split it."),
    ):
        file = SimpleUploadedFile("a.csv", content)
        assert words in editor.post("/students/import/", {"file": file}).content.decode()
    assert not Import.objects.exists()


def test_columns_are_asked_and_can_be_changed(editor, bring):
    address, page = bring("name,student,city,amount due\nAli,Ali Raza,Lahore,5000\n")
    assert "Which column is which?" in page
    assert "Ali Raza" in page
    columns = f"{address}columns/"
    refused = editor.post(columns, {"column_1": "name", "column_2": "city"}).content.decode()
    assert "Say which column is: Fees (PKR)." in refused
    twice = {"column_0": "name", "column_1": "name", "column_2": "city", "column_3": "fees"}
    assert "Name is chosen twice" in editor.post(columns, twice).content.decode()
    editor.post(columns, twice | {"column_0": ""})
    assert "1 new · 0 changed" in look(editor, address)[1]
    editor.post(columns, twice | {"column_1": "father_name"})
    press(editor, address, "import")
    student = Student.objects.get()
    assert (student.name, student.father_name) == ("Ali", "Ali Raza")


def test_a_sheet_without_headings(editor, bring):
    address, page = bring("Ali,Lahore,5000\nSana,Karachi,7000\n")
    assert "Which column is which?" in page
    chosen = {"column_0": "name", "column_1": "city", "column_2": "fees", "first_is_data": "on"}
    editor.post(f"{address}columns/", chosen)
    press(editor, address, "import")
    assert names() == ["Ali", "Sana"]


def test_one_city_put_right_for_all(editor, bring):
    address, page = bring(
        "name,city,fees\n" + "".join(f"Student {number},Lhaore,1\n" for number in range(14))
    )
    assert "Use Lahore for all 14" in page
    page = press(editor, address, "city", city="Lhaore", meant="Lahore")
    assert "did you mean" not in page
    press(editor, address, "import")
    assert set(Student.objects.values_list("city", flat=True)) == {"Lahore"}


@pytest.mark.parametrize(
    ("city", "meant"), [("Lhaore", ""), ("Lhaore", "lhr\u202e =1"), ("Multan", "Lahore")]
)
def test_only_what_was_offered_stands_in_for_a_city(editor, bring, city, meant):
    address, _page = bring("name,city,fees\nAli,Lhaore,1\nSana,Multan,1\n")
    press(editor, address, "city", city=city, meant=meant)
    press(editor, address, "import")
    assert list(Student.objects.order_by("pk").values_list("city", flat=True)) == [
        "Lhaore", "Multan",
    ]  # fmt: skip


def test_what_is_confirmed_is_what_was_seen(editor, bring):
    """Somebody else says in the meantime that the columns are others."""
    address, page = bring("name,father,city,fees\nSonny,Daddy,Lahore,1\n")
    seen = re.search('name="seen" value="(.*?)"', page)[1]
    swapped = {"column_0": "father_name", "column_1": "name", "column_2": "city"}
    editor.post(f"{address}columns/", swapped | {"column_3": "fees"})
    page = press(editor, address, "import", seen=seen)
    assert "This import was changed after you opened the page." in page
    assert names() == []
    press(editor, address, "import")
    assert names() == ["Daddy"]


def test_the_history_names_who_confirmed_and_who_undid(editor, admin, bring):
    address, _page = bring(GOOD)
    page = press(admin, address, "import")
    assert "Confirmed by</dt><dd><bdi>admin</bdi>" in page
    page = press(editor, address, "undo")
    assert "Undone by</dt><dd><bdi>editor</bdi>" in page
    contexts = StudentEvent.objects.order_by("pgh_id").values_list("pgh_context", flat=True)
    assert [context["name"] for context in contexts] == ["admin", "admin", "editor", "editor"]


def test_who_confirms_needs_the_right_to_make_families(bring, editor, nobody):
    user = User.objects.get(username="nobody")
    rights = ("view_student", "import_student")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    address, _page = bring("name,city,fees,family\nAli,Lahore,1,Butt\n")
    page = press(nobody, address, "import")
    assert "or you may not make a family that is in it" in page
    assert "There is no family of this name, and you may not make one." in page
    assert names() == []


def test_a_sheet_holds_again_once_its_import_is_undone(editor, bring):
    make_student(name="Ali", fees="5000")
    sheet = b"".join(editor.get("/students/export.csv")).decode().replace("5000.00", "6000.00")
    address, _page = bring(sheet)
    press(editor, address, "import")
    press(editor, address, "undo")
    assert "0 new · 1 changed · 0 unchanged · 0 with errors" in bring(sheet)[1]


def test_whom_undoing_left_alone_is_named(editor, bring):
    address, _page = bring("name,city,fees\nAli,Lahore,1\nSana,Lahore,1\nHina,Lahore,1\n")
    press(editor, address, "import")
    ali, sana = Student.objects.get(name="Ali"), Student.objects.get(name="Sana")
    Student.objects.filter(pk=ali.pk).update(fees=2)
    gone = sana.pk
    sana.delete()
    page = press(editor, address, "undo")
    assert "But for 2 students, whom somebody changed, deleted or took money for after" in page
    assert f'<a href="/students/changes/?q={ali.pk}"><bdi>Ali</bdi></a>' in page
    assert f'?q={gone}"' in page
    assert "(deleted)" in page


def test_the_same_file_is_pointed_out(editor, bring):
    first, _page = bring(GOOD)
    press(editor, first, "import")
    second, page = bring(GOOD)
    assert f'This very file was <a href="{first}">imported already</a>' in page
    page = press(editor, second, "import")
    assert "This file was imported meanwhile, and nothing was imported twice." in page
    assert len(names()) == 2
    press(editor, second, "import", again="on")
    assert len(names()) == 4


def test_what_an_export_says_is_no_change(editor, bring):
    make_student(name="=Ali", phone="+44 20 7946 0000", fees="12500.50")
    exported = b"".join(editor.get("/students/export.csv"))
    _address, page = bring(exported)
    assert "All of it is here already: there is nothing to import." in page
    changed = exported.decode().replace("12500.50", "13000")
    page = bring(changed)[1]
    assert '<span class="before"><bdi>Rs 12,500.50</bdi></span> → <bdi>Rs 13,000</bdi>' in page


def test_while_it_works_the_page_looks_again(editor, bring, monkeypatch):
    monkeypatch.setattr("students.views.imports.start", lambda: None)
    address, page = bring(GOOD)
    response = editor.get(address)
    assert response.headers["Refresh"] == "2"
    assert "Being read: 0 %" in page
    assert '<progress max="100" value="0"' in page
    assert "Called off" in press(editor, address, "cancel")
    assert "Refresh" not in editor.get(address).headers


def test_undo_ends_after_a_day(editor, bring):
    address, _page = bring(GOOD)
    press(editor, address, "import")
    Import.objects.update(done_at=timezone.now() - timedelta(hours=25))
    assert "Undo" not in look(editor, address)[1]
    press(editor, address, "undo")
    assert names() == ["Ali", "Sana"]


def test_the_list_of_what_was_brought(editor, bring, django_assert_max_num_queries):
    for number in range(30):
        Import.objects.create(file_name=f"f{number}.csv", checksum="ab" * 32, size=1)
    press(editor, bring(GOOD)[0], "import")
    with django_assert_max_num_queries(4):  # the session is a prepared one; count, rows
        page = look(editor, "/students/import/")[1]
    assert ">a.csv</bdi>" in page
    assert "f29.csv" in page
    assert "f3.csv" not in page
    assert "Done · <a href=" in page
    assert "f3.csv" in look(editor, "/students/import/?page=2")[1]


def test_the_template_can_be_brought_as_it_is(editor, bring):
    response = editor.get("/students/import/template.xlsx")
    assert response.headers["Content-Disposition"] == 'attachment; filename="students.xlsx"'
    content = b"".join(response)
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Students", "Help"]
    rows = list(read_sheet(io.BytesIO(content), limits()).rows)
    assert rows[0].cells == [
        "Name", "Father’s name", "City", "Fees (PKR)", "Phone", "Class", "Joined", "Left", "Family",
    ]  # fmt: skip
    assert "2 new · 0 changed · 0 unchanged · 0 with errors" in bring(content)[1]


@pytest.mark.parametrize("step", ["", "import_all", "undo; DROP"])
def test_a_step_that_is_none_changes_nothing(editor, bring, step):
    address, _page = bring(GOOD)
    press(editor, address, step)
    assert Import.objects.get().state == State.READY


def test_a_viewer_sees_none_of_it(viewer, bring):
    address, _page = bring(MIXED)
    for path in ("/students/import/", address, f"{address}columns/", f"{address}errors.xlsx"):
        assert viewer.get(path).status_code == 403
    assert viewer.post(address, {"step": "import"}).status_code == 403
    assert "/students/import/" not in look(viewer, "/students/")[1]


def test_names_in_a_file_are_only_text(editor, bring):
    page = bring("name,city,fees,<b>x</b>\n<script>alert(1)</script>,Lahore,1\n")[1]
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
