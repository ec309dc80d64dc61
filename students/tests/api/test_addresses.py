"""What is under /api/ and what is not; what a call without cookies is spared."""

import pytest

from students.tests.api.calls import STUDENTS


@pytest.mark.parametrize("debug", [True, False])
def test_nothing_here_is_json_too(client, db, settings, debug):
    settings.DEBUG = debug
    for method in ("GET", "POST", "DELETE"):
        response = client.generic(method, "/api/nope/")
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
    response = client.post("/api/students")
    assert response.json()["detail"] == "Addresses end with a slash: /api/students/"
    response = client.get("/api/students/city/Chak %23204")
    assert response.json()["detail"] == (
        "Addresses end with a slash: /api/students/city/Chak%20%23204/"
    )
    for nowhere in ("/api/nonsense", "/api/students/abc", "/api/fees//", "/api/fees", "/api/docs/"):
        assert client.get(nowhere).json()["detail"] == (
            "The address may be mistyped, or the record was deleted."
        )


def test_another_method(reader, db):
    response = reader.generic("TRACE", STUDENTS)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"
    assert response.json() == {
        "type": "about:blank",
        "title": "This address can't be used that way",
        "status": 405,
        "detail": "It takes GET, HEAD, POST, not TRACE.",
    }


@pytest.mark.parametrize(
    "path",
    ["/api/students/", "/api/students/0/", "/api/nowhere/", "/students/average-fees/?city=x"],
)
def test_with_and_without_cookies_the_answer_is_the_same(reader, db, path):
    bare = reader.get(path)
    with_cookie = reader.get(path, headers={"Cookie": "theme=dark"})
    assert bare.content == with_cookie.content
    for answer in (bare, with_cookie):
        answer.headers.pop("X-Request-ID", None)  # a refusal's, its own
    assert dict(bare.headers) == dict(with_cookie.headers)
    assert not hasattr(bare.wsgi_request, "session")
    assert hasattr(with_cookie.wsgi_request, "session")


@pytest.mark.parametrize("path", ["/api/docs", "/students/", "/accounts/login/", "/admin/"])
def test_pages_for_people_ask_for_all_of_it(client, db, path):
    assert hasattr(client.get(path).wsgi_request, "session")
