"""`make drill-cluster`: the primary is killed under load three times, and frozen once."""

import os
import random
import signal
import string
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuition.settings")

from tuition.tests.drill.cluster import cluster
from tuition.tests.drill.journal import Writers, reckon
from tuition.tests.drill.office import begun, ready, until
from tuition.tests.front import before, program
from tuition.tests.served import folder, serving

BAR = 25  # seconds until writes are back
FROZEN = 45  # seconds
NEEDED = ("etcd", "haproxy", "openssl")


def main() -> int:
    if missing := [name for name in NEEDED if not program(name)]:
        print(
            f"It needs {' and '.join(missing)}: apt install etcd-server haproxy (Debian, Ubuntu)."
        )
        return 1
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"seed {seed}", flush=True)
    dice, failed, began = random.Random(seed), 0, time.monotonic()
    with cluster(Path(sys.argv[1]).resolve()) as made, folder() as data, ExitStack() as stack:
        env = {
            "DATABASE_URL": made.url(),
            "SECRET_KEY": "".join(dice.choices(string.ascii_letters, k=50)),
            "HTTPS": "true",
            "TRUSTED_PROXIES": "127.0.0.1",
            "WORKERS": "1",
        }
        key = begun(data, **env)
        offices = [
            stack.enter_context(
                serving("serve", data, ready=301, output=subprocess.DEVNULL, **env)
            )[0]
            for _ in range(2)
        ]
        address = stack.enter_context(before("haproxy", data, *offices))
        print(
            "three of PostgreSQL, two of Tuition, HAProxy: set up in"
            f" {time.monotonic() - began:.0f} s",
            flush=True,
        )
        for number, fault in enumerate([killed, killed, killed, frozen], 1):
            made.settle()
            with Writers(address, key, dice.random()) as writers:
                time.sleep(dice.uniform(2, 4))
                moment = time.monotonic()
                fault(made)
                until(lambda: writers.journal.back_after(moment) < float("inf"), 70)  # noqa: B023
                until(lambda: all(map(ready, offices)), 60)
                time.sleep(2)
            restore(made)
            failed += not told(number, fault, made, writers.journal, moment)
    print(f"{time.monotonic() - began:.0f} s in all", flush=True)
    return bool(failed)


def killed(made):
    """As a power cut: PostgreSQL, its backends and Patroni at once, by their numbers."""
    made.lost = made.primary()
    made.lost.signal(signal.SIGKILL)


def frozen(made):
    """It answers nobody, and its kernel still takes what is sent."""
    made.lost = made.primary()
    made.lost.signal(signal.SIGSTOP)
    made.thaw = time.monotonic() + FROZEN


def restore(made):
    """The lost machine comes back, and finds its place behind the new primary."""
    if made.lost.patroni.poll() is None:
        time.sleep(max(getattr(made, "thaw", 0) - time.monotonic(), 0))
        made.lost.signal(signal.SIGCONT)
    else:
        made.lost.start()
    made.settle(120)


def told(number, fault, made, journal, moment):
    with closing(made.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name FROM students_student WHERE name LIKE 'Drill %'")
        names = [name for (name,) in cursor.fetchall()]
    lost, doubled, ghosts = reckon(journal, names)
    back = journal.back_after(moment)
    held = back <= BAR and not (lost or doubled or ghosts or journal.tracebacks)
    seen = " ".join(f"{status}×{count}" for status, count in sorted(journal.seen.items(), key=str))
    print(
        f"{'holds ' if held else 'FAILED'}  {number}. primary {fault.__name__}: clients saw {seen};"
        f" longest wait {journal.longest():.1f} s; writes back after {back:.1f} s;"
        f" lost {lost} of {len(journal.acknowledged)}; doubled {doubled}",
        flush=True,
    )
    return held


if __name__ == "__main__":
    sys.exit(main())
