from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import NotSupportedError, OperationalError, connections

from . import server

MOVE = (
    "Make a new database and copy the old one into it: "
    "createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 tuition_utf8 && "
    'pg_dump "$DATABASE_URL" | psql tuition_utf8 — then name tuition_utf8 in DATABASE_URL.'
)


def check_database(
    app_configs: Any, databases: Sequence[str] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Whether each database can be reached and keeps Urdu: for the tag `database`."""
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        if connections[alias].vendor == "postgresql":
            found += _check(alias)
    return found


SHARED = (
    "DATABASE_URL leads to a pooler that lets several connections share a session (PgBouncer's"
    " pool_mode = transaction or statement)."
)
OWN_SESSIONS = (
    "Set pool_mode = session there, or name the server itself: Tuition's connections keep prepared"
    " statements, locks and time limits."
)


def shares_sessions(connection: Any) -> bool:
    """Whether a pooler stands before the server that hands its sessions round.

    Two connections that are open at once then meet in one session of the server, or one of them
    finds itself in several.
    """
    if connection.settings_dict.get("EMBEDDED"):
        return False
    other = connection.copy()
    try:
        with connection.cursor() as ours, other.cursor() as theirs:
            for _ in range(3):  # others use the pooler too, and may come in between once
                session = _session(ours)
                if _session(theirs) == session or _session(ours) != session:
                    return True
    finally:
        other.close()
    return False


def _session(cursor: Any) -> int:
    cursor.execute("SELECT pg_backend_pid()")
    return int(cursor.fetchone()[0])


def _check(alias: str) -> list[checks.CheckMessage]:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT pg_encoding_to_char(encoding), datctype FROM pg_database"
                " WHERE datname = current_database()"
            )
            encoding, ctype = cursor.fetchone()
    except NotSupportedError as error:  # Django's own floor is ours: PostgreSQL 14
        hint = "Move to PostgreSQL 14 or later and name that server in DATABASE_URL."
        return [checks.Error(str(error), hint=hint, obj=alias, id="tuition.E001")]
    except server.PostgresUnavailable:  # already one line that says what to do
        raise
    except OperationalError as error:
        hint = "Start the server DATABASE_URL names or correct it; unset, Tuition runs its own."
        return [checks.Error(without_secrets(error), hint=hint, obj=alias, id="tuition.E003")]
    if shares_sessions(connections[alias]):
        return [checks.Error(SHARED, hint=OWN_SESSIONS, obj=alias, id="tuition.E004")]
    if encoding != "UTF8":
        message = f"The database's encoding is {encoding}, which can't keep Urdu safely."
        return [checks.Error(message, hint=MOVE, obj=alias, id="tuition.E002")]
    if ctype in ("C", "POSIX"):
        message = f"The database's LC_CTYPE is {ctype}: searching in Urdu is slow and incomplete."
        return [checks.Warning(message, hint=MOVE, obj=alias, id="tuition.W001")]
    return []


def without_secrets(error: Exception) -> str:
    """What the driver says. It never names the password, but quotes options it can't use."""
    secrets = {secret for alias in connections for secret in _secrets(connections.settings[alias])}
    said = str(error).strip()
    for secret in sorted(secrets, key=len, reverse=True):
        said = said.replace(secret, "…")
    return said


def _secrets(settings: dict[str, Any]) -> list[str]:
    """Those long enough to be one: of `jit=on` in the options nothing is left out."""
    options = settings["OPTIONS"]
    values = [settings["PASSWORD"], options.get("sslpassword"), options.get("passfile")]
    for word in re.findall(r"(?:\\.|\S)+", options.get("options", "")):
        name, _, value = re.sub(r"\\(.)", r"\1", word).partition("=")
        values.append(value or name)
    return [value for value in values if value and len(value) > 3]
