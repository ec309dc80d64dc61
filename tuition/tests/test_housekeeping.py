"""Old answers and expired sessions go, whoever calls or nobody."""

import os
import subprocess
import sys
import tempfile
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from api.models import KeptAnswer
from ledger.charging import Terms, begin
from ledger.tests.factories import BY, charged
from students.imports import do_waiting
from students.models import Import, ImportRow, State, Student
from tuition import housekeeping
from tuition.housekeeping import purge_sessions, tidy
from tuition.tests.served import ROOT, environment, serving, wait_for


def make_answer(*, key, hours):
    made = timezone.now() - timedelta(hours=hours)
    KeptAnswer.objects.create(caller="token 1", key=key, body_hash="", answer="{}", created_at=made)


def make_session(*, key, hours):
    expiry = timezone.now() + timedelta(hours=hours)
    Session.objects.create(session_key=key, session_data="", expire_date=expiry)


def left():
    answers, sessions = KeptAnswer.objects.order_by("key"), Session.objects.order_by("pk")
    return [each.key for each in answers] + [each.pk for each in sessions]


def test_what_is_old_goes_and_the_rest_stays(db, monkeypatch):
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)  # so that it takes several turns
    for number in range(5):
        make_answer(key=f"old {number}", hours=24)
        make_session(key=f"expired {number}", hours=-1)
    make_answer(key="young", hours=23)
    make_session(key="in use", hours=1)
    tidy()
    assert left() == ["young", "in use"]


def test_no_more_than_so_many_at_once(db):
    for number in range(3):
        make_session(key=f"expired {number}", hours=-number)
    assert purge_sessions(2) == 2
    assert left() == ["expired 0"]  # the youngest


def make_import(*, hours, state, **facts):
    """With one row."""
    imported = Import.objects.create(
        file_name="a.csv", checksum="0" * 64, size=9, content=b"Name,City", state=state, new=1,
        has_rows=True, **facts,
    )  # fmt: skip
    ImportRow.objects.create(
        imported=imported, line=2, kind="new", name="Sana", city="Lahore", fees="9000"
    )
    made = timezone.now() - timedelta(hours=hours)
    Import.objects.filter(pk=imported.pk).update(created_at=made)
    return imported


def told(imported):
    imported.refresh_from_db()
    return imported.state, imported.rows.count(), imported.content is not None


def test_what_nobody_confirmed_goes_after_a_day(db):
    for state in (State.ASKING, State.READY):
        young = make_import(hours=23, state=state)
        old = make_import(hours=25, state=state)
        tidy()
        assert told(young) == (state, 1, True)
        assert told(old) == (State.CANCELLED, 0, False)


def test_what_is_to_be_written_stays_however_old(db):
    """The machine was off for a day after somebody confirmed it."""
    imported = make_import(hours=25, state=State.WRITING)
    tidy()
    assert told(imported) == (State.WRITING, 1, True)
    do_waiting()
    assert told(imported) == (State.DONE, 0, False)
    assert Student.objects.get().name == "Sana"


def test_what_a_killed_command_left_is_called_off(db):
    for state in (State.READING, State.WRITING):
        imported = make_import(hours=25, state=state, by_hand=True)
        tidy()
        assert told(imported) == (State.CANCELLED, 0, False)


def test_it_waits_for_nobody(transactional_db):
    """Two that tidy at once don't wait for each other, nor for who holds a row."""
    make_session(key="held", hours=-1)
    make_session(key="free", hours=-1)
    other = connection.copy()
    with transaction.atomic():
        Session.objects.select_for_update().get(pk="held")
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = 1000")
        thread = threading.Thread(target=in_another, args=[other])
        thread.start()
        thread.join()
    other.close()
    assert left() == ["held"]


def in_another(other):
    from django.db import connections

    connections["default"] = other
    other.inc_thread_sharing()
    try:
        assert purge_sessions(10) == 1
    finally:
        other.dec_thread_sharing()


class EnoughError(Exception):
    pass


def test_it_goes_on_every_minute_when_the_database_was_down(db, monkeypatch):
    turns, slept = [], []

    def once_down():
        turns.append(len(turns))
        if len(turns) == 1:
            raise OperationalError

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 2:
            raise EnoughError

    monkeypatch.setattr(housekeeping, "tidy", once_down)
    monkeypatch.setattr("tuition.housekeeping.connection.close", lambda: None)
    monkeypatch.setattr("tuition.housekeeping.time.sleep", sleep)
    with pytest.raises(EnoughError):
        housekeeping.every_minute()
    assert (turns, slept) == ([0, 1], [60, 60])


OLD = """
from datetime import timedelta
from django.contrib.sessions.models import Session
from django.utils import timezone
from api.models import KeptAnswer
old = timezone.now() - timedelta(hours=25)
KeptAnswer.objects.create(caller="x", key="x", body_hash="", answer="{}", created_at=old)
Session.objects.create(session_key="x", session_data="", expire_date=old)
"""
LEFT = """
from django.contrib.sessions.models import Session
from api.models import KeptAnswer
print(KeptAnswer.objects.count(), Session.objects.count())
"""


@pytest.mark.hunt
@pytest.mark.parametrize("command", ["run", "serve"])
def test_nobody_need_call(command):
    with tempfile.TemporaryDirectory(prefix="tuition-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        data = Path(name)

        def manage(*args):
            done = subprocess.run(
                [sys.executable, "manage.py", *args], cwd=ROOT, env=environment(data),
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            return done.stdout.strip()

        manage("migrate", "-v0")
        manage("shell", "-v0", "-c", OLD)
        assert manage("shell", "-v0", "-c", LEFT) == "1 1"
        with serving(command, data) as (_, process):
            wait_for(lambda: manage("shell", "-v0", "-c", LEFT) == "0 0", process)


@pytest.mark.django_db
def test_months_that_were_left_half_way_are_gone_on_with(monkeypatch):
    started = []
    monkeypatch.setattr(housekeeping, "start_charging", lambda: started.append(1))
    charged("2026-05")
    housekeeping.go_on_with_months()
    assert started == []
    begin(date(2026, 6, 1), Terms(date(2026, 6, 10), date(2026, 6, 30)), BY)
    housekeeping.go_on_with_months()
    assert started == [1]
