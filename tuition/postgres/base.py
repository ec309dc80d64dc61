from __future__ import annotations

import contextlib
import json
import select
import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import psycopg2
from django.db.backends import utils
from django.db.backends.postgresql import base
from psycopg2 import OperationalError
from psycopg2.extensions import QuotedString

from . import server
from .creation import DatabaseCreation
from .watch import PATIENCE, each_host, queue_is_full, watch

CHECK_EVERY = 5.0  # seconds
MOST_PREPARED = 100  # statements; each takes PostgreSQL some 30 kB a connection
CHANGES_ROWS = ("INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "TRUNCATE", "COPY")


def changes_rows(sql: str) -> bool:
    return sql.lstrip()[:8].upper().startswith(CHANGES_ROWS)


def is_write(sql: Any) -> bool:
    return not isinstance(sql, str) or sql.lstrip()[:6].upper() != "SELECT"


class CursorWrapper(utils.CursorWrapper):
    """Django's; tells PostgreSQL the `context` of a write.

    It remarks a statement that is its own transaction, for `may_be_saved`.
    """

    def _execute(self, sql: Any, *args: Any) -> Any:
        told = self.in_context(sql)
        if self.db.autocommit and is_write(sql):
            with self.db.saving():
                return super()._execute(told, *args)  # type: ignore[misc]
        return super()._execute(told, *args)  # type: ignore[misc]

    def _executemany(self, sql: Any, *args: Any) -> Any:
        told = self.in_context(sql)
        if self.db.autocommit and is_write(sql):
            with self.db.saving():
                return super()._executemany(told, *args)  # type: ignore[misc]
        return super()._executemany(told, *args)  # type: ignore[misc]

    def in_context(self, sql: Any) -> Any:
        """`sql`, told the context in the same breath if it changes rows; see `told`."""
        if not self.db.context or not isinstance(sql, str) or self.cursor.name:
            return sql
        return f"{self.db.told()}; {sql}" if changes_rows(sql) else sql

    def copy_expert(self, sql: str, file: Any) -> None:
        """The driver's COPY, in a transaction that knows the context."""
        if told := self.db.told():
            self.execute(told)
        self.cursor.copy_expert(sql, file)


class CursorDebugWrapper(CursorWrapper, utils.CursorDebugWrapper):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    """Starts the embedded PostgreSQL when a connection finds it down.

    `DATABASES[alias]["EMBEDDED"]` is its data folder, a `Path`; without it this is Django's own
    backend. `["CONTEXT"]` is who writes as long as nobody says otherwise.
    """

    creation_class = DatabaseCreation
    checked_at = 0.0
    # Whether something was sent to be kept, and not refused, since the middleware set it to False.
    may_be_saved = False
    # Who writes and how: each write's transaction finds it as JSON under the name tuition.context.
    context: dict[str, Any] | None
    params: dict[str, Any]  # what the connection of now was made with
    prepared: dict[str, str]  # each statement's EXECUTE on the connection of now
    numbers: Iterator[int]  # of their names

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context = self.settings_dict.get("CONTEXT")

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.settings_dict.get("EMBEDDED"):
            params["port"] = server.PORT  # or a PGPORT meant for psql would lead to another server
        return params

    def close_if_health_check_failed(self) -> None:
        """Check whether a kept connection lives, at most once in CHECK_EVERY seconds.

        Checking before every request costs as much as the average-fees statement itself. In between
        a server that went away costs a connection one failed request: Django drops it after that.
        """
        if watch.silent and self.connection is not None and not self.in_atomic_block:
            with self.wrap_database_errors:
                self.refuse_if_silent(self.params)
        now = time.monotonic()
        if now - self.checked_at < CHECK_EVERY:
            self.health_check_done = True
            return
        self.checked_at = now
        super().close_if_health_check_failed()

    # -- Who writes --------------------------------------------------------------------------------

    def told(self) -> str:
        """SQL that tells the transaction of now its context; "" without one.

        In one breath with a write it costs no way there and back, and PostgreSQL forgets it at the
        transaction's end: it is never another's, a pooler's next client's neither. No % is in it,
        which the driver would take for a slot.
        """
        if not self.context:
            return ""
        told = QuotedString(json.dumps(self.context).replace("%", r"\u0025"))
        told.prepare(self.connection)
        return f"SELECT set_config('tuition.context', {told.getquoted().decode()}, true)"

    # -- What may be saved -------------------------------------------------------------------------

    @contextlib.contextmanager
    def saving(self) -> Iterator[None]:
        """Something is sent to be kept. When the answer is lost, it may be kept or not."""
        before, self.may_be_saved = self.may_be_saved, True
        try:
            yield
        except Exception as error:
            driver = error.__cause__ or error
            unsent = self.connection is None or not connection_died(driver)
            refused = not unsent and getattr(driver, "pgcode", None) and not self.connection.closed
            if unsent or refused:
                self.may_be_saved = before
            raise

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """What is written in here isn't what the caller sent, and he need not be told of it."""
        before = self.may_be_saved
        try:
            yield
        finally:
            self.may_be_saved = before

    def _commit(self) -> None:
        if self.connection is not None and has_spoken(self.connection):
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute("SELECT 1")  # fails when it is gone: then no COMMIT was sent
        with self.saving():
            super()._commit()  # type: ignore[misc]

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        return CursorWrapper(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> CursorDebugWrapper:
        return CursorDebugWrapper(cursor, self)

    # -- Prepared statements -----------------------------------------------------------------------

    def fetch_prepared(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of `sql`, which PostgreSQL parses and plans once for each connection.

        For the statements that programs ask all day: planning a small one takes longer than
        running it, and so does Django's cursor, which is left out (query counts don't see it). A
        connection keeps the MOST_PREPARED that were used last.
        `values` stand in `sql` as $1, $2. A migration that changes the types of its columns needs a
        restart of whoever runs it.
        """
        self.validate_no_broken_transaction()
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            execute = self.prepared.pop(sql, None) or self.prepare(cursor, sql, len(values))
            self.prepared[sql] = execute  # the last used stands last
            if is_write(sql) and self.context:
                execute = f"{self.told()}; {execute}"
            if self.autocommit and is_write(sql):
                with self.saving():
                    cursor.execute(execute, values)
            else:
                cursor.execute(execute, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def prepare(self, cursor: Any, sql: str, slots: int) -> str:
        """The EXECUTE of a statement that is new to this connection."""
        if len(self.prepared) >= MOST_PREPARED:
            unused = self.prepared.pop(next(iter(self.prepared)))
            cursor.execute(f"DEALLOCATE {unused.split()[1]}")
        name = f"tuition_{next(self.numbers)}"
        cursor.execute(f"PREPARE {name} AS {sql}")
        return f"EXECUTE {name} ({', '.join(['%s'] * slots)})" if slots else f"EXECUTE {name}"

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.prepared, self.numbers = {}, count()
        if data := self.settings_dict.get("EMBEDDED"):
            # The share comes first: from then on no other process stops the server under us.
            server.acquire(data)
            with contextlib.suppress(OperationalError):
                return self._connect(conn_params)
            if not watch.is_silent(conn_params):
                server.ensure_running(data)
        return self._connect(conn_params)

    def _connect(self, params: dict[str, Any]) -> Any:
        """The first host that takes us; who has stopped answering is passed over.

        libpq would go through several hosts itself, but tells nobody which of them kept silent.
        """
        refusal = OperationalError("it has stopped answering")
        for host in each_host(params):
            if watch.is_silent(host):
                continue
            began = time.monotonic()
            try:
                connection = super().get_new_connection(host)
            except OperationalError as error:
                if time.monotonic() - began > PATIENCE or queue_is_full(error):
                    watch.fell_silent(host)
                refusal = error
            else:
                self.params = host
                watch.add(connection, host)
                return connection
        raise refusal

    def refuse_if_silent(self, params: dict[str, Any]) -> None:
        if watch.is_silent(params):
            raise OperationalError("it has stopped answering")

    def is_usable(self) -> bool:
        return not watch.is_silent(self.params) and super().is_usable()

    def _close(self) -> None:
        if self.connection is not None:
            with self.wrap_database_errors:
                watch.close(self.connection)


def connection_died(error: BaseException) -> bool:
    """Whether this may be how psycopg2 says that no answer came: its bare DatabaseError is too."""
    return isinstance(error, OperationalError) or type(error) is psycopg2.DatabaseError


def has_spoken(connection: Any) -> bool:
    """Whether the server said something unasked, as one that leaves does."""
    if connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
