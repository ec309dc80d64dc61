"""What is asked: about one student after another, for everybody the same.

The first thousand students are the same at every size, and so are the questions. A city is asked
about as often as students live there: that is how an office asks, and it is 199 cities.
"""

import json
from functools import cache
from typing import Any
from urllib.parse import quote

from contenders import ADD, LARGEST, Running
from load import Question
from postgres import Database

STUDENTS = 1_000
LARGEST_CITY = "Karachi"


@cache
def students(database: Database) -> list[dict[str, Any]]:
    """As programs post them: {"name": …, "city": …, "fees": "12500.00"}."""
    sql = "SELECT name, city, fees::text FROM peer_student WHERE id <= %s ORDER BY id"
    rows = database.rows(sql, STUDENTS)
    return [dict(zip(("name", "city", "fees"), row, strict=True)) for row in rows]


def cities(database: Database) -> list[str]:
    """Each once, in the order in which they are first asked about."""
    return list(dict.fromkeys(student["city"] for student in students(database)))


def questions(one: Running, job: str, database: Database) -> list[Question]:
    path = one.contender.paths[job]
    if job == ADD:
        return [Question(path, json.dumps(student)) for student in students(database)]
    if job == LARGEST:
        return [Question(path.format(city=LARGEST_CITY))]
    return [Question(path.format(city=quote(student["city"]))) for student in students(database)]
