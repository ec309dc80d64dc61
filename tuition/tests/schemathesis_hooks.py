"""What the OpenAPI document can't say of valid calls, said to Schemathesis."""

import os
from uuid import uuid4

import schemathesis

STUDENT, RECEIPTS = int(os.environ.get("STUDENT", 0)), int(os.environ.get("RECEIPTS", 1))
PAST = "2025"  # a year of which every day is over


@schemathesis.hook
def map_case(context, case):
    meta = case.meta
    if meta and meta.generation.mode.is_positive:
        if not (case.headers or {}).get("If-Match", '""').startswith('"'):
            del case.headers["If-Match"]  # made up without a look at its pattern
        query = case.query or {}
        query.pop("after", None)  # made by the server, never by a caller
        if "min_fees" in query:
            query.pop("max_fees", None)  # never below the other
        if "since" in query:
            query.pop("until", None)  # never before the other
        body = case.body if isinstance(case.body, dict) else {}
        body.pop("family", None)  # none that is there
        if case.path.startswith("/api/receipts/{number}") and case.path_parameters:
            number = int(case.path_parameters["number"])
            case.path_parameters["number"] = number % RECEIPTS + 1  # most of them are there
        if case.path == "/api/receipts/":
            a_payment(body)
        if case.path == "/api/runs/{month}/":
            terms_of_a_month(body)
        for name, year in (("joined_on", "2024"), ("left_on", "2025")):
            if body.get(name):
                body[name] = year + body[name][4:]  # never to come, nor before joining
                if body[name].endswith("-02-29"):
                    body[name] = f"{year}-02-28"
        if body.get("left_on"):
            body.setdefault("joined_on", None)  # the one on record may be later
        if isinstance(body.get("fees"), float):
            body["fees"] = round(body["fees"], 2)  # 57 * 0.01 isn't 0.57
    return case


def a_payment(body):
    body["student"] = STUDENT
    body["key"] = str(uuid4())
    if body.get("method") == "cheque" and not (body.get("reference") or "").strip():
        body["reference"] = "HBL 1"  # needed of a cheque only
    if body.get("day"):
        body["day"] = PAST + body["day"][4:]
    if isinstance(body.get("amount"), float):
        body["amount"] = max(round(body["amount"], 2), 0.01)


def terms_of_a_month(body):
    """Days in order after any month; a cap that is no less than a day's fine."""
    for name, year in (("due_on", "2998"), ("valid_until", "2999")):
        if body.get(name):
            body[name] = year + body[name][4:]
    if body.get("due_on") and not body.get("valid_until"):
        del body["due_on"]
    if isinstance(body.get("fine"), dict):
        body["fine"]["amount"] = "10"
        if "cap" in body["fine"]:
            body["fine"]["cap"] = 300
