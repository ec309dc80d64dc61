"""Logs that say what broke and where, never whose record it was."""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any

from django.urls import URLResolver, get_resolver

# What ends the request line in `"GET /students/ HTTP/1.1" 200 12`.
PROTOCOL = re.compile(r' HTTP/[0-9.]+" [0-9 -]+$')


request_id: ContextVar[str] = ContextVar("request_id", default="")  # of the request in hand


class PrivateFormatter(logging.Formatter):
    """One line a record; paths and tracebacks without what people and programs sent.

    An exception's own text may hold a name, a fee or SQL (`Key (name)=(Ali)`), and so may a path
    or a query string: none is printed.
    """

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%S%z"
        )

    def format(self, record: logging.LogRecord) -> str:
        record = logging.makeLogRecord(record.__dict__)
        record.exc_text = None  # another handler may have left the whole text there
        if record.name.startswith("django."):
            record.msg, record.args = without_names(record.getMessage()), ()
        if record.exc_info and (error := record.exc_info[1]) and passes(error):
            # Each request of a lost database says so in one line: eighty of them would fill a disk.
            record.msg, record.args = f"{record.getMessage()} ({name_of(error)})", ()
            record.exc_info = None
        return super().format(record)

    def formatException(  # noqa: N802 - the name is the standard library's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        _kind, error, trace = ei
        frames = "".join(traceback.format_list(traceback.extract_tb(trace)))
        return f"{frames}{name_of(error)} (its text is left out of logs)"


class JsonFormatter(PrivateFormatter):
    """The same for a program to read: one line of JSON an event."""

    def format(self, record: logging.LogRecord) -> str:
        told, _newline, trace = super().format(record).partition("\n")
        _head, _colon, event = told.partition(f" {record.name}: ")
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": event,
        }
        if request := request_id.get():
            line["request"] = request
        line |= getattr(record, "about", {})
        if trace:
            line["traceback"] = trace.splitlines()
        return json.dumps(line, ensure_ascii=False)


def passes(error: BaseException) -> bool:
    from tuition.errors import passing_trouble  # it needs settings, which need this

    return passing_trouble(error) is not None


def name_of(error: BaseException | None) -> str:
    """`OperationalError, SQLSTATE 53100 DiskFull`."""
    return f"{type(error).__name__ if error else ''}{sqlstate_of(error)}"


def sqlstate_of(error: BaseException | None) -> str:
    """`, SQLSTATE 53100 DiskFull`: what PostgreSQL says of its errors without any value."""
    driver = error.__cause__ if error else None  # Django's error comes from the driver's
    code = getattr(driver, "pgcode", None)
    return f", SQLSTATE {code} {type(driver).__name__}" if code else ""


def without_names(line: str) -> str:
    """No query string, and a path only as far as it is one of our own addresses.

    A name, a city or a search can stand anywhere in a path: in one that is mistyped too, and in a
    referer. Words of ours and numbers are shown, up to the first part that may be somebody's.
    """
    end = PROTOCOL.search(line)
    asked = line[: end.start()] if end else line
    said, *parts = asked.partition("?")[0].split("/")
    ours, before_names = our_words()
    for part in parts:
        said += "/"
        if part and not part.isdigit() and part not in ours:
            said += "…"
            break
        said += part
        if part in before_names:
            said += "/…"
            break
    return said + (end.group() if end else "")


@cache
def our_words() -> tuple[frozenset[str], frozenset[str]]:
    """The words that stand in the addresses of this site; those that a free text follows."""
    routes = " ".join(map(str, routes_below(get_resolver())))
    words = re.findall(r"[a-z][a-z0-9_.-]*", re.sub(r"<[^>]*>|\\", " ", routes))
    before_names = re.findall(r"([a-z0-9_-]+)/<(?:path|str|slug):", routes)
    return frozenset(words), frozenset(before_names)


def routes_below(resolver: URLResolver) -> Iterator[object]:
    for pattern in resolver.url_patterns:
        yield pattern.pattern
        if isinstance(pattern, URLResolver):
            yield from routes_below(pattern)
