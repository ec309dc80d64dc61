"""Backups: the whole database in one file that is read back, and put back whole or not at all.

A backup is what pg_dump writes (custom format), and beside it FILE.json: what was in it, by which
restoring is checked. Both are taken of one moment, while everybody works on.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tuition import __version__
from tuition.postgres import tools

EVERY, KEPT, TOO_OLD = timedelta(days=1), timedelta(days=14), timedelta(days=2)
CHUNK = 1024**2  # bytes
Progress = Callable[[int], object]  # told how many bytes more

# What a table holds, whatever the order: restoring has to give the same.
CONTENT = (
    "SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)::text"
    ' FROM public."{table}" AS row'
)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# By which a row is always the same text.
SPELLING = """
SET timezone = 'UTC'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres';
SET bytea_output = 'hex'; SET extra_float_digits = 1;
"""
# Everything of ours, and nothing of an extension's: what is put back takes its place.
CLEAR = """
SET client_min_messages = warning;
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', each.name);
    END LOOP;
    FOR each IN
        SELECT oid::regprocedure::text AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e'
        )
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', each.name);
    END LOOP;
END $$;
"""
CHECK = """
DO $$ BEGIN
    IF ({content}) IS DISTINCT FROM ROW({count}::bigint, '{digest}'::text) THEN
        RAISE EXCEPTION 'The table {table} is not what was backed up.';
    END IF;
END $$;
"""


class BackupError(Exception):
    """Why nothing was backed up, or put back: one line for the person who asked."""


class Backup(NamedTuple):
    path: Path
    made: datetime
    version: str  # of Tuition
    sha256: str
    tables: dict[str, list[Any]]  # name -> [rows, digest]
    migrations: list[str]  # applied: "students.0001_students"

    @property
    def students(self) -> int:
        return int(self.tables.get("students_student", [0])[0])

    @property
    def changes(self) -> int:
        return int(self.tables.get("students_studentevent", [0])[0])

    @property
    def users(self) -> int:
        return int(self.tables.get("auth_user", [0])[0])

    @property
    def facts(self) -> Path:
        return facts_of(self.path)


def facts_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


# -- Backing up ------------------------------------------------------------------------------------


def default_path(folder: Path) -> Path:
    return folder / f"tuition-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.dump"


def back_up(path: Path, progress: Progress = lambda size: None) -> Backup:
    """Write and read back; the file has its name only when it is whole and good."""
    half = path.with_name(f"{path.name}.half")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with half.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)  # families' names and fees are in it
            tables, migrations, sha256 = dump(file, progress)
            os.fsync(file.fileno())
        read_back(half, sha256)
        made = Backup(path, datetime.now(UTC), __version__, sha256, tables, migrations)
        write_facts(made)
        half.rename(path)
    except FileExistsError as error:
        if error.filename != str(half):
            raise BackupError(f"{error.filename}: {error.strerror}.") from None
        words = f"{half} is there: another backup is being made, or was killed."
        raise BackupError(words) from None
    except OSError as error:
        half.unlink(missing_ok=True)
        raise BackupError(f"{error.filename or path}: {error.strerror}.") from None
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    return made


def dump(file: Any, progress: Progress) -> tuple[dict[str, list[Any]], list[str], str]:
    """Tables and migrations, and the hash of what pg_dump wrote of the same moment."""
    digest = hashlib.sha256()
    with snapshot() as name, connection.cursor() as cursor:
        tables, migrations = contents(cursor), applied()
        args = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}")
        with tools.start("pg_dump", *args, stdout=subprocess.PIPE) as writing:
            while chunk := cast(IO[bytes], writing.stdout).read(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                progress(len(chunk))
            refuse_failure(writing, "pg_dump")
    return tables, migrations, digest.hexdigest()


@contextmanager
def snapshot() -> Iterator[str]:
    """One moment of the database: its name, by which others see the same."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute(SPELLING.replace("SET ", "SET LOCAL "))
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        yield name


def applied() -> list[str]:
    return sorted(
        f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
    )


def contents(cursor: Any) -> dict[str, list[Any]]:
    cursor.execute(TABLES)
    tables = {}
    for (table,) in cursor.fetchall():
        cursor.execute(CONTENT.format(table=table))
        tables[table] = list(cursor.fetchone())
    return tables


def read_back(path: Path, sha256: str) -> None:
    """Raises BackupError unless the disk gives back what was written, and it can be read."""
    if hash_of(path) != sha256:
        raise BackupError(f"{path}: the disk gave back something else than was written.")
    with tools.start("pg_restore", "--file=/dev/null", path) as reading:
        refuse_failure(reading, "pg_restore")


def hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def refuse_failure(process: "subprocess.Popen[bytes]", name: str) -> None:
    """Raises BackupError with the reason, which may not quote a row."""
    said = process.stderr.read().decode(errors="replace") if process.stderr else ""
    if process.wait():
        reasons = [line for line in said.splitlines() if "error:" in line or "ERROR:" in line]
        reason = (reasons or said.splitlines() or ["no reason given"])[0]
        raise BackupError(f"{name} failed: {reason.strip()}")


def write_facts(backup: Backup) -> None:
    facts = {
        "made": backup.made.isoformat(timespec="seconds"),
        "version": backup.version,
        "sha256": backup.sha256,
        "migrations": backup.migrations,
        "tables": backup.tables,
    }
    half = backup.facts.with_name(f"{backup.facts.name}.half")
    half.write_text(json.dumps(facts, indent=1) + "\n")
    half.chmod(0o600)
    half.rename(backup.facts)


# -- What there is ---------------------------------------------------------------------------------


def read(path: Path) -> Backup:
    """The backup in this file, unread; raises BackupError where it isn't one."""
    try:
        facts = json.loads(facts_of(path).read_text())
        made = datetime.fromisoformat(facts["made"])
        told = (facts["version"], facts["sha256"], dict(facts["tables"]), facts["migrations"])
        return Backup(path, made, *told)
    except FileNotFoundError as error:
        raise BackupError(f"{error.filename} is not there: a backup is two files.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupError(f"{facts_of(path)} can't be read as a backup's facts.") from None


def in_folder(folder: Path) -> list[Backup]:
    """The good ones that were made without a name of their own, oldest first.

    Not those whose clock was ahead by an hour or more: they would be the last ones for years.
    """
    found = []
    soon = datetime.now(UTC) + timedelta(hours=1)
    for path in folder.glob("tuition-*.dump"):
        try:
            backup = read(path)
        except BackupError:
            continue  # half a pair
        if backup.made < soon:
            found.append(backup)
    return sorted(found, key=lambda backup: backup.made)


def remove_old(folder: Path) -> None:
    """Those older than KEPT, but never the last one; and what killed ones have left."""
    now = datetime.now(UTC)
    for backup in in_folder(folder)[:-1]:
        if now - backup.made > KEPT:
            backup.path.unlink(missing_ok=True)
            backup.facts.unlink(missing_ok=True)
    for half in folder.glob("tuition-*.half"):
        if now.timestamp() - half.stat().st_mtime > timedelta(days=1).total_seconds():
            half.unlink(missing_ok=True)


# -- Putting back ----------------------------------------------------------------------------------


def check(backup: Backup) -> None:
    """Raises BackupError unless the file is the one that was written."""
    try:
        if hash_of(backup.path) != backup.sha256:
            raise BackupError(f"{backup.path} is damaged: it isn't what was written.")
    except OSError as error:
        raise BackupError(f"{backup.path}: {error.strerror}.") from None


def refuse_newer(backup: Backup) -> None:
    """Raises BackupError for a backup of a later Tuition than this."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if set(backup.migrations) - known:
        raise BackupError(
            f"{backup.path} was made by Tuition {backup.version}, which is newer than this"
            f" ({__version__}): restore it with that one."
        )


def others_connected() -> int:
    """How many connections to this database there are beside ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def put_back(backup: Backup, progress: Progress = lambda size: None) -> None:
    """In one transaction: take away what is there, put back, compare every table. Or nothing.

    Its COMMIT is sent last: psql's own way of one transaction would keep what came until this
    process was killed.
    """
    connection.close()
    args = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
    reading = tools.start(
        "pg_restore", "--no-owner", "--no-privileges", "--file=-", backup.path,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    writing = tools.start("psql", *args, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    connection.close()
    with reading, writing:
        rows, into = cast(IO[bytes], reading.stdout), cast(IO[bytes], writing.stdin)
        try:
            into.write(f"BEGIN;\n{CLEAR}".encode())
            while chunk := rows.read(CHUNK):
                into.write(chunk)
                progress(len(chunk))
            if reading.wait():
                writing.kill()  # what came is not all: nothing of it stays
                refuse_failure(reading, "pg_restore")
            into.write(f"{checks(backup)}COMMIT;\n".encode())
            into.close()
        except BrokenPipeError:
            reading.kill()
        refuse_failure(writing, "psql")


def checks(backup: Backup) -> str:
    """SQL that fails, and takes everything back, where a table is not what it was."""
    compared = [
        CHECK.format(
            content=CONTENT.format(table=table)
            .replace("SELECT ", "SELECT ROW(", 1)
            .replace(" FROM public", ") FROM public", 1),
            count=count,
            digest=digest,
            table=table,
        )
        for table, (count, digest) in backup.tables.items()
    ]
    return SPELLING + "".join(compared)


# -- Every day -------------------------------------------------------------------------------------


def last_good() -> Backup | None:
    folder = settings.BACKUP_DIR
    try:
        return next(reversed(in_folder(folder)), None) if folder and folder.is_dir() else None
    except OSError:  # a disk that was pulled out, or is broken: no backup is to be had from there
        return None


def is_due() -> bool:
    """Whether there is a folder for daily backups, and none of today in it."""
    if not settings.BACKUP_DIR or settings.DEBUG:
        return False
    last = last_good()
    return last is None or datetime.now(UTC) - last.made >= EVERY


def warning() -> str:
    """What an admin should know of the backups; "" when all is well."""
    if not settings.BACKUP_DIR or settings.DEBUG:
        return ""
    last = last_good()
    if last is None:
        return _("There is no good backup where they belong: see docs/backup.md.")
    age = datetime.now(UTC) - last.made
    if age < TOO_OLD:
        return ""
    words = ngettext(
        "The last good backup is %(days)s day old: see the log for why.",
        "The last good backup is %(days)s days old: see the log for why.",
        age.days,
    )
    return words % {"days": age.days}
