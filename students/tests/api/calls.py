"""How the API's tests call and what they expect of a refusal."""

import json
import threading

from django.db import connection

STUDENTS = "/api/students/"


def whole(pk, name, city, fees, **facts):
    """A student's JSON; of the facts that may be left out there are none but those given."""
    student = {"id": pk, "name": name, "city": city, "fees": fees}
    blank = {"father_name": "", "phone": "", "class_name": ""}
    return student | blank | {"joined_on": None, "left_on": None, "family": None} | facts


def one(pk):
    return f"{STUDENTS}{pk}/"


def send(client, method, address, body, **headers):
    body = body if isinstance(body, str | bytes) else json.dumps(body)
    kind = "application/json"  # said twice, because Django's client says nothing of an empty body
    return client.generic(method, address, body, kind, headers=headers, CONTENT_TYPE=kind)


def names(response):
    return [student["name"] for student in response.json()["students"]]


def refused(response, *errors, detail="Nothing was done; see errors.", status=400):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "This request can't be read",
        "status": status,
        "detail": detail,
        "errors": list(errors),
    }


def error(parameter, code, detail, **more):
    return {"parameter": parameter, "code": code, "detail": detail} | more


def at_once(count, act):
    """What `act(n)` answers in `count` threads that start together."""
    answers, barrier = [None] * count, threading.Barrier(count)

    def run(number):
        barrier.wait()
        try:
            answers[number] = act(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
