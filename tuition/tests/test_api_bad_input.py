"""Bad input through every operation of the API: a clear answer, never a 500."""

import json
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client

from api.openapi import contract
from api.tests.factories import make_token
from ledger.models import Receipt
from ledger.tests.factories import pay
from students.models import Student
from students.tests.factories import make_student
from tuition.tests.test_errors import NASTY

OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in contract()["paths"].items()
    for method, operation in operations.items()
]
IDS = [operation["operationId"] for _, _, operation in OPERATIONS]
PARAMETERS = ["city", "q", "min_fees", "max_fees", "sort", "limit", "after", "group_by", "x"]
MEMBERS = ["name", "city", "fees", "id", "is_staff", "name_key"]
OF_MONEY = {
    "take_money": ["key", "student", "family", "amount", "method", "reference", "day", "advance"],
    "reverse_receipt": ["reason", "cash_returned"],
    "charge_month": ["due_on", "valid_until", "fine"],
}
HEADERS = ["If-Match", "If-None-Match", "Idempotency-Key", "Accept", "X-CSRFToken", "Origin"]
TEXTS = [*NASTY, "e" + "\u0301" * 200, "\u00e9", "e\u0301", "\u0968", "=cmd|' /C calc'!A0"]
every_operation = pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)


@pytest.fixture
def call(db):
    client = Client(
        headers={"Authorization": f"Bearer {make_token(can_edit=True, can_money=True)}"}
    )
    client.raise_request_exception = False

    def call(method, address, body=b"", content_type="application/json", **headers):
        answer = client.generic(
            method, address, body, content_type, headers=headers, CONTENT_TYPE=content_type
        )
        assert answer.status_code < 500, (method, address[:200], body[:200], headers)
        assert answer.status_code != 422
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
        return answer

    return call


def address_of(path, value=None):
    """The operation's address, with `value` as text in its path if it takes text."""
    pk = getattr(Student.objects.first(), "pk", 0)
    text = quote(value, safe="", errors="surrogatepass") if value is not None else "Ali"
    month = "2026-05" if value is None else text
    number = getattr(Receipt.objects.first(), "number", 0)
    return path.format(id=pk, city=text, student=text, number=number, month=month)


def body_of(operation, **change):
    good = {"name": "Ali", "city": "Lahore", "fees": "5000"}
    match operation["operationId"]:
        case "take_money":
            pk = getattr(Student.objects.first(), "pk", 0)
            good = {"key": str(uuid4()), "student": pk, "amount": "1", "method": "bank"}
        case "reverse_receipt":
            good = {"reason": "in error"}
        case "charge_month":
            good = {"due_on": "2026-05-10", "valid_until": "2026-05-30"}
    return json.dumps(good | change) if "requestBody" in operation else b""


@every_operation
def test_in_the_query(call, method, path, operation):
    make_student()
    for text in TEXTS:
        for name in PARAMETERS:
            value = quote(text, errors="surrogatepass")
            answer = call(method, f"{address_of(path)}?{name}={value}", body_of(operation))
            if "\0" in text:
                assert answer.status_code == 400


@every_operation
@pytest.mark.parametrize(
    "query",
    ["q=a&q=b", "limit=1&limit=2", "&".join(f"p{n}=1" for n in range(5000)),
     "q=" + "a" * 1_000_000, "%00=1", "q=%ff%fe", "q=%ed%a0%80", ";;&&==", "city[]=1", "id=1",
     "is_staff=1", "sort=__class__", "limit=1e9", "limit=-1", "limit=abc",
     "city=" + "&city=".join("x" * 60)],
)  # fmt: skip
def test_odd_queries(call, method, path, operation, query):
    make_student()
    answer = call(method, f"{address_of(path)}?{query}", body_of(operation))
    assert answer.status_code == 400 or not query.startswith(("q=a", "limit", "p0", "id", "is_"))


@every_operation
def test_in_the_path(call, method, path, operation):
    make_student()
    if "{id}" in path:
        texts = ["0", "9" * 30, "-1", "abc", "%DB%B1", "1.5"]
        addresses = [path.format(id=text) for text in texts]
    elif "{number}" in path:
        texts = ["0", "9" * 30, "-1", "abc", "%DB%B1", "1.5"]
        addresses = [path.format(number=text) for text in texts]
    else:
        texts = [*filter(None, TEXTS), "a/b", "..", ".", "?", "#", "a\nb"]
        addresses = [address_of(path, text) for text in texts]
    for address in addresses:
        answer = call(method, address, body_of(operation))
        if "{id}" in path or "{number}" in path:
            assert answer.status_code == 404


@every_operation
def test_in_the_headers(call, method, path, operation):
    make_student()
    for text in TEXTS:
        if text.isascii() and text.isprintable():
            headers = dict.fromkeys(HEADERS, text)
            call(method, address_of(path), body_of(operation), **headers)


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [each for each in OPERATIONS if "requestBody" in each[2]],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_in_the_body(call, method, path, operation):
    pay(make_student(), "1", advance=True)
    values = [*TEXTS, "\ud800", None, True, [], {}, -1, 0.005, 1e308, 10**30, [["x"] * 50]]
    for value in values:
        for member in OF_MONEY.get(operation["operationId"], MEMBERS):
            call(method, address_of(path), body_of(operation, **{member: value}))
    for kind in ("text/xml", "multipart/form-data", "application/x-www-form-urlencoded", "x"):
        answer = call(method, address_of(path), b"\xff\x00{", kind)
        assert answer.status_code in (400, 415)
    for raw in (b"\xff\x00{", b'{"a":' * 50_000, b"[1e999999999]", b"9" * 5000):
        assert call(method, address_of(path), raw).status_code == 400
    for student in Student.objects.all():  # whatever was let in is as tidy as anything typed
        before = (student.name, student.city, student.fees)
        student.full_clean()
        assert (student.name, student.city, student.fees) == before


@every_operation
def test_a_foreign_host(call, method, path, operation):
    assert (
        call(method, address_of(path), body_of(operation), Host="evil.example").status_code == 400
    )
