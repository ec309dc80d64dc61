"""Who does the work of the site's imports: a process of its own, at low priority.

A page starts it (`start`), and it does whatever waits (`do_waiting`), each import by one of several
such at a time. What it has come to stands in the database: one that is killed leaves an import that
waits again, and the project's housekeeping starts another within a minute or so. Reading begins
anew; writing and undoing are each one transaction.
"""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from sheets.reading import Limits
from students.imports.checking import check
from students.imports.reading import read
from students.imports.writing import undo, write
from students.models import Import, ImportRow, State
from students.models.imports import LEASE, Cancelled

logger = logging.getLogger("tuition.imports")
SLOTS = 2  # processes that work at once: a long file doesn't keep a short one waiting
SLOT = 8_451_024  # an advisory lock's key: any number that nobody else uses
MOST_TRIES = 3  # of one step: what ends its process every time is given up
COMMAND = "work_imports"


def limits() -> Limits:
    return Limits(
        rows=settings.IMPORT_MAX_ROWS,
        cells=settings.IMPORT_MAX_CELLS,
        unpacked=settings.IMPORT_MAX_UNPACKED_MB * 1_000_000,
    )


def start() -> None:
    """Have what waits done; nobody waits for it."""
    start_command(COMMAND)


def start_command(*words: str) -> None:
    """A command of manage.py's in a process of its own, at low priority."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    nice = ["nice"] if os.name == "posix" else []
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603
        [*nice, *command], stdin=nothing, stdout=nothing, start_new_session=True
    )
    children.append(process)
    children[:] = [child for child in children if child.poll() is None]  # or they stay as zombies


children: list[subprocess.Popen[bytes]] = []


def do_waiting() -> int:
    """How many steps were done; 0 also where SLOTS others are at it, who will come to the rest."""
    done = 0
    while Import.objects.waiting().exists():  # again: one may have come as the last was done
        with slot() as free:
            if not free:
                break
            before = done
            while imported := claimed():
                do(imported)
                done += 1
            if done == before:  # what waits is another's still, who is late
                break
    return done


@contextmanager
def slot() -> Iterator[bool]:
    """Whether this process is one of the SLOTS that work at once; the lock goes with it."""
    with connection.cursor() as cursor:
        for number in range(SLOTS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SLOT, number])
            if cursor.fetchone()[0]:
                try:
                    yield True
                finally:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SLOT, number])
                return
    yield False


def claimed() -> Import | None:
    """The next that waits, for LEASE; what is read renews it."""
    with transaction.atomic():
        some = Import.objects.waiting().select_for_update(skip_locked=True).order_by("pk")
        imported = some.first()
        if not imported:
            return None
        tries = imported.options.get("tries", 0) + 1
        imported.options["tries"] = tries
        imported.busy_until = timezone.now() + LEASE
        if tries > MOST_TRIES:
            give_up(imported)
        imported.save(update_fields=["options", "busy_until", "state"])
    return imported


def give_up(imported: Import) -> None:
    before = {State.READING: State.REFUSED, State.WRITING: State.READY, State.UNDOING: State.DONE}
    imported.state = before[State(imported.state)]
    imported.options |= {"notice": "broken", "refusal": {"code": "broken"}}
    del imported.options["tries"]  # who presses again has as many


def do(imported: Import) -> None:
    """One step. What goes wrong is tried again when its lease is over; others needn't wait."""
    try:
        match imported.state:
            case State.READING:
                do_read(imported)
            case State.WRITING:
                write(imported.pk, may_add_families=may_add_families(imported.confirmed_by))
            case State.UNDOING:
                undo(imported.pk)
    except Exception as error:  # its text may hold what a student is called, or pays
        cause = getattr(error.__cause__, "pgcode", None) or ""
        logger.error("import %s failed: %s %s", imported.pk, type(error).__name__, cause)
    else:
        mine = Import.objects.filter(pk=imported.pk, busy_until=imported.busy_until)
        mine.update(busy_until=None)


def do_read(imported: Import) -> None:
    try:
        read(imported, io.BytesIO(imported.content or b""), limits())
        if imported.state == State.READING:
            check(imported, may_add_families=may_add_families(imported.user))
    except Cancelled:
        if Import.objects.filter(pk=imported.pk, state=State.CANCELLED).exists():
            ImportRow.objects.filter(imported=imported).delete()


def may_add_families(user: Any) -> bool:
    return user is not None and bool(user.has_perm("students.add_family"))


def purge_imports(most: int) -> int:
    """Let go of some files and rows that are a day old; how many imports. These stay."""
    with transaction.atomic():
        old = Import.objects.outdated().defer("content")
        some = list(old.select_for_update(skip_locked=True).order_by("pk")[: min(most, 10)])
        for imported in some:
            ImportRow.objects.filter(imported=imported).delete()
            unfinished = [State.READING, State.ASKING, State.READY, State.WRITING]
            state = State.CANCELLED if imported.state in unfinished else imported.state
            Import.objects.filter(pk=imported.pk).update(content=None, has_rows=False, state=state)
    return len(some)
