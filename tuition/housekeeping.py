"""What grows old goes, whoever calls or nobody: kept answers after a day, sessions
as they expire, tries to sign in when they count no more, files of imports after a day.

A thread of the first worker of `run` and `serve` looks when it starts and every minute. Several
such get on: none waits for rows that another deletes.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from api.idempotency import purge_answers
from ledger.charging import start as start_charging
from ledger.models import Run
from students.imports import purge_imports
from students.imports import start as start_imports
from students.models import Import
from tuition import backups
from tuition.models import SignInTry

logger = logging.getLogger(__name__)
EVERY = 60  # seconds
AT_ONCE = 500  # rows in one statement
PAUSE = 0.1  # seconds between two


def keep_house() -> None:
    threading.Thread(target=every_minute, name="housekeeping", daemon=True).start()


def every_minute() -> None:
    while True:
        try:
            tidy()
            back_up_daily()
            go_on_with_imports()
            go_on_with_months()
        except (DatabaseError, InterfaceError):
            pass  # it is down or busy, which its callers are told of: another minute will do
        except Exception:  # this thread has nobody to tell, and must not end
            logger.exception("housekeeping failed; it tries again in a minute")
        finally:
            connection.close()
        time.sleep(EVERY)


def back_up_daily() -> None:
    """In a process of its own, and after whatever else is to be done: it takes a while."""
    if not backups.is_due():
        return
    command = ["nice", sys.executable, str(settings.BASE_DIR / "manage.py"), "backup", "--daily"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        logger.error("the daily backup failed: %s", done.stderr.strip().rpartition("\n")[2])
    else:
        logger.info("backed up")


def go_on_with_imports() -> None:
    """Of whoever was killed with work in hand; a page that brings some starts it itself."""
    if Import.objects.waiting().exists():
        start_imports()


def go_on_with_months() -> None:
    """Of whoever was killed while charging one."""
    if Run.objects.filter(done_at=None).exists():
        start_charging()


def tidy() -> None:
    purges: tuple[Callable[[int], int], ...] = (
        purge_answers,
        purge_sessions,
        purge_tries,
        purge_imports,
    )
    for purge in purges:
        while purge(AT_ONCE) == AT_ONCE:
            time.sleep(PAUSE)


def purge_sessions(most: int) -> int:
    """Delete some that have expired; how many."""
    old = Session.objects.filter(expire_date__lte=timezone.now()).order_by("expire_date")
    some = old.select_for_update(skip_locked=True).values("pk")[:most]
    return Session.objects.filter(pk__in=some).delete()[0]


def purge_tries(most: int) -> int:
    """Delete some tries to sign in that no longer count; how many."""
    some = SignInTry.objects.outdated().select_for_update(skip_locked=True).values("pk")[:most]
    return SignInTry.objects.filter(pk__in=some).delete()[0]
