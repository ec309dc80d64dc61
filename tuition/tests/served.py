"""`manage.py run` and `manage.py serve` as processes of their own, for tests."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


class NotFollowing(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def unproven():
    """TLS that asks nobody whose certificate it is: a test's own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


opener = urllib.request.build_opener(NotFollowing, urllib.request.HTTPSHandler(context=unproven()))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def folder():
    # Short: a socket's path has a limit. Open: as root the server runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="tuition-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        yield Path(name)


def environment(data, **more):
    """Nothing of ours but where to find programs."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return {**kept, "DATA_DIR": str(data), **more}


def started(command, data, output=subprocess.PIPE, **env):
    """The command's process, in a group of its own as a terminal starts one.

    Whoever has it serve thousands of requests gives a file for its `output`: a pipe that nobody
    reads is full after some 300 lines of its log, and it waits.
    """
    return subprocess.Popen(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=environment(data, **{"PORT": str(free_port())} | env),
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


@contextmanager
def serving(command, data, ready=200, output=subprocess.PIPE, **env):
    """The command, up and answering; its address and process."""
    port = free_port()
    process = started(command, data, output, PORT=str(port), **env)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: status(address) == ready, process)
        if sys.platform == "linux":
            wait_for(lambda: settled(process), process)
        yield address, process
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=60)


def get(address, path="/students/average-fees/"):
    """(status, body); (None, "") where nobody listens."""
    try:
        with opener.open(address + path, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return None, ""


def status(address, path="/students/average-fees/"):
    return get(address, path)[0]


def wait_for(condition, process, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def postmaster(data):
    return int((data / "postgres/postmaster.pid").read_text().split()[0])


def workers(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {int(pid) for pid in children.split()}


def settled(process):
    """Whether all workers are past their start: they would end as they should."""
    pids = workers(process)
    return bool(pids) and all(map(catches_sigterm, pids))


def catches_sigterm(pid):
    """And has other threads: one just forked still has the handlers of its parent."""
    try:
        said = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
    threads, caught = (re.search(rf"{name}:\s+(\w+)", said)[1] for name in ("Threads", "SigCgt"))
    return int(threads) > 1 and bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def alive(pid):
    """Whether it runs: a dead process that its parent hasn't looked at yet doesn't."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return state.stdout.strip()[:1] not in ("", "Z")
