"""Right answers before and after the timing: everybody's are compared with SQL's own."""

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from html import unescape
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import quote

from contenders import ADD, AVERAGE, EMPTY, LARGEST, OURS, OURS_API, STUDENTS, Running
from postgres import Database
from project import NotMeasured
from questions import LARGEST_CITY, cities, students

NOWHERE = "Nowhere"  # nobody lives there
# Once for each city: the sum, not SQL's AVG, and rounded here, because nobody checks himself.
SUMS = "SELECT city, count(*), sum(fees) FROM peer_student WHERE city = ANY(%s) GROUP BY city"
MEMBERS = (
    *("id", "name", "city", "fees"),
    *("father_name", "phone", "class_name", "joined_on", "left_on", "family"),
)
FIRST = """
SELECT id, name, city, fees::text,
    father_name, phone, class_name, joined_on::text, left_on::text, {family}
FROM {table} WHERE {here} ORDER BY {name}, id LIMIT 50
"""
# The second half lets Tuition's index answer: its cities are told apart by their keys.
HERE = {
    "students_student": "city = %s AND city_key = lower(replace(%s, ' ', ''))",
    "peer_student": "city = %s",
    "page_student": "city = %s",
}
# What each sorts by: to Tuition the spellings of one Urdu name are one.
KEYS = {
    "students_student": {"name": "name_key", "city": "city_key", "fees": "fees"},
    "peer_student": {"name": "name", "city": "city", "fees": "fees"},
    "page_student": {"name": "name", "city": "city", "fees": "fees"},
}
PER_PAGE = 50


class Shown(NamedTuple):
    """What a list page was asked to show; without a city everybody."""

    sort: str
    page: int
    city: str = ""


class WrongAnswer(Exception):  # noqa: N818 - it names what it is
    pass


def check(running: Running, job: str, database: Database) -> None:
    """Every answer of the job, each once.

    Raises WrongAnswer, or NotMeasured for what Tuition doesn't offer (yet).
    """
    if job not in running.contender.paths:
        raise NotMeasured("not offered yet")
    asker = Asker(running)
    path = running.contender.paths[job]
    if running.contender.name == EMPTY:
        expect(asker.ask(path), (200, None))
    elif job in (AVERAGE, OURS_API, LARGEST):
        some = [LARGEST_CITY] if job == LARGEST else [*cities(database), NOWHERE]
        for city, answer in averages(some, database).items():
            expect(asker.ask(path.format(city=quote(city))), (200, answer))
    elif job == STUDENTS:
        table = "students_student" if running.contender.name == OURS else "peer_student"
        for city, rows in first_students([*cities(database), NOWHERE], table, database).items():
            status, body = asker.ask(path.format(city=quote(city)))
            expect((status, (body or {}).get("students")), (200, rows))
    elif job == ADD:
        new = {student["city"]: student for student in students(database)}
        for student in new.values():
            status, body = asker.ask(path, student)
            added = {name: (body or {}).get(name) for name in student}
            expect((status, added), (201, student))


def expect(found: object, expected: object) -> None:
    if found != expected:
        raise WrongAnswer(f"{str(found)[:300]} where {str(expected)[:300]} is right")


class Asker:
    """One kept connection to a contender."""

    def __init__(self, running: Running) -> None:
        self.connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
        self.headers = {"Content-Type": "application/json", **running.contender.headers}

    def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON; 404 where Tuition's own address isn't there yet is NotMeasured."""
        sent = json.dumps(body) if body else None
        self.connection.request("POST" if body else "GET", path, sent, self.headers)
        response = self.connection.getresponse()
        content = response.read()
        if response.status == 404 and path.startswith("/api/"):
            raise NotMeasured("not offered yet")
        return response.status, json.loads(content) if content.startswith(b"{") else None


def averages(some: list[str], database: Database) -> dict[str, dict[str, Any]]:
    sums = {city: (count, fees) for city, count, fees in database.rows(SUMS, some)}
    return {city: average(city, *sums.get(city, (0, Decimal()))) for city in some}


def average(city: str, count: int, fees: Decimal) -> dict[str, Any]:
    shown = str(rounded(fees / count)) if count else None
    return {"city": city, "students": count, "average_fees": shown, "currency": "PKR"}


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def first_students(
    some: list[str], table: str, database: Database
) -> dict[str, list[dict[str, Any]]]:
    family = "family_id" if table == "students_student" else "family"
    here, name = HERE[table], KEYS[table]["name"]
    sql = FIRST.format(table=table, family=family, here=here, name=name)
    return {
        city: [dict(zip(MEMBERS, row, strict=True)) for row in database.rows(sql, *at(city, table))]
        for city in some
    }


def at(city: str, table: str) -> list[str]:
    """The values of HERE."""
    return [city] * HERE[table].count("%s")


def check_page(page: str, table: str, shown: Shown, database: Database) -> None:
    """The totals, and the names of the rows in their order."""
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", page)))
    count, fees = totals(table, shown.city, database)
    words = [f"{count:,} student", f"average Rs {rounded(fees / count):,.2f}"]
    words.append(f"total Rs {fees:,.2f}")
    found = [each in text for each in words]
    expect((found, names_in(page)), ([True] * len(words), names_of(table, shown, database)))


def check_sums(page: str, database: Database) -> None:
    """The cards of the statistics: how many students, and what they pay."""
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))
    count, fees = totals("students_student", "", database)
    words = [f"Students {count:,} Average fees Rs {rounded(fees / count):,.2f}"]
    words.append(f"Total fees Rs {fees:,.{2 if fees % 1 else 0}f}")
    expect([each in text for each in words], [True] * len(words))


def names_in(page: str) -> list[str]:
    rows = re.findall(r'<th scope="row"[^>]*><a [^>]*>(.*?)</a>', page)
    return [unescape(re.sub(r"<[^>]*>", "", row)) for row in rows]


@cache  # nothing is written while pages are asked for
def totals(table: str, city: str, database: Database) -> tuple[int, Decimal]:
    sql = f"SELECT count(*), sum(fees) FROM {table} WHERE %s IN ('', city)"
    return database.rows(sql, city)[0]


def names_of(table: str, shown: Shown, database: Database) -> list[str]:
    keys, way = KEYS[table], " DESC" if shown.sort.startswith("-") else ""
    by = shown.sort.removeprefix("-")
    columns = [keys[by], *([keys["name"]] if by == "city" else []), "id"]
    order = ", ".join(column + way for column in columns)
    where = f"WHERE {HERE[table]}" if shown.city else ""
    sql = f"SELECT name FROM {table} {where} ORDER BY {order} LIMIT %s OFFSET %s"
    values = at(shown.city, table) if shown.city else []
    rows = database.rows(sql, *values, PER_PAGE, (shown.page - 1) * PER_PAGE)
    return [name for (name,) in rows]
