"""Where and how wide Tuition is served; shared by `run` and `serve`."""

import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import OutputWrapper
from django.db import connection

from tuition import environment
from tuition.accounts import sample_sign_ins
from tuition.postgres.server import release

HOST = "127.0.0.1"
# What is left when PostgreSQL has kept some back for its superuser and (from 16 on) for others.
CONNECTIONS = """
SELECT sum(CASE name WHEN 'max_connections' THEN 1 ELSE -1 END * setting::int) FROM pg_settings
WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
"""
PREPARING = 8_451_022  # an advisory lock's key: any number that nobody else uses


def free_port() -> int:
    """PORT, if nobody listens there yet; asked before anything is started."""
    port = environment.whole_number("PORT", default=8000, least=1, most=65535)
    if reason := taken(port):
        raise ImproperlyConfigured(
            f"port {port} can't be used ({reason}). Choose another, such as PORT={another(port)}."
        )
    return port


def taken(port: int) -> str:
    """Why nobody can listen there; "" when one can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror or "no reason given"
    return ""


def another(port: int) -> int:
    """One that is free now: the next, but from 8000 on where only root may listen."""
    after = range(port + 1, 65536) if port >= 1024 else range(0)
    free = (other for other in itertools.chain(after, range(8000, 65536)) if not taken(other))
    return next(free, 8000)


def warn_of_root(stderr: OutputWrapper) -> None:
    """PostgreSQL never runs as root; what is served from here does."""
    if os.geteuid() == 0:
        stderr.write(
            "Started by root, Tuition serves as root. Safer: as a user without other rights, after"
            f" chown -R USER {settings.DATA_DIR}"
        )


def refuse_debug() -> None:
    if settings.DEBUG:
        raise ImproperlyConfigured(
            "DEBUG=true shows everybody the insides of an error. Unset DEBUG, in the environment"
            " and in .env, or use `make run`."
        )


def refuse_samples() -> None:
    """Whoever has read the README could sign in."""
    if names := [name for name, _, _ in sample_sign_ins()]:
        raise ImproperlyConfigured(
            f"anybody can sign in with a sample password as {', '.join(names)}. Change each with"
            " `.venv/bin/python manage.py changepassword NAME`, or delete them under Users in the"
            " admin of `make run`."
        )


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time migrates and fills: two first starts at once would meet."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SELECT pg_advisory_lock(%s)", [PREPARING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s); RESET statement_timeout", [PREPARING])


def end_with_parent() -> None:
    """In a worker: leave when the server that started it is gone (kill -9), and free its port."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        release()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def width() -> tuple[int, int]:
    """(worker processes, threads in each). Each thread keeps one database connection."""
    workers = environment.whole_number(
        "WORKERS", default=min(os.cpu_count() or 1, 4), least=1, most=64
    )
    threads = environment.whole_number("THREADS", default=2, least=1, most=64)
    return workers, threads


def need_connections(wanted: int) -> None:
    """The database must take that many connections, and one more for a command meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(CONNECTIONS)
        (most,) = cursor.fetchone()
    if wanted >= most:
        raise ImproperlyConfigured(
            f"WORKERS times THREADS is {wanted}; the database takes {most} connections, one of them"
            " for commands. Lower one of them, or raise the server's max_connections."
        )
