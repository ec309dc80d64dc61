"""What the two FastAPI peers take and answer: FastAPI checks and serialises with these."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Fees = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]  # PKR


class NewStudent(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    city: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
    fees: Fees


class Student(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    city: str
    fees: Decimal


class Students(BaseModel):
    students: list[Student]


class AverageFees(BaseModel):
    city: str
    students: int
    average_fees: Decimal | None
    currency: str = "PKR"
