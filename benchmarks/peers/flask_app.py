"""Flask and psycopg2: the three jobs as a good engineer would write them.

Served by Gunicorn with threads, one kept connection for each; the statements are prepared.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue
from psycopg2.extensions import connection, cursor
from psycopg2.pool import ThreadedConnectionPool

PREPARE = """
PREPARE average_fees (text) AS
    SELECT count(*), round(avg(fees), 2) FROM peer_student WHERE city = $1;
PREPARE students (text, int) AS
    SELECT id, name, city, fees, father_name, phone, class_name, joined_on, left_on, family
    FROM peer_student WHERE city = $1 ORDER BY name, id LIMIT $2;
PREPARE add_student (text, text, numeric, text, text, text, date, date, bigint) AS
    INSERT INTO peer_student
        (name, city, fees, father_name, phone, class_name, joined_on, left_on, family)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id;
"""
MEMBERS = (
    *("id", "name", "city", "fees"),
    *("father_name", "phone", "class_name", "joined_on", "left_on", "family"),
)
MOST_FEES = Decimal("999999.99")

app = Flask(__name__)


class PreparedConnection(connection):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autocommit = True
        with self.cursor() as prepare:
            prepare.execute(PREPARE)


threads = int(os.environ["THREADS"])
pool = ThreadedConnectionPool(
    threads, threads, os.environ["DATABASE_URL"], connection_factory=PreparedConnection
)


@contextmanager
def database() -> Iterator[cursor]:
    held = pool.getconn()
    try:
        with held.cursor() as opened:
            yield opened
    finally:
        pool.putconn(held)


@app.get("/average-fees")
def average_fees() -> ResponseReturnValue:
    city = request.args["city"]
    with database() as cursor:
        cursor.execute("EXECUTE average_fees (%s)", [city])
        students, average = cursor.fetchone()
    return {
        "city": city,
        "students": students,
        "average_fees": None if average is None else str(average),
        "currency": "PKR",
    }


@app.get("/students")
def students() -> ResponseReturnValue:
    limit = request.args.get("limit", 50, type=int)
    with database() as cursor:
        cursor.execute("EXECUTE students (%s, %s)", [request.args["city"], limit])
        return {"students": [student(*row) for row in cursor]}


@app.post("/students")
def add_student() -> ResponseReturnValue:
    new = valid(request.get_json())
    with database() as cursor:
        cursor.execute(f"EXECUTE add_student ({', '.join(['%s'] * len(new))})", new)
        (pk,) = cursor.fetchone()
    return student(pk, *new), 201


def student(*row: Any) -> dict[str, Any]:
    shown = dict(zip(MEMBERS, row, strict=True))
    shown["fees"] = str(shown["fees"])
    for day in ("joined_on", "left_on"):
        shown[day] = shown[day].isoformat() if shown[day] else None
    return shown


def valid(data: dict[str, Any]) -> list[Any]:
    """What can be stored, in the order of MEMBERS; fees are PKR, 2 places. Else 400."""
    try:
        name, city = data["name"].strip(), data["city"].strip()
        fees = Decimal(data["fees"]).quantize(Decimal("0.01"))
        father, class_name = data.get("father_name", "").strip(), data.get("class_name", "").strip()
        phone, family = data.get("phone", ""), data.get("family")
        joined, left = data.get("joined_on", f"{datetime.now(UTC):%F}"), data.get("left_on")
        days = [day and date.fromisoformat(day) for day in (joined, left)]
        usual = re.fullmatch("([0-9]{7,17})?", phone)
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation):
        abort(400)
    if not (0 < len(name) <= 100 and 0 < len(city) <= 50 and 0 <= fees <= MOST_FEES):
        abort(400)
    if not (usual and len(father) <= 100 and len(class_name) <= 30):
        abort(400)
    if not isinstance(family, int | None):
        abort(400)
    return [name, city, fees, father, phone, class_name, *days, family]
