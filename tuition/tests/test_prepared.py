"""Statements that PostgreSQL parses and plans once for each connection."""

import time

import pytest
from django.db import connection, transaction
from django.db.utils import DataError, OperationalError, ProgrammingError

from tuition.postgres import base

HALF = "SELECT $1::int / $2::int"


def names():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def fresh(transactional_db):
    """A connection on which nothing is prepared yet."""
    connection.close()
    connection.ensure_connection()
    assert names() == []


def test_a_statement_is_prepared_once(fresh, prepared_runs):
    assert connection.fetch_prepared(HALF, [8, 2]) == [(4,)]
    assert connection.fetch_prepared(HALF, [9, 3]) == [(3,)]
    assert connection.fetch_prepared("SELECT 7 UNION ALL SELECT 8") == [(7,), (8,)]
    assert names() == ["tuition_0", "tuition_1"]
    assert prepared_runs() == 3


def test_what_was_used_longest_ago_makes_room(fresh, monkeypatch):
    monkeypatch.setattr(base, "MOST_PREPARED", 2)
    for number in (1, 2, 1, 3, 1, 2):
        assert connection.fetch_prepared(f"SELECT {number} + $1::int", [1]) == [(number + 1,)]
    assert names() == ["tuition_0", "tuition_3"]  # 1 all the time, 2 twice and 3 once


def test_a_new_connection_has_to_learn_it_again(fresh):
    assert connection.fetch_prepared(HALF, [8, 2]) == [(4,)]
    connection.close()
    assert connection.fetch_prepared(HALF, [8, 2]) == [(4,)]


def test_without_forgetting_a_new_connection_would_not_know_it(fresh):
    connection.fetch_prepared(HALF, [8, 2])
    remembered = connection.prepared
    connection.close()
    connection.ensure_connection()
    connection.prepared = remembered
    with pytest.raises(OperationalError, match='prepared statement "tuition_0" does not exist'):
        connection.fetch_prepared(HALF, [8, 2])


def test_a_transaction_given_up_takes_nothing_with_it(fresh):
    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        connection.fetch_prepared(HALF, [1, 0])
    assert connection.fetch_prepared(HALF, [8, 2]) == [(4,)]


def test_one_that_cannot_be_prepared_is_not_remembered(fresh):
    for _ in range(2):
        with pytest.raises(ProgrammingError, match='relation "nowhere" does not exist'):
            connection.fetch_prepared("SELECT 1 FROM nowhere")
    assert connection.fetch_prepared("SELECT 1") == [(1,)]


def test_values_stay_values(fresh):
    awkward = "'); DROP TABLE students_student; -- %s $1"
    assert connection.fetch_prepared("SELECT $1::text", [awkward]) == [(awkward,)]


def test_after_an_error_a_transaction_answers_nothing_more(fresh):
    with transaction.atomic():
        with pytest.raises(DataError):
            connection.fetch_prepared(HALF, [1, 0])
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            connection.fetch_prepared(HALF, [8, 2])


@pytest.fixture
def killed(fresh):
    """Its server process is gone, as after a restart; a new request begins."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    connection.health_check_enabled, connection.health_check_done = True, False
    yield
    connection.close()


def test_a_dead_connection_is_noticed_first(killed):
    connection.checked_at = 0.0
    assert connection.fetch_prepared(HALF, [8, 2]) == [(4,)]


def test_within_five_seconds_it_costs_one_call(killed):
    connection.checked_at = time.monotonic()
    with pytest.raises(OperationalError):
        connection.fetch_prepared(HALF, [8, 2])
    connection.close_if_unusable_or_obsolete()
    assert connection.fetch_prepared(HALF, [8, 2]) == [(4,)]
