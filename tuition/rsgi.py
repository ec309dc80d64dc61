"""Where a request comes in: Granian's RSGI on one side, Django's handler on the other.

A body is whole before it takes a thread, however slowly it comes: Granian waits for it. What isn't
a whole body that we take is not read at all; Django is told so and refuses in its own words.
"""

import errno
import gc
import io
import logging
import os
import re
import select
import sys
import tempfile
import threading
import time
from functools import lru_cache, partial
from math import inf
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, InterfaceError, connection, connections, reset_queries
from django.http import FileResponse, parse_cookie
from django.urls import reverse

from tuition.errors import REFUSED
from tuition.limits import STREAMS
from tuition.sessions import SessionStore

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuition.settings")

django_application: Any = get_wsgi_application()

logger = logging.getLogger(__name__)

MOST_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0  # of a body
# Of one that brings a spreadsheet: a little more than its limit, so that it is refused in words.
MOST_UPLOADED = (settings.IMPORT_MAX_MB + 1) * 1_000_000
UPLOADED = reverse("student_imports")
UPLOADS = 3  # of those at once in a worker, which holds them in memory
SLOWEST = 100_000  # bytes a second, of a long body
PATIENCE = 30  # seconds for a body to arrive
STALLED = 30  # seconds for a reader to take a piece of what is streamed
LAST_PATIENCE = 3  # seconds, when the worker is told to end
CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)
SAME_FOR_ALL = {
    "SCRIPT_NAME": "",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class Reception:
    """Granian's threads call it with each request, and once more when a body is whole."""

    def __init__(self) -> None:
        self.due: dict[Any, float] = {}  # bodies on their way
        self.last = inf  # until when any of them may arrive
        self.uploads = threading.BoundedSemaphore(UPLOADS)
        self.streams = threading.BoundedSemaphore(STREAMS)
        threading.Thread(target=self.hurry, name="bodies", daemon=True).start()

    def __call__(self, request: Any) -> None:
        scope = request.scope
        if not has_body(scope):
            self.answer(request)
        elif refused := refusal_of(scope) or self.refused_upload(scope):
            self.answer(request, refused=refused)
        else:
            body = request.proto()
            patience = PATIENCE + length_of(request.scope) / SLOWEST
            self.due[body] = time.monotonic() + patience
            body.add_done_callback(partial(self.arrived, request))

    def refused_upload(self, scope: Any) -> int:
        """403 to a stranger: three of them would keep the clerks waiting. 503: three are at it."""
        if not is_upload(scope):
            return 0
        try:
            if not is_signed_in(scope):
                return 403
        except (DatabaseError, InterfaceError):
            connection.close()
            return 503
        return 0 if self.uploads.acquire(blocking=False) else 503

    def arrived(self, request: Any, body: Any) -> None:
        self.due.pop(body, None)
        try:
            self.answer(request, *received(body, length_of(request.scope)))
        finally:
            if is_upload(request.scope):
                self.uploads.release()

    def answer(self, request: Any, body: bytes = b"", refused: int = 0) -> None:
        """Django's answer: sent whole, or by a thread of its own where it is streamed.

        What is streamed waits for its reader, and so must not keep a thread that answers others.
        """
        response = asked(request.scope, body, refused)
        if response and response.streams and request.scope.method != "HEAD":
            if self.streams.acquire(blocking=False):
                threading.Thread(
                    target=self.stream, args=(request, response), name="stream"
                ).start()
                return
            response.close()
            response = asked(request.scope, b"", 503)
        if response:
            response.send(request.proto)
        else:
            request.proto.response_empty(500, [])
        request.done()

    def stream(self, request: Any, response: "Answer") -> None:
        try:
            response.stream(request.proto)
        finally:
            self.streams.release()
            connections.close_all()  # those of this thread
            request.done()

    def close(self) -> None:
        """What is on its way has LAST_PATIENCE to arrive, and so has what begins meanwhile."""
        self.last = time.monotonic() + LAST_PATIENCE

    def hurry(self) -> None:
        while True:
            time.sleep(1)
            now = time.monotonic()
            for body, due in list(self.due.items()):
                if min(due, self.last) < now:
                    body.cancel()  # has `arrived` called, unless it is whole meanwhile


def has_body(scope: Any) -> bool:
    return length_of(scope) != 0 or "transfer-encoding" in scope.headers


def length_of(scope: Any) -> int:
    return int(scope.headers.get("content-length", "0"))  # Granian refuses what is no number


def refusal_of(scope: Any) -> int:
    """The status that a body earns unread, or 0.

    411: of no told length, so that nobody could say whether it was cut off. 413: longer than Django
    takes in memory.
    """
    if "transfer-encoding" in scope.headers:
        return 411
    most = MOST_UPLOADED if scope.path == UPLOADED else MOST_BYTES
    return 413 if length_of(scope) > most else 0


def is_upload(scope: Any) -> bool:
    """A body that is long, and may be."""
    return scope.path == UPLOADED and MOST_BYTES < length_of(scope) <= MOST_UPLOADED


def is_signed_in(scope: Any) -> bool:
    """Whether the cookie is of a session that lives; who it is, and what he may, is asked later."""
    sent = ";".join(value for name, value in scope.headers.items() if name == "cookie")
    key = parse_cookie(sent).get(settings.SESSION_COOKIE_NAME, "")
    return key.isalnum() and SESSION_KEY in SessionStore(key).load()


def received(body: Any, length: int) -> tuple[bytes, int]:
    """The body and 0, or b"" and 408 when it was not here in time, 400 when it was cut off."""
    if body.cancelled():
        return b"", 408
    try:
        content: bytes = body.result()
    except Exception:  # Granian's, which has no name: the sender is gone
        return b"", 400
    return (content, 0) if len(content) == length else (b"", 400)


def asked(scope: Any, body: bytes, refused: int) -> "Answer | None":
    """What Django answers; None where it couldn't, and the log says why."""
    told: list[Any] = []
    try:
        environ = environ_of(scope, body, refused)
        response = django_application(environ, lambda *start: told.extend(start))
        return Answer(int(told[0][:3]), told[1], response)
    except Exception:  # Django answers its own: this is ours, or Granian's
        logger.exception("A request could not be answered.")
        return None


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    response: Any  # Django's

    @property
    def streams(self) -> bool:
        """Not a file's, which is there already."""
        return self.response.streaming and not isinstance(self.response, FileResponse)

    def close(self) -> None:
        self.response.close()

    def send(self, protocol: Any) -> None:
        """Whole; only the head of what would be streamed, and isn't asked for."""
        body = b"" if self.streams else b"".join(self.response)
        try:
            protocol.response_bytes(self.status, self.headers, body)
        finally:
            self.response.close()

    def stream(self, protocol: Any) -> None:
        """Piece by piece, each when the reader has taken those before.

        Granian's own stream takes all there is into memory, however slow the reader. A file it
        reads no faster than it is taken, and a named pipe is one.
        """
        chunks = iter(self.response)
        try:
            with tempfile.TemporaryDirectory(prefix="tuition-") as folder:
                pipe = os.path.join(folder, "stream")
                os.mkfifo(pipe, 0o600)
                protocol.response_file(self.status, self.headers, pipe)
                end = opened(pipe)
            with open(end, "wb", 0) as reader:
                for chunk in chunks:
                    send(reader, chunk)
        except (BrokenPipeError, TimeoutError):
            logger.info("a reader left what was streamed")
        except Exception:
            logger.exception("what was streamed broke off")
        finally:
            self.response.close()


def opened(pipe: str) -> int:
    """The pipe's end to write to, once Granian reads from the other. Raises TimeoutError."""
    end = time.monotonic() + STALLED
    while time.monotonic() < end:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        time.sleep(0.002)
    raise TimeoutError


def send(reader: Any, chunk: bytes) -> None:
    """Raises BrokenPipeError where the reader is gone, TimeoutError where he takes nothing."""
    ready = select.poll()
    ready.register(reader, select.POLLOUT)
    rest = memoryview(chunk)
    while rest:
        if not ready.poll(STALLED * 1000):
            raise TimeoutError
        rest = rest[reader.write(rest) or 0 :]


def environ_of(scope: Any, body: bytes, refused: int) -> dict[str, Any]:
    """What WSGI wants to know (PEP 3333): text holds bytes, as Latin-1."""
    server, _, port = scope.server.rpartition(":")
    environ = {
        **SAME_FOR_ALL,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in scope.headers.items():
        if key := environ_key(name):
            joint = ";" if key == "HTTP_COOKIE" else ","
            environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    # Django would decode with whatever codec a caller names here, and break on those that aren't
    # for text (rot13, hex).
    if "charset" in environ.get("CONTENT_TYPE", "").lower():
        environ["CONTENT_TYPE"] = CHARSET.sub("", environ["CONTENT_TYPE"])
    if refused:
        environ |= {REFUSED: refused, "CONTENT_LENGTH": "0"}
    return environ


@lru_cache(maxsize=1_000)
def environ_key(name: str) -> str:
    """`accept-language` -> `HTTP_ACCEPT_LANGUAGE`; "" for a name that holds an underscore.

    X_Forwarded_Proto, which anybody may send, would read as the proxy's X-Forwarded-Proto.
    """
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


# Queries are remembered, and so to be forgotten at each request, in DEBUG only.
if not settings.DEBUG:
    request_started.disconnect(reset_queries)

# Requests leave little for the cycle collector: what was loaded by now is set aside for good, and
# it comes less often. Measured in docs/performance.md.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
