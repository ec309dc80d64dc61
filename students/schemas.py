"""The shapes of the API's JSON, and what the OpenAPI document says of them.

Shapes only: what a good name, city or amount is, the forms say. A default means that a member may
be left out; its value is never used.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from django import forms
from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from students import money, text
from students.cities import CITY_LENGTH
from students.fields import RupeesField
from students.forms import MOST_CITIES, CitiesField

# Something that can be seen, and no NUL: what is left of a text once it is tidied.
UNSEEN = text.INVISIBLE.pattern[1:-1] + text.SPACES.pattern[1:-2] + "\x00\u200c\u200d"
SEEN = rf"^[^\x00]*[^{UNSEEN}][^\x00]*$"

# The usual spellings of an amount from 0 to 999,999.99. The forms take a few more.
AMOUNT = (
    r"^\s*((Rs|PKR)\.? ?)?(0*[0-9]{1,6}|[1-9][0-9]{0,2},[0-9]{3}|[1-9],[0-9]{2},[0-9]{3})"
    r"(\.[0-9]{1,2})?( ?/-)?\s*$"
)


def written_out(value: Any) -> Any:
    """A JSON number as a person would type it; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    number = Decimal(value)
    if not number:
        return "0"  # -0 too
    if abs(number.adjusted()) > 10:
        return str(number)  # 1e400 stays short, and is no amount
    return re.sub(r"(\.\d\d)0+$", r"\1", f"{number:f}")


Name = Annotated[
    str, Field(max_length=100, json_schema_extra={"pattern": SEEN}, examples=["Ali Raza"])
]
City = Annotated[
    str,
    Field(
        max_length=CITY_LENGTH,
        json_schema_extra={"pattern": SEEN},
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
                {"type": "string", "pattern": AMOUNT},
                {
                    "type": "number",
                    "minimum": 0,
                    "maximum": float(money.MAX_FEES),
                    "multipleOf": 0.01,
                },
            ],
            "description": "PKR a month, 0 to 999999.99, as text or as a number.",
            "examples": ["12500", "12500.50", 12500],
        }
    ),
]


class StudentIn(Schema):
    """A student as sent."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    city: City
    fees: Fees


class StudentChange(Schema):
    """What is to change; the rest stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    city: City = ""
    fees: Fees = ""


Amount = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$", examples=["5000.00"])]


class StudentOut(Schema):
    """A student. `fees` is PKR a month, with 2 places."""

    id: int
    name: str
    city: str
    fees: Amount


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

    A group too small to show has `suppressed` and no `students`.
    """

    city: str | None
    students: int = 0
    average_fees: Amount | None
    currency: Literal["PKR"]
    suppressed: bool = False


class AveragesOut(AverageOut):
    cities: list[AverageOut] = []


class ErrorOut(Schema):
    """One thing that is wrong, and what may have been meant."""

    parameter: str
    code: str
    detail: str
    suggestion: str = ""


class ProblemOut(Schema):
    """Every refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ErrorOut] = []


class NamesakeOut(Schema):
    id: int
    city: str


class NamesakesOut(ProblemOut):
    """Several students of one name: choose by `id`."""

    students: list[NamesakeOut]


HELP = {
    "city": "Any usual spelling: LHR is Lahore.",
    "q": "A part of the name, or several.",
    "min_fees": "PKR; this much or more.",
    "max_fees": "PKR; this much or less.",
    "sort": "A minus turns the order round.",
    "limit": "How many at once; 50 unless told.",
    "after": "Where to go on: the one in the next of the page before.",
    "group_by": "Adds every city.",
}


def parameters(form: type[forms.BaseForm], *, leave_out: str = "") -> list[dict[str, Any]]:
    """What the OpenAPI document says of a form's query string."""
    return [
        {
            "in": "query",
            "name": name,
            "required": False,
            "schema": schema_of(field),
            "description": HELP[name],
        }
        for name, field in form.base_fields.items()  # type: ignore[attr-defined]
        if name != leave_out
    ]


def schema_of(field: forms.Field) -> dict[str, Any]:
    match field:
        case CitiesField():
            city = {"type": "string", "pattern": SEEN, "maxLength": CITY_LENGTH}
            return {"type": "array", "items": city, "minItems": 1, "maxItems": MOST_CITIES}
        case RupeesField():
            return {"type": "string", "pattern": AMOUNT}
        case forms.ChoiceField():
            return {"type": "string", "enum": list(dict(field.choices))}  # type: ignore[arg-type]
        case forms.IntegerField():
            return {"type": "integer", "minimum": field.min_value, "maximum": field.max_value}
        case forms.CharField():
            return {"type": "string", "pattern": SEEN, "maxLength": field.max_length}
    raise TypeError(f"{field!r} has no schema yet.")
