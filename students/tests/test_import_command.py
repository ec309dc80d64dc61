"""`import_students`: its words, its exit status, and that it is all or nothing."""

import io
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from students.models import Import, ImportRow, State, Student
from students.tests.factories import make_student

GOOD = "name,city,fees\nAli,lhr,5000\nSana,Karachi,7000\n"
MIXED = "name,city,fees\nAli,lhr,5000\nSana,Karachi,x\n"
WRONG = (
    "  line 3, Fees (PKR), “x”: Fees must be one amount; found “x”. Type an amount such as 12500 or"
    " 12,500.50.\n"
)


@pytest.fixture
def run(db, tmp_path, capsys):
    """Runs the command on a file of this content; what it printed."""

    def run(content, *options, name="new.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        call_command("import_students", str(path), *options)
        return capsys.readouterr().out

    return run


def names():
    return list(Student.objects.order_by("pk").values_list("name", flat=True))


def test_a_good_file(run):
    out = run(GOOD)
    imported = Import.objects.get()
    assert out == (
        "new.csv: 2 new, 0 changed, 0 unchanged, 0 with errors.\n"
        f"Imported: 2 new, 0 changed (import {imported.pk}; for 24 hours it can be undone on the"
        " site).\n"
    )
    assert names() == ["Ali", "Sana"]
    assert (imported.state, imported.by_hand, imported.content) == (State.DONE, True, None)
    assert run(GOOD + "Umar,Lahore,1\n", "-v0") == ""


def test_only_looking_changes_nothing(run):
    assert run(GOOD, "--dry-run") == "new.csv: 2 new, 0 changed, 0 unchanged, 0 with errors.\n"
    assert names() == []
    assert not Import.objects.exists()
    assert not ImportRow.objects.exists()


def test_bad_rows_stop_it_unless_they_are_skipped(run, tmp_path, capsys):
    with pytest.raises(CommandError) as refused:
        run(MIXED)
    assert refused.value.returncode == 1
    assert str(refused.value) == (
        "Nothing was imported: mend these rows, or leave them out with --skip-bad."
    )
    said = "new.csv: 1 new, 0 changed, 0 unchanged, 1 with errors.\n" + WRONG
    assert capsys.readouterr().out == said
    assert names() == []
    assert not Import.objects.exists()
    errors = tmp_path / "errors.xlsx"
    assert run(MIXED, "--skip-bad", "--errors", str(errors)).startswith(said)
    assert names() == ["Ali"]
    assert [[cell.value for cell in row][:3] for row in load_workbook(errors).active] == [
        ["name", "city", "fees"], ["Sana", "Karachi", "x"],
    ]  # fmt: skip
    csv = tmp_path / "errors.csv"
    run(MIXED + "\n", "--skip-bad", "--errors", str(csv))
    assert csv.read_text("utf-8-sig").startswith("name,city,fees,What is wrong\nSana,Karachi,x,")


def test_many_bad_rows(run, capsys):
    with pytest.raises(CommandError):
        run("name,city,fees\n" + "Ali,Lahore,x\n" * 1_030)
    out = capsys.readouterr().out
    assert out.count("  line") == 20
    assert "  … and 1,010 more rows: --errors FILE writes all of them.\n" in out


def test_the_same_file_again(run):
    run(GOOD)
    before = Import.objects.get().pk
    with pytest.raises(CommandError) as refused:
        run(GOOD)
    assert str(refused.value) == (
        f"This file was imported before (import {before}), and nothing was imported twice. To"
        " import it all the same, add --again."
    )
    assert len(names()) == 2
    assert Import.objects.count() == 1
    run(GOOD, "--again")
    assert len(names()) == 4


def test_nothing_to_do(run):
    ali = make_student(name="Ali")
    content = f"id,name\n{ali.pk},Ali\n"
    for _ in range(2):
        assert run(content) == (
            "new.csv: 0 new, 0 changed, 1 unchanged, 0 with errors.\nThere is nothing to import.\n"
        )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty. Nothing was imported."),
        ("name,student,city,fees\n,,,\n",
         "Its columns aren't clear: the heading “name” may mean Name; the heading “student” may"
         " mean Name. Name them as in the template. Nothing was imported."),
    ],
)  # fmt: skip
def test_a_file_that_is_refused(run, content, words):
    with pytest.raises(CommandError) as refused:
        run(content)
    assert (str(refused.value), refused.value.returncode) == (words, 1)
    assert not Import.objects.exists()


def test_no_such_file(db):
    with pytest.raises(CommandError) as refused:
        call_command("import_students", "nowhere.csv")
    assert refused.value.returncode == 2
    assert str(refused.value) == "nowhere.csv: No such file or directory."


def test_from_standard_input(db, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(GOOD.encode())))
    call_command("import_students", "-")
    assert capsys.readouterr().out.startswith("-: 2 new")
    assert names() == ["Ali", "Sana"]


def test_used_wrongly():
    done = subprocess.run(
        [sys.executable, "manage.py", "import_students"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "the following arguments are required: file" in done.stderr
