"""Tokens: how they are made, shown once, used and revoked."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from api.models import ApiToken
from api.tests.factories import make_token, make_user


def bearer(key):
    return Client(headers={"Authorization": f"Bearer {key}"})


def test_the_key_is_stored_nowhere(db):
    key = make_token()
    token = ApiToken.objects.get()
    assert re.fullmatch(r"tuition_[\w-]{43}", key)
    assert token.prefix == key[:14]
    assert key not in str(vars(token))


def test_last_use_is_noted_once_a_minute(db, django_assert_num_queries):
    client = bearer(make_token())
    # The statements of the token and of the students are prepared, and not among these.
    with django_assert_num_queries(1):  # its last use
        client.get("/api/students/")
    first = ApiToken.objects.get().last_used_at
    assert timezone.now() - first < timedelta(seconds=10)
    with django_assert_num_queries(0):
        client.get("/api/students/")
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    client.get("/api/students/")
    assert ApiToken.objects.get().last_used_at >= first


def test_a_view_token_in_use_stays_a_view_token(db):
    client = bearer(make_token())
    for _ in range(3):
        assert client.get("/api/students/").status_code == 200
        added = client.post(
            "/api/students/", {"name": "A", "city": "B", "fees": "1"}, "application/json"
        )
        assert added.status_code == 403


LIST = "/admin/api/apitoken/"


def make_in_admin(client, **data):
    expires = timezone.localtime() + timedelta(days=30)
    when = {"expires_at_0": expires.strftime("%Y-%m-%d"), "expires_at_1": "12:00:00"}
    return client.post(f"{LIST}add/", {"name": "website", **when, **data})


def test_made_in_the_admin_shown_once_and_revoked(admin):
    response = make_in_admin(admin, can_edit="on")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    key = re.search(r"tuition_[\w-]{43}", response.content.decode())[0]
    token = ApiToken.objects.get()
    assert (token.name, token.can_edit, token.created_by.username) == ("website", True, "admin")
    client = bearer(key)
    assert client.get("/api/students/").status_code == 200
    page = admin.get(LIST).content.decode()
    assert key not in page
    for shown in (token.prefix, "website", "in use", "admin"):
        assert shown in page
    assert key not in admin.get(f"{LIST}{token.pk}/change/").content.decode()
    admin.post(LIST, {"action": "revoke", "_selected_action": [token.pk]})
    assert client.get("/api/students/").status_code == 401
    assert "revoked" in admin.get(LIST).content.decode()


def test_a_name_in_use_and_a_past_expiry_are_refused(admin):
    make_in_admin(admin)
    assert "A token of this name is in use" in make_in_admin(admin).content.decode()
    past = make_in_admin(admin, name="other", expires_at_0="2020-01-01").content.decode()
    assert "Choose a time from now to 3650 days ahead." in past
    far = make_in_admin(admin, name="other", expires_at_0="2999-01-01").content.decode()
    assert "Choose a time from now to 3650 days ahead." in far
    assert ApiToken.objects.count() == 1


def test_nobody_gives_more_than_he_has(editor):
    assert make_in_admin(editor).status_code == 403
    user = User.objects.get(username="editor")
    user.user_permissions.add(*Permission.objects.filter(codename__endswith="_apitoken"))
    page = make_in_admin(editor, can_edit="on").content.decode()
    assert "You may not add, change and delete students yourself." in page
    assert make_in_admin(editor).status_code == 200
    user.groups.clear()
    page = make_in_admin(editor, name="other").content.decode()
    assert "You may not see students yourself." in page
    assert ApiToken.objects.count() == 1


def test_nobody_gives_more_money_than_he_has(cashier):
    user = User.objects.get(username="cashier")
    user.is_staff = True
    user.save()
    user.user_permissions.add(*Permission.objects.filter(codename__endswith="_apitoken"))
    assert make_in_admin(cashier, can_money="on").status_code == 200
    assert ApiToken.objects.get().can_money
    rights = ("add_student", "change_student", "delete_student")
    user.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    page = make_in_admin(cashier, name="other", can_edit="on", can_money="on").content.decode()
    assert "You may not take money, reverse it and charge months yourself." in page
    assert make_in_admin(cashier, name="of students", can_edit="on").status_code == 200
    user.groups.clear()
    user.user_permissions.add(Permission.objects.get(codename="view_student"))
    page = make_in_admin(cashier, name="another", can_money="on").content.decode()
    assert "You may not see money yourself." in page
    assert ApiToken.objects.count() == 2
    assert make_in_admin(cashier, name="without money", can_edit="on").status_code == 200
    assert ApiToken.objects.filter(can_money=False).count() == 2


def test_a_token_of_money_goes_with_its_makers_rights(admin, db):
    maker = make_user(group="Cashiers")
    sees = bearer(make_token(name="sees", can_money=True, created_by=maker))
    takes = bearer(make_token(name="takes", can_money=True, can_edit=True, created_by=maker))
    for client, statuses in ((sees, (404, 403)), (takes, (404, 403))):
        assert client.get("/api/receipts/1/").status_code == statuses[0]
        run = client.post("/api/runs/2026-05/", {}, "application/json")
        assert run.status_code == statuses[1]
    page = admin.get(LIST).content.decode()
    assert page.count("narrowed: its maker has lost rights") == 1
    maker.groups.clear()
    assert sees.get("/api/receipts/1/").status_code == 403
    assert "rests: its maker may no longer see" in admin.get(LIST).content.decode()


def test_the_admin_tells_what_a_token_has_lost(admin):
    maker = make_user(group="Editors")
    maker.user_permissions.add(Permission.objects.get(codename="delete_student"))
    for name in ("sees", "edits"):
        make_token(name=name, can_edit=name == "edits", created_by=maker)
    make_token(name="of the command", can_edit=True)
    make_token(name="of the admin", can_edit=True, created_by=User.objects.get(username="admin"))

    def states():
        page = admin.get(LIST).content.decode()
        found = dict(re.findall(r'field-name">(?:<a [^>]*>)?([^<]*).*?field-state">([^<]*)', page))
        assert found.pop("of the command") == found.pop("of the admin") == "in use"
        return found

    assert states() == {"sees": "in use", "edits": "in use"}
    maker.user_permissions.clear()
    assert states() == {"sees": "in use", "edits": "narrowed: its maker has lost rights"}
    maker.groups.clear()
    assert set(states().values()) == {"rests: its maker may no longer see"}
    User.objects.filter(pk=maker.pk).update(is_active=False)
    assert set(states().values()) == {"maker is gone"}


def test_a_token_that_still_does_something_does_not_rest(admin, db):
    """Its maker may no longer see, and adds all the same: so does his token."""
    maker = make_user()
    maker.user_permissions.add(Permission.objects.get(codename="add_student"))
    caller = bearer(make_token(can_edit=True, created_by=maker))
    student = {"name": "Ali", "city": "Lahore", "fees": "5000"}
    assert caller.get("/api/students/").status_code == 403
    assert caller.post("/api/students/", student, "application/json").status_code == 201
    page = admin.get(LIST).content.decode()
    assert 'field-state">narrowed: its maker has lost rights<' in page


def test_the_states_of_many_tokens_come_in_one_statement(admin, django_assert_max_num_queries):
    for number in range(20):
        maker = make_user(name=f"maker {number}", group="Viewers")
        make_token(name=f"token {number}", created_by=maker)
    with django_assert_max_num_queries(6):  # session, user, two counts, rights, the tokens
        admin.get(LIST)


def test_a_token_is_never_changed(admin):
    make_token()
    token = ApiToken.objects.get()
    response = admin.post(f"{LIST}{token.pk}/change/", {"name": "other", "can_edit": "on"})
    assert response.status_code == 403
    token.refresh_from_db()
    assert not token.can_edit


def test_the_command(db, capsys):
    call_command("create_api_token", "the website", edit=True, days=30)
    out, err = capsys.readouterr()
    token = ApiToken.objects.get()
    assert (token.name, token.can_edit, token.created_by) == ("the website", True, None)
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    date = timezone.localtime(token.expires_at).strftime("%d/%m/%Y")
    assert err == (
        f"the website may see, add, change and delete students until {date}. Its key, shown once:\n"
    )
    assert bearer(out.strip()).get("/api/students/").status_code == 200


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (False, "may see students, and see money, until"),
        (True, "may see, add, change and delete students, and see and take money, until"),
    ],
)
def test_the_command_gives_money(db, capsys, edit, words):
    call_command("create_api_token", "the bank", edit=edit, money=True)
    key, told = capsys.readouterr()
    assert words in told
    assert ApiToken.objects.get().can_money
    assert bearer(key.strip()).get("/api/receipts/1/").status_code == 404


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        ("x", 0, "--days takes 1 to 3650, not 0"),
        ("x", 99999, "--days takes 1 to 3650, not 99999"),
        (" ", 1, "NAME takes 1 to 100 characters"),
        ("taken", 1, "A token of this name is in use: revoke it first"),
    ],
)
def test_what_the_command_refuses(db, name, days, words):
    make_token(name="taken")
    with pytest.raises(CommandError, match=re.escape(words)):
        call_command("create_api_token", name, days=days)
    assert ApiToken.objects.count() == 1
