"""Whose work an import is."""

import threading
from datetime import timedelta

from django.core.management import call_command
from django.db import connection

from students.imports import checking, do_waiting, reading
from students.imports.work import claimed
from students.models import Import, State, Student

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
    monkeypatch.setattr(reading, "LEASE", timedelta(0))  # it is over when the checking begins
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
