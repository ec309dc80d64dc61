"""Guessing passwords: how many tries, who still gets in, and that hashing keeps nobody waiting."""

import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from api.tests.factories import make_user
from tuition import accounts, hashing
from tuition.hashing import Busy, lane
from tuition.models import SignInTry
from tuition.throttle import Wait, address_of, begin

PAGES = ["/accounts/login/", "/admin/login/"]
PASSWORD = "right-password-1"


@pytest.fixture
def ali(db):
    user = make_user(name="ali", is_staff=True, is_superuser=True)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(page="/accounts/login/", *, name="ali", password="wrong", address="192.0.2.1"):
    client = Client(REMOTE_ADDR=address)
    answer = client.post(page, {"username": name, "password": password})
    return answer.status_code


def later(**span):
    """As if the tries so far were made so long before."""
    for tried in SignInTry.objects.all():
        SignInTry.objects.filter(pk=tried.pk).update(at=tried.at - timedelta(**span))


@pytest.mark.parametrize("page", PAGES)
def test_ten_tries_an_hour_from_new_addresses_together(ali, page):
    tries = [sign_in(page, address=f"198.51.100.{n}") for n in range(14)]
    assert tries == [200] * 10 + [429] * 4
    assert sign_in(page, password=PASSWORD) == 429  # the right one too: nobody learns that it is
    assert sign_in(page, name="ALI", password=PASSWORD) == 429
    assert sign_in(page, name="nobody", password=PASSWORD) == 200  # another name
    later(minutes=61)
    assert sign_in(page, password=PASSWORD) == 302


def test_what_a_throttled_person_reads(ali):
    for n in range(10):
        sign_in(address=f"198.51.100.{n}")
    later(minutes=20)
    answer = Client().post("/accounts/login/", {"username": "ali", "password": PASSWORD})
    assert answer.status_code == 429
    assert 2300 < int(answer["Retry-After"]) <= 2400
    words = "Too many wrong tries. Try again in 40 minutes, or ask an admin for a new password."
    assert words in answer.content.decode()
    assert "<title>Error: Sign in" in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_five_wrong_from_a_known_address_then_a_pause(ali, page):
    assert sign_in(page, password=PASSWORD) == 302
    assert [sign_in(page) for _ in range(6)] == [200] * 5 + [429]
    assert sign_in(page, password=PASSWORD) == 429
    later(minutes=16)
    assert [sign_in(page) for _ in range(6)] == [200] * 5 + [429]
    later(minutes=16)
    assert sign_in(page, password=PASSWORD) == 302
    assert [sign_in(page) for _ in range(4)] == [200] * 4
    assert sign_in(page, password=PASSWORD) == 302


def test_who_guesses_elsewhere_does_not_lock_out_a_person_at_his_place(ali):
    assert sign_in(password=PASSWORD) == 302
    assert [sign_in(address=f"198.51.100.{n}") for n in range(12)] == [200] * 10 + [429] * 2
    assert sign_in(password=PASSWORD) == 302
    assert sign_in(password=PASSWORD, address="198.51.100.99") == 429


def test_another_person_behind_the_same_address_signs_in(ali):
    user = make_user(name="sana")
    user.set_password(PASSWORD)
    user.save()
    for _ in range(20):
        sign_in()
    for n in range(200):
        SignInTry.objects.create(account=f"another {n}", address="192.0.2.1")
    assert sign_in(name="sana", password=PASSWORD) == 302


def test_an_address_is_forgotten_after_a_quarter(ali):
    assert sign_in(password=PASSWORD) == 302
    later(days=91)
    for n in range(10):
        sign_in(address=f"198.51.100.{n}")
    assert sign_in(password=PASSWORD) == 429


def test_an_admin_s_new_password_lets_in_at_once(ali, admin):
    user = make_user(name="sana")
    for n in range(11):
        sign_in(name="sana", address=f"198.51.100.{n}")
    assert sign_in(name="sana", password=PASSWORD) == 429
    new = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    admin.post(f"/admin/auth/user/{user.pk}/password/", new)
    assert sign_in(name="sana", password=PASSWORD) == 302


def test_nothing_is_hashed_once_it_is_too_early(ali, monkeypatch):
    for n in range(10):
        sign_in(address=f"198.51.100.{n}")
    monkeypatch.setattr(User, "check_password", lambda *args: pytest.fail("hashed"))
    assert sign_in(password=PASSWORD) == 429


def test_what_was_typed_is_nowhere(ali):
    sign_in(name="my secret, in the wrong field")
    stored = str(list(SignInTry.objects.values()))
    assert "secret" not in stored
    assert len(SignInTry.objects.get().account) == 64


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_many_at_once_get_no_more_tries(ali, monkeypatch, guarded):
    """Without the lock several see the same count, and more get through."""
    start = threading.Barrier(8)
    if not guarded:
        monkeypatch.setattr("tuition.throttle.ONE_AT_A_TIME", "SELECT %s")
    create = SignInTry.objects.create

    def slowly(**fields):
        time.sleep(0.02)  # between looking and writing
        return create(**fields)

    monkeypatch.setattr(SignInTry.objects, "create", slowly)

    def guess(n):
        start.wait()
        through = 0
        for _ in range(3):
            try:
                begin("account", f"198.51.100.{n}")
                through += 1
            except Wait:
                pass
        connection.close()
        return through

    with ThreadPoolExecutor(8) as pool:
        through = sum(pool.map(guess, range(8)))
    assert through == 10 if guarded else through > 10


# -- Whose request it is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "address"),
    [
        ([], "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (["127.0.0.1"], "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        (["127.0.0.1"], "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (["127.0.0.1"], "127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        (["127.0.0.1"], "127.0.0.1", "", "127.0.0.1"),
        (["127.0.0.1"], "127.0.0.1", "nonsense", "127.0.0.1"),
        (["::1"], "[::1]", "2001:db8::7", "2001:db8::7"),
        ([], "::ffff:192.0.2.1", "", "192.0.2.1"),
        ([], "", "", "0.0.0.0"),
    ],
)
def test_address(settings, proxies, remote, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory(REMOTE_ADDR=remote).get("/", headers=headers)
    assert address_of(request) == address


# -- Hashing ---------------------------------------------------------------------------------------


def test_one_at_a_time_is_in_a_lane_on_this_machine(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "new"
    with lane("strangers"):
        with pytest.raises(Busy), lane("strangers"):
            pytest.fail("two at once")
        with lane("known"):
            pass
    with lane("strangers"):
        pass


@pytest.mark.parametrize("page", PAGES)
def test_who_comes_while_another_s_password_is_hashed(ali, settings, tmp_path, monkeypatch, page):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(accounts, "lane", lane)
    with lane("strangers"):
        answer = Client().post(page, {"username": "ali", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer["Retry-After"] == "1"
    assert "Somebody else is signing in at this moment" in answer.content.decode()
    assert not SignInTry.objects.exists()  # it was no try
    assert sign_in(page, password=PASSWORD) == 302


def test_hashing_gives_way_and_is_django_s_own(settings):
    settings.PASSWORD_HASHERS = ["tuition.hashing.Hasher"]
    priority = hashing.aside(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert priority == min(os.getpriority(os.PRIO_PROCESS, 0) + hashing.LESS, 19)
    hashed = make_password("x")
    assert hashed.startswith("pbkdf2_sha256$")
    assert check_password("x", hashed)
    assert not check_password("y", hashed)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    assert check_password("x", hashed)


def test_hashing_takes_no_priority_that_it_was_not_given():
    """Nobody but root may: where Tuition was started with `nice` no one could sign in."""

    def priority():
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, 15)
        hashing.give_way()
        return os.getpriority(os.PRIO_PROCESS, thread)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(priority).result() == 19


# -- How long one stays signed in ------------------------------------------------------------------


def seconds_left():
    session = Session.objects.get()
    return round((session.expire_date - timezone.now()).total_seconds(), -1)


def turn_back(**span):
    """As if the session were so much older."""
    session = Session.objects.get()
    seconds = int(timedelta(**span).total_seconds())
    store = session.get_session_store_class()(session.session_key)
    data = dict(store.items())
    for name in ("began", "seen"):
        data[name] -= seconds
    Session.objects.filter(pk=session.pk).update(
        session_data=store.encode(data), expire_date=session.expire_date - timedelta(**span)
    )


def test_who_does_nothing_is_signed_out(viewer):
    assert seconds_left() == 2 * 3600 + 300
    turn_back(hours=1)
    assert viewer.get("/students/").status_code == 200
    assert seconds_left() == 2 * 3600 + 300  # he was here
    turn_back(hours=2, minutes=6)
    assert viewer.get("/students/").status_code == 302


def test_being_here_is_written_down_now_and_then(viewer, django_assert_num_queries):
    turn_back(minutes=4)
    before = Session.objects.values().get()
    viewer.get("/students/")
    assert Session.objects.values().get() == before


def test_a_working_day_ends(viewer):
    for _ in range(11):
        turn_back(hours=1)
        assert viewer.get("/students/").status_code == 200
    assert seconds_left() == 3600
    turn_back(hours=1)
    assert viewer.get("/students/").status_code == 302


def test_hours_are_settings(settings, client, ali):
    settings.SESSION_HOURS, settings.SESSION_IDLE_HOURS = 1, 8
    client.post("/accounts/login/", {"username": "ali", "password": PASSWORD})
    assert seconds_left() == 3600


# -- The log ---------------------------------------------------------------------------------------


def test_signing_in_and_out_and_rights_are_logged(ali, admin, caplog):
    caplog.set_level(logging.INFO)
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.post("/accounts/login/", {"username": "ali", "password": "wrong"})
    client.post("/accounts/login/", {"username": "ali", "password": PASSWORD})
    client.post("/accounts/logout/")
    boss = User.objects.get(username="admin")
    page = f"/admin/auth/user/{ali.pk}/change/"
    group = Group.objects.get(name="Editors").pk
    admin.post(
        page,
        {
            "username": "ali", "groups": [group], "is_staff": "on", "is_active": "on",
            "date_joined_0": "2026-01-01", "date_joined_1": "00:00",
        },
    )  # fmt: skip
    lines = [record.getMessage() for record in caplog.records]
    assert "sign-in refused: wrong name or password, from 192.0.2.7" in lines
    assert f"signed in: user {ali.pk}, from 192.0.2.7" in lines
    assert f"signed out: user {ali.pk}" in lines
    (rights,) = [line for line in lines if line.startswith(f"user {ali.pk} changed by")]
    assert rights.startswith(f"user {ali.pk} changed by user {boss.pk}: ")
    assert "Groups" in rights
    assert "Superuser status" in rights
    assert "ali" not in " ".join(lines)
