"""Somebody with a browser before Tuition as it is served: signs in, reads pages, brings files."""

import http.client
import re
from contextlib import closing, suppress
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from tuition.tests.drill.office import manage

NAME, PASSWORD = "sana", "a-long-password"
IMPORTS = "/students/import/"
MAKE = f"""
from api.tests.factories import make_user
make_user(name={NAME!r}, group="Editors")
"""


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode()


class Person:
    """With cookies; every request on a connection of its own."""

    def __init__(self, address):
        self.address, self.cookies = urlsplit(address), {}

    def open(self, method, path, body=None, headers=None, *, length=None):
        """The connection, with all of it sent: whoever calls reads the answer, and closes.

        With a `length` it is only announced: the body is still to come.
        """
        there = self.address
        connection = http.client.HTTPConnection(there.hostname, there.port, timeout=60)
        connection.putrequest(method, path, skip_accept_encoding=True)
        told = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        told |= headers or {}
        if body is not None or length is not None:
            told["Content-Length"] = str(len(body) if length is None else length)
        for name, value in told.items():
            connection.putheader(name, value)
        with suppress(BrokenPipeError, ConnectionResetError):  # refused unread: the answer is there
            connection.endheaders(body)
        return connection

    def ask(self, method, path, body=None, headers=None):
        with closing(self.open(method, path, body, headers)) as connection:
            answer = connection.getresponse()
            content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.partition(";")[0].split("=", 1)
            self.cookies[name] = value
        return Answer(answer.status, answer.headers, content)

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def post(self, path, **form):
        form["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(form).encode(), kind)

    def confirm(self, path):
        """The import as its page shows it now."""
        seen = re.search(r'name="seen" value="(\w+)"', self.get(path).text)
        return self.post(path, step="import", seen=seen[1] if seen else "")

    def bring(self, content, name="students.csv", path=IMPORTS):
        return self.ask("POST", path, *self.upload(content, name))

    def upload(self, content, name="students.csv"):
        """(body, headers) of the form that brings a file."""
        token = self.cookies["csrftoken"].encode()
        body = (
            b'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n%s\r\n'
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n'
            b"Content-Type: text/csv\r\n\r\n%s\r\n--x--\r\n"
        ) % (token, name.encode(), content)
        return body, {"Content-Type": "multipart/form-data; boundary=x"}

    def sign_in(self):
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", username=NAME, password=PASSWORD)
        assert answer.status == 302, answer.text
        return self

    def waits(self, address):
        """Whether its page still shows work going on."""
        page = self.get(address)
        assert page.status == 200, page.text
        return "<progress" in page.text


def make_person(data, **env):
    """Who may edit, and so import and export."""
    manage(data, "shell", "-v0", "--no-imports", "-c", MAKE, **env)


def path_of(answer):
    """Where an answer leads to."""
    assert answer.status == 302, answer.text
    return re.sub(r"^https?://[^/]+", "", answer.headers["Location"])
