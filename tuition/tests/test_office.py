"""The office's own name, address and logo: from settings, on pages and paper."""

import re

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from students.tests.factories import make_student
from tuition import environment
from tuition.environment import MOST_OF_A_PICTURE, Picture
from tuition.tests.test_errors import failing

PNG = b"\x89PNG\r\n\x1a\nrest"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
LOGO = Picture(SVG, "image/svg+xml", "abc")


@pytest.fixture
def an_office(settings):
    settings.OFFICE_NAME = "Al-Noor <Centre>"
    settings.OFFICE_ADDRESS = ["12-B, Link Road", "Lahore"]
    settings.OFFICE_LOGO = LOGO


def test_without_settings_pages_say_tuition(viewer):
    page = viewer.get("/students/").content.decode()
    assert "<title>0 students · Tuition</title>" in page
    assert '<meta name="description" content="Tuition: students, cities and monthly fees">' in page
    assert "/office/logo/" not in page


@pytest.mark.parametrize("path", ["/students/", "/students/{pk}/", "/accounts/login/", "/nope/"])
def test_every_page_has_them(request, an_office, viewer, client, path):
    browser = client if "login" in path else viewer
    page = browser.get(path.format(pk=make_student().pk)).content.decode()
    assert re.search(r"<title>[^<]+ · Al-Noor &lt;Centre&gt;</title>", page)
    assert page.count('<img class="logo" src="/office/logo/?v=abc" alt="">') == 2
    assert page.count("<bdi>Al-Noor &lt;Centre&gt;</bdi>") == 2
    assert "<br><bdi>12-B, Link Road</bdi><br><bdi>Lahore</bdi></p>" in page


def test_the_page_of_a_lost_database_has_them_too(an_office, viewer, monkeypatch):
    viewer.raise_request_exception = False
    monkeypatch.setattr("tuition.sessions.SessionStore.load", failing(OperationalError("x")))
    response = viewer.get("/students/")
    assert response.status_code == 503
    assert "· Al-Noor &lt;Centre&gt;</title>" in response.content.decode()


def test_the_logo_s_own_address(an_office, client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/office/logo/?v=abc")
    assert (response.status_code, response.content) == (200, SVG)
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "Vary" not in response
    again = client.get("/office/logo/", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == response["Cache-Control"]
    assert client.head("/office/logo/").status_code == 200


def test_no_logo_has_no_address(client, db):
    assert client.get("/office/logo/").status_code == 404


def test_a_message_waits_for_a_page_that_went_well_and_is_shown_once(viewer):
    sent = HttpResponse()
    storage = CookieStorage(RequestFactory().get("/"))
    storage.add(constants.SUCCESS, "Ali was <added>.")
    storage.update(sent)
    viewer.cookies["messages"] = sent.cookies["messages"].value
    shown = '<div class="messages" role="status">\n  <p class="success">Ali was &lt;added&gt;.</p>'
    assert "Ali was" not in viewer.get("/students/city/").content.decode()
    assert "Ali was" not in viewer.get("/admin/").content.decode()  # 403, which shows who it is
    assert shown in viewer.get("/students/").content.decode()
    assert "Ali was" not in viewer.get("/students/").content.decode()


# -- Settings --------------------------------------------------------------------------------------


def refusal(read, **kwargs):
    with pytest.raises(ImproperlyConfigured) as caught:
        read("THING", **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("", []),
        (" a b ", ["a b"]),
        ("12-B, Link Road | Lahore", ["12-B, Link Road", "Lahore"]),
        ("a\r\nb\n\nلاہور", ["a", "b", "لاہور"]),
    ],
)
def test_lines(monkeypatch, value, lines):
    monkeypatch.setenv("THING", value)
    assert environment.lines("THING", most=4, of_length=20) == lines


@pytest.mark.parametrize("value", ["a|b|c", "a" * 21, "a\tb\x07"])
def test_lines_nonsense(monkeypatch, value):
    monkeypatch.setenv("THING", value)
    assert refusal(environment.lines, most=2, of_length=20) == (
        "THING takes up to 2 lines with | between, each of at most 20 characters."
    )
    if "|" in value:
        assert refusal(environment.lines, most=1, of_length=20) == (
            "THING takes a line of at most 20 characters."
        )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\n\x00WEBPVP8 ", "image/webp"),
        (SVG, "image/svg+xml"),
        (
            b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- > -->\n<!DOCTYPE svg PUBLIC "a" [\n'
            b'<!ENTITY a "b">\n]>\n<svg>',
            "image/svg+xml",
        ),
    ],
)
def test_a_picture(monkeypatch, tmp_path, content, kind):
    (tmp_path / "logo").write_bytes(content)
    monkeypatch.setenv("THING", str(tmp_path / "logo"))
    picture = environment.picture("THING")
    assert (picture.content, picture.kind) == (content, kind)
    assert len(picture.version) == 12
    assert "content" not in repr(picture)  # pages of DEBUG show settings


TAKES = "THING takes the path of a PNG, JPEG, WebP or SVG file of at most 512 KB"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "what it holds can't be read (No such file or directory)."),
        (b"", "the file is none of these."),
        (b"GIF89a", "the file is none of these."),
        (b"<html><svg>", "the file is none of these."),
        (b"<!-- -->" * 2_000, "the file is none of these."),
        (PNG + bytes(MOST_OF_A_PICTURE), "the file is larger."),
    ],
)
def test_a_picture_s_nonsense(monkeypatch, tmp_path, content, told):
    if content is not None:
        (tmp_path / "logo").write_bytes(content)
    monkeypatch.setenv("THING", str(tmp_path / "logo"))
    assert refusal(environment.picture) == f"{TAKES}; {told}"


@pytest.mark.parametrize("value", ["~nosuch/x", "a\0b", "/", "x" * 5000])
def test_what_is_no_file_at_all(monkeypatch, value):
    monkeypatch.setattr(environment, "text", lambda name: value)
    assert refusal(environment.picture).startswith(f"{TAKES}; what it holds can't be read (")
