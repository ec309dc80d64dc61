"""Passwords are hashed aside: never by all threads at once, and after whatever else is to be done.

Hashing is slow by design, and takes a whole core. A few people who sign in at once, or one who
guesses, would otherwise keep everybody waiting.
"""

import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher

T = TypeVar("T")
LESS = 10  # of priority: of a busy core a tenth is left to it


class Busy(Exception):  # noqa: N818 - nothing broke: it passes
    """Somebody else's password is being hashed."""


@contextmanager
def lane(name: str) -> Iterator[None]:
    """On this machine one at a time is in a lane, whichever process it is; raises Busy.

    Nobody waits in it: a thread that waits can't serve others. The kernel frees it when a process
    dies.
    """
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    path = settings.DATA_DIR / f"hashing.{name}.lock"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield
    finally:
        os.close(file)


class Hasher(PBKDF2PasswordHasher):
    """Django's, done by a thread that gives way to others."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        hashed: str = aside(lambda: super(Hasher, self).encode(password, salt, iterations))
        return hashed


def aside(act: Callable[[], T]) -> T:
    return threads(os.getpid()).submit(act).result()


@cache  # a forked child has none of its parent's threads
def threads(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="hashing", initializer=give_way)


def give_way() -> None:
    """On Linux a thread has a priority of its own; elsewhere it would be the whole process's.

    Never one above that which the process was given: only root may take that.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + LESS
        os.setpriority(os.PRIO_PROCESS, thread, min(niceness, 19))
