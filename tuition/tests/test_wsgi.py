"""The WSGI door."""

import json

import pytest
from django.test import RequestFactory

URL = "/students/average-fees/"


@pytest.mark.parametrize("charset", ["rot13", "utf-16", "hex", "idna", "undefined", "nonsense"])
def test_the_callers_codec_is_not_ours(transactional_db, charset):
    from tuition.wsgi import application  # here: static files must have been collected by now

    request = RequestFactory().get(URL, {"city": "Lahore"}, headers={"host": "localhost"})
    request.environ["CONTENT_TYPE"] = f"text/plain; Charset={charset}; x=y"
    statuses = []
    answer = application(request.environ, lambda status, headers: statuses.append(status))
    assert statuses == ["200 OK"]
    assert json.loads(b"".join(answer))["city"] == "Lahore"
