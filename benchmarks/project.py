"""Tuition from outside: its folder, its Python, its commands."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = ROOT / "var" / "bench"  # the peers' environment, logs, raw results
MANAGE = [sys.executable, str(ROOT / "manage.py")]

# Nothing that the shell or .env holds may bend the run.
NEUTRAL = {
    "ALLOWED_HOSTS": "127.0.0.1",
    "AVERAGE_FEES_MIN_STUDENTS": "1",
    "AVERAGE_FEES_PUBLIC": "true",
    "DEBUG": "false",
    "HTTPS": "false",
    "SECRET_KEY": "benchmark-0123456789-benchmark-0123456789",
}

# Runs a command: its exit status, seconds, and the most memory it had. From a small process of its
# own, because a child is held to have had what its parent had when it began.
WATCH = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
status = subprocess.call(sys.argv[1:])
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([status, seconds, peak * (1 if sys.platform == "darwin" else 1024) / 1e6]))
"""


class NotMeasured(Exception):  # noqa: N818 - a reason, not an error
    """What a measurement needs isn't here (yet); the message says what."""


def environment(data: Path, database_url: str = "", **more: str) -> dict[str, str]:
    """For Tuition's commands; without `database_url` they run the embedded PostgreSQL in `data`."""
    names = {"DATA_DIR": str(data), "DATABASE_URL": database_url}
    return {**os.environ, **NEUTRAL, **names, **more}


def manage(*args: str, env: dict[str, str]) -> str:
    """What the command printed; RuntimeError with its last line when it failed."""
    done = subprocess.run([*MANAGE, *args], cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise RuntimeError(f"manage.py {args[0]}: {said[-1]}")
    return done.stdout


def need_command(name: str) -> None:
    if name not in commands():
        raise NotMeasured(f"there is no manage.py {name}")


@cache
def commands() -> list[str]:
    return manage("help", "--commands", env=environment(SCRATCH)).split()


class Watched(NamedTuple):
    seconds: float
    peak: float  # MB
    said: str


def watched(command: list[str], env: dict[str, str] | None = None) -> Watched:
    """RuntimeError with its last line when it failed."""
    run = [sys.executable, "-c", WATCH, *command]
    done = subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    *said, told = done.stdout.splitlines()
    status, seconds, peak = json.loads(told)
    if status:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"status {status}"])[-1])
    return Watched(seconds, peak, "\n".join(said))
