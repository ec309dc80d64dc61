"""A TCP door to a PostgreSQL, which can lose an answer, hang up, or stall."""

import contextlib
import select
import socket
import threading
import time

from django.db import connection


@contextlib.contextmanager
def door():
    """A proxy to the tests' database; `lead_through` it, and in the end the old way is back."""
    where = connection.settings_dict
    direct = {name: where[name] for name in ("EMBEDDED", "HOST", "PORT")}
    path = f"{where['HOST']}/.s.PGSQL.5432"
    with Proxy(path if where["EMBEDDED"] else (where["HOST"], int(where["PORT"] or 5432))) as proxy:
        yield proxy
    connection.close()
    where |= direct


def lead_through(*proxies):
    """As a DATABASE_URL with a host for each."""
    hosts = ",".join(["127.0.0.1"] * len(proxies))
    ports = ",".join(str(proxy.port) for proxy in proxies)
    connection.close()
    connection.settings_dict |= {"EMBEDDED": None, "HOST": hosts, "PORT": ports}


class Proxy:
    """Listens on loopback, and leads to `target`: a socket's path, or (host, port).

    `lose`: the statement that holds these bytes is passed on, and its answer isn't. Then it hangs
    up, unless `silent`. `refuse`: at these bytes it hangs up without passing them on. `stalled`:
    nothing moves, in old connections or new ones.
    """

    def __init__(self, target):
        self.target = target
        self.lose = self.refuse = None
        self.silent = self.stalled = self.closed = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.1)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def accept(self):
        with self.listener:
            while not self.closed:
                with contextlib.suppress(TimeoutError):
                    client, _ = self.listener.accept()
                    threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        family = socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET
        with client, socket.socket(family) as server, contextlib.suppress(OSError):
            server.connect(self.target)
            self.between(client, server)

    def between(self, client, server):
        losing = False
        while not self.closed:
            if self.stalled:
                time.sleep(0.05)
                continue
            for source in select.select([client, server], [], [], 0.05)[0]:
                chunk = source.recv(65536)
                if not chunk:
                    return
                if source is client:
                    if self.refuse and self.refuse in chunk:
                        return
                    losing = losing or bool(self.lose and self.lose in chunk)
                    server.sendall(chunk)
                elif not losing:
                    client.sendall(chunk)
                elif not self.silent:
                    return
