"""`import_register`: its words, its exit status, and that it is all or nothing."""

import pytest
from django.core.management import CommandError, call_command

from ledger.models import Entry, Receipt, Register
from students.tests.factories import make_student

MIXED = "name,owed\nAli,12500\nSana,100\nAli,0\n"
WRONG = "  line 3, Name, “Sana”: Nobody is called so: mend the name, or add the student first.\n"


@pytest.fixture
def run(db, tmp_path, capsys):
    """Runs the command on a file of this content; what it printed."""
    make_student(name="Ali")

    def run(content, *options):
        path = tmp_path / "old.csv"
        path.write_text(content)
        call_command("import_register", str(path), *options)
        return capsys.readouterr().out

    return run


def test_opening_balances(run):
    out = run("name,owed\nAli,12500\n", "--openings")
    register = Register.objects.get()
    assert out == (
        "old.csv: 1 good, Rs 12,500 in all; 0 with errors, 0 of nothing.\n"
        f"Booked as register {register.pk}; the site can undo it.\n"
    )
    assert Entry.objects.get().by == "command import_register"


def test_payments(run):
    run("name,amount,day\nAli,3000,05/03/2026\n", "--payments")
    assert str(Receipt.objects.get().total) == "3000.00"


def test_only_looking(run):
    out = run(MIXED, "--openings", "--dry-run")
    assert out == "old.csv: 1 good, Rs 12,500 in all; 1 with errors, 1 of nothing.\n" + WRONG
    assert not Register.objects.exists()


def test_bad_rows_stop_it_unless_they_are_skipped(run):
    with pytest.raises(CommandError) as error:
        run(MIXED, "--openings")
    assert str(error.value) == (
        "There are rows with errors: mend them, or leave them out. Nothing was booked."
    )
    assert not Register.objects.exists()
    run(MIXED, "--openings", "--skip-bad")
    assert str(Entry.objects.get().amount) == "12500.00"


def test_the_same_file_again(run):
    run("name,owed\nAli,5\n", "--openings")
    with pytest.raises(CommandError, match="booked before"):
        run("name,owed\nAli,5\n", "--openings")
    run("name,owed\nAli,5\n", "--openings", "--again")
    assert Entry.objects.count() == 2


def test_what_is_no_sheet(run):
    with pytest.raises(CommandError, match=r"The file is empty\. Nothing was booked\."):
        run("", "--openings")
    with pytest.raises(CommandError, match="No such file") as error:
        call_command("import_register", "/nowhere.csv", "--openings")
    assert error.value.returncode == 2
    with pytest.raises(CommandError, match="--openings --payments is required"):
        run("")
