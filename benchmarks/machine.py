"""The facts that figures mean nothing without."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from contenders import CONNECTIONS, FLASK_THREADS, HERE, THREADS, WORKERS
from postgres import Database


def facts(database: Database) -> dict[str, str]:
    ((postgresql,),) = database.rows("SHOW server_version")
    ((fsync,),) = database.rows("SHOW fsync")
    ours = [f"{name} {version(name)}" for name in ("django", "granian", "psycopg2-binary")]
    peers = (HERE / "requirements-bench.txt").read_text().splitlines()
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Processor": f"{processor()}, {os.cpu_count()} cores",
        "Memory": f"{memory():.0f} GB",
        "System": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "PostgreSQL": f"{postgresql}, fsync {fsync}",
        "Tuition": ", ".join(ours),
        "Peers": ", ".join(line.replace("==", " ") for line in peers if not line.startswith("#")),
        "Servers": f"{WORKERS} workers each; {THREADS} threads in Tuition's, {FLASK_THREADS} in"
        f" Flask's, {CONNECTIONS} connections in FastAPI's",
    }


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    for line in cpuinfo.read_text().splitlines() if cpuinfo.exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def memory() -> float:
    """GB of the whole machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
