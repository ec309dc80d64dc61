"""The shapes of the API's JSON, and what the OpenAPI document says of them.

Shapes only: what a good name, city or amount is, the forms say. A default means that a member may
be left out; its value is never used.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext
from ninja import Schema
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.openapi import ErrorOut, ProblemOut
from rules.cities import CITY_LENGTH
from rules.days import ISO
from rules.money import MAX_FEES, USUAL_AMOUNT
from rules.phones import MAX_TYPED, USUAL_PHONE
from rules.text import NAME_LENGTH, VISIBLE
from students.models.student import CLASS_LENGTH

# What the parameters of a query string mean.
PARAMETERS = {
    "city": "Any usual spelling: LHR is Lahore.",
    "q": "Parts of the name or the father's name, a phone in any spelling, or an id.",
    "status": "Who is here now, unless told: left, or all.",
    "min_fees": "PKR; this much or more.",
    "max_fees": "PKR; this much or less.",
    "sort": "A minus turns the order round.",
    "limit": "How many at once; 50 unless told.",
    "after": "Where to go on: the one in the next of the page before.",
    "group_by": "Adds every city.",
}
CHANGES_PARAMETERS = {
    "q": "Parts of a student's name, a phone, or an id; also of who was deleted.",
    "city": "Who lives there, or moved away. Any usual spelling.",
    "since": "A day of the office, such as 2026-12-05: this one or later.",
    "until": "A day of the office: this one or earlier.",
    "who": "user-7, token-3, or database: neither.",
    "what": "added, changed or deleted.",
    "field": "Only changes of this one of a student's facts.",
}


def in_path(title: str, longest: int) -> WithJsonSchema:
    """What the document says of a text in an operation's path."""
    limits = {"pattern": VISIBLE, "minLength": 1, "maxLength": longest}
    return WithJsonSchema({"type": "string", "title": title, **limits})


CityInPath = Annotated[str, in_path("City", CITY_LENGTH)]
NameInPath = Annotated[str, in_path("Student", NAME_LENGTH)]


def written_out(value: Any) -> Any:
    """A JSON number as a person would type it, a text as it is; nothing else is an amount."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Decimal) or value.is_nan():
        raise PydanticCustomError("invalid", gettext("It must be an amount."))
    if not value:
        return "0"  # -0 too
    if abs(value.adjusted()) > 10:
        return str(value)  # 1e400 stays short, and is no amount
    return re.sub(r"(\.\d\d)0+$", r"\1", f"{value:f}")


Name = Annotated[
    str,
    Field(max_length=NAME_LENGTH, json_schema_extra={"pattern": VISIBLE}, examples=["Ali Raza"]),
]
City = Annotated[
    str,
    Field(
        max_length=CITY_LENGTH,
        json_schema_extra={"pattern": VISIBLE},
        description="Any usual spelling: LHR and لاہور become Lahore.",
        examples=["Lahore"],
    ),
]
Fees = Annotated[
    str,
    BeforeValidator(written_out),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": USUAL_AMOUNT},
                {
                    "type": "number",
                    "minimum": 0,
                    "maximum": float(MAX_FEES),
                    "multipleOf": 0.01,
                },
            ],
            "description": "PKR a month, 0 to 999999.99, as text or as a number.",
            "examples": ["12500", "12500.50", 12500],
        }
    ),
]


FatherName = Annotated[
    str,
    Field(
        max_length=NAME_LENGTH,
        json_schema_extra={"pattern": "^[^\\x00]*$"},
        description="The father's name; empty when it isn't known.",
        examples=["Muhammad Aslam"],
    ),
]
Phone = Annotated[
    str,
    Field(
        max_length=MAX_TYPED,
        json_schema_extra={"pattern": USUAL_PHONE},
        description="In any usual spelling; a mobile of Pakistan is kept as 03XXXXXXXXX.",
        examples=["0300-1234567"],
    ),
]
ClassName = Annotated[
    str,
    Field(
        max_length=CLASS_LENGTH,
        json_schema_extra={"pattern": "^[^\\x00]*$"},
        examples=["9-B"],
    ),
]


def iso_day(value: Any) -> Any:
    """A day as ISO 8601 writes it, or null; what day there is, the form knows."""
    if value is None or (isinstance(value, str) and ISO.fullmatch(value)):
        return value
    raise PydanticCustomError("invalid", gettext("It must be a day such as 2026-12-05, or null."))


def day_schema(description: str) -> WithJsonSchema:
    schema = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
    return WithJsonSchema({**schema, "description": description, "examples": ["2026-04-01"]})


JoinedOn = Annotated[
    str | None,
    BeforeValidator(iso_day),
    day_schema("Null: always here. Left out of a new student who hasn't left: today."),
]
LeftOn = Annotated[
    str | None,
    BeforeValidator(iso_day),
    day_schema("Null: still here. Never a day to come, nor before joining."),
]


def id_or_null(value: Any) -> Any:
    """A JSON number that an id can be, or null."""
    whole = isinstance(value, Decimal) and value.is_finite() and 0 <= value.adjusted() < 19
    if value is None:
        return None
    if not whole or value % 1 or not 1 <= value < 2**63:
        raise PydanticCustomError("invalid", gettext("It must be the id of a family, or null."))
    return int(value)


FamilyId = Annotated[
    int | None,
    BeforeValidator(id_or_null),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
                {"type": "null"},
            ],
            "description": "The id of a family, or null.",
            "examples": [None],
        }
    ),
]


class StudentIn(BaseModel):  # ninja's Schema would look into records too, which takes longer
    """A student as sent: three facts, and those that may be left out."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    city: City
    fees: Fees
    father_name: FatherName = ""
    phone: Phone = ""
    class_name: ClassName = ""
    joined_on: JoinedOn = None
    left_on: LeftOn = None
    family: FamilyId = None


class StudentChange(BaseModel):
    """What is to change; the rest stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    city: City = ""
    fees: Fees = ""
    father_name: FatherName = ""
    phone: Phone = ""
    class_name: ClassName = ""
    joined_on: JoinedOn = None
    left_on: LeftOn = None
    family: FamilyId = None


Amount = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$", examples=["5000.00"])]


class StudentOut(Schema):
    """A student. `fees` is PKR a month, with 2 places; `phone` is digits, 03XXXXXXXXX.

    `joined_on` is null for who was always here, `left_on` for who still is. What answers a write
    may have `warnings`: what was saved, and looks like a slip.
    """

    id: int
    name: str
    city: str
    fees: Amount
    father_name: str
    phone: str
    class_name: str
    joined_on: date | None
    left_on: date | None
    family: int | None
    warnings: list[ErrorOut] = []


class StudentList(Schema):
    """One page of students. `next` is the address of the page after it, null at the end."""

    students: list[StudentOut]
    next: str | None


class FeesOut(Schema):
    """What one student pays: PKR a month, with 2 places."""

    student: str
    city: str
    fees: Amount
    id: int


class AverageOut(Schema):
    """`average_fees` is PKR, half up to 2 places; null when there is nobody to average.

    A group too small to show, or that would tell of one, has `suppressed` and no `students`.
    """

    city: str | None
    students: int = 0
    average_fees: Amount | None
    currency: Literal["PKR"]
    suppressed: bool = False


class AveragesOut(AverageOut):
    cities: list[AverageOut] = []


Share = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$", examples=["14.60"])]


class FiguresOut(Schema):
    """What `students` pay a month: PKR, with 2 places; null when there is nobody.

    The median is half up between the two middle ones.
    """

    students: int
    average_fees: Amount | None
    median_fees: Amount | None
    lowest_fees: Amount | None
    highest_fees: Amount | None
    total_fees: Amount


class CityFiguresOut(FiguresOut):
    """`share` is percent of the students found."""

    city: str
    share: Share


class BinOut(Schema):
    """How many pay `min_fees` to `max_fees` PKR, both included; null: however much."""

    min_fees: Amount
    max_fees: Amount | None
    students: int


class MonthOut(Schema):
    """How many joined and left in a `month`, such as 2026-04."""

    month: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-04"])]
    joined: int
    left: int


class StatisticsOut(FiguresOut):
    """Of all that the filter finds, by city, by what they pay, and by month."""

    currency: Literal["PKR"]
    cities: list[CityFiguresOut]
    distribution: list[BinOut]
    months: list[MonthOut]


class DifferenceOut(Schema):
    """What one fact was and is: as a student's JSON has it; null when there was, or is, none."""

    field: str
    old: str | int | None
    new: str | int | None


class ChangeOut(Schema):
    """One change of one student, who may be gone by now.

    `who` is a user's name or a token's, or database when it was neither; `door` is site, admin,
    api, database, a command with its name, or import or undo with the number of an import. `name`
    and `city` are as they were afterwards.
    """

    id: int
    at: datetime
    what: Literal["added", "changed", "deleted"]
    who: str
    door: str
    student: int
    name: str
    city: str
    fields: list[DifferenceOut]


class ChangesOut(Schema):
    """Newest first. `next` is the address of the older ones, null at the end."""

    changes: list[ChangeOut]
    next: str | None


class NamesakeOut(Schema):
    id: int
    city: str


class NamesakesOut(ProblemOut):
    """Several students of one name: choose by `id`."""

    students: list[NamesakeOut]
