"""Eight bulk writers over random cities at once: does anybody see a deadlock, do totals stay exact?

Each writer changes and deletes only rows of its own, so that any deadlock is the totals' doing. A
transaction holds up to three bulk statements over several cities, as an import has.
"""

import time
from collections import Counter
from contextlib import closing
from random import Random
from threading import Thread
from typing import Any

import psycopg2
from plan import Plan
from postgres import Database
from project import environment, manage, need_command
from psycopg2.extras import execute_values
from results import Results, say

WRITERS = 8
SEED = 20
CITIES = (
    *("Karachi", "Lahore", "Faisalabad", "Rawalpindi", "Gujranwala", "Multan", "Hyderabad"),
    *("Peshawar", "Quetta", "Islamabad", "Sargodha", "Sialkot", "Bahawalpur", "Jhang", "Sukkur"),
)


def measure(plan: Plan, results: Results, database: Database) -> None:
    say(f"{WRITERS} bulk writers for {plan.writing} s (seed {SEED})")
    env = environment(plan.data, database.url)
    need_command("check_totals")
    seen: Counter[str] = Counter()
    threads = [
        Thread(target=write, args=(database, Random(SEED + number), plan.writing, seen))
        for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.figures["bulk writers' transactions"] = seen.pop("done", 0)
    results.figures["bulk writers' deadlocks"] = seen.pop("DeadlockDetected", 0)
    results.figures["totals exact afterwards"] = is_exact(env)
    results.problems += [f"bulk writers: {count} times {name}" for name, count in seen.items()]
    for name in (
        "bulk writers' transactions",
        "bulk writers' deadlocks",
        "totals exact afterwards",
    ):
        say(f"  {name}: {results.figures[name]:,.0f}")


def is_exact(env: dict[str, str]) -> int:
    """1 when the kept totals equal the recomputed ones, else 0."""
    try:
        manage("check_totals", env=env)
    except RuntimeError as error:
        say(f"  {error}")
        return 0
    return 1


def write(database: Database, random: Random, seconds: float, seen: Counter[str]) -> None:
    """`seen` counts the transactions done and each kind of error."""
    deadline = time.monotonic() + seconds
    mine: list[int] = []
    with closing(psycopg2.connect(database.url)) as connection:
        while time.monotonic() < deadline:
            try:
                with connection, connection.cursor() as cursor:  # one transaction
                    kept = transaction(cursor, random, list(mine))
            except psycopg2.Error as error:
                seen[type(error).__name__] += 1
            else:
                mine = kept[-2000:]
                seen["done"] += 1


def transaction(cursor: Any, random: Random, mine: list[int]) -> list[int]:
    """Up to three bulk statements; the writer's own rows afterwards."""
    for _ in range(random.randint(1, 3)):
        some = random.sample(mine, min(len(mine), random.randint(1, 100)))
        kind = random.choice(("add", "add", "move", "delete"))
        if kind == "add":
            mine += add(cursor, random)
        elif kind == "move" and some:
            cursor.execute(
                "UPDATE students_student SET city = %s, fees = fees + 1 WHERE id = ANY(%s)",
                [random.choice(CITIES), some],
            )
        elif some:
            cursor.execute("DELETE FROM students_student WHERE id = ANY(%s)", [some])
            mine = list(set(mine) - set(some))
    return mine


def add(cursor: Any, random: Random) -> list[int]:
    cities = random.sample(CITIES, random.randint(2, 8))
    rows = [
        ("Bulk Benchmark", random.choice(cities), random.randint(0, 9_000_000) / 100)
        for _ in range(random.randint(10, 200))
    ]
    sql = "INSERT INTO students_student (name, city, fees) VALUES %s RETURNING id"
    return [pk for (pk,) in execute_values(cursor, sql, rows, page_size=200, fetch=True)]
