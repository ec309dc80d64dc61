"""FastAPI and SQLAlchemy's async ORM over asyncpg: the three jobs as a good engineer would write
them.

A session a request, as both projects' guides show. Reads run in autocommit: one statement needs no
BEGIN and ROLLBACK around it.
"""

import os
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from models import AverageFees, NewStudent, Students
from models import Student as StudentAnswer
from sqlalchemy import BigInteger, Numeric, func, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(
    make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg"),
    pool_size=int(os.environ["CONNECTIONS"]),
    max_overflow=0,
)
reading = async_sessionmaker(engine.execution_options(isolation_level="AUTOCOMMIT"))
writing = async_sessionmaker(engine, expire_on_commit=False)

app = FastAPI()


class Base(DeclarativeBase):
    pass


class Student(Base):
    __tablename__ = "peer_student"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    city: Mapped[str]
    fees: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    father_name: Mapped[str]
    phone: Mapped[str]
    class_name: Mapped[str]
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]
    family: Mapped[int | None] = mapped_column(BigInteger)


async def read_session() -> AsyncIterator[AsyncSession]:
    async with reading() as session:
        yield session


async def write_session() -> AsyncIterator[AsyncSession]:
    async with writing() as session:
        yield session


Reading = Annotated[AsyncSession, Depends(read_session)]
Writing = Annotated[AsyncSession, Depends(write_session)]


@app.get("/average-fees")
async def average_fees(session: Reading, city: str) -> AverageFees:
    sums = select(func.count(), func.round(func.avg(Student.fees), 2)).where(Student.city == city)
    students, average = (await session.execute(sums)).one()
    return AverageFees(city=city, students=students, average_fees=average)


@app.get("/students")
async def students(
    session: Reading, city: str, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Students:
    found = select(Student).where(Student.city == city).order_by(Student.name, Student.id)
    rows = await session.scalars(found.limit(limit))
    return Students(students=[StudentAnswer.model_validate(row) for row in rows])


@app.post("/students", status_code=201)
async def add_student(session: Writing, new: NewStudent) -> StudentAnswer:
    student = Student(**new.model_dump())
    session.add(student)
    await session.commit()
    return StudentAnswer.model_validate(student)
