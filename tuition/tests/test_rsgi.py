"""Where requests come in: bodies slow, cut off, too long; headers that pretend; connections."""

import json
import queue
import socket
from contextlib import ExitStack, closing
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg2
import pytest

from tuition.tests.served import ROOT, get, serving, status

AVERAGE = "/students/average-fees/"
LOGIN = "/accounts/login/"
ONE = {"WORKERS": "1", "THREADS": "1"}


@pytest.fixture(scope="module")
def site(migrated):
    """One worker with one thread: whoever takes it would be noticed."""
    with serving("serve", migrated, **ONE) as (address, _):
        yield address


def call(address, head, body=b"", *, end=False):
    """What is answered to these bytes: (status, headers in lower case, body)."""
    with closing(begin(address, head, body)) as connection:
        if end:
            connection.shutdown(socket.SHUT_WR)
        return answer_on(connection)


def begin(address, head, body=b""):
    there = urlsplit(address)
    connection = socket.create_connection((there.hostname, there.port), timeout=40)
    lines = [head[0] + " HTTP/1.1", "Host: localhost", "Connection: close", *head[1:], "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)
    return connection


def answer_on(connection):
    data = b""
    while more := connection.recv(65536):
        data += more
    head, _, body = data.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


# -- Bodies ----------------------------------------------------------------------------------------


def test_slow_senders_keep_nobody_waiting(site):
    form = [f"POST {LOGIN}", "Content-Type: application/x-www-form-urlencoded"]
    with ExitStack() as stack:
        slow = [
            stack.enter_context(closing(begin(site, [*form, "Content-Length: 5"], b"a")))
            for _ in range(20)
        ]
        for _ in range(3):
            for connection in slow:
                connection.sendall(b"=")
            assert status(site) == 200
            assert status(site, "/static/icon.svg") == 200
            assert call(site, [*form, "Content-Length: 3"], b"a=b")[0] == 403  # no CSRF cookie
        for connection in slow:
            connection.sendall(b"b")
        assert {answer_on(connection)[0] for connection in slow} == {403}


def test_a_form_that_breaks_off_is_refused(site):
    """`…&fees=12500` would else be read as `…&fees=125`."""
    head = [f"POST {LOGIN}", "Content-Type: application/x-www-form-urlencoded"]
    answer, headers, page = call(site, [*head, "Content-Length: 10"], b"fees=125", end=True)
    assert answer == 400
    assert "What was sent broke off on the way, and nothing was saved. Send it again." in page
    assert "content-security-policy" in headers


LONG = {
    LOGIN: "text/html; charset=utf-8",
    AVERAGE: "application/problem+json",
    "/api/students/": "application/problem+json",
    "/admin/login/": "text/html; charset=utf-8",
}


@pytest.mark.parametrize("path", LONG)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json"])
def test_what_is_too_long_is_refused_by_its_length_alone(site, path, kind):
    head = [f"POST {path}", f"Content-Type: {kind}", f"Content-Length: {300 * 1024**2}"]
    answer, headers, said = call(site, head)  # not a byte of it is sent
    assert answer == 413
    assert headers["content-type"] == LONG[path]
    assert "content-security-policy" in headers
    assert "This is too much at once" in said


def test_the_longest_body_is_taken(site):
    longest = 2621440
    head = [f"POST {LOGIN}", "Content-Type: application/x-www-form-urlencoded"]
    assert call(site, [*head, f"Content-Length: {longest}"], b"a" * longest)[0] == 403
    assert call(site, [*head, f"Content-Length: {longest + 1}"])[0] == 413


def test_a_body_of_no_told_length_is_refused(site):
    head = ["POST /api/students/", "Content-Type: application/json", "Transfer-Encoding: chunked"]
    answer, _, said = call(site, head, b"2\r\n{}\r\n0\r\n\r\n")
    assert answer == 411
    assert json.loads(said)["detail"] == "Send it with a Content-Length header."


class Body:
    """One that never comes."""

    def add_done_callback(self, callback):
        self.callback = callback

    def cancel(self):
        self.callback(self)

    def cancelled(self):
        return True


@pytest.mark.parametrize("patience", ["PATIENCE", "LAST_PATIENCE"])
def test_a_body_has_a_deadline(monkeypatch, patience):
    """One that begins when the worker has been told to end has the short one."""
    from tuition import rsgi

    answered = queue.SimpleQueue()
    monkeypatch.setattr(rsgi, patience, 0)
    monkeypatch.setattr(rsgi.Reception, "answer", lambda self, asked, *said: answered.put(said))
    scope = SimpleNamespace(path=LOGIN, headers={"content-length": "5"})
    request = SimpleNamespace(scope=scope, proto=Body, done=lambda: None)
    reception = rsgi.Reception()
    if patience == "LAST_PATIENCE":
        reception.close()
    reception(request)
    assert answered.get(timeout=10) == (b"", 408)


@pytest.mark.hunt
def test_a_sender_who_stalls_is_told(site):
    head = [f"POST {LOGIN}", "Content-Type: application/json", "Content-Length: 5"]
    answer, _, page = call(site, head, b"{")
    assert answer == 408
    assert "This came too slowly" in page


def test_a_slow_sender_does_not_keep_the_server_from_ending(data):
    with serving("serve", data, **ONE) as (address, process):
        head = [f"POST {LOGIN}", "Content-Type: application/json", "Content-Length: 5"]
        with closing(begin(address, [*head, "Expect: 100-continue"])) as slow:
            assert slow.recv(65536).startswith(b"HTTP/1.1 100 ")  # it has been taken in
            slow.sendall(b"{")
            process.terminate()
            assert answer_on(slow)[0] == 408
        assert "Killing" not in process.communicate(timeout=40)[0]


# -- Headers, paths, connections -------------------------------------------------------------------


def test_a_header_with_an_underscore_does_not_pass_for_the_proxys(data):
    with serving("serve", data, HTTPS="true", ready=301, **ONE) as (site, _):
        ask = [f"GET {AVERAGE}"]
        assert call(site, [*ask, "X-Forwarded-Proto: https"])[0] == 200
        for first, second in [("-", "_"), ("_", "-")]:
            spelt = {"-": "X-Forwarded-Proto: http", "_": "X_Forwarded_Proto: https"}
            answer, headers, _ = call(site, [*ask, spelt[first], spelt[second]])
            assert answer == 301
            assert headers["location"] == f"https://localhost{AVERAGE}"


def test_the_environ_is_wsgis():
    from tuition.rsgi import environ_of

    headers = [
        ("host", "a.pk"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("accept", "x"),
        ("accept", "y"),
    ]
    headers += [("content-type", "text/plain; Charset=rot13; x=y"), ("x_y", "no"), ("x-z", "z")]
    scope = SimpleNamespace(
        method="GET", path="/students/city/لاہور/", query_string="q=%D8", scheme="http",
        server="127.0.0.1:8000", client="[::1]:555", headers=dict(headers),
    )  # fmt: skip
    scope.headers = SimpleNamespace(items=lambda: headers)
    environ = environ_of(scope, b"body", 0)
    assert environ["wsgi.input"].read() == b"body"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/students/city/لاہور/"
    assert {key: value for key, value in environ.items() if key.startswith("HTTP_")} == {
        "HTTP_HOST": "a.pk", "HTTP_COOKIE": "a=1;b=2", "HTTP_ACCEPT": "x,y", "HTTP_X_Z": "z",
    }  # fmt: skip
    assert environ["CONTENT_TYPE"] == "text/plain; x=y"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", "8000")


@pytest.mark.parametrize("charset", ["rot13", "utf-16", "hex", "idna", "undefined", "nonsense"])
def test_the_callers_codec_is_not_ours(site, charset):
    head = [f"GET {AVERAGE}?city=Lahore", f"Content-Type: text/plain; Charset={charset}; x=y"]
    answer, _, said = call(site, head)
    assert answer == 200
    assert json.loads(said)["city"] == "Lahore"


@pytest.mark.parametrize("path", ["/students/%FF/", "/%00", "//", "/students/average-fees/%2e%2e/"])
def test_no_path_breaks_it(site, path):
    assert call(site, [f"GET {path}"])[0] in (302, 400, 404)


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_connection_to_the_site_leaves_none_to_the_database_behind(command, data):
    with serving(command, data, **ONE) as (address, _):
        for _ in range(60):
            assert status(address) == 200  # each on a TCP connection of its own
        with closing(
            psycopg2.connect(host=str(data / "postgres"), user="postgres", dbname="tuition")
        ) as own:
            cursor = own.cursor()
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = 'tuition'")
            assert cursor.fetchone()[0] <= 3  # the worker's, housekeeping's, and this one


def test_while_debugging_static_files_come_from_where_they_are_written(data):
    with serving("run", data) as (address, _):
        assert get(address, "/static/css/base.css") == (
            200,
            (ROOT / "static/css/base.css").read_text(),
        )
        assert get(address, "/static/admin/css/base.css")[0] == 200


@pytest.mark.parametrize(
    ("head", "refused"),
    [
        (["GET"], 400),
        ([f"POST {LOGIN}", "Content-Length: abc"], 400),
        ([f"POST {LOGIN}", "Content-Length: 3", "Content-Length: 4"], 400),
        (["GET /" + "a" * 70_000], 414),
        (["GET /", *(f"X-{number}: y" for number in range(150))], 431),
    ],
)
def test_what_granian_refuses_itself(site, head, refused):
    """Bare, as docs/serving.md says; nothing of it reaches us."""
    answer, headers, body = call(site, head)
    assert (answer, body) == (refused, "")
    assert headers.keys() == {"connection", "content-length", "date"}
