"""POST, PUT and PATCH: what a body may hold, and what is refused of it."""

import json

import pytest

from students.models import Student
from students.tests.api.calls import STUDENTS, error, one, refused, send


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("5000", "5000.00"), ("5000.5", "5000.50"), ("0.1", "0.10"), ("999999.99", "999999.99"),
        ("1e3", "1000.00"), ("-0", "0.00"), ("70.000", "70.00"), ('"۱۲۵۰۰"', "12500.00"),
        ('"Rs 1,23,456/-"', "123456.00"), ('"12500"', "12500.00"),
    ],
)  # fmt: skip
def test_fees_keep_every_paisa(writer, sent, kept):
    body = f'{{"name": "Ali", "city": "Lahore", "fees": {sent}}}'
    assert send(writer, "POST", STUDENTS, body).json()["fees"] == kept


@pytest.mark.parametrize(
    "sent",
    ["NaN", "Infinity", "-1", "0.005", "1e400", "1e-9999999", "1e99999999", "123456789", '"1_000"',
     '"NaN"', '""', "null", "true", "[]", "{}", "9" * 5000, '"-1"', '"1e3"', "1000000",
     "5000.00000000000000000000000000000000000001"],
)  # fmt: skip
def test_what_is_no_amount(writer, sent):
    body = f'{{"name": "Ali", "city": "Lahore", "fees": {sent}}}'
    response = send(writer, "POST", STUDENTS, body)
    assert response.status_code == 400
    assert not Student.objects.exists()


def test_numbers_of_javascript_and_python_alike(writer):
    """Every amount to the paisa that a float can say comes out as said."""
    for paisa in (1, 7, 29, 57, 1001, 12345678, 99999999):
        body = json.dumps({"name": "Ali", "city": "Lahore", "fees": paisa / 100})
        assert send(writer, "POST", STUDENTS, body).json()["fees"] == f"{paisa / 100:.2f}"


NO_AMOUNT = "It must be an amount."
EXAMPLE = "Type an amount such as 12500 or 12,500.50."
NINES = "9" * 39 + "…"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("9" * 5000, f"Fees can be at most Rs 999,999.99; found “{NINES}”. {EXAMPLE}"),
        ("-" + "9" * 5000, f"Fees can't be below zero; found “-{NINES[1:]}”. {EXAMPLE}"),
        ("9" * 5000 + ".5", f"Fees can be at most Rs 999,999.99; found “{NINES}”. {EXAMPLE}"),
        ("1" + "0" * 50, f"Fees can be at most Rs 999,999.99; found “1{'0' * 38}…”."),
        ("1e400", f"Fees must be one amount; found “1E+400”. {EXAMPLE}"),
        ("1e999999999999999999999", NO_AMOUNT),
        ("-1e999999999999999999999", NO_AMOUNT),
        ("1e-999999999999999999999", NO_AMOUNT),
        (f'"{"9" * 5000}"', f"Fees can be at most Rs 999,999.99; found “{NINES}”. {EXAMPLE}"),
        ('"1e999999999999999999999"',
         f"Fees must be one amount; found “1e999999999999999999999”. {EXAMPLE}"),
    ],
    ids=lambda value: value[:12],
)  # fmt: skip
def test_numbers_that_are_no_amount_are_numbers(writer, three, sent, told):
    ali = Student.objects.get(name="Ali")
    whole = f'{{"name": "Ali", "city": "Lahore", "fees": {sent}}}'
    for method, address, body in (
        ("POST", STUDENTS, whole),
        ("PUT", one(ali.pk), whole),
        ("PATCH", one(ali.pk), f'{{"fees": {sent}}}'),
    ):
        response = send(writer, method, address, body)
        refused(response, error("fees", "invalid", told), detail="Nothing was saved; see errors.")
    response = send(writer, "PATCH", one(ali.pk), f'{{"name": {sent}}}')
    if not sent.startswith('"'):
        expected = error("name", "invalid", "It must be text.")
        refused(response, expected, detail="Nothing was saved; see errors.")


MANY = "An object in the body has at most 100 members."


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("{", "The body is not JSON in UTF-8."),
        (b"\xff\xfe{\x00}\x00", "The body is not JSON in UTF-8."),
        ("\ufeff{}", "The body is not JSON in UTF-8."),
        ("[" * 100_000, "The body is nested too deeply."),
        ("[" * 100_000 + "]" * 100_000, "The body is nested too deeply."),
        ("1.5", "The body must be one JSON object."),
        ("9" * 5000, "The body must be one JSON object."),
        ("1e999999999999999999999", "The body must be one JSON object."),
        ("", "The body must be one JSON object."),
        ("[]", "The body must be one JSON object."),
        ("null", "The body must be one JSON object."),
        ('"Ali"', "The body must be one JSON object."),
        (json.dumps(dict.fromkeys(map(str, range(101)))), MANY),
        (r'{"\ud800": 1}', "A name in the body holds a character that no text here may hold."),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_bodies_that_are_none(writer, three, method, body, detail):
    pk = Student.objects.first().pk
    response = send(writer, method, STUDENTS if method == "POST" else one(pk), body)
    assert response.status_code == 400
    assert response.json()["detail"] == detail
    assert Student.objects.count() == 3


TAKES = "name, city, fees, father_name, phone, class_name, joined_on, left_on, family"
UNSTORABLE = "This text holds a character that can't be stored. Type it again by hand."


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "  "}, error("name", "required", "Type the student's name.")),
        ({"name": "\u200b\u202e"}, error("name", "required", "Type the student's name.")),
        ({"name": "a\0b"}, error("name", "invalid", UNSTORABLE)),
        ({"city": "\ud800"}, error("city", "invalid", UNSTORABLE)),
        ({"name": "a" * 101}, error("name", "max_length", "It has at most 100 characters.")),
        ({"name": None}, error("name", "invalid", "It must be text.")),
        ({"city": 5}, error("city", "invalid", "It must be text.")),
        ({"fees": None}, error("fees", "invalid", "It must be an amount.")),
        ({"fees": "12.505"}, error(
            "fees", "invalid", "Fees have at most 2 decimals; found “12.505”."
            " Type an amount such as 12500 or 12,500.50.")),
        ({"id": 7}, error(
            "id", "unknown", f"There is no such parameter; this address takes: {TAKES}.")),
        ({"citty": "x"}, error(
            "citty", "unknown",
            f"There is no such parameter; this address takes: {TAKES}.",
            suggestion="city")),
    ],
)  # fmt: skip
def test_refusals_of_a_body(writer, three, change, expected):
    body = {"name": "Ali", "city": "Lahore", "fees": "5000"} | change
    detail = "Nothing was saved; see errors."
    refused(send(writer, "POST", STUDENTS, body), expected, detail=detail)
    ali = Student.objects.get(name="Ali")
    refused(send(writer, "PATCH", one(ali.pk), change), expected, detail=detail)
    ali.refresh_from_db()
    assert (ali.city, str(ali.fees)) == ("Lahore", "5000.00")
    assert Student.objects.count() == 3


def test_a_member_given_twice(writer):
    body = '{"name": "Ali", "name": "Sana", "city": "Lahore", "fees": 1}'
    expected = error("name", "repeated", "Give each member once.")
    refused(send(writer, "POST", STUDENTS, body), expected, detail="Nothing was saved; see errors.")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_another_kind_of_content(writer, three, method, kind):
    address = STUDENTS if method == "POST" else one(Student.objects.first().pk)
    response = writer.generic(method, address, '{"name": "x"}', content_type=kind)
    assert (
        response.status_code in (400, 415) if "multipart" in kind else response.status_code == 415
    )
    assert response["Content-Type"] == "application/problem+json"


def test_too_much_at_once(writer):
    body = {"name": "a" * 3_000_000, "city": "Lahore", "fees": 1}
    response = send(writer, "POST", STUDENTS, body)
    assert response.status_code == 413
    assert response.json()["title"] == "This is too much at once"
    assert response.json()["detail"].startswith("Nothing was saved: at most 2.5 MB")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writes_take_no_query(writer, three, method):
    address = STUDENTS if method == "POST" else one(Student.objects.first().pk)
    body = {"name": "Ali", "city": "Lahore", "fees": "5000"}
    assert send(writer, method, f"{address}?dry_run=1", body).status_code == 400
    assert Student.objects.count() == 3
