"""PostgreSQL under Patroni and etcd on loopback, three of each, as deploy/ sets them up."""

import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg2

from tuition.postgres.cluster import _binaries
from tuition.tests.served import ROOT, free_port

NODES = ("one", "two", "three")
SETTLED = 5  # seconds with the same standby: a primary that dies sooner leaves nobody to promote


class Node:
    """A machine of the cluster: PostgreSQL, and the Patroni that looks after it."""

    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, name
        self.port, self.rest = free_port(), free_port()
        self.data = cluster.home / name / "data"
        self.data.parent.mkdir()
        os.chown(self.data.parent, cluster.uid, -1)
        self.patroni = None

    def start(self):
        here = f"127.0.0.1:{self.port}"
        env = {
            "PATH": f"{_binaries()}:/usr/bin:/bin",
            "HOME": str(self.cluster.home),
            "LC_ALL": "C.UTF-8",
            "PATRONI_NAME": self.name,
            "PATRONI_RESTAPI_LISTEN": f"127.0.0.1:{self.rest}",
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"127.0.0.1:{self.rest}",
            "PATRONI_ETCD3_HOSTS": ",".join(self.cluster.etcd),
            "PATRONI_POSTGRESQL_LISTEN": here,
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": here,
            "PATRONI_POSTGRESQL_DATA_DIR": str(self.data),
            "PATRONI_POSTGRESQL_BIN_DIR": str(_binaries()),
            "PATRONI_POSTGRESQL_PGPASS": str(self.data.parent / "pgpass"),
            "PATRONI_SUPERUSER_USERNAME": "postgres",
            "PATRONI_SUPERUSER_PASSWORD": self.cluster.password,
            "PATRONI_REPLICATION_USERNAME": "replicator",
            "PATRONI_REPLICATION_PASSWORD": self.cluster.password,
        }
        command = [self.cluster.programs / "patroni", ROOT / "deploy/patroni.yml"]
        self.patroni = self.cluster.run(command, f"{self.name}.log", env)

    def says(self, path):
        """(status, JSON) of its Patroni; (0, {}) where it doesn't answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}{path}", timeout=2) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, {}
        except (OSError, ValueError):
            return 0, {}

    def pids(self):
        """Of its Patroni, PostgreSQL and all backends."""
        found = [self.patroni.pid] if self.patroni else []
        with suppress(OSError, IndexError):
            postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
            children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
            found += [postmaster, *map(int, children.split())]
        return found

    def signal(self, number):
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)


class Cluster:
    def __init__(self, home, programs):
        self.home, self.programs = home, programs
        self.password = secrets.token_hex(16)
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.uid, self.gid = account.pw_uid, account.pw_gid
        self.processes = []
        ports = [(free_port(), free_port()) for _ in NODES]
        self.etcd = [f"127.0.0.1:{client}" for client, _ in ports]
        peers = ",".join(
            f"{name}=http://127.0.0.1:{peer}" for name, (_, peer) in zip(NODES, ports, strict=True)
        )
        for name, (client, peer) in zip(NODES, ports, strict=True):
            self.run(
                [shutil.which("etcd"), "--name", name, "--data-dir", home / f"etcd-{name}",
                 "--listen-client-urls", f"http://127.0.0.1:{client}",
                 "--advertise-client-urls", f"http://127.0.0.1:{client}",
                 "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                 "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                 "--initial-cluster", peers, "--log-level", "error"],
                f"etcd-{name}.log",
            )  # fmt: skip
        self.nodes = [Node(self, name) for name in NODES]

    def run(self, command, log, env=None):
        account = {"user": self.uid, "group": self.gid, "extra_groups": []}
        with (self.home / log).open("ab") as said:
            process = subprocess.Popen(
                list(map(str, command)), env=env, stdout=said, stderr=said, cwd=self.home,
                stdin=subprocess.DEVNULL, start_new_session=True,
                **(account if os.geteuid() == 0 else {}),
            )  # fmt: skip
        self.processes.append(process)
        return process

    def primary(self):
        return next((node for node in self.nodes if node.says("/primary")[0] == 200), None)

    def settled(self):
        """Whether one is primary, and a standby has all that it acknowledges."""
        node = self.primary()
        if not node:
            return False
        members = node.says("/cluster")[1].get("members", [])
        return [each["role"] for each in members].count("sync_standby") == 1 and all(
            each["state"] in ("running", "streaming") for each in members
        )

    def settle(self, seconds=90):
        """Until nothing changed for a while."""
        end, since = time.monotonic() + seconds, None
        while time.monotonic() < end:
            since = (since or time.monotonic()) if self.settled() else None
            if since and time.monotonic() - since > SETTLED:
                return
            time.sleep(0.3)
        raise RuntimeError(f"the cluster didn't settle: see {self.home}")

    def url(self):
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgres://tuition:{self.password}@{hosts}/tuition?target_session_attrs=read-write"

    def make_database(self):
        with closing(self.connect("postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("CREATE ROLE tuition LOGIN PASSWORD %s", [self.password])
                cursor.execute("CREATE DATABASE tuition OWNER tuition")

    def connect(self, database="tuition"):
        ports = ",".join(str(node.port) for node in self.nodes)
        return psycopg2.connect(
            host=",".join(["127.0.0.1"] * len(NODES)), port=ports, user="postgres",
            password=self.password, dbname=database, target_session_attrs="read-write",
            connect_timeout=3,
        )  # fmt: skip

    def end(self):
        for node in self.nodes:
            node.signal(signal.SIGCONT)
            node.signal(signal.SIGKILL)
        for process in self.processes:
            process.kill()
            process.wait()


@contextmanager
def cluster(programs):
    home = Path(tempfile.mkdtemp(prefix="tuition-cluster-"))
    home.chmod(0o777)
    made = Cluster(home, programs)
    try:
        for node in made.nodes:
            node.start()
        made.settle()
        made.make_database()
        yield made
    except BaseException:
        made.end()
        raise
    else:
        made.end()
        shutil.rmtree(home, ignore_errors=True)
