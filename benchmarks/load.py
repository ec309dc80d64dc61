"""Questions in turn: as many as it takes (wrk), or at a fixed rate whatever it takes."""

import asyncio
import json
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from itertools import cycle
from math import inf
from pathlib import Path
from typing import NamedTuple

from project import SCRATCH

SCRIPT = Path(__file__).with_name("wrk.lua")
CONNECTIONS, THREADS = 16, 2


class Question(NamedTuple):
    path: str
    body: str = ""  # JSON, on one line; without it a GET


class Load(NamedTuple):
    rate: float  # answers a second
    requests: int
    refused: int  # answers of 400 and above
    lost: int  # no answer: connection or time-out


def wrk(port: int, headers: dict[str, str], seconds: int, questions: list[Question]) -> Load:
    """16 connections that each ask the next question as soon as they have an answer."""
    asked = SCRATCH / "questions.txt"
    asked.write_text("".join("\t".join(question) + "\n" for question in questions))
    named = [f"-H{name}: {value}" for name, value in headers.items()]
    command = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)]
    command += [*named, f"http://127.0.0.1:{port}", "--", str(asked), str(THREADS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout.strip().splitlines()[-1])
    answered = said["requests"] - said["refused"]
    return Load(answered / said["seconds"], said["requests"], said["refused"], said["lost"])


def need_wrk() -> None:
    if not shutil.which("wrk"):
        raise SystemExit("make bench needs wrk: apt install wrk (Debian, Ubuntu), brew install wrk")


def p99(
    port: int, headers: dict[str, str], rate: int, seconds: float, questions: list[Question]
) -> float:
    """Milliseconds from when a request was due to its whole answer.

    `rate` requests a second, sent whether or not earlier ones were answered, so that a server
    that stops for a moment pays for everybody who came in that moment.
    """
    named = [f"{name}: {value}" for name, value in headers.items()]
    requests = cycle(
        "\r\n".join(
            [f"GET {asked.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *named, "", ""]
        ).encode()
        for asked in questions
    )
    waits = asyncio.run(fixed_rate(port, requests, rate, int(rate * seconds)))
    if inf in waits:
        raise RuntimeError(f"{waits.count(inf)} of {len(waits)} answers at a fixed rate failed")
    return 1000 * statistics.quantiles(waits, n=100)[98]


async def fixed_rate(port: int, requests: Iterator[bytes], rate: int, count: int) -> list[float]:
    clock = asyncio.get_running_loop().time
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await Connection.open(port))

    async def ask(due: float, request: bytes) -> float:
        connection = await free.get()
        ok = await connection.ask(request)
        free.put_nowait(connection)
        return clock() - due if ok else inf

    start, asked = clock() + 0.1, []
    for number in range(count):
        due = start + number / rate
        await asyncio.sleep(due - clock())
        asked.append(asyncio.create_task(ask(due, next(requests))))
    waits = await asyncio.gather(*asked)
    while not free.empty():
        free.get_nowait().writer.close()
    return waits


class Connection(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> bool:
        """Whether the answer was a 200 that arrived whole."""
        self.writer.write(request)
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            if b"content-length:" in head:
                length = head.split(b"content-length:")[1].split(b"\r\n")[0]
                await self.reader.readexactly(int(length))
            else:  # chunked
                await self.reader.readuntil(b"0\r\n\r\n")
        except (OSError, EOFError):
            return False
        return head.split(b" ", 2)[1] == b"200"
