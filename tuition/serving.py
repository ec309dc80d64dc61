"""Where and how wide Tuition is served; shared by `run` and `serve`."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from tuition import environment
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
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ImproperlyConfigured(
                f"port {port} can't be used ({error.strerror})."
                f" Choose another, such as PORT={port + 1}."
            ) from None
    return port


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
