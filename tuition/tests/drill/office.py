"""An office for a drill: a database with fsync on, Tuition that serves it, questions to it."""

import re
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from typing import NamedTuple

import psycopg2

from tuition.tests.served import ROOT, environment, folder, get, serving


class Office(NamedTuple):
    data: object  # the folder
    address: str
    process: subprocess.Popen
    key: str  # of a token that may edit


def manage(data, *args, **env):
    """What a command of manage.py prints; raises when it fails."""
    command = [sys.executable, "manage.py", *map(str, args)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(data, **env), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{args[0]}: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def begun(data, **env):
    """An empty database with its tables, and the key of a token; its server stops again."""
    manage(data, "migrate", "-v0", **env)
    return re.search(r"tuition_\S+", manage(data, "create_api_token", "drill", "--edit", **env))[0]


@contextmanager
def office(data=None, *, db_env=None, **env):
    """Tuition, serving a database that loses nothing of what it acknowledged."""
    with folder() as own, ExitStack() as stack:
        data, db_env = data or own, db_env or {}
        key = begun(data, **db_env)
        settings = {"WORKERS": "2", "BACKUP_DIR": str(own / "b"), **db_env, **env}
        log = stack.enter_context((own / "serve.log").open("w"))
        with serving("serve", data, output=log, **settings) as (address, process):
            if not db_env:
                assert ask(data, "SHOW fsync") == [("on",)]
                assert ask(data, "SHOW synchronous_commit") == [("on",)]
            yield Office(data, address, process, key)


def connect(data):
    return psycopg2.connect(host=str(data / "postgres"), user="postgres", dbname="tuition")


def ask(data, sql, *params):
    with closing(connect(data)) as connection, connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall()


def names(data):
    """Of the students that drills' writers added."""
    return [
        name for (name,) in ask(data, "SELECT name FROM students_student WHERE name LIKE 'Drill %'")
    ]


def ready(address, path="/healthz/ready"):
    return get(address, path)[0] == 200


def until(condition, seconds=60):
    """Seconds until it holds; infinity if it takes longer."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(0.05)
    return float("inf")
