"""Whose work an import is."""

import threading
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from students.imports import checking, do_waiting, work
from students.imports.work import claimed
from students.models import Import, ImportRow, State, Student

CONTENT = b"Name,City,Fees\nSana,Lahore,9000\n"


def test_the_site_undoes_what_the_command_brought(editor, tmp_path):
    file = tmp_path / "students.csv"
    file.write_bytes(CONTENT)
    call_command("import_students", str(file), verbosity=0)
    assert Student.objects.get().name == "Sana"
    imported = Import.objects.get()
    editor.post(imported.get_absolute_url(), {"step": "undo"})
    imported.refresh_from_db()
    assert imported.state == State.UNDONE
    assert not Student.objects.exists()


def test_nobody_takes_up_what_is_still_being_checked(transactional_db, monkeypatch):
    """However long it takes: he would begin by deleting the rows, and leave it without any."""
    Import.objects.create(file_name="a.csv", checksum="0" * 64, size=32, content=CONTENT)
    monkeypatch.setattr(
        "students.models.imports.LEASE", timedelta(0)
    )  # it is over when the checking begins
    found = []

    def another():
        found.append(claimed())
        connection.close()

    def long_check(imported):
        thread = threading.Thread(target=another)
        thread.start()
        thread.join()

    monkeypatch.setattr(checking, "warn", long_check)
    do_waiting()
    assert found == [None]
    imported = Import.objects.get()
    assert (imported.state, imported.new, imported.rows.count()) == (State.READY, 1, 1)


def poisoned(monkeypatch, message="Secret Name pays 1"):
    """The first import breaks whoever reads it."""
    real = work.read

    def read(imported, *args):
        if imported.file_name == "bad.csv":
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s::integer", [message])
        real(imported, *args)

    monkeypatch.setattr(work, "read", read)


def test_one_that_breaks_keeps_no_other_waiting(transactional_db, monkeypatch, caplog, capfd):
    poisoned(monkeypatch)
    for name in ("bad.csv", "good.csv"):
        Import.objects.create(file_name=name, checksum="0" * 64, size=32, content=CONTENT)
    do_waiting()
    states = dict(Import.objects.values_list("file_name", "state"))
    assert states == {"bad.csv": State.READING, "good.csv": State.READY}
    for _ in range(3):
        Import.objects.update(busy_until=None)
        do_waiting()
    assert Import.objects.get(file_name="bad.csv").state == State.REFUSED
    assert "Secret" not in caplog.text + "".join(capfd.readouterr())
    assert "DataError 22P02" in caplog.text


def test_what_breaks_as_it_is_checked_is_given_up_too(transactional_db, monkeypatch):
    def broken(*args, **told):
        raise RuntimeError

    monkeypatch.setattr(work, "check", broken)
    Import.objects.create(file_name="a.csv", checksum="0" * 64, size=32, content=CONTENT)
    for _ in range(4):
        Import.objects.update(busy_until=None)
        do_waiting()
    assert Import.objects.get().state == State.REFUSED


def test_only_so_many_work_at_once(transactional_db):
    Import.objects.create(file_name="a.csv", checksum="0" * 64, size=32, content=CONTENT)
    others = [connection.copy() for _ in range(work.SLOTS)]
    for number, other in enumerate(others):
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [work.SLOT, number])
    assert do_waiting() == 0
    others[1].close()
    assert do_waiting() == 1
    others[0].close()


def test_rows_that_are_gone_are_not_called_imported(transactional_db):
    Import.objects.create(file_name="a.csv", checksum="0" * 64, size=32, content=CONTENT)
    do_waiting()
    ImportRow.objects.all().delete()
    Import.objects.update(state=State.WRITING)
    do_waiting()
    assert Import.objects.get().state == State.WRITING  # until it is given up
    assert not Student.objects.exists()


def test_what_another_is_late_with_is_left_to_him(transactional_db):
    """Its lease is over, and he holds it: nobody goes round and round meanwhile."""
    Import.objects.create(file_name="a.csv", checksum="0" * 64, size=32, content=CONTENT)
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT FROM students_import FOR UPDATE")
    assert do_waiting() == 0
    other.rollback()
    other.close()
    assert do_waiting() == 1


def test_who_was_silent_for_too_long_takes_nothing_from_the_next(db):
    Import.objects.create(file_name="a.csv", checksum="0" * 64, size=32, content=CONTENT)
    first = claimed()
    Import.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    second = claimed()
    ImportRow.objects.create(imported=second, line=2, kind="new")
    work.do(first)
    assert Import.objects.get().busy_until == second.busy_until
    assert ImportRow.objects.count() == 1


def test_pressed_again_it_is_tried_as_often_again(db):
    Import.objects.create(
        file_name="a.csv", checksum="0" * 64, size=32, content=CONTENT, options={"tries": 3},
        state=State.WRITING,
    )  # fmt: skip
    do_waiting()
    imported = Import.objects.get()
    assert (imported.state, imported.options.get("tries")) == (State.READY, None)
