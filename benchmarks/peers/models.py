"""What the two FastAPI peers take and answer: FastAPI checks and serialises with these."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Fees = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]  # PKR


class NewStudent(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    city: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
    fees: Fees
    father_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    phone: Annotated[str, StringConstraints(pattern=r"^([0-9]{7,17})?$")] = ""
    class_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=30)] = ""
    joined_on: date | None = Field(default_factory=date.today)
    left_on: date | None = None
    family: int | None = None


class Student(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    city: str
    fees: Decimal
    father_name: str
    phone: str
    class_name: str
    joined_on: date | None
    left_on: date | None
    family: int | None


class Students(BaseModel):
    students: list[Student]


class AverageFees(BaseModel):
    city: str
    students: int
    average_fees: Decimal | None
    currency: str = "PKR"
