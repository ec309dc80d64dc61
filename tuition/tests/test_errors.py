"""Error pages and problem+json, headers, and bad input over every address: never a 500."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import get_resolver

from ledger.tests.access import MONEY, money
from students.models import Student
from students.models.student import StudentQuerySet
from students.tests.factories import make_family, make_student
from students.tests.test_import_rows import make_import
from tuition.errors import addresses
from tuition.tests.test_accounts import ACCESS, routes


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_404_in_plain_words(client, db):
    response = client.get("/nope/")
    assert response.status_code in (302, 404)
    response = client.get("/students/city/")
    assert response.status_code == 404
    assert "There is nothing here" in text(response)


def test_under_a_prefix_programs_are_programs(client, db):
    """SCRIPT_NAME: the site may be mounted below another's address."""
    addresses.cache_clear()
    with override_script_prefix("/tuition/"):
        for path in ("/api/nope/", "/api/students/", "/students/average-fees/?x=1"):
            response = client.get(path, SCRIPT_NAME="/tuition")
            assert response["Content-Type"] == "application/problem+json"
        assert client.get("/api/docs", SCRIPT_NAME="/tuition").status_code == 302
        response = client.get("/api/students", SCRIPT_NAME="/tuition")
        assert response.json()["detail"] == "Addresses end with a slash: /tuition/api/students/"
    assert addresses() == (("/api/", "/students/average-fees/"), "/api/docs")


def test_403_in_plain_words(nobody):
    response = nobody.get("/students/")
    assert response.status_code == 403
    assert "You may not do this" in text(response)


def test_who_may_see_nothing_can_sign_out(nobody, viewer):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = nobody.cookies
    refused = careful.get("/students/")
    assert "Go to the students" not in text(refused)  # it would lead here
    key = re.search(r'action="/accounts/logout/">.*value="([^"]+)"', refused.content.decode())[1]
    left = careful.post("/accounts/logout/", {"csrfmiddlewaretoken": key})
    assert (left.status_code, left["Location"]) == (302, "/accounts/login/")
    assert careful.get("/students/").status_code == 302
    assert "Go to the students" in text(viewer.get("/admin/"))


def test_405_in_plain_words(viewer):
    response = viewer.post("/students/")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert int(response["Content-Length"]) == len(response.content)
    assert "It takes GET, HEAD, not POST." in text(response)


def test_400_for_a_foreign_host(client, db):
    response = client.get("/students/average-fees/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert client.get("/students/", headers={"Host": "evil.example"}).status_code == 400


def slashless():
    """Every address with its slash left out, as somebody might type or program it."""
    addresses = {
        re.sub("{[a-z]+}", "1", path) for path, _ in ACCESS if "students/apitoken" not in path
    }
    addresses |= {"/api/students/", "/api/students/1/", "/api/fees/Ali/", "/api/average-fees/"}
    return sorted(address.rstrip("/") for address in addresses - {"/"} if address.endswith("/"))


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_writes_is_not_led_on_to_the_slash(admin, settings, debug, method):
    settings.DEBUG = debug
    for address in slashless():
        response = admin.generic(method, address, "{}", content_type="application/json")
        assert response.status_code == 404, address
        kind = response["Content-Type"]
        assert kind == "application/problem+json" or "There is nothing here" in text(response)


def test_what_reads_is_led_on_to_the_slash(admin):
    for address in slashless():
        response = admin.get(address, {"q": "a#b"})
        if address.startswith("/api/"):
            assert response.status_code == 404
        else:
            assert response.status_code == 301, address
            assert response["Location"] == f"{address}/?q=a%23b"


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nope/", 404, "There is nothing here"),
        ("/students/99999/", 404, "There is nothing here"),
        ("/admin/nope/", 404, "There is nothing here"),
        ("/admin/students/student/?fees__gt=1", 400, "Part of the address"),
    ],
)
def test_debug_shows_the_pages_that_everybody_gets(admin, settings, address, status, words):
    settings.DEBUG = True
    for accept in ("text/html", "application/json"):
        response = admin.get(address, headers={"Accept": accept})
        assert response.status_code == status
        assert words in text(response)
        assert "Go to the students" in text(response)
        assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    response = admin.get("/api/")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_debug_shows_where_it_broke(viewer, settings, monkeypatch):
    settings.DEBUG, viewer.raise_request_exception = True, False
    monkeypatch.setattr(StudentQuerySet, "matching", failing(ValueError("broke")))
    response = viewer.get("/students/?q=Ali")
    assert response.status_code == 500
    assert "Traceback" in text(response)
    assert "Content-Security-Policy" not in response


def failing(error):
    def view(*args, **kwargs):
        raise error

    return view


@pytest.fixture
def forgiving(client):
    client.raise_request_exception = False
    return client


def test_500_says_nothing_of_what_broke(forgiving, viewer, db, monkeypatch, caplog, capsys):
    viewer.raise_request_exception = False
    monkeypatch.setattr(StudentQuerySet, "matching", failing(ValueError("Ali pays 5000")))
    response = viewer.get("/students/?q=Ali")
    assert response.status_code == 500
    assert "Something broke" in text(response)
    assert "Ali" not in response.content.decode()


def test_503_when_the_database_is_lost(forgiving, db, monkeypatch):
    lost = failing(OperationalError("server closed the connection"))
    monkeypatch.setattr("students.models.CityTotalQuerySet.totals_of", lost)
    response = forgiving.get("/students/average-fees/")
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["title"] == "The database is not answering"


def test_503_page_needs_no_database(viewer, monkeypatch, django_assert_num_queries):
    viewer.raise_request_exception = False
    monkeypatch.setattr("tuition.sessions.SessionStore.load", failing(OperationalError("x")))
    with django_assert_num_queries(0):
        response = viewer.get("/students/")
    assert response.status_code == 503
    assert "The database is not answering" in text(response)


POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize(
    "path",
    [
        "/students/",
        "/accounts/login/",
        "/students/average-fees/",
        "/students/city/",
        "/admin/",
        "/students/average-fees/?nope",
        "/students",
        "/nope",
        "/api/nope",
        "/students/?q=%00",
        "/static/css/base.css",
        "/static/nope.css",
    ],
)
def test_headers_on_every_answer(viewer, path):
    response = viewer.get(path)
    response.close()
    has_our_headers(response)


def has_our_headers(response):
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.fixture
def over_https(settings):
    """HTTPS=true, in a site built anew: middleware reads the settings once."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE]
    settings.MIDDLEWARE.insert(1, "django.middleware.security.SecurityMiddleware")
    return Client()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/students/?q=a", {}, 301),
        ("/api/students/", {}, 301),
        ("/nope", {}, 301),
        ("/students/", {"Host": "evil.example"}, 400),
        ("/api/students/", {"Host": "evil.example"}, 400),
        ("/students/", {"Host": "evil.example", "X-Forwarded-Proto": "https"}, 400),
        ("/students/", {"Host": "a b"}, 400),
        ("/students/", {"X-Forwarded-Proto": "https"}, 302),
        ("/students", {"X-Forwarded-Proto": "https"}, 301),
        ("/nope/", {"X-Forwarded-Proto": "https"}, 404),
        ("/static/css/base.css", {"X-Forwarded-Proto": "https"}, 200),
    ],
)
def test_headers_over_https(over_https, db, path, headers, status):
    response = over_https.get(path, headers=headers)
    response.close()
    assert response.status_code == status
    has_our_headers(response)
    assert ("Strict-Transport-Security" in response) == ("X-Forwarded-Proto" in headers)


ADDRESSES = [
    "/", "/students/", "/students/city/Lahore/", "/students/{pk}/", "/students/average-fees/",
    "/students/print/", "/students/statistics/", "/students/statistics.csv", "/students/add/",
    "/students/{pk}/edit/", "/students/{pk}/left/", "/students/{pk}/back/",
    "/students/families/{family}/", "/students/changes/", "/students/changes.csv",
    "/students/export.csv", "/students/export.xlsx", "/students/import/",
    "/students/import/template.xlsx", "/students/import/{brought}/",
    "/students/import/{brought}/columns/", "/students/import/{brought}/errors.xlsx",
    "/healthz/live", "/healthz/ready", "/accounts/login/", "/accounts/logout/",
    "/accounts/password_change/", "/accounts/password_change/done/", "/office/logo/", "/admin/",
    "/admin/students/student/", "/admin/students/family/", "/admin/students/family/add/",
    "/admin/students/student/add/", "/admin/students/student/{pk}/change/",
    "/admin/auth/user/", "/admin/api/apitoken/", "/admin/api/apitoken/add/",
    *sorted({address for address, _method in MONEY}),
]  # fmt: skip


def test_no_address_of_ours_is_left_out():
    # What is under /api/ has its own tables: test_api_access.py, test_api_bad_input.py.
    ours = {r for r in routes(get_resolver().url_patterns) if not r.startswith(("admin/", "api/"))}
    assert len(ours) == len([a for a in ADDRESSES if not a.startswith("/admin/")])


NASTY = [
    "\0", "a" * 10_000, "   ", "\u202e\u200b", "😀", "e" + "\u0301" * 200, "=1+1", "NaN",
    "Infinity", "1e400", "-1", "-0", "0.005", "123456789", "1,000", "1_000", "Rs 500/-", "۱۲۳", "",
    "0", "1000000000", "abc", "__class__", "' OR 1=1 --", "<script>alert(1)</script>", "\ufeff",
    "../../etc/passwd", "%s%n{0}", "9" * 5000,
]  # fmt: skip
PARAMETERS = [
    "city", "q", "status", "min_fees", "max_fees", "sort", "by", "page", "per_page", "next", "p",
    "o", "class_name", "joined_on", "show", "class", "since", "min", "month", "student", "from",
    "to", "challan", "kind", "paper", "owes",
]  # fmt: skip


def of_somebody(address):
    family = make_family()
    brought = make_import("name,city,fees\nAli,Lahore,x\n") if "brought" in address else None
    student = make_student(family=family)
    numbers = {"pk": student.pk, "family": family.pk, "brought": brought and brought.pk}
    return address.format(**numbers | (money(student) if "/fees/" in address else {}))


@pytest.mark.parametrize("address", ADDRESSES)
def test_nasty_values_never_break_an_address(admin, address):
    admin.raise_request_exception = False
    address = of_somebody(address)
    for value in NASTY:
        answers = [admin.get(address, dict.fromkeys(PARAMETERS, value))]
        if not address.endswith("logout/"):
            fields = ["name", "city", "fees", "username", "password", "old_password", "phone"]
            fields += ["family", "new_family", "joined_on", "left_on", "seen", "sent", "step"]
            fields += ["again", "meant", "column_0", "column_2", "first_is_data", "file"]
            fields += ["amount", "method", "reference", "payer", "day", "key", "advance", "first"]
            fields += ["reason", "cash_returned", "counted", "note", "opening_cash", "kind"]
            fields += ["against", "due_on", "valid_until", "percent", "from_month", "until"]
            fields += ["fine_rule", "fine_amount", "fine_cap", "challan", "month", "skip_bad"]
            answers.append(admin.post(address, dict.fromkeys(fields, value)))
        for answer in answers:
            assert answer.status_code < 500, (address, value[:50])
            assert "\0" not in value or answer.status_code == 400
    assert User.objects.count() == 1


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "query",
    ["q=a&q=b&page=1&page=2", "&".join(f"p{n}=1" for n in range(5000)), "q=" + "a" * 1_000_000,
     "%00=1", "q=%ff%fe", "q=%ed%a0%80", ";;&&==", "city[]=1"],
)  # fmt: skip
def test_nasty_query_strings_never_break_an_address(admin, address, query):
    admin.raise_request_exception = False
    address = of_somebody(address)
    assert admin.get(f"{address}?{query}").status_code < 500


@pytest.mark.parametrize(
    "path",
    ["/students/city/%00/", "/students/city/" + "x" * 60 + "/", "/students/city/%ed%a0%80/",
     "/students/city/%E2%80%AE/", "/students/city/a%2Fb/", "/students/99999999999999999999/",
     "/students/-1/", "/%00", "/students/city/ /"],
)  # fmt: skip
def test_nasty_paths(admin, path):
    admin.raise_request_exception = False
    assert admin.get(path).status_code < 500


def test_nul_in_a_cookie(client, db):
    client.cookies["sessionid"] = "a\0b"
    assert client.get("/students/").status_code == 400


@pytest.mark.parametrize("kind", ["application/json", "text/xml", "multipart/form-data", "x"])
def test_wrong_content_types(admin, kind):
    admin.raise_request_exception = False
    for address in ("/admin/students/student/add/", "/accounts/login/", "/students/"):
        answer = admin.generic("POST", address, b"\xff\x00{", content_type=kind)
        assert answer.status_code < 500


def test_a_lone_surrogate_is_refused(db):
    student = Student(name="Ali\ud800", city="Lahore", fees=1)
    with pytest.raises(ValueError, match="stored"):
        student.save()


def test_admin_of_a_stranger_is_led_to_sign_in(db):
    assert Client().get("/admin/").status_code == 302
