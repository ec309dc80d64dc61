"""Right answers before and after the timing: everybody's are compared with SQL's own."""

import json
from decimal import ROUND_HALF_UP, Decimal
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

from contenders import ADD, AVERAGE, EMPTY, OURS_API, STUDENTS, Running
from postgres import Database
from project import NotMeasured

CITY = "Lahore"
CITIES = (CITY, "Karachi", "Rahim Yar Khan", "Nowhere")
NEW = {"name": "Nadia Benchmark", "city": "Quetta", "fees": "4321.50"}


class WrongAnswer(Exception):  # noqa: N818 - it names what it is
    pass


def check(running: Running, job: str, database: Database) -> None:
    """Raises WrongAnswer, or NotMeasured for what Tuition doesn't offer (yet)."""
    if job not in running.contender.paths:
        raise NotMeasured("not offered yet")
    if running.contender.name == EMPTY:
        expect(ask(running, "/"), (200, None))
    elif job in (AVERAGE, OURS_API):
        for city in CITIES:
            expect(ask(running, running.path(job, quote(city))), average(city, database))
    elif job == STUDENTS:
        status, body = ask(running, running.path(job, CITY))
        listed = {"students": body.get("students")} if body else None
        expect((status, listed), first_students(database))
    elif job == ADD:
        status, body = ask(running, running.path(job, CITY), NEW)
        added = {name: (body or {}).get(name) for name in NEW}
        expect((status, added), (201, NEW))


def expect(found: object, expected: object) -> None:
    if found != expected:
        raise WrongAnswer(f"{str(found)[:300]} where {str(expected)[:300]} is right")


def ask(running: Running, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON; 404 where Tuition's own address isn't there yet is NotMeasured."""
    connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
    headers = {"Content-Type": "application/json", **running.contender.headers}
    sent = json.dumps(body) if body else None
    connection.request("POST" if body else "GET", path, sent, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status == 404 and path.startswith("/api/"):
        raise NotMeasured("not offered yet")
    return response.status, json.loads(content) if content.startswith(b"{") else None


def average(city: str, database: Database) -> tuple[int, dict[str, Any]]:
    """From the sum, not from SQL's AVG, and rounded here: nobody checks himself."""
    ((students, fees),) = database.rows(
        "SELECT count(*), sum(fees) FROM peer_student WHERE city = %s", city
    )
    exact = (fees / students).quantize(Decimal("0.01"), ROUND_HALF_UP) if students else None
    shown = None if exact is None else str(exact)
    return 200, {"city": city, "students": students, "average_fees": shown, "currency": "PKR"}


def first_students(database: Database) -> tuple[int, dict[str, Any]]:
    rows = database.rows(
        "SELECT id, name, city, fees::text FROM peer_student WHERE city = %s"
        " ORDER BY name, id LIMIT 50",
        CITY,
    )
    names = ("id", "name", "city", "fees")
    return 200, {"students": [dict(zip(names, row, strict=True)) for row in rows]}
