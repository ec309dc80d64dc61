"""What `run` and `serve` share: where and how wide Tuition is served, and how it ends."""

import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import OutputWrapper
from django.db import connection

from students.imports.work import SLOTS
from tuition import environment, server
from tuition.accounts import sample_sign_ins
from tuition.housekeeping import keep_house
from tuition.limits import STREAMS
from tuition.postgres.checks import OWN_SESSIONS, SHARED, shares_sessions

# What is left when PostgreSQL has kept some back for its superuser and (from 16 on) for others.
CONNECTIONS = """
SELECT sum(CASE name WHEN 'max_connections' THEN 1 ELSE -1 END * setting::int) FROM pg_settings
WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
"""
PREPARING = 8_451_022  # an advisory lock's key: any number that nobody else uses


def serve(port: int, workers: int, threads: int) -> None:
    """Until told to end. While DEBUG is on, static files come from where they are written."""
    if settings.DEBUG:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # or WhiteNoise warns
    else:
        with alone():
            call_command("collectstatic", verbosity=0, interactive=False)
    connection.close()  # the workers have their own
    server.serve(host(), port, workers, threads, in_first=keep_house)


def host() -> str:
    """HOST: the address of this machine's that is listened to; 0.0.0.0 is all of them."""
    return environment.address("HOST", default="127.0.0.1")


def place(port: int) -> str:
    """Where a browser on this machine finds it."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host(), host())  # noqa: S104 - all
    return f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"


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
    family = socket.AF_INET6 if ":" in host() else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host(), port))
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
    if shares_sessions(connection):
        raise ImproperlyConfigured(f"{SHARED} {OWN_SESSIONS}")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])
            cursor.execute("RESET statement_timeout; RESET lock_timeout")


def connections(workers: int, threads: int) -> int:
    """How many the workers take at most. The database must take them, and one more for a command.

    One for each thread and each list that is streamed, and for each process of imports.
    """
    wanted = workers * (threads + STREAMS) + SLOTS
    with connection.cursor() as cursor:
        cursor.execute(CONNECTIONS)
        (most,) = cursor.fetchone()
    if wanted >= most:
        raise ImproperlyConfigured(
            f"WORKERS={workers} and THREADS={threads} take up to {wanted} connections; the database"
            f" takes {most}, one of them for commands. Lower one of them, or raise the server's"
            " max_connections."
        )
    return wanted
