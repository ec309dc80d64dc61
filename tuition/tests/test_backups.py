"""Backups: what is written is read back; what is put back is what was there, or nothing changes."""

import errno
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from api.tests.factories import make_user
from students.models import Student, StudentEvent
from students.tests.factories import make_student
from tuition import backups, housekeeping
from tuition.backups import BackupError
from tuition.postgres import tools
from tuition.tests.served import ROOT, environment, folder


def manage(data, *args, status=0):
    """What a command of manage.py says, of a database in `data`."""
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, args)],
        cwd=ROOT, env=environment(data), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def rows(data):
    """Every row of every table, while a command keeps the server up."""
    script = (
        "from tuition import backups; from django.db import connection; import json;"
        "print(json.dumps(backups.contents(connection.cursor())))"
    )
    return json.loads(manage(data, "shell", "--no-imports", "-c", script).splitlines()[-1])


def test_to_an_empty_machine_and_back(data, tmp_path):
    file = tmp_path / "backup.dump"
    with folder() as empty:
        manage(data, "migrate", "-v0")
        manage(data, "load_sample_students", "--append", "--count", "300")
        said = manage(data, "backup", file)
        assert "Backed up 300 students and 300 changes, and read it back" in said
        assert oct(file.stat().st_mode)[-3:] == "600"
        before = rows(data)
        assert before["students_student"][0] == before["students_studentevent"][0] == 300
        said = manage(empty, "restore", file)
        assert "every table holds what was backed up, and the totals agree" in said
        assert rows(empty) == before
        again = manage(empty, "restore", file, status=1)
        assert "Nothing was changed" in again
        assert "add --replace" in again
        manage(empty, "load_sample_students", "--append", "--count", "5")
        said = manage(empty, "restore", file, "--replace")
        assert "before-restore-" in said
        assert rows(empty) == before
        manage(empty, "load_sample_students", "--append", "--count", "5")  # it works as before


@pytest.fixture
def made(transactional_db, tmp_path):
    """A backup of one student and his history."""
    student = make_student(name="Ali", city="Lahore", fees="5000")
    Student.objects.filter(pk=student.pk).update(fees=6000)
    return backups.back_up(tmp_path / "one.dump")


def test_what_a_backup_says_of_itself(made):
    assert backups.read(made.path) == made._replace(made=made.made.replace(microsecond=0))
    assert (made.students, made.changes) == (1, 2)
    assert "students.0018_history" in made.migrations
    assert not list(made.path.parent.glob("*.half"))
    assert "Ali" not in made.facts.read_text()


def test_put_back_here(made):
    Student.objects.all().delete()
    make_student(name="Later")
    seen = []
    backups.put_back(made, seen.append)
    assert sum(seen) > 10_000
    assert list(Student.objects.values_list("name", "fees")) == [("Ali", 6000)]
    assert StudentEvent.objects.count() == 2
    make_student(name="Next")  # sequences and triggers too
    assert StudentEvent.objects.count() == 3


def damaged(made):
    content = bytearray(made.path.read_bytes())
    content[len(content) // 2] ^= 1
    made.path.write_bytes(content)


def cut_off(made):
    made.path.write_bytes(made.path.read_bytes()[:-2000])


@pytest.mark.parametrize("harm", [damaged, cut_off])
def test_a_damaged_file_is_refused(made, harm):
    harm(made)
    with pytest.raises(CommandError, match=r"is damaged: it isn't what was written. Nothing was"):
        call_command("restore", made.path, "--replace")
    assert Student.objects.get().name == "Ali"


def test_without_the_look_at_the_hash_half_a_file_still_changes_nothing(made):
    cut_off(made)
    make_student(name="Later")
    with pytest.raises(BackupError):
        backups.put_back(made)
    connection.close()
    assert Student.objects.count() == 2


def test_interrupted_between_two_statements_it_changes_nothing(made, monkeypatch):
    """By Ctrl-C or a kill: psql is told no more, as at the end of a whole backup."""
    with tools.start("pg_restore", "--file=-", made.path, stdout=subprocess.PIPE) as reading:
        sql = reading.stdout.read()
    end = sql.index(b");\n", sql.index(b"CREATE TABLE public.students_student ")) + 3
    monkeypatch.setattr(backups, "CHUNK", 1)
    make_student(name="Later")
    left = end

    def interrupted(size):
        nonlocal left
        left -= size
        if not left:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backups.put_back(made, interrupted)
    assert Student.objects.count() == 2


def test_rows_that_are_not_what_they_were_change_nothing(made):
    """As if the file were of another moment than its facts: the check takes all back."""
    made.tables["students_student"][1] = "1"
    make_student(name="Later")
    with pytest.raises(BackupError, match="The table students_student is not what was backed up"):
        backups.put_back(made)
    assert Student.objects.count() == 2


def test_without_the_check_they_would_be_there(made, monkeypatch):
    monkeypatch.setattr(backups, "checks", lambda backup: "")
    made.tables["students_student"][1] = "1"
    make_student(name="Later")
    backups.put_back(made)
    assert Student.objects.count() == 1


def test_a_newer_one_is_refused(made):
    facts = json.loads(made.facts.read_text())
    facts["migrations"].append("students.9999_later")
    made.facts.write_text(json.dumps(facts))
    with pytest.raises(CommandError, match=r"was made by Tuition .*, which is newer than this"):
        call_command("restore", made.path, "--replace")


def test_who_is_connected_goes_first(made):
    params = connection.get_connection_params()
    other = psycopg2.connect(
        **{name: params[name] for name in ("host", "port", "user", "dbname") if name in params}
    )
    try:
        with pytest.raises(
            CommandError, match=r"Somebody else is connected .*: stop Tuition first"
        ):
            call_command("restore", made.path, "--replace")
    finally:
        other.close()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"made": 5}'])
def test_facts_that_are_none(tmp_path, content):
    file = tmp_path / "x.dump"
    with pytest.raises(BackupError, match="is not there: a backup is two files"):
        backups.read(file)
    (tmp_path / "x.dump.json").write_text(content)
    with pytest.raises(BackupError, match="can't be read as a backup's facts"):
        backups.read(file)


def test_a_file_that_is_there_stays(made):
    with pytest.raises(CommandError, match="is there already, and stays"):
        call_command("backup", made.path)
    half = made.path.with_name("two.dump.half")
    half.write_text("x")
    with pytest.raises(CommandError, match="another backup is being made, or was killed"):
        call_command("backup", made.path.with_name("two.dump"))
    assert half.read_text() == "x"


def test_a_folder_that_can_t_be_written(made, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="file"):
        call_command("backup", tmp_path / "file" / "x.dump")


def test_a_disk_that_gives_back_something_else(transactional_db, tmp_path, monkeypatch):
    monkeypatch.setattr(backups, "hash_of", lambda path: "another")
    with pytest.raises(BackupError, match="the disk gave back something else than was written"):
        backups.back_up(tmp_path / "x.dump")
    assert not list(tmp_path.iterdir())


def test_a_failing_pg_dump_leaves_nothing(transactional_db, tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "program", lambda name: "/bin/false")
    with pytest.raises(BackupError, match="pg_dump failed: no reason given"):
        backups.back_up(tmp_path / "x.dump")
    assert not list(tmp_path.iterdir())


# -- Every day -------------------------------------------------------------------------------------


def kept(folder, **age):
    """A backup of such an age, for who looks only at its facts."""
    made = datetime.now(UTC) - timedelta(**age)
    path = folder / f"tuition-{made:%Y-%m-%dT%H%M%SZ}.dump"
    path.write_text("")
    backups.write_facts(backups.Backup(path, made, "1", "", {}, []))
    return path


@pytest.fixture
def daily(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path
    return tmp_path


def test_one_a_day_for_fourteen_days(transactional_db, daily):
    files = [kept(daily, days=days, minutes=1) for days in range(20, 0, -1)]
    (daily / "tuition-x.dump.half").write_text("")
    os.utime(daily / "tuition-x.dump.half", (0, 0))
    assert backups.is_due()
    call_command("backup", "--daily")
    assert not backups.is_due()
    assert [path for path in files if path.exists()] == files[7:]
    assert len(backups.in_folder(daily)) == 14
    call_command("backup", "--daily")
    assert len(backups.in_folder(daily)) == 14
    assert not list(daily.glob("*.half"))


def test_what_somebody_named_himself_stays(daily):
    named = kept(daily, days=100)
    for end in ("", ".json"):
        named.with_name(f"{named.name}{end}").rename(daily / f"before-restore-1.dump{end}")
    kept(daily, days=1)
    backups.remove_old(daily)
    assert (daily / "before-restore-1.dump").exists()


def test_one_from_a_clock_that_was_ahead_is_not_the_last(daily):
    kept(daily, days=-3000)
    assert backups.is_due()
    assert "There is no good backup" in backups.warning()


def test_a_broken_disk_keeps_no_admin_out(db, daily, monkeypatch):
    def broken(*args):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "is_dir", broken)
    assert backups.is_due()
    assert "There is no good backup" in backups.warning()


def test_the_last_one_stays_however_old(daily):
    old = kept(daily, days=100)
    backups.remove_old(daily)
    assert old.exists()


def test_housekeeping_makes_it(daily, monkeypatch, caplog):
    caplog.set_level("INFO")
    asked = []

    def run(command, **kwargs):
        asked.append(command)
        return subprocess.CompletedProcess(command, returncode, "", "Error: the disk is full")

    monkeypatch.setattr(subprocess, "run", run)
    returncode = 1
    housekeeping.back_up_daily()
    assert asked[0][-2:] == ["backup", "--daily"]
    assert "the daily backup failed: Error: the disk is full" in caplog.text
    returncode = 0
    housekeeping.back_up_daily()
    assert "backed up" in caplog.text
    kept(daily, hours=1)
    housekeeping.back_up_daily()
    assert len(asked) == 2


@pytest.mark.parametrize("page", ["/accounts/login/", "/admin/login/"])
@pytest.mark.parametrize(
    ("age", "words"),
    [
        (None, "There is no good backup"),
        ({"days": 3}, "The last good backup is 3 days old"),
        ({"hours": 47}, ""),
    ],
)
def test_an_admin_is_told_when_he_signs_in(db, daily, page, age, words):
    for name, superuser in (("boss", True), ("clerk", False)):
        user = make_user(name=name, is_staff=True, is_superuser=superuser)
        user.set_password("right-password-1")
        user.save()
    if age:
        kept(daily, **age)
    for name in ("boss", "clerk"):
        client = Client()
        signed_in = {"username": name, "password": "right-password-1"}
        client.post(page, signed_in)
        shown = client.get("/accounts/password_change/").content.decode()
        assert ("backup" in shown) == bool(words and name == "boss")
        assert words in shown or name == "clerk"


def test_another_s_database_is_backed_up_where_a_folder_is_named(settings, daily):
    assert backups.is_due()
    settings.BACKUP_DIR = None
    assert not backups.is_due()
    assert backups.warning() == ""
    with pytest.raises(CommandError, match="Name a file, or set BACKUP_DIR"):
        call_command("backup")
