"""What is sent compressed, and what is not."""

import gzip
import re

import pytest
from django.db import OperationalError

from api.tests.factories import make_token
from students.tests.factories import make_student
from tuition.tests.test_errors import failing

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def unmasked(page):
    """A CSRF token is another one in each answer."""
    return re.sub(rb'value="\w{64}"', b"", page)


@pytest.mark.parametrize("path", ["/students/", "/accounts/login/", "/students/city/", "/admin/"])
def test_pages(admin, client, path):
    browser = client if "login" in path else admin
    plain, small = browser.get(path), browser.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain
    assert small["Content-Encoding"] == "gzip"
    assert unmasked(gzip.decompress(small.content)) == unmasked(plain.content)
    assert len(small.content) < len(plain.content)
    for response in (plain, small):
        assert "Accept-Encoding" in response["Vary"]
        assert int(response["Content-Length"]) == len(response.content)


def test_head_is_as_long_as_get(viewer):
    """But for the random bytes."""
    got, head = viewer.get("/students/", headers=GZIP), viewer.head("/students/", headers=GZIP)
    assert (head.status_code, head.content, head["Content-Encoding"]) == (200, b"", "gzip")
    assert abs(int(head["Content-Length"]) - len(got.content)) < 110


def test_lengths_of_one_page_differ(viewer):
    """BREACH reads lengths: each has up to 100 random bytes more."""
    pages = [viewer.get("/students/city/", headers=GZIP).content for _ in range(20)]
    assert len({gzip.decompress(page) for page in pages}) == 1
    assert len({len(page) for page in pages}) > 5


def test_the_page_of_a_lost_database(viewer, monkeypatch):
    viewer.raise_request_exception = False
    monkeypatch.setattr("tuition.sessions.SessionStore.load", failing(OperationalError("x")))
    response = viewer.get("/students/", headers=GZIP)
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert b"The database is not answering" in gzip.decompress(response.content)


def test_json_keeps_its_strong_etag(viewer, db):
    pk = make_student().pk
    headers = GZIP | {"Authorization": f"Bearer {make_token(can_edit=True)}"}
    for path in (f"/api/students/{pk}/", "/students/average-fees/", "/api/openapi.json"):
        response = viewer.get(path, headers=headers)
        assert response.status_code == 200
        assert "Content-Encoding" not in response
        assert response["ETag"].startswith('"')
        again = viewer.get(path, headers=headers | {"If-None-Match": response["ETag"]})
        assert again.status_code == 304
    response = viewer.get("/students/average-fees/?x=1", headers=GZIP)
    assert (response.status_code, "Content-Encoding" in response) == (400, False)


def test_what_is_short_or_nothing_is_left_alone(admin):
    response = admin.get("/students", headers=GZIP)
    assert (response.status_code, "Content-Encoding" in response) == (301, False)


def test_files_were_compressed_when_collected(client, db):
    response = client.get("/static/css/base.css", headers=GZIP)
    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    style = gzip.decompress(b"".join(response))
    assert b"--inset" in style
