"""What a caller is told of his change when the database breaks: true, whatever broke and when.

Over a real TCP proxy, which loses answers, to the tests' own PostgreSQL.
"""

import json
import re
from html import unescape

import psycopg2
import pytest
from django.db import connection
from django.test import Client
from psycopg2 import errorcodes

from api.tests.factories import make_token, make_user
from students.forms import StudentForm
from students.models import Student
from students.tests.factories import make_student
from tuition.tests.proxy import door, lead_through

NOT_ANSWERING = "The database is not answering"
NOTHING = "Nothing was saved. Try again in a minute."
MAYBE = "It may have been saved: look before you send it again."
AGAIN = "It may have been saved. Send it again with the same Idempotency-Key: it is not done twice."
SANA = {"name": "Sana", "city": "Multan", "fees": "5000"}
COMMIT = b"COMMIT"
INSERT = b"('Sana', 'Multan', "  # the EXECUTE of a prepared one, with what it adds


@pytest.fixture
def proxy(transactional_db):
    with door() as proxy:
        yield proxy


@pytest.fixture
def through(proxy):
    return lambda: lead_through(proxy)


def back():
    """Our own questions take the straight way."""
    connection.close()


def program(**headers):
    key = make_token(name="program", can_edit=True)
    headers = {"Authorization": f"Bearer {key}", **headers}
    return Client(raise_request_exception=False, headers=headers)


def person():
    client = Client(raise_request_exception=False)
    client.force_login(make_user(name="editor", group="Editors", is_staff=True))
    return client


def send(client, method, address, body):
    return client.generic(method, address, json.dumps(body), content_type="application/json")


def told(response):
    """(status, Retry-After, title, detail) of page and problem+json alike."""
    if response["Content-Type"] == "application/problem+json":
        body = response.json()
        return response.status_code, response.get("Retry-After"), body["title"], body["detail"]
    title, detail = re.search("<h1>(.*?)</h1>\\s*<p>(.*?)</p>", response.content.decode()).groups()
    return response.status_code, response.get("Retry-After"), unescape(title), unescape(detail)


def lost(detail):
    return (503, "10", NOT_ANSWERING, detail)


def names():
    back()
    return sorted(Student.objects.values_list("name", flat=True))


# -- The answer is lost ----------------------------------------------------------------------------


def test_the_answer_to_a_programs_insert_is_lost(proxy, through):
    client = program()
    through()
    proxy.lose = INSERT  # in no transaction: it commits by itself
    assert told(send(client, "POST", "/api/students/", SANA)) == lost(MAYBE)
    proxy.lose = None
    assert names() == ["Sana"]


def test_with_a_key_it_is_sent_again_and_done_once(proxy, through):
    client = program(**{"Idempotency-Key": "one"})
    through()
    proxy.lose = COMMIT
    assert told(send(client, "POST", "/api/students/", SANA)) == lost(AGAIN)
    proxy.lose = None
    back()
    answer = send(client, "POST", "/api/students/", SANA)
    assert (answer.status_code, answer.json()["name"]) == (201, "Sana")
    assert names() == ["Sana"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_the_answer_to_a_programs_commit_is_lost(proxy, through, method):
    client, student = program(), make_student(name="Ali")
    through()
    proxy.lose = COMMIT
    assert told(send(client, method, f"/api/students/{student.pk}/", SANA)) == lost(MAYBE)
    proxy.lose = None
    assert names() == ([] if method == "DELETE" else ["Sana"])


def test_the_answer_to_the_admins_commit_is_lost(proxy, through):
    client = person()
    through()
    proxy.lose = COMMIT
    assert told(client.post("/admin/students/student/add/", SANA)) == lost(MAYBE)
    proxy.lose = None
    assert names() == ["Sana"]


def test_the_next_request_knows_nothing_of_it(proxy, through):
    client = program()
    through()
    proxy.lose = INSERT
    assert told(send(client, "POST", "/api/students/", SANA)) == lost(MAYBE)
    connection.close()
    proxy.lose, proxy.refuse = None, b"api_apitoken"
    for method in ("POST", "GET"):
        assert told(send(client, method, "/api/students/", SANA)) == lost(NOTHING)


# -- Nothing was saved -----------------------------------------------------------------------------


def test_an_insert_that_never_arrives_is_not_saved(proxy, through):
    """In a transaction whose COMMIT was never sent; the token's last use is noted before it."""
    client = program(**{"Idempotency-Key": "one"})
    through()
    proxy.refuse = INSERT
    assert told(send(client, "POST", "/api/students/", SANA)) == lost(NOTHING)
    proxy.refuse = None
    assert names() == []


def test_a_question_that_is_lost_in_a_form_sent(proxy, through):
    client = person()
    through()
    proxy.lose = b"django_session"
    assert told(client.post("/admin/students/student/add/", SANA)) == lost(NOTHING)
    proxy.lose = None
    assert names() == []


def kill(backend):
    """pg_terminate_backend, and wait until it is gone."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    other.close()


def test_a_connection_that_dies_before_the_commit(transactional_db, monkeypatch):
    client, student = program(), make_student(name="Ali")
    save = StudentForm.save

    def save_and_die(form, *args, **kwargs):
        saved = save(form, *args, **kwargs)
        kill(connection.connection.info.backend_pid)
        return saved

    monkeypatch.setattr(StudentForm, "save", save_and_die)
    assert told(send(client, "PATCH", f"/api/students/{student.pk}/", SANA)) == lost(NOTHING)
    assert names() == ["Ali"]


def test_without_the_look_before_it_such_a_commit_may_have_been_saved(
    transactional_db, monkeypatch
):
    monkeypatch.setattr("tuition.postgres.base.has_spoken", lambda connection: False)
    with pytest.raises(AssertionError, match="look before you send it again"):
        test_a_connection_that_dies_before_the_commit(transactional_db, monkeypatch)


# -- A 500 -----------------------------------------------------------------------------------------

BROKE = "Something broke"
UNSAVED = "It was not your doing, and nothing was saved. Try once more."


def fail(*args, **kwargs):
    raise ValueError


@pytest.mark.parametrize(
    ("place", "detail", "left"),
    [
        ("students.api.json_response", MAYBE, ["Sana"]),  # after the INSERT
        ("students.api.idempotent", UNSAVED, []),
    ],
)
def test_a_500_says_whether_it_may_have_been_saved(
    transactional_db, monkeypatch, place, detail, left
):
    client = program()
    monkeypatch.setattr(place, fail)
    assert told(send(client, "POST", "/api/students/", SANA)) == (500, None, BROKE, detail)
    assert names() == left


def test_what_is_rolled_back_was_not_saved(transactional_db, monkeypatch):
    client, student = program(), make_student(name="Ali")
    monkeypatch.setattr("students.api.json_response", fail)  # inside the transaction
    answer = send(client, "PATCH", f"/api/students/{student.pk}/", SANA)
    assert told(answer) == (500, None, BROKE, UNSAVED)
    assert names() == ["Ali"]


# -- What each of the database's troubles is to a caller -------------------------------------------

BUSY = (503, "10", "Somebody else is changing the same records",
        "Nothing was saved. Try again in a moment.")  # fmt: skip
TROUBLES = {
    errorcodes.DEADLOCK_DETECTED: BUSY,
    errorcodes.SERIALIZATION_FAILURE: BUSY,
    errorcodes.LOCK_NOT_AVAILABLE: BUSY,
    errorcodes.QUERY_CANCELED: (
        503, "10", "This takes the database too long",
        "Nothing was saved. Ask for less at once, or try again in a minute.",
    ),
    errorcodes.DISK_FULL: (
        503, "10", "The database's disk is full",
        "Nothing was saved. Whoever looks after this computer can free some space.",
    ),
    errorcodes.READ_ONLY_SQL_TRANSACTION: (
        503, "10", "The database can't be changed just now", NOTHING,
    ),
    errorcodes.IDLE_IN_TRANSACTION_SESSION_TIMEOUT: lost(NOTHING),
    errorcodes.ADMIN_SHUTDOWN: lost(NOTHING),
    errorcodes.OUT_OF_MEMORY: lost(NOTHING),
    errorcodes.CONNECTION_FAILURE: lost(NOTHING),
    errorcodes.IN_FAILED_SQL_TRANSACTION: (500, None, BROKE, UNSAVED),
    errorcodes.UNDEFINED_TABLE: (500, None, BROKE, UNSAVED),
    errorcodes.DATA_CORRUPTED: (500, None, BROKE, UNSAVED),
}  # fmt: skip


@pytest.mark.parametrize("code", TROUBLES)
@pytest.mark.parametrize("address", ["/students/", "/api/students/"])
def test_what_each_trouble_is_to_a_caller(db, monkeypatch, code, address):
    """PostgreSQL raises it itself; each driver class is the one it really comes as."""
    client = person()

    def ask(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE 'Ali' USING ERRCODE = '{code}'; END $$")

    monkeypatch.setattr("students.forms.StudentFilterForm.is_valid", ask)
    monkeypatch.setattr("students.api.read_query", ask)
    assert told(client.get(address)) == TROUBLES[code]


@pytest.mark.parametrize("address", ["/students/", "/api/students/"])
def test_debug_shows_no_traceback_of_what_passes(db, monkeypatch, settings, address):
    settings.DEBUG = True
    client = person()

    def ask(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE 'Ali' USING ERRCODE = '57014'; END $$")

    monkeypatch.setattr("students.forms.StudentFilterForm.is_valid", ask)
    monkeypatch.setattr("students.api.read_query", ask)
    assert told(client.get(address)) == TROUBLES[errorcodes.QUERY_CANCELED]
    monkeypatch.setattr("students.forms.StudentFilterForm.is_valid", fail)
    monkeypatch.setattr("students.api.read_query", fail)
    answer = client.get(address)
    assert answer.status_code == 500
    assert b"Traceback" in answer.content


def test_an_idle_transaction_that_postgresql_ends_is_a_503(transactional_db, monkeypatch):
    client, student = program(), make_student(name="Ali")
    save = StudentForm.save

    def slowly(form):
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = 20")
        select_until_it_speaks(connection.connection)
        return save(form)

    monkeypatch.setattr(StudentForm, "save", slowly)
    assert told(send(client, "PATCH", f"/api/students/{student.pk}/", SANA)) == lost(NOTHING)
    assert names() == ["Ali"]


def select_until_it_speaks(driver):
    import select

    assert select.select([driver.fileno()], [], [], 5)[0]


def test_a_bare_database_error_is_a_lost_connection(viewer, monkeypatch):
    """Which is how psycopg2 tells of some connections that die."""
    viewer.raise_request_exception = False

    def ask(*args):
        with connection.wrap_database_errors:
            raise psycopg2.DatabaseError("SSL SYSCALL error: EOF detected")

    for address, place in [
        ("/students/", "students.forms.StudentFilterForm.is_valid"),
        ("/api/students/", "students.api.read_query"),
    ]:
        monkeypatch.setattr(place, ask)
        assert told(viewer.get(address)) == lost(NOTHING)


def test_a_lost_database_is_not_taken_for_a_lost_session(proxy, through):
    """Django's session middleware says 400, "deleted before the request completed", to both."""
    client = person()
    through()
    proxy.lose = b'UPDATE "django_session"'
    new = "Qila-Lahore-2026"
    form = {"old_password": "a-long-password", "new_password1": new, "new_password2": new}
    assert told(client.post("/accounts/password_change/", form)) == lost(MAYBE)
