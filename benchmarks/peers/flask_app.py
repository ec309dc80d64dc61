"""Flask and psycopg2: the three jobs as a good engineer would write them.

Served by Gunicorn with threads, one kept connection for each; the statements are prepared.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
    SELECT id, name, city, fees FROM peer_student WHERE city = $1 ORDER BY name, id LIMIT $2;
PREPARE add_student (text, text, numeric) AS
    INSERT INTO peer_student (name, city, fees) VALUES ($1, $2, $3) RETURNING id;
"""
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
    name, city, fees = valid(request.get_json())
    with database() as cursor:
        cursor.execute("EXECUTE add_student (%s, %s, %s)", [name, city, fees])
        (pk,) = cursor.fetchone()
    return student(pk, name, city, fees), 201


def student(pk: int, name: str, city: str, fees: Decimal) -> dict[str, Any]:
    return {"id": pk, "name": name, "city": city, "fees": str(fees)}


def valid(data: dict[str, Any]) -> tuple[str, str, Decimal]:
    """Name, city and fees (PKR, 2 places); 400 when one of them can't be stored."""
    try:
        name, city = data["name"].strip(), data["city"].strip()
        fees = Decimal(data["fees"]).quantize(Decimal("0.01"))
    except (AttributeError, KeyError, TypeError, InvalidOperation):
        abort(400)
    if not (0 < len(name) <= 100 and 0 < len(city) <= 50 and 0 <= fees <= MOST_FEES):
        abort(400)
    return name, city, fees
