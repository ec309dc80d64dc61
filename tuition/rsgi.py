"""Where a request comes in: Granian's RSGI on one side, Django's handler on the other.

A body is whole before it takes a thread, however slowly it comes: the event loop waits for it. What
isn't a whole body that we take is not read at all; Django is told so and refuses in its own words.
"""

import asyncio
import gc
import io
import logging
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import reset_queries

from tuition.errors import REFUSED
from tuition.server import width

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuition.settings")

django_application: Any = get_wsgi_application()

logger = logging.getLogger(__name__)

MOST_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0  # of a body
PATIENCE = 30  # seconds for a body to arrive
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


async def application(scope: Any, protocol: Any) -> None:
    """RSGI's callable. A request without a body need not come here: see server.py."""
    body, refused = await whole_body(scope, protocol)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(threads(), answer, scope, protocol, body, refused)


def has_body(scope: Any) -> bool:
    headers = scope.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def whole_body(scope: Any, protocol: Any) -> tuple[bytes, int]:
    """The body and 0, or b"" and the status of its refusal.

    413: longer than Django takes in memory. 411: of no told length, so that nobody could say
    whether it was cut off. 408: not here in PATIENCE seconds. 400: cut off.
    """
    if "transfer-encoding" in scope.headers:
        return b"", 411
    length = int(scope.headers.get("content-length", "0"))  # Granian refuses what is no number
    if length > MOST_BYTES:
        return b"", 413
    try:
        async with asyncio.timeout(PATIENCE):
            body: bytes = await protocol()
    except TimeoutError:
        return b"", 408
    except Exception:  # Granian's, which has no name: the sender is gone
        return b"", 400
    return (body, 0) if len(body) == length else (b"", 400)


@cache
def threads() -> ThreadPoolExecutor:
    """For the requests that had a body; as many again as answer those that had none."""
    return ThreadPoolExecutor(width()[1])


def answer(scope: Any, protocol: Any, body: bytes = b"", refused: int = 0) -> None:
    """Django's answer, sent whole. It is not streamed: that would wait for a slow reader."""
    told: list[Any] = []
    try:
        environ = environ_of(scope, body, refused)
        response = django_application(environ, lambda *start: told.extend(start))
        try:
            protocol.response_bytes(int(told[0][:3]), told[1], b"".join(response))
        finally:
            response.close()
    except Exception:  # Django answers its own: this is ours, or Granian's
        logger.exception("A request could not be answered.")
        protocol.response_empty(500, [])


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
