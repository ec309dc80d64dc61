"""Where and how wide Tuition is served; shared by `run` and `serve`."""

import os
import socket

from django.core.exceptions import ImproperlyConfigured

from tuition import environment

HOST = "127.0.0.1"


def free_port() -> int:
    """PORT, if nobody listens there yet; asked before anything is started."""
    port = environment.whole_number("PORT", default=8000, least=1)
    if port > 65535:
        raise ImproperlyConfigured(f"PORT takes a number from 1 to 65535, not {port}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ImproperlyConfigured(
                f"port {port} can't be used ({error.strerror})."
                f" Choose another: PORT={port + 1} make run"
            ) from None
    return port


def width() -> tuple[int, int]:
    """(worker processes, threads in each). Each thread keeps one database connection."""
    workers = environment.whole_number("WORKERS", default=min(os.cpu_count() or 1, 4), least=1)
    threads = environment.whole_number("THREADS", default=4, least=1)
    return workers, threads
