"""FastAPI and asyncpg without an ORM: the three jobs as a good engineer would write them.

asyncpg prepares each statement on first use and keeps it with the pooled connection. Its pool would
also reset the session after every use, another trip to the database that costs a quarter of the
throughput here: nothing below changes the session, so that is left out.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import FastAPI, Query, Request
from models import AverageFees, NewStudent, Student, Students

AVERAGE = "SELECT count(*), round(avg(fees), 2) FROM peer_student WHERE city = $1"
STUDENTS = """
SELECT id, name, city, fees, father_name, phone, class_name, joined_on, left_on, family
FROM peer_student WHERE city = $1 ORDER BY name, id LIMIT $2
"""
ADD = """
INSERT INTO peer_student
    (name, city, fees, father_name, phone, class_name, joined_on, left_on, family)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
"""


async def nothing_to_reset(connection: asyncpg.Connection) -> None:
    pass


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    connections = int(os.environ["CONNECTIONS"])
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        min_size=connections,
        max_size=connections,
        reset=nothing_to_reset,
    ) as app.state.pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/average-fees")
async def average_fees(request: Request, city: str) -> AverageFees:
    students, average = await request.app.state.pool.fetchrow(AVERAGE, city)
    return AverageFees(city=city, students=students, average_fees=average)


@app.get("/students")
async def students(
    request: Request, city: str, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Students:
    rows = await request.app.state.pool.fetch(STUDENTS, city, limit)
    return Students(students=[Student(**row) for row in rows])


@app.post("/students", status_code=201)
async def add_student(request: Request, new: NewStudent) -> Student:
    values = new.model_dump()
    pk = await request.app.state.pool.fetchval(ADD, *values.values())
    return Student(id=pk, **values)
