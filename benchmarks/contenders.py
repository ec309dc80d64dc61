"""Who is measured, and how each is started: two workers, the same database."""

import hashlib
import os
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection
from pathlib import Path

from postgres import Database
from project import MANAGE, ROOT, SCRATCH, NotMeasured, environment, manage, need_command
from results import say

HERE = Path(__file__).resolve().parent
PEERS_BIN = SCRATCH / "venv" / "bin"
WORKERS = "2"
THREADS = os.environ.get("THREADS") or "2"  # of each worker of Tuition's server
FLASK_THREADS = "4"  # as fast as with 2
CONNECTIONS = "10"  # of each worker that has a pool: asyncpg's own default

OURS, EMPTY, FLASK, ORM, RAW = (
    "Tuition",
    "Empty Django view",
    "Flask + psycopg2",
    "FastAPI + SQLAlchemy",
    "FastAPI + asyncpg",
)
OURS_API = "Tuition's /api/"
AVERAGE, STUDENTS, ADD = "average fees of a city", "first 50 students of a city", "add a student"
LARGEST = "average fees of the largest city"
FLASK_PAGE, LIST, CITY = "Flask + Jinja", "list page", "city page"
STATISTICS = "statistics page"


@dataclass(frozen=True)
class Contender:
    """`paths` maps each job it can do to its address; `city` is filled in."""

    name: str
    command: list[str]
    folder: Path
    paths: dict[str, str]
    env: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    ready: str = "/"


@dataclass(frozen=True)
class Running:
    contender: Contender
    port: int
    pid: int


def peers() -> list[Contender]:
    paths = {
        AVERAGE: "/average-fees?city={city}",
        LARGEST: "/average-fees?city={city}",
        STUDENTS: "/students?city={city}&limit=50",
        ADD: "/students",
    }
    uvicorn = [str(PEERS_BIN / "uvicorn"), f"--workers={WORKERS}", "--port={port}"]
    uvicorn += ["--no-access-log", "--log-level=warning"]
    return [
        Contender(FLASK, gunicorn("flask_app:app"), HERE / "peers", paths),
        Contender(ORM, [*uvicorn, "fastapi_orm:app"], HERE / "peers", paths),
        Contender(RAW, [*uvicorn, "fastapi_raw:app"], HERE / "peers", paths),
    ]


def flask_page() -> Contender:
    paths = {LIST: "/pages/students?sort={sort}&page={page}", CITY: "/pages/students?city={city}"}
    return Contender(FLASK_PAGE, gunicorn("flask_pages:app"), HERE / "peers", paths)


def gunicorn(app: str) -> list[str]:
    command = [str(PEERS_BIN / "gunicorn"), "--worker-class=gthread", f"--threads={FLASK_THREADS}"]
    command += [f"--workers={WORKERS}", "--keep-alive=60"]  # else it hangs up after 2 s
    return [*command, "--bind=127.0.0.1:{port}", app]


def empty_view() -> Contender:
    env = {"PYTHONPATH": str(ROOT), "WORKERS": WORKERS, "THREADS": THREADS}
    return Contender(EMPTY, [sys.executable, "empty_view.py"], HERE, {AVERAGE: "/"}, env)


@cache  # so that each database gets one token
def ours(database: Database, data: Path) -> Contender:
    env = environment(data, database.url, WORKERS=WORKERS, THREADS=THREADS)
    need_command("serve")
    average = "/students/average-fees/?city={city}"
    paths = {AVERAGE: average, LARGEST: average}
    headers = {}
    with suppress(NotMeasured):
        headers["Authorization"] = f"Bearer {token(env)}"
        paths[OURS_API] = "/api/average-fees/?city={city}"
        paths[STUDENTS] = "/api/students/?city={city}&sort=name&limit=50"
        paths[ADD] = "/api/students/"
    ready = "/students/average-fees/"
    return Contender(OURS, [*MANAGE, "serve"], ROOT, paths, env, headers, ready)


def token(env: dict[str, str]) -> str:
    """A token that may write: the longest word of what the command prints."""
    need_command("create_api_token")
    name = f"Benchmark {time.time_ns()}"  # one a server that is measured
    return max(manage("create_api_token", name, "--edit", env=env).split(), key=len)


def build_peers() -> None:
    """The peers' own environment, made again only when their requirements change."""
    wanted = HERE / "requirements-bench.txt"
    stamp, mark = SCRATCH / "venv" / "installed", hashlib.sha256(wanted.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == mark:
        return
    say("Installing the peers in var/bench/venv")
    venv.create(SCRATCH / "venv", clear=True, with_pip=True)
    pip = [str(PEERS_BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    subprocess.run([*pip, "--quiet", "-r", str(wanted)], check=True)
    stamp.write_text(mark)


@contextmanager
def running(contender: Contender, database: Database) -> Iterator[Running]:
    port = free_port()
    process = start(contender, database, port)
    try:
        wait_until_ready(contender, process, port)
        yield Running(contender, port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def start(contender: Contender, database: Database, port: int) -> subprocess.Popen[bytes]:
    own = {"DATABASE_URL": database.url, "THREADS": FLASK_THREADS, "CONNECTIONS": CONNECTIONS}
    env = {**os.environ, **own, **contender.env, "PORT": str(port)}
    command = [part.format(port=port) for part in contender.command]
    with log_of(contender).open("w") as log:
        return subprocess.Popen(command, cwd=contender.folder, env=env, stdout=log, stderr=log)


def wait_until_ready(contender: Contender, process: subprocess.Popen[bytes], port: int) -> None:
    """Any HTTP answer will do: whether it is right is asked later."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError):
            connection.request("GET", contender.ready)
            connection.getresponse().read()
            return
        time.sleep(0.1)
    lines = log_of(contender).read_text().strip().splitlines() or ["it wrote nothing"]
    raise RuntimeError(f"{contender.name} did not start: {lines[-1]}")


def log_of(contender: Contender) -> Path:
    name = "".join(letter if letter.isalnum() else "_" for letter in contender.name.lower())
    return SCRATCH / "logs" / f"{name}.log"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
