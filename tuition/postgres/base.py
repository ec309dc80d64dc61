from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base
from psycopg2 import OperationalError

from . import server
from .creation import DatabaseCreation

CHECK_EVERY = 5.0  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """Starts the embedded PostgreSQL when a connection finds it down.

    `DATABASES[alias]["EMBEDDED"]` is its data folder, a `Path`; without it this is Django's own
    backend.
    """

    creation_class = DatabaseCreation
    checked_at = 0.0
    prepared: dict[str, str]  # each statement's EXECUTE on the connection of now

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
        now = time.monotonic()
        if now - self.checked_at < CHECK_EVERY:
            self.health_check_done = True
            return
        self.checked_at = now
        super().close_if_health_check_failed()

    def fetch_prepared(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of `sql`, which PostgreSQL parses and plans once for each connection.

        For the few statements that programs ask all day: planning a small one takes longer than
        running it, and so does Django's cursor, which is left out (query counts don't see it).
        `values` stand in `sql` as $1, $2. A migration that changes the types of its columns needs a
        restart of whoever runs it.
        """
        self.validate_no_broken_transaction()
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            if sql not in self.prepared:
                name = f"tuition_{len(self.prepared)}"
                cursor.execute(f"PREPARE {name} AS {sql}")
                slots = ", ".join(["%s"] * len(values))
                self.prepared[sql] = f"EXECUTE {name}({slots})" if values else f"EXECUTE {name}"
            cursor.execute(self.prepared[sql], values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.prepared = {}
        if data := self.settings_dict.get("EMBEDDED"):
            # The share comes first: from then on no other process stops the server under us.
            server.acquire(data)
            with contextlib.suppress(OperationalError):
                return super().get_new_connection(conn_params)
            server.ensure_running(data)
        return super().get_new_connection(conn_params)
