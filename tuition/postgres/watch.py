"""Notices that a server has stopped answering, and lets nobody wait for it.

libpq waits for an answer without end: over a unix socket, or TCP to a process that hangs, nothing
ever tells it that none will come. One thread of each process therefore looks a few times a second
at this process's connections. When one has waited for SUSPICIOUS seconds, it asks the server, over
a connection of its own, what that one's backend does:

* no word within PATIENCE: the server doesn't answer. Whoever waits is cut off, and whoever comes is
  refused at once, until it answers again.
  Of several hosts each is known by itself, so that the others are asked meanwhile.
* the backend has been idle for LOST seconds: its answer, or the statement, got lost on the way.
  That connection is cut off.
* it works, or waits for a lock: the statement takes long, and is left alone. Time limits for live
  statements are PostgreSQL's own.

Nothing of this stands on the road of a request: libpq itself says whether a connection waits.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import socket
import threading
import time
from typing import Any
from weakref import WeakKeyDictionary

import psycopg2
from psycopg2 import extensions

LOOK_EVERY = 0.2  # seconds, as all of these
SUSPICIOUS = 1.0
PATIENCE = 2.0
LOST = 2.0
ASK_EVERY = 2.0
ACTIVITY = """
SELECT pid FROM pg_stat_activity WHERE pid = ANY(%s) AND state LIKE 'idle%%'
    AND state_change < clock_timestamp() - %s * '1 s'::interval
"""
log = logging.getLogger(__name__)

Params = dict[str, Any]


class Watch:
    """The connections of this process and how long each has waited; under one lock.

    Only with the lock is a watched connection closed, so that it can't be closed while it is looked
    at.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.params: WeakKeyDictionary[Any, Params] = WeakKeyDictionary()
        self.waiting: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self.silent: dict[str, Params] = {}  # servers that don't answer
        self.thread: threading.Thread | None = None

    def add(self, connection: Any, params: Params) -> None:
        with self.lock:
            self.params[connection] = params
        self.begin()

    def begin(self) -> None:
        if self.thread is None:
            self.thread = threading.Thread(target=self.run, name="watch", daemon=True)
            self.thread.start()

    def close(self, connection: Any) -> None:
        with self.lock:
            self.params.pop(connection, None)
            self.waiting.pop(connection, None)
            connection.close()

    def is_silent(self, params: Params) -> bool:
        return bool(self.silent) and server_of(params) in self.silent

    def fell_silent(self, params: Params) -> None:
        if not self.is_silent(params):
            self.silent[server_of(params)] = params
            log.warning("The database doesn't answer: nobody waits for it until it does.")
        self.begin()

    def answered(self, params: Params) -> None:
        if self.silent.pop(server_of(params), None):
            log.warning("The database answers again.")

    # -- The thread --------------------------------------------------------------------------------

    def run(self) -> None:
        asked_at = 0.0
        while True:
            time.sleep(LOOK_EVERY)
            try:
                waited_for = self.look()
                if time.monotonic() - asked_at < ASK_EVERY:
                    waited_for = []
                servers = {server_of(params): params for params in waited_for} | self.silent
                for params in servers.values():
                    asked_at = time.monotonic()
                    self.ask(params)
            except Exception:  # whatever it is, somebody must go on looking
                log.exception("Couldn't look after the connections")

    def look(self) -> list[Params]:
        """Notes who waits; what those that have waited for long were connected with."""
        now = time.monotonic()
        with self.lock:
            for connection in list(self.params):
                if connection.closed or not is_waiting(connection):
                    self.waiting.pop(connection, None)
                else:
                    self.waiting.setdefault(connection, now)
            return [
                self.params[connection]
                for connection, since in self.waiting.items()
                if now - since >= SUSPICIOUS
            ]

    def ask(self, params: Params) -> None:
        """Ask one server about those that wait for it, and cut off who waits in vain."""
        began = time.monotonic()
        with self.lock:
            asked = [
                connection
                for connection, since in self.waiting.items()
                if server_of(self.params[connection]) == server_of(params)
            ]
        pids = {connection.info.backend_pid: connection for connection in asked}
        try:
            idle = question(params, ACTIVITY, [list(pids), LOST], began + PATIENCE)
        except TimeoutError:
            self.fell_silent(params)
            self.cut_off(asked)
        except psycopg2.Error:  # it says something, be it "too many clients"; or it is gone
            self.answered(params)
        else:
            self.answered(params)
            self.cut_off([pids[pid] for (pid,) in idle])

    def cut_off(self, connections: list[Any]) -> None:
        """End the wait of those that have waited ever since: libpq finds the connection closed."""
        with self.lock:
            for connection in connections:
                if connection in self.waiting and not connection.closed and is_waiting(connection):
                    with (
                        contextlib.suppress(OSError, psycopg2.Error),
                        socket.socket(fileno=os.dup(connection.fileno())) as same,
                    ):
                        same.shutdown(socket.SHUT_RDWR)


def server_of(params: Params) -> str:
    return f"{params.get('host')}:{params.get('port')}"


def each_host(params: Params) -> list[Params]:
    """The same for one host at a time, where libpq is given several."""
    hosts = str(params.get("host") or "").split(",")
    ports = str(params.get("port") or "").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    if len(hosts) == 1 or len(hosts) != len(ports):  # libpq says what is wrong with the latter
        return [params]
    return [{**params, "host": host, "port": port} for host, port in zip(hosts, ports, strict=True)]


def is_waiting(connection: Any) -> bool:
    return bool(connection.get_transaction_status() == extensions.TRANSACTION_STATUS_ACTIVE)


def queue_is_full(error: Exception) -> bool:
    """Whether a unix socket has no room left among callers whom nobody answers."""
    return os.strerror(errno.EAGAIN) in str(error)


def question(params: Params, sql: str, values: list[Any], until: float) -> list[Any]:
    """The rows of an answer over a connection of its own; TimeoutError when none has come."""
    while True:
        try:
            with contextlib.closing(psycopg2.connect(**params, async_=True)) as connection:
                finish(connection, until)
                with connection.cursor() as cursor:
                    cursor.execute(sql, values)
                    finish(connection, until)
                    return list(cursor.fetchall())
        except psycopg2.Error as error:
            if not queue_is_full(error):
                raise
            if time.monotonic() >= until:
                raise TimeoutError from None
            time.sleep(LOOK_EVERY)


def finish(connection: Any, until: float) -> None:
    """Until what libpq does on this connection is done; it never waits itself."""
    while (state := connection.poll()) != extensions.POLL_OK:
        if (left := until - time.monotonic()) <= 0:
            raise TimeoutError
        events = select.POLLIN if state == extensions.POLL_READ else select.POLLOUT
        ready = select.poll()
        ready.register(connection.fileno(), events)
        ready.poll(left * 1000)


watch = Watch()
os.register_at_fork(after_in_child=watch.__init__)  # type: ignore[misc]
