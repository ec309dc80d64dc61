"""The OpenAPI document: ninja's, completed with what ninja can't know."""

import json
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import BaseForm
from ninja import NinjaAPI

from students.cities import CITY_LENGTH
from students.schemas import SEEN, parameters

PROBLEM = "application/problem+json"
MOST_ID = 2**63 - 1

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag you read: somebody else's change since then is a 412, not lost.",
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag you have: a 304 while nothing changed.",
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "description": "A word of yours for this one call, so that sending it twice adds one student.",
}

SECURITY = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
}
CLOSED: list[dict[str, list[str]]] = [{name: []} for name in SECURITY]
OPEN_OR_CLOSED = {"security": [{}, *CLOSED]}  # AVERAGE_FEES_PUBLIC decides


def takes(
    form: type[BaseForm], leave_out: str = "", *, headers: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """For `openapi_extra`: the parameters that an operation reads with this form."""
    return {"parameters": parameters(form, leave_out=leave_out) + (headers or [])}


def contract_of(api: NinjaAPI, prefix: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        json.dumps(api.get_openapi_schema(path_prefix=prefix), cls=DjangoJSONEncoder)
    )
    document["security"] = CLOSED
    document["components"]["securitySchemes"] = SECURITY
    for operations in document["paths"].values():
        for operation in operations.values():
            complete(operation)
    for schema in document["components"]["schemas"].values():
        for member in schema.get("properties", {}).values():
            member.pop("default", None)  # of no account: see schemas.py
    by_id = {
        name: {"operationId": name, "parameters": {"id": "$response.body#/id"}}
        for name in ("get_student", "replace_student", "change_student", "delete_student")
    }
    document["paths"][f"{prefix}students/"]["post"]["responses"]["201"]["links"] = by_id
    return document


def complete(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            response["content"] = {PROBLEM: response["content"].pop("application/json")}
    for parameter in operation["parameters"]:
        if parameter["in"] == "path" and parameter["schema"]["type"] == "integer":
            parameter["schema"] |= {"minimum": 1, "maximum": MOST_ID}
        elif parameter["in"] == "path":
            longest = {"city": CITY_LENGTH, "student": 100}[parameter["name"]]
            parameter["schema"] |= {"pattern": SEEN, "minLength": 1, "maxLength": longest}


def operations_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What the docs page shows: one entry an operation, in the document's order."""
    return [
        {
            "method": method.upper(),
            "path": path,
            **operation,
            "paragraphs": operation["description"].split("\n\n"),
            "answers": sorted(operation["responses"].items()),
            "body": example_of(document, operation),
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> str:
    """A body that the operation takes, from its schema's examples; "" where it takes none."""
    if "requestBody" not in operation:
        return ""
    (content,) = operation["requestBody"]["content"].values()
    name = content["schema"]["$ref"].rpartition("/")[2]
    properties = document["components"]["schemas"][name]["properties"]
    return json.dumps({name: each["examples"][0] for name, each in properties.items()}, indent=2)
