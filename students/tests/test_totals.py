"""The kept totals are exact: after any mix of writes, by any way, from many writers at once."""

import io
import random
import threading
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from rules.cities import comparable
from rules.text import KEY_LENGTH, fold, tidy
from students.models import CityTotal, Student, Totals
from students.reconcile import differences, repair
from students.tests.factories import make_student

CITIES = ["Lahore", "Karachi", "Quetta", "Chak 1", "chak1"]
cities = st.sampled_from(CITIES)
amounts = st.decimals(0, Decimal("999999.99"), places=2)
UPSERTED = 10**9  # a number that the sequence doesn't come to: a rollback doesn't turn it back


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


class Writes(RuleBasedStateMachine):
    """Every way in which students come, change and go."""

    @rule(city=cities, fees=amounts)
    def save(self, city, fees):
        make_student(city=city, fees=str(fees))

    @rule(rows=st.lists(st.tuples(cities, amounts), max_size=5))
    def bulk_create(self, rows):
        Student.objects.bulk_create(Student(name="B", city=c, fees=f) for c, f in rows)

    @rule(rows=st.lists(st.tuples(cities, amounts), max_size=5))
    def copy(self, rows):
        text = io.StringIO("".join(f"C\t{city}\t{fees}\n" for city, fees in rows))
        with connection.cursor() as cursor:
            cursor.copy_expert("COPY students_student (name, city, fees) FROM STDIN", text)

    @rule(old=cities, new=cities)
    def move(self, old, new):
        Student.objects.filter(city=old).update(city=new)

    @rule(city=cities, fees=amounts)
    def reprice(self, city, fees):
        Student.objects.filter(city=city).update(fees=fees)

    @rule(city=cities)
    def leave(self, city):
        Student.objects.filter(city=city).update(left_on=date(2026, 1, 1))

    @rule(city=cities, fees=amounts)
    def leave_and_reprice(self, city, fees):
        Student.objects.filter(city=city).update(left_on=date(2026, 1, 1), fees=fees)

    @rule()
    def come_back(self):
        Student.objects.update(left_on=None)

    @rule(name=st.sampled_from(["A", "B"]))
    def rename(self, name):
        Student.objects.update(name=name)

    @rule(city=cities)
    def delete(self, city):
        Student.objects.filter(city=city).delete()

    @rule()
    def upsert(self):
        sql(
            "INSERT INTO students_student (id, name, city, fees) VALUES (%s, 'U', 'Lahore', 5)"
            " ON CONFLICT (id) DO UPDATE SET fees = students_student.fees / 2",
            UPSERTED,
        )

    @rule()
    def truncate(self):
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # no check of a family waits for the end
        sql("TRUNCATE students_student CASCADE")

    @rule(city=cities)
    def roll_back(self, city):
        with transaction.atomic():
            make_student(city=city)
            Student.objects.filter(city="Lahore").delete()
            transaction.set_rollback(True)

    @invariant()
    def totals_are_exact(self):
        assert differences() == []
        assert CityTotal.objects.totals() == Student.objects.current().totals()
        for city in CITIES:
            kept = CityTotal.objects.in_cities([city]).totals()
            assert kept == Student.objects.current().in_cities([city]).totals()


@pytest.mark.hunt
@pytest.mark.django_db
def test_any_mix_of_writes():
    run_state_machine_as_test(
        Writes,
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_who_has_left_is_not_counted():
    make_student(fees="5000")
    leaver = make_student(fees="7000.50")
    assert CityTotal.objects.totals_of("Lahore") == Totals(2, Decimal("12000.50"))
    Student.objects.filter(pk=leaver.pk).update(left_on=date(2026, 1, 1))
    assert CityTotal.objects.totals_of("Lahore") == Totals(1, Decimal("5000.00"))
    Student.objects.filter(pk=leaver.pk).update(fees=1)
    assert CityTotal.objects.totals_of("Lahore") == Totals(1, Decimal("5000.00"))
    Student.objects.filter(pk=leaver.pk).update(left_on=None)
    assert CityTotal.objects.totals_of("Lahore") == Totals(2, Decimal("5001.00"))
    Student.objects.filter(pk=leaver.pk).update(left_on=date(2026, 1, 1))
    leaver.delete()
    assert CityTotal.objects.totals_of("Lahore") == Totals(1, Decimal("5000.00"))
    assert differences() == []


@pytest.mark.django_db
def test_a_change_that_moves_no_money_writes_no_totals():
    make_student()

    def version():
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid FROM students_citytotal")
            return cursor.fetchall()

    before = version()
    Student.objects.update(name="Another")
    assert version() == before
    Student.objects.update(fees=7)
    assert version() != before


def in_thread(work, *args):
    """Run in a thread of its own, hence on a connection of its own."""
    try:
        return work(*args)
    finally:
        connection.close()


def write_for(seconds, seed):
    """Transactions of several bulk writes over cities in random order; how many went through."""
    dice, end, done = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        with transaction.atomic():
            for city in dice.sample(CITIES, 4):
                if dice.random() < 0.2:
                    Student.objects.filter(city=city, name=f"W{seed}").delete()
                else:
                    Student.objects.bulk_create(
                        Student(name=f"W{seed}", city=city, fees=fees) for fees in range(3)
                    )
        done += 1
    return done


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_neither_deadlock_nor_lose_anything():
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(in_thread, write_for, 3, seed) for seed in range(8)]
        assert all(job.result() > 0 for job in done)
    assert differences() == []
    rows_a_city = CityTotal.objects.count() / len(CITIES)
    assert rows_a_city <= 8 + 1  # no more rows than writers at once


def crosswise(first, second, barrier):
    """One transaction that touches two cities, with the other one in between."""
    with transaction.atomic():
        sql("SET LOCAL deadlock_timeout = '100ms'")
        make_student(city=first)
        barrier.wait(5)
        make_student(city=second)


def two_crosswise_writers():
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(in_thread, crosswise, *pair, barrier)
            for pair in (("Lahore", "Karachi"), ("Karachi", "Lahore"))
        ]
        return [job.exception() for job in jobs]


@pytest.fixture
def two_cities(transactional_db):
    make_student(city="Lahore")
    make_student(city="Karachi")


def test_two_writers_crosswise(two_cities):
    assert two_crosswise_writers() == [None, None]
    assert differences() == []


def test_without_skip_locked_they_would_deadlock(two_cities):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, pg_get_functiondef(oid) FROM pg_proc"
            " WHERE proname LIKE 'pgtrigger_totals_insert%%'"
        )
        ((_, guarded),) = cursor.fetchall()
        cursor.execute(guarded.replace("SKIP LOCKED", ""))
        try:
            errors = [error for error in two_crosswise_writers() if error]
        finally:
            cursor.execute(guarded)
    (error,) = errors
    assert isinstance(error, OperationalError)
    assert "deadlock detected" in str(error)


@pytest.mark.django_db(transaction=True)
def test_repair_while_others_write():
    stop = time.monotonic() + 2
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(in_thread, write_for, 2, seed) for seed in range(2)]
        while time.monotonic() < stop:
            repair()
        assert all(job.result() for job in jobs)
    assert differences() == []


@pytest.mark.django_db
@pytest.mark.parametrize("written", [tidy, str], ids=["tidy", "raw"])
def test_python_and_postgresql_agree_on_what_one_city_is(written):
    """Every character that this Python knows, alone and in a word."""
    points = (chr(n) for n in range(1, 0x20000) if not 0xD800 <= n < 0xE000)
    signs = [sign for sign in points if unicodedata.category(sign) not in {"Cn", "Co"}]
    cities = [written(f"X{sign}x") for sign in signs] + [written(f"{sign}ی") for sign in signs]
    cities += ["Chak 12 JB", "ΣΊΣΥΦΟΣ", "ﷺ" * 50, "Rene\u200d\u0301", "Sa`ad - `b"]
    sql("CREATE TEMP TABLE spelling (LIKE students_student INCLUDING GENERATED) ON COMMIT DROP")
    sql(
        "INSERT INTO spelling (id, name, city, fees, created_at, updated_at, father_name, phone,"
        " class_name) SELECT 1, city, city, 1, now(), now(), '', '', ''"
        " FROM unnest(%s::text[]) AS city",
        cities,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT city, name_key, city_key FROM spelling")
        found = cursor.fetchall()
    assert len(found) == len(cities)
    assert [city for city, _, key in found if key != comparable(city)] == []
    assert [name for name, key, _ in found if key != fold(name)[:KEY_LENGTH]] == []


def test_an_average_is_rounded_half_up_and_of_nobody_is_none():
    assert Totals(8, Decimal("17.00")).average == Decimal("2.13")
    assert Totals().average is None
