"""What our own log says: what broke and where, and nothing of what anybody sent."""

import io
import json
import logging
import re
import sys

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.test import Client

from api.tests.factories import make_token
from students.tests.factories import make_student
from tuition.logs import JsonFormatter, PrivateFormatter

SAID = "Key (name)=(Ali Raza) pays 5000"  # out of the lines that a traceback shows
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0500 "


@pytest.fixture
def log():
    """What stands in our log, from now on."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PrivateFormatter())
    logging.getLogger("django").addHandler(handler)
    yield stream.getvalue
    logging.getLogger("django").removeHandler(handler)


def line(name, message, *args, exc_info=None):
    record = logging.LogRecord(name, logging.ERROR, "p", 1, message, args, exc_info)
    return PrivateFormatter().format(record)


def test_a_line_says_when_with_its_offset():
    assert re.fullmatch(TIME + "ERROR x: It broke", line("x", "It broke"))


def test_a_traceback_without_what_the_exception_says():
    try:
        raise ValueError(SAID)
    except ValueError:
        told = line("django.request", "Broke: %s", "/students/", exc_info=sys.exc_info())
    assert "ERROR django.request: Broke: /students/\n" in told
    assert told.endswith("\nValueError (its text is left out of logs)")
    assert "Ali" not in told


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/students/?q=Ali", "/students/"),
        ("/students/city/Ali/", "/students/city/…"),
        ("/students/city/login/", "/students/city/…"),
        ("/api/students/city/Ali Raza/", "/api/students/city/…"),
        ("/api/fees/Ali/", "/api/fees/…"),
        ("/api/fees/5000/Ali/", "/api/fees/…"),
        ("/API/fees/Ali/", "/…"),
        ("/api/Fees/Ali/", "/api/…"),
        ("/api/students/12/Ali", "/api/students/12/…"),
        ("/admin/students/student/12/change/?_changelist_filters=q%3DAli",
         "/admin/students/student/12/change/"),
        ("/admin/students/student/Ali/", "/admin/students/student/…"),
        ("/Ali", "/…"),
    ],
)  # fmt: skip
def test_paths_end_where_a_name_may_begin(path, shown):
    assert line("django.request", "%s: %s", "Not Found", path).endswith(f"Not Found: {shown}")
    served = line("django.server", '"%s" %s %s', f"GET {path} HTTP/1.1", "404", "9")
    assert served.endswith(f'"GET {shown} HTTP/1.1" 404 9')


def test_a_referer_is_a_path_too():
    told = line(
        "django.security.csrf",
        "Forbidden (%s): %s",
        "Referer checking failed - https://x/students/city/Ali/?q=Ali does not match.",
        "/accounts/login/",
    )
    assert told.endswith("Forbidden (Referer checking failed - https://…")


def failing(*args, **kwargs):
    raise ValueError(SAID)


@pytest.mark.parametrize("path", ["/students/city/Ali/", "/students/?q=Ali", "/students/city/ALI/"])
def test_a_500_is_told_without_names(viewer, log, monkeypatch, path):
    viewer.raise_request_exception = False
    monkeypatch.setattr("students.forms.StudentListForm.is_valid", failing)
    assert viewer.get(path).status_code == 500
    assert re.search(TIME + "ERROR django.request: Internal Server Error: /students/", log())
    assert "ValueError (its text is left out of logs)" in log()
    assert not re.search(r"\bali\b", log(), re.IGNORECASE)


@pytest.mark.parametrize("path", ["/API/fees/Ali/", "/api/fees/Ali/x", "/api/fees/Ali/", "/Ali/"])
def test_a_refusal_is_told_without_names(client, db, log, path):
    assert client.get(path).status_code in (401, 404)
    assert " WARNING django.request: " in log()
    assert "Ali" not in log()


def test_a_form_from_elsewhere_is_told_without_names(db, log):
    client = Client(enforce_csrf_checks=True)
    referer = "https://elsewhere.example/students/city/Ali/"
    answer = client.post("/accounts/login/", secure=True, headers={"referer": referer})
    assert answer.status_code == 403
    assert "WARNING django.security.csrf: Forbidden (Referer checking failed" in log()
    assert "Ali" not in log()


REAL_ERRORS = {  # what PostgreSQL itself says, with a name in each
    "23514 CheckViolation": "UPDATE students_student SET fees = -5000 WHERE name = 'Ali'",
    "42703 UndefinedColumn": "SELECT 'Ali', ali",
    "53100 DiskFull": "DO $$ BEGIN RAISE 'no room for Ali' USING ERRCODE = 'disk_full'; END $$",
}


@pytest.mark.parametrize("sqlstate", REAL_ERRORS)
def test_a_database_error_is_told_with_its_sqlstate(viewer, log, monkeypatch, sqlstate):
    make_student(name="Ali")
    viewer.raise_request_exception = False

    def ask(*args):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(REAL_ERRORS[sqlstate])

    monkeypatch.setattr("students.forms.StudentListForm.is_valid", ask)
    assert viewer.get("/students/").status_code in (500, 503)
    end = log().splitlines()[-1]
    passes = sqlstate.startswith("53100")  # one line then, and no traceback
    told = r".*: /students/ \({}\)" if passes else r"{} \(its text is left out of logs\)"
    assert re.fullmatch(told.format(rf"\w+Error, SQLSTATE {sqlstate}"), end)
    assert not re.search(r"\bali\b", log(), re.IGNORECASE)
    assert "5000" not in log()


def test_an_error_that_postgresql_did_not_name(log):
    try:
        raise ProgrammingError(SAID)
    except ProgrammingError:
        told = line("django.request", "Broke", exc_info=sys.exc_info())
    assert told.endswith("\nProgrammingError (its text is left out of logs)")


def test_a_lost_database_is_one_line():
    try:
        raise OperationalError(SAID)
    except OperationalError:
        told = line("django.request", "Service Unavailable: /", exc_info=sys.exc_info())
    assert told.endswith("Service Unavailable: / (OperationalError)")
    assert "\n" not in told


# -- For programs: a line of JSON an event ---------------------------------------------------------


@pytest.fixture
def events():
    """What was told since, as a program reads it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(name) for name in ("django", "tuition.request")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_a_request_is_one_line_with_numbers_only(editor, events):
    student = make_student(name="Ali", fees="4321")
    answer = editor.get(f"/students/{student.pk}/?q=Ali")
    (event,) = events()
    user = answer.wsgi_request.user
    assert event.pop("time").endswith("+00:00")
    assert event.pop("ms") > 0
    assert event == {
        "level": "INFO", "logger": "tuition.request", "event": f"GET /students/{student.pk}/",
        "request": answer["X-Request-ID"], "status": 200, "who": f"user {user.pk}",
    }  # fmt: skip


def test_what_a_program_writes_is_told_and_what_it_reads_is_not(client, db, events):
    key = make_token(name="Accounts", can_edit=True)
    headers = {"authorization": f"Bearer {key}"}
    client.get("/api/students/", headers=headers)
    assert events() == []
    sent = {"name": "Ali", "city": "Lahore", "fees": "4321"}
    client.post("/api/students/", sent, content_type="application/json", headers=headers)
    (event,) = events()
    assert (event["event"], event["status"]) == ("POST /api/students/", 201)
    assert re.fullmatch(r"token \d+", event["who"])
    assert not re.search(rf"Ali|Lahore|4321|{key}|INSERT", json.dumps(event))


@pytest.mark.parametrize("path", ["/static/css/nothing.css", "/healthz/live"])
def test_assets_and_health_are_told_only_when_they_fail(client, db, events, path):
    status = client.get(path).status_code
    told = [event["status"] for event in events() if event["logger"] == "tuition.request"]
    assert told == ([404] if status == 404 else [])


def test_a_lost_database_is_one_line_a_request(viewer, events, monkeypatch):
    viewer.raise_request_exception = False

    def lose(*args):
        raise OperationalError(SAID)

    monkeypatch.setattr("students.forms.StudentListForm.is_valid", lose)
    answer = viewer.get("/students/")
    assert answer.status_code == 503
    told = [event for event in events() if event["level"] == "ERROR"]
    assert [event["event"] for event in told] == [
        "Service Unavailable: /students/ (OperationalError)"
    ]
    assert {event["request"] for event in events()} == {answer["X-Request-ID"]}


def test_a_traceback_stays_within_its_line(viewer, events, monkeypatch):
    viewer.raise_request_exception = False
    monkeypatch.setattr("students.forms.StudentListForm.is_valid", failing)
    viewer.get("/students/city/Ali/")
    broken = next(event for event in events() if "traceback" in event)
    assert broken["event"] == "Internal Server Error: /students/city/…"
    assert broken["traceback"][-1] == "ValueError (its text is left out of logs)"
    assert not re.search("Ali|5000", json.dumps(broken))
