"""The OpenAPI document, in English: ninja's, completed with what ninja can't know."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from django import forms
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from ninja import Schema
from pydantic import WithJsonSchema

from api.access import mounted
from api.door import api
from api.idempotency import PATTERN
from rules.cities import CITY_LENGTH
from rules.days import USUAL_DAY
from rules.fields import MOST_CITIES, CitiesField, DayField, RupeesField
from rules.money import USUAL_AMOUNT
from rules.text import VISIBLE

PREFIX = "/api/"
PROBLEM = "application/problem+json"

SECURITY = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
}
CLOSED: list[dict[str, list[str]]] = [{name: []} for name in SECURITY]
OPEN_OR_CLOSED = {"security": [{}, *CLOSED]}  # a setting decides


# -- What an operation says of itself --------------------------------------------------------------


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


def refusals(*statuses: int) -> dict[int, Any]:
    """The problems that an operation documents, beside those of every operation."""
    return dict.fromkeys(sorted({400, 401, 403, 503, *statuses}), ProblemOut)


Id = Annotated[
    int, WithJsonSchema({"type": "integer", "title": "Id", "minimum": 1, "maximum": 2**63 - 1})
]


def header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "schema": {"type": "string", **schema},
        "description": description,
    }


IF_MATCH = header(
    "If-Match",
    "The ETag you read: somebody else's change since then is a 412, not lost.",
    pattern='^"[!#-~]*"$',
)
IF_NONE_MATCH = header("If-None-Match", "The ETag you have: a 304 while nothing changed.")
IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "A word of yours for this one call, so that sending it twice adds one student.",
    pattern=PATTERN,
)


def takes(
    form: type[forms.Form],
    words: Mapping[str, str] | None = None,
    *,
    leave_out: str = "",
    headers: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """For `openapi_extra`: the parameters that an operation reads with this form.

    `words` describe each of them.
    """
    parameters = [
        {
            "in": "query",
            "name": name,
            "required": False,
            "schema": schema_of(field),
            "description": (words or {})[name],
        }
        for name, field in form.base_fields.items()
        if name != leave_out
    ]
    return {"parameters": [*parameters, *headers]}


def schema_of(field: forms.Field) -> dict[str, Any]:
    match field:
        case CitiesField():
            city = {"type": "string", "pattern": VISIBLE, "maxLength": CITY_LENGTH}
            return {"type": "array", "items": city, "minItems": 1, "maxItems": MOST_CITIES}
        case RupeesField():
            return {"type": "string", "pattern": USUAL_AMOUNT}
        case DayField():
            return {"type": "string", "pattern": USUAL_DAY}
        case forms.RegexField():
            return {"type": "string", "pattern": field.regex.pattern}
        case forms.ChoiceField():
            return {"type": "string", "enum": list(dict(field.choices))}  # type: ignore[arg-type]
        case forms.IntegerField():
            return {"type": "integer", "minimum": field.min_value, "maximum": field.max_value}
        case forms.CharField():
            return {"type": "string", "pattern": VISIBLE, "maxLength": field.max_length}
    raise TypeError(f"{field!r} has no schema yet.")


# -- The whole document ----------------------------------------------------------------------------


@cache
def contract() -> dict[str, Any]:
    """The OpenAPI 3.1 document of every operation that the project mounts."""
    mounted()
    document: dict[str, Any] = json.loads(
        json.dumps(api.get_openapi_schema(path_prefix=PREFIX), cls=DjangoJSONEncoder)
    )
    document["security"] = CLOSED
    document["components"]["securitySchemes"] = SECURITY
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {PROBLEM: response["content"].pop("application/json")}
    for schema in document["components"]["schemas"].values():
        for member in schema.get("properties", {}).values():
            member.pop("default", None)  # of no account: it says only that a member may be left out
    return document


def operations() -> list[dict[str, Any]]:
    """What the docs page shows: one entry an operation, in the document's order."""
    document = contract()
    return [
        {
            "method": method.upper(),
            "path": path,
            **operation,
            "paragraphs": operation["description"].split("\n\n"),
            "answers": sorted(operation["responses"].items()),
            "body": example_of(document, operation),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> str:
    """A body that the operation takes, from its schema's examples; "" where it takes none."""
    if "requestBody" not in operation:
        return ""
    (content,) = operation["requestBody"]["content"].values()
    name = content["schema"]["$ref"].rpartition("/")[2]
    properties = document["components"]["schemas"][name]["properties"]
    return json.dumps({name: each["examples"][0] for name, each in properties.items()}, indent=2)
