"""The embedded PostgreSQL: made, started and stopped on demand, shared by this project's processes.

Two lock files stand beside the data folder, and the kernel lets go of both when a process dies:

* `postgres.users`: every process that uses the server holds it shared. Who can have it alone is
  the last one.
* `postgres.lock`: held while the server is made, started or stopped.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from .cluster import INSTEAD, PORT, Cluster, PostgresUnavailable, disk_full, owner, socket_dir

__all__ = ["PORT", "PostgresUnavailable", "acquire", "ensure_running", "release", "socket_dir"]

if sys.platform != "win32":
    import fcntl

_shares: dict[Path, int] = {}
_locks: set[int] = set()
_mutex = threading.Lock()


def acquire(data: Path) -> None:
    """Take this process's share of the server: until `release` no other process stops it."""
    if data in _shares:  # the normal path, at every connection
        return
    if sys.platform == "win32":
        raise PostgresUnavailable(f"Tuition's own PostgreSQL needs Linux or macOS: {INSTEAD}.")
    with _explained(data), _mutex:
        if data not in _shares:
            data.resolve().parent.mkdir(parents=True, exist_ok=True)
            if (sockets := socket_dir(data)) != data.resolve():
                # In /tmp anybody could have put a server there that listens in our place.
                sockets.mkdir(mode=0o700, exist_ok=True)
                owners = {os.geteuid(), owner(data)}
                if not stat.S_ISDIR(sockets.lstat().st_mode) or owner(sockets) not in owners:
                    raise PostgresUnavailable(
                        f"{sockets} belongs to somebody else: remove it, or set DATA_DIR to a "
                        "shorter path."
                    )
            share = _open(data, "users")
            fcntl.flock(share, fcntl.LOCK_SH)  # waits for a process that is stopping the server
            _shares[data] = share


def ensure_running(data: Path) -> None:
    """Make, start, or wait for the server; return when it takes connections."""
    with _explained(data), _starting(data):
        cluster = Cluster(data)
        cluster.prepare()
        cluster.start()
        cluster.create_database()


def release() -> None:
    """Give up this process's share; the last process stops the server. Runs at exit by itself."""
    with _mutex:
        for data, share in list(_shares.items()):
            # One after the other: of two leaving at once, the second finds itself the last.
            # Nobody is left to tell about a failure, and the next start copes with what remains.
            with contextlib.suppress(OSError, PostgresUnavailable), _starting(data):
                try:
                    fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    Cluster(data).stop()
                finally:
                    _close(_shares.pop(data))


atexit.register(release)


def _forget() -> None:
    """In a forked child: a lock belongs to the open file, which is the parent's too.

    With the parent's share the child could take the whole lock and stop the server under it; the
    start lock would stay held for as long as the child lives.
    """
    global _mutex
    _mutex = threading.Lock()
    _shares.clear()
    for lock in list(_locks):
        _close(lock)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget)


def _open(data: Path, suffix: str) -> int:
    path = Path(f"{data.resolve()}.{suffix}")
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    _locks.add(lock)
    return lock


def _close(lock: int) -> None:
    _locks.discard(lock)
    os.close(lock)


@contextlib.contextmanager
def _starting(data: Path) -> Iterator[None]:
    lock = _open(data, "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        _close(lock)


@contextlib.contextmanager
def _explained(data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(data) from None
        raise PostgresUnavailable(
            f"{error.filename or data}: {error.strerror}. Give Tuition a folder it can write with "
            f"DATA_DIR, or {INSTEAD}."
        ) from None
