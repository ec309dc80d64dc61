"""Logs that say what broke and where, never whose record it was."""

import logging
import re
import traceback
from types import TracebackType


class PrivateFormatter(logging.Formatter):
    """One line a record; query strings cut off; tracebacks without the values in their messages.

    An exception's own text may hold a name, a fee or SQL (`Key (name)=(Ali)`), and so may the
    query string in a request line: neither is printed.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        if record.name in ("django.server", "django.request"):
            record = logging.makeLogRecord(record.__dict__)
            record.msg, record.args = without_names(record.getMessage()), ()
        return super().format(record)

    def formatException(  # noqa: N802 - the name is the standard library's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        kind, _, trace = ei
        frames = "".join(traceback.format_list(traceback.extract_tb(trace)))
        return f"{frames}{kind.__name__ if kind else ''} (its text is left out of logs)"


def without_names(line: str) -> str:
    """No query, and nothing of a path that holds a name."""
    return re.sub(r"(/api/fees/)[^?]*?( HTTP/|$)", r"\1…\2", without_query(line))


def without_query(line: str) -> str:
    """`"GET /students/?q=Ali HTTP/1.1" 200 12` -> `"GET /students/ HTTP/1.1" 200 12`."""
    before, mark, after = line.partition("?")
    return before + " HTTP" + after.rpartition(" HTTP")[2] if mark else line
