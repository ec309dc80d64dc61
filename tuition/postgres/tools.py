"""PostgreSQL's own programs (pg_dump, pg_restore, psql), pointed at Tuition's database."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection

from .cluster import PostgresUnavailable, _binaries

LIBPQ = {  # Django's names -> libpq's
    "NAME": "PGDATABASE",
    "USER": "PGUSER",
    "PASSWORD": "PGPASSWORD",
    "HOST": "PGHOST",
    "PORT": "PGPORT",
}
OPTIONS = {  # libpq's keywords that have a variable of their own
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "channel_binding": "PGCHANNELBINDING",
}


def program(name: str) -> str:
    """The one that came along, or the machine's own."""
    try:
        return str(_binaries() / name)
    except PostgresUnavailable:
        if found := shutil.which(name):
            return found
        raise PostgresUnavailable(
            f"This machine has no {name}: install PostgreSQL's client programs (on Debian and"
            " Ubuntu, apt install postgresql-client)."
        ) from None


def environment() -> dict[str, str]:
    """How these programs reach the database of now: nothing stands among their arguments.

    Not the caller's own PG variables; no time limit: what they do takes as long as it takes.
    """
    settings = connection.settings_dict
    connection.ensure_connection()  # which starts the embedded server
    params = connection.get_connection_params()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    env |= {variable: str(settings[name]) for name, variable in LIBPQ.items() if settings[name]}
    env |= {OPTIONS[name]: str(params[name]) for name in OPTIONS if params.get(name)}
    if settings.get("EMBEDDED"):
        env["PGPORT"] = str(params["port"])
    return env | {"PGAPPNAME": "tuition", "PGCLIENTENCODING": "UTF8", "LC_ALL": "C.UTF-8"}


def start(name: str, *args: str | Path, **kwargs: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - PostgreSQL's own
        [program(name), *map(str, args)], env=environment(), stderr=subprocess.PIPE, **kwargs
    )
