"""Whether Tuition lives and is ready, for who watches it; nobody else is told."""

import shutil
from collections import namedtuple

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from tuition import health
from tuition.postgres.base import DatabaseWrapper

LIVE, READY = "/healthz/live", "/healthz/ready"


@pytest.fixture(autouse=True)
def not_known_yet():
    health.migrated.clear()


def test_live_asks_no_database(client):
    """Without the `db` fixture a question to the database would fail this test."""
    answer = client.get(LIVE)
    assert (answer.status_code, answer.json()) == (200, {"live": True})
    assert answer["Cache-Control"] == "no-store"
    assert client.head(LIVE).status_code == 200
    assert client.post(LIVE).status_code == 405


@pytest.mark.django_db
def test_ready(client):
    answer = client.get(READY)
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": []})


def unready(client):
    answer = client.get(READY)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.json()["ready"] is False
    return answer.json()["problems"]


@pytest.mark.django_db
def test_migrations_that_were_not_applied(client, django_assert_num_queries):
    last = {"app": "students", "name": "0021_balances"}
    MigrationRecorder.Migration.objects.filter(**last).delete()
    assert unready(client) == ["migrations: type manage.py migrate"]
    MigrationRecorder.Migration.objects.create(**last)
    assert client.get(READY).status_code == 200
    with django_assert_num_queries(1):  # it was true once: only whether the database answers
        client.get(READY)


def test_a_database_that_does_not_answer(client, monkeypatch):
    def gone(*args):
        raise OperationalError("password 123 is wrong")

    monkeypatch.setattr(DatabaseWrapper, "ensure_connection", gone)
    assert unready(client) == ["database: it does not answer"]


@pytest.mark.django_db
def test_a_full_disk(client, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10 * 1024**2))
    assert unready(client) == ["disk: less than 64 MB are free where the database is"]


@pytest.mark.parametrize(
    ("remote", "forwarded", "allowed", "proxies", "status"),
    [
        ("127.0.0.1", "", [], [], 200),
        ("::1", "", [], [], 200),
        ("192.0.2.1", "", [], [], 404),
        ("192.0.2.1", "", ["192.0.2.0/24"], [], 200),
        ("127.0.0.1", "192.0.2.1", [], [], 404),  # a proxy that nobody told us of
        ("127.0.0.1", "127.0.0.1", [], [], 404),
        ("127.0.0.1", "192.0.2.1", [], ["127.0.0.1"], 404),
        ("127.0.0.1", "192.0.2.1", ["192.0.2.1"], ["127.0.0.1"], 200),
        ("192.0.2.1", "127.0.0.1", [], [], 404),
    ],
)
def test_who_may_ask(settings, remote, forwarded, allowed, proxies, status):
    settings.HEALTH_ADDRESSES, settings.TRUSTED_PROXIES = allowed, proxies
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert Client(REMOTE_ADDR=remote).get(LIVE, headers=headers).status_code == status
