"""Writers that write down what they send and what came of it, and the reckoning afterwards."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tuition.tests.served import unproven

PATIENCE = 20  # seconds for an answer
WRITERS = 4
PAUSE = 0.02  # seconds between two writes of one writer


@dataclass
class Journal:
    """One line a write: its name, before it is sent, and what came of it."""

    acknowledged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)  # answered that nothing was saved
    unknown: set[str] = field(default_factory=set)  # no answer, or "it may have been saved"
    repeated: set[str] = field(default_factory=set)  # unknown at first, then sent again by key
    seen: Counter = field(default_factory=Counter)  # statuses, and "lost" for no answer
    waits: list[tuple[float, float]] = field(default_factory=list)  # (when, seconds)
    working: list[float] = field(default_factory=list)  # when a write was acknowledged
    failures: list[tuple[float, str]] = field(default_factory=list)  # (when, status)
    tracebacks: int = 0

    def longest(self):
        return max((seconds for _, seconds in self.waits), default=0.0)

    def back_after(self, moment):
        """Seconds from the fault to the first write acknowledged after the last failed one."""
        later = [when for when in self.working if when > moment]
        failed = [when for when, _ in self.failures if when > moment]
        if not failed:
            return 0.0
        after = [when for when in later if when > max(failed)]
        return min(after) - moment if after else float("inf")


class Writers:
    """Adds students through the API until told to stop, each under a name of its own."""

    def __init__(self, address, key, seed, *, path="/api/students/", writers=WRITERS):
        self.address, self.key, self.path = urlsplit(address), key, path
        self.journal = Journal()
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.threads = [
            threading.Thread(target=self.write, args=(n, random.Random(f"{seed} {n}")))
            for n in range(writers)
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def write(self, number, dice):
        connection = None
        for turn in range(10**9):
            if self.ended.is_set():
                break
            name = f"Drill {number} {turn} {dice.randrange(10**9)}"
            fees = f"{dice.randrange(1, 99_999)}.{dice.randrange(100):02}"
            body = json.dumps({"name": name, "city": "Lahore", "fees": fees})
            connection, outcome = self.send(connection, name, body)
            if outcome == "unknown" and dice.random() < 0.5:  # as the docs advise: by the same key
                while outcome == "unknown" and not self.ended.wait(0.2):
                    connection, outcome = self.send(connection, name, body, again=True)
            time.sleep(PAUSE)
        if connection:
            connection.close()

    def connect(self):
        where = {"host": self.address.hostname, "port": self.address.port, "timeout": PATIENCE}
        if self.address.scheme == "https":
            return http.client.HTTPSConnection(**where, context=unproven())
        return http.client.HTTPConnection(**where)

    def send(self, connection, name, body, again=False):
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": name.replace(" ", "-"),
        }
        if connection is None:
            connection = self.connect()
        began = time.monotonic()
        try:
            connection.request("POST", self.path, body, headers)
            answer = connection.getresponse()
            status, said = answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            connection = None
            # Nobody took the connection: nothing was sent.
            status = "not taken" if isinstance(error, ConnectionRefusedError) else "lost"
            said = ""
        self.note(name, status, said, began, again)
        return connection, self.outcome(status, said)

    @staticmethod
    def outcome(status, said):
        if status == 201:
            return "acknowledged"
        if status in ("lost", 502, 504) or "may have been saved" in said:  # 50x: a proxy's own
            return "unknown"
        return "refused"

    def note(self, name, status, said, began, again):
        now = time.monotonic()
        outcome = self.outcome(status, said)
        with self.lock:
            book = self.journal
            book.seen[status] += 1
            book.waits.append((began, now - began))
            book.tracebacks += "Traceback" in said
            if outcome == "acknowledged":
                book.working.append(now)
                book.unknown.discard(name)
                book.acknowledged.add(name)
                if again:
                    book.repeated.add(name)
                return
            book.failures.append((now, str(status)))
            if outcome == "unknown":
                book.unknown.add(name)
            elif name not in book.unknown:
                book.refused.add(name)
        if outcome == "refused":
            time.sleep(0.1)


def reckon(journal, names):
    """(lost, doubled, ghosts), of the names that are in the database, each as often as it is.

    Ghosts were refused, and are there all the same.
    """
    there = Counter(names)
    lost = sum(there[name] == 0 for name in journal.acknowledged)
    doubled = sum(count > 1 for count in there.values())
    ghosts = sum(name in there for name in journal.refused - journal.acknowledged)
    return lost, doubled, ghosts
