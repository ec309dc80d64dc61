"""Read one setting from the environment, or say what is wrong with it.

Every function raises ImproperlyConfigured naming the variable and what it takes; none of them
echoes a secret. Unset and empty mean the default.
"""

import os
import re
import secrets
import zoneinfo
from pathlib import Path

import environ
import psycopg2
from django.core.exceptions import ImproperlyConfigured
from psycopg2.extensions import parse_dsn

env = environ.Env()

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str) -> str:
    return str(env.str(name, default="")).strip()


def boolean(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} takes true or false, not {value!r}.")
    return value in TRUE


def whole_number(name: str, *, default: int, least: int, most: int = 10**9) -> int:
    value = text(name) or str(default)
    if not re.fullmatch("[0-9]{1,10}", value) or not least <= int(value) <= most:
        raise ImproperlyConfigured(
            f"{name} takes a whole number from {least} to {most:,}, not {value[:40]!r}."
        )
    return int(value)


def folder(name: str, *, default: Path) -> Path:
    """An absolute path; it need not exist yet."""
    try:
        path = Path(text(name) or default).expanduser().absolute()
        if path.exists() and not path.is_dir():
            raise ImproperlyConfigured(f"{name} takes a folder, and {path} is a file.")
    except (RuntimeError, OSError, ValueError):  # ~nosuch/x; a name too long
        raise ImproperlyConfigured(f"{name} takes the path of a folder; this is none.") from None
    return path


def hosts(name: str, *, default: str) -> list[str]:
    names = [host.strip() for host in (text(name) or default).split(",") if host.strip()]
    for host in names or [text(name)]:
        # A port or scheme here would never match a Host header: every request would be a 400.
        if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9a-fA-F:.]+\]", host):
            raise ImproperlyConfigured(
                f"{name} takes host names with commas between, such as"
                f" fees.example.pk,127.0.0.1 (no http://, no port), not {host!r}."
            )
    return names


def time_zone(name: str, *, default: str) -> str:
    value = text(name) or default
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} takes a time zone such as Asia/Karachi, not {value!r}."
        ) from None
    return value


def postgres_url(name: str) -> dict[str, str]:
    """The parts of a PostgreSQL URL as libpq itself reads it; {} when unset.

    libpq's reading brings several hosts, socket folders and every connection option.
    """
    value = text(name)
    if not value:
        return {}
    takes = f"{name} takes a PostgreSQL address such as postgres://user:password@host:5432/database"
    if not value.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{takes}; what it holds does not start with postgres://.")
    try:
        parts = parse_dsn(value)
    except psycopg2.ProgrammingError:
        # libpq's own message may quote the password.
        raise ImproperlyConfigured(f"{takes}; what it holds can't be read as one.") from None
    if not re.fullmatch("[0-9,]*", str(parts.get("port", ""))):
        raise ImproperlyConfigured(f"{takes}; what it holds has a port that is no number.")
    if not parts.get("dbname"):
        raise ImproperlyConfigured(f"{takes}; what it holds names no database.")
    return {key: str(value) for key, value in parts.items()}


def secret(name: str, *, kept_in: Path) -> str:
    """The variable, or a key made once and kept in a file that only its owner can read."""
    value = text(name)
    if value:
        if len(value) < 32 or len(set(value)) < 5:
            raise ImproperlyConfigured(
                f"{name} takes at least 32 characters that nobody can guess."
            )
        return value
    try:
        if not kept_in.exists():
            make_secret(kept_in)
        value = kept_in.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is not set and can't be kept in {kept_in} ({error.strerror}):"
            " set DATA_DIR to a folder that can be written."
        ) from None
    if len(value) < 32:
        raise ImproperlyConfigured(f"{kept_in} holds no key: delete it and start again.")
    return value


def make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(draft, path)  # atomic, and never over a key another process has just made
    except FileExistsError:
        pass
    finally:
        draft.unlink()
