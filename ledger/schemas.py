"""The shapes of the fee desk's JSON, and what the OpenAPI document says of them.

Shapes only: what a good amount or day is, the forms say. A default means that a member may be left
out; its value is never used.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext
from ninja import Schema
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.openapi import ProblemOut
from ledger.forms.api import REASON_LENGTH
from ledger.models import Kind, Method
from ledger.models.receipts import REFERENCE_LENGTH
from rules.days import USUAL_DAY
from rules.money import MAX_AMOUNT
from rules.text import NAME_LENGTH, VISIBLE
from students.schemas import iso_day, written_out

DEFAULTERS_PARAMETERS = {
    "city": "Any usual spelling: LHR is Lahore.",
    "class_name": "A class, as it is written.",
    "since": "A day: only who owed already on it.",
    "min": "PKR; fees of this much or more.",
    "limit": "How many at once; 50 unless told.",
    "after": "Where to go on: the one in the next of the page before.",
}
PARAMETERS = {"dry_run": "true: nothing is written, and the answer says what would be."}

# The usual spellings of 0.01 to MAX_AMOUNT.
USUAL_MONEY = r"^(?=[^1-9]*[1-9])[0-9]{1,8}(\.[0-9]{1,2})?$"
MONTH = "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"
MonthInPath = Annotated[str, WithJsonSchema({"type": "string", "title": "Month", "pattern": MONTH})]
NumberInPath = Annotated[
    int, WithJsonSchema({"type": "integer", "title": "Number", "minimum": 1, "maximum": 2**63 - 1})
]


def number_or_null(value: Any) -> Any:
    """A JSON number that an id can be, or null."""
    if value is None:
        return None
    whole = isinstance(value, Decimal) and value.is_finite() and 0 <= value.adjusted() < 19
    if not whole or value % 1 or not 1 <= value < 2**63:
        raise PydanticCustomError("invalid", gettext("It must be an id, or null."))
    return int(value)


def true_or_false(value: Any) -> Any:
    if not isinstance(value, bool):
        raise PydanticCustomError("invalid", gettext("It must be true or false."))
    return value


def id_schema(description: str, example: int | None) -> WithJsonSchema:
    whole = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
    return WithJsonSchema(
        {"anyOf": [whole, {"type": "null"}], "description": description, "examples": [example]}
    )


def bool_schema(description: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "boolean", "description": description, "examples": [False]})


def day_schema(description: str, example: str) -> WithJsonSchema:
    day = {"type": "string", "pattern": USUAL_DAY}
    return WithJsonSchema(
        {"anyOf": [day, {"type": "null"}], "description": description, "examples": [example]}
    )


MONEY_IN: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": USUAL_MONEY},
        {"type": "number", "minimum": 0.01, "maximum": float(MAX_AMOUNT), "multipleOf": 0.01},
    ]
}
WORDS_OF_MONEY = "PKR, 0.01 to 99999999.99, as text or as a number."
LONGEST = 100  # of a text that a form repeats; looking at its length, the shape reads it whole
ANY_TEXT = {"pattern": "^[^\\x00]*$"}


class ReceiptIn(BaseModel):
    """Money that came in: of a student, or of a family for all its children."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[
        str,
        Field(max_length=LONGEST),
        WithJsonSchema(
            {
                "type": "string",
                "format": "uuid",
                "description": "Yours, for this one payment: sent again, the same receipt comes.",
                "examples": ["0a6f2a4e-3f0d-4d0e-9a53-0f7b2f6f1d11"],
            }
        ),
    ]
    student: Annotated[
        int | None, BeforeValidator(number_or_null), id_schema("Or `family`: one of the two.", 1)
    ] = None
    family: Annotated[
        int | None, BeforeValidator(number_or_null), id_schema("Or `student`.", None)
    ] = None
    amount: Annotated[
        str,
        Field(max_length=LONGEST),
        BeforeValidator(written_out),
        WithJsonSchema({**MONEY_IN, "description": WORDS_OF_MONEY, "examples": ["5000.00"]}),
    ]
    method: Annotated[
        str,
        Field(
            max_length=LONGEST,
            json_schema_extra={"enum": list(Method.values)},
            examples=["easypaisa"],
        ),
    ]
    reference: Annotated[
        str,
        Field(
            max_length=REFERENCE_LENGTH,
            json_schema_extra=ANY_TEXT,
            description="Of a transfer its number; of a cheque its bank and number, needed.",
            examples=["EP-20261126-1"],
        ),
    ] = ""
    payer: Annotated[
        str,
        Field(
            max_length=NAME_LENGTH,
            json_schema_extra=ANY_TEXT,
            description="Who brought it, as printed on the receipt.",
            examples=["Imran Siddiqui"],
        ),
    ] = ""
    day: Annotated[
        str | None,
        BeforeValidator(iso_day),
        day_schema("When it came; today unless told, never a day to come.", "2026-11-26"),
    ] = None
    advance: Annotated[
        bool,
        BeforeValidator(true_or_false),
        bool_schema("Whether it may be more than is owed: the rest is paid in advance."),
    ] = False


class ReversalIn(BaseModel):
    """Why a receipt is undone, and whether cash was handed back."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[
        str,
        Field(
            max_length=REASON_LENGTH,
            json_schema_extra={"pattern": VISIBLE},
            examples=["Cheque bounced"],
        ),
    ]
    cash_returned: Annotated[
        bool, BeforeValidator(true_or_false), bool_schema("Whether cash was handed back.")
    ] = False


def fine_or_null(value: Any) -> Any:
    """Its members are read by FineForm."""
    if value is not None and not isinstance(value, dict):
        words = gettext("It must be null or an object such as %(example)s.")
        example = '{"kind": "flat", "amount": "100.00"}'
        raise PydanticCustomError("invalid", words % {"example": example})
    return value


FINE_SCHEMAS: list[dict[str, Any]] = [
    {"type": "null"},
    {
        "type": "object",
        "properties": {"kind": {"const": "flat"}, "amount": MONEY_IN},
        "required": ["kind", "amount"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {"kind": {"const": "per_day"}, "amount": MONEY_IN, "cap": MONEY_IN},
        "required": ["kind", "amount", "cap"],
        "additionalProperties": False,
    },
]


class RunIn(BaseModel):
    """The terms of a month. What isn't sent is as it was charged, or as the settings say."""

    model_config = ConfigDict(extra="forbid")

    due_on: Annotated[
        str | None,
        BeforeValidator(iso_day),
        day_schema("In the month or later.", "2026-11-10"),
    ] = None
    valid_until: Annotated[
        str | None,
        BeforeValidator(iso_day),
        day_schema("For how long a bank takes the challan.", "2026-11-30"),
    ] = None
    fine: Annotated[
        Any,
        BeforeValidator(fine_or_null),
        WithJsonSchema(
            {
                "anyOf": FINE_SCHEMAS,
                "description": "What paying late costs: once, or a day up to a most. PKR.",
                "examples": [{"kind": "flat", "amount": "100.00"}],
            }
        ),
    ] = None


Amount = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$", examples=["5000.00"])]
Signed = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["-5000.00"])]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-11"])]


class EntryOut(Schema):
    """One entry. Above 0 is owed, below 0 is credit; `balance` is after it.

    `unpaid` is of what was charged, null of all else; `run` is the month of its run, `receipt` the
    number of its receipt, `against` the id of the entry that it names.
    """

    id: int
    kind: Literal[tuple(Kind.values)]  # type: ignore[valid-type]
    day: date
    month: Month | None
    due_on: date | None
    amount: Signed
    balance: Signed
    unpaid: Amount | None
    note: str
    by: str
    at: datetime
    run: Month | None
    receipt: int | None
    against: int | None


class StatementOut(Schema):
    """What a student owes, and why: PKR. `balance` is all of it, a credit is below 0.

    `owed_since` is the earliest due day of a fee with an unpaid part. `entries` are the newest 500,
    oldest first.
    """

    student: int
    currency: Literal["PKR"]
    balance: Signed
    fees_owed: Amount
    fines_owed: Amount
    owed_since: date | None
    entries: list[EntryOut]


class ReceiptLineOut(Schema):
    """What a part of the money went to: `what` is a kind of charge, advance, or refund."""

    student: int
    name: str
    class_name: str
    what: str
    month: Month | None
    due_on: date | None
    note: str
    amount: Signed


class ReversalOut(Schema):
    """When, why and by whom a receipt was undone."""

    day: date
    reason: str
    cash_returned: bool
    by: str
    at: datetime


class ReceiptOut(Schema):
    """Money that came in; below 0 when it was handed back. PKR.

    `balance_after` is what the student, or the family, owed when it was booked. `reversal` is null
    while the receipt stands.
    """

    number: int
    key: str
    student: int | None
    family: int | None
    payer: str
    day: date
    method: Literal[tuple(Method.values)]  # type: ignore[valid-type]
    reference: str
    currency: Literal["PKR"]
    total: Signed
    lines: list[ReceiptLineOut]
    balance_after: Signed
    by: str
    at: datetime
    reversal: ReversalOut | None


class FlatFineOut(Schema):
    kind: Literal["flat"]
    amount: Amount


class DailyFineOut(Schema):
    kind: Literal["per_day"]
    amount: Amount
    cap: Amount


class LeftOutOut(Schema):
    """How many were not charged, and why."""

    reason: Literal["fee_0", "charged_before"]
    students: int


class RunOut(Schema):
    """A month: its terms, and what it charged. PKR.

    `charged` students were charged `total`, less `conceded`; `fined` fees of earlier months cost
    `fines`. `done` is false while it is at work, and of a dry run.
    """

    month: Month
    due_on: date
    valid_until: date
    fine: FlatFineOut | DailyFineOut | None
    currency: Literal["PKR"]
    charged: int
    total: Amount
    conceded: Amount
    fined: int
    fines: Amount
    left_out: list[LeftOutOut]
    done: bool


class DefaulterOut(Schema):
    """A student whose fees were due before today and are not paid. PKR."""

    student: int
    name: str
    father_name: str
    phone: str
    class_name: str
    city: str
    family: int | None
    left_on: date | None
    owed_since: date
    fees_owed: Amount
    fines_owed: Amount
    balance: Signed


class DefaultersOut(Schema):
    """One page of them; `count` and the sums are of all that the filter finds."""

    currency: Literal["PKR"]
    count: int
    fees_owed: Amount
    fines_owed: Amount
    defaulters: list[DefaulterOut]
    next: str | None


class RefusedOut(ProblemOut):
    """What can't be done as things stand; `code` says which.

    `more_than_owed` has `owed_now`; `other_body` and `reference_used` have the number of the other
    `receipt`.
    """

    code: str
    owed_now: Amount = ""
    receipt: int = 0
