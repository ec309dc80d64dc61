"""Who may do what through the API: every address, method and role; and the tokens themselves."""

import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from api.models import ApiToken
from api.openapi import contract
from api.tests.factories import make_token, make_user
from ledger.models import Entry
from ledger.tests.factories import charged, pay
from students.models import Student
from students.tests.factories import make_student

ROLES = [
    "anonymous", "nobody", "viewer", "editor", "admin", "deactivated",
    "view token", "edit token", "wrong token", "expired token", "revoked token", "maker gone",
    "cashier", "manager", "money view token", "money edit token",
]  # fmt: skip
NO = [401] * 4  # what a token that is none gets


def row(anonymous, nobody, viewer, editor, admin, view_token, edit_token):
    """A status for each of ROLES. Whoever isn't known gets what the anonymous gets.

    Of students, those of money may no more than who sees, or edits.
    """
    known = [anonymous, nobody, viewer, editor, admin, anonymous, view_token, edit_token]
    return known + [anonymous] * 4 + [viewer, viewer, view_token, edit_token]


def money(admin, cashier, manager, view_token, edit_token):
    """Who has no right of money gets 403, reading too; so does a token without it."""
    known = [401, 403, 403, 403, admin, 401, 403, 403]
    return known + [401] * 4 + [cashier, manager, view_token, edit_token]


SEE = row(401, 403, 200, 200, 200, 200, 200)
OPEN = row(200, 200, 200, 200, 200, 200, 200)
ACCESS = {
    ("GET", "/api/students/"): SEE,
    ("POST", "/api/students/"): row(401, 403, 403, 201, 201, 403, 201),
    ("GET", "/api/students/{id}/"): SEE,
    ("PUT", "/api/students/{id}/"): row(401, 403, 403, 200, 200, 403, 200),
    ("PATCH", "/api/students/{id}/"): row(401, 403, 403, 200, 200, 403, 200),
    ("DELETE", "/api/students/{id}/"): row(401, 403, 403, 403, 204, 403, 204),
    ("GET", "/api/students/city/{city}/"): SEE,
    ("GET", "/api/fees/{student}/"): SEE,
    ("GET", "/api/average-fees/"): OPEN,
    ("GET", "/api/statistics/"): SEE,
    ("GET", "/api/changes/"): SEE,
    ("GET", "/api/openapi.json"): SEE,
    # A page for people: it leads to the sign-in page, and a token opens no page.
    ("GET", "/api/docs"): [302, 403, 200, 200, 200, 302] + [302] * 6 + [200, 200, 302, 302],
    ("GET", "/api/{rest}"): [404] * 16,
    ("GET", "/api/students/{id}/statement/"): money(200, 200, 200, 200, 200),
    ("GET", "/api/defaulters/"): money(200, 200, 200, 200, 200),
    ("POST", "/api/receipts/"): money(201, 201, 201, 403, 201),
    ("GET", "/api/receipts/{number}/"): money(200, 200, 200, 200, 200),
    ("POST", "/api/receipts/{number}/reversal/"): money(201, 403, 201, 403, 201),
    ("POST", "/api/runs/{month}/"): money(200, 403, 200, 403, 200),
    ("GET", "/api/runs/{month}/"): money(200, 200, 200, 200, 200),
}
BODY = {
    "POST": '{"name": "Omar", "city": "Quetta", "fees": 1}',
    "PUT": '{"name": "Omar", "city": "Quetta", "fees": 1}',
    "PATCH": '{"fees": 1}',
}
MONEY_BODY = {
    "/api/receipts/": '{"key": "0a6f2a4e-3f0d-4d0e-9a53-0f7b2f6f1d11", "student": %(pk)s,'
    ' "amount": 1, "method": "bank"}',
    "/api/receipts/{number}/reversal/": '{"reason": "in error"}',
    "/api/runs/{month}/": "{}",
}


def addresses():
    """Every address under /api/ as the resolver has it, in the words of the document."""
    (api,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "api/"]
    routes = {str(pattern.pattern) for pattern in api.url_patterns}
    return {"/api/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) for route in routes}


def test_every_address_and_every_operation_has_a_row():
    assert {path for _, path in ACCESS} == addresses()
    documented = {
        (method.upper(), path)
        for path, operations in contract()["paths"].items()
        for method in operations
    }
    assert documented == {
        row for row in ACCESS if row[1] not in ("/api/openapi.json", "/api/docs", "/api/{rest}")
    }


def bearer(key):
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def people(viewer, editor, admin, nobody, cashier, manager):
    gone = make_user(name="gone", group="Editors", is_staff=True, is_superuser=True)
    deactivated = Client()
    deactivated.force_login(gone)
    clients = [
        Client(), nobody, viewer, editor, admin, deactivated,
        bearer(make_token(name="view")), bearer(make_token(name="edit", can_edit=True)),
        bearer("tuition_wrong"),
        bearer(make_token(name="expired", can_edit=True)),
        bearer(make_token(name="revoked", can_edit=True)),
        bearer(make_token(name="maker gone", can_edit=True, created_by=gone)),
        cashier, manager,
        bearer(make_token(name="money view", can_money=True)),
        bearer(make_token(name="money edit", can_money=True, can_edit=True)),
    ]  # fmt: skip
    ApiToken.objects.filter(name="expired").update(expires_at=timezone.now())
    ApiToken.objects.filter(name="revoked").revoke()
    User.objects.filter(pk=gone.pk).update(is_active=False)
    return dict(zip(ROLES, clients, strict=True))


def call(client, method, path, pk, number=1):
    address = path.format(
        id=pk, city="Turbat", student="Secret Name", rest="nope/", number=number, month="2026-05"
    )
    body = MONEY_BODY[path] % {"pk": pk} if path in MONEY_BODY else BODY.get(method, "")
    return client.generic(method, address, body, content_type="application/json")


def is_of_money(path):
    return any(word in path for word in ("statement", "receipts", "runs", "defaulters"))


@pytest.mark.parametrize(("method", "path"), [each for each in ACCESS if is_of_money(each[1])])
def test_access_to_money(people, method, path):
    secret = make_student(name="Secret Name", city="Turbat", fees="4321")
    charged("2026-05")
    statuses = []
    for client in people.values():
        with transaction.atomic():
            number = pay(secret, "1000", method="bank").number
            before = list(Entry.objects.values())
            answer = call(client, method, path, secret.pk, number)
            statuses.append(answer.status_code)
            if answer.status_code >= 400:
                assert b"Secret" not in answer.content
                assert b"1000" not in answer.content
                assert list(Entry.objects.values()) == before
            transaction.set_rollback(True)
    assert statuses == ACCESS[method, path]


@pytest.mark.parametrize(("method", "path"), [each for each in ACCESS if not is_of_money(each[1])])
def test_access(people, method, path):
    statuses = []
    for client in people.values():
        Student.objects.all().delete()
        secret = make_student(name="Secret Name", city="Turbat", fees="4321")
        before = list(Student.objects.values())
        answer = call(client, method, path, secret.pk)
        statuses.append(answer.status_code)
        if answer.status_code >= 400:
            assert b"Secret" not in answer.content
            assert b"4321" not in answer.content
            assert list(Student.objects.values()) == before
        if answer.status_code == 401:
            assert answer["WWW-Authenticate"] == 'Bearer realm="Tuition"'
    assert statuses == ACCESS[method, path]


def test_a_token_without_money_is_told_so(people):
    for role in ("view token", "edit token"):
        answer = people[role].get("/api/students/1/statement/")
        assert answer.json()["detail"] == "This token may neither see nor take money."
    answer = call(people["money view token"], "POST", "/api/runs/{month}/", 1)
    assert answer.json()["detail"] == "This token may only see."


@pytest.mark.parametrize(
    ("method", "path"), [each for each in ACCESS if {"{id}", "{number}"} & set(each[1].split("/"))]
)
def test_a_refusal_does_not_tell_who_exists(people, method, path):
    student = make_student()
    there = student.pk
    if is_of_money(path):
        charged("2026-05")
        there = pay(student, "1", method="bank").number if "{number}" in path else there
    for role, client in people.items():
        answers = [call(client, method, path, pk, pk) for pk in (there + 1000, there)]
        if answers[0].status_code != 404:
            assert answers[0].content == answers[1].content, role
            assert answers[0].status_code == answers[1].status_code in (401, 403)


def test_tokens_that_are_none_look_alike(people):
    answers = [
        people[role].get("/api/students/")
        for role in ("wrong token", "expired token", "revoked token", "maker gone", "anonymous")
    ]
    answers += [
        Client(headers={"Authorization": header}).get("/api/students/")
        for header in ("Bearer", "Bearer ", "Basic YTpi", "tuition_x", "Bearer " + "x" * 5000)
    ]
    assert {(each.status_code, each.content, each["WWW-Authenticate"]) for each in answers} == {
        (401, answers[0].content, 'Bearer realm="Tuition"')
    }
    assert answers[0].json() == {
        "type": "about:blank",
        "title": "Sign in first",
        "status": 401,
        "detail": "This needs a token (Authorization: Bearer …) or a sign-in.",
    }


def test_a_wrong_token_is_not_saved_by_a_sign_in(viewer):
    answer = viewer.get("/api/students/", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401


def test_rights_taken_away_count_from_the_next_call(viewer, db):
    assert viewer.get("/api/students/").status_code == 200
    Group.objects.get(name="Viewers").user_set.clear()
    assert viewer.get("/api/students/").status_code == 403


def test_a_maker_who_comes_back_has_his_token_again(db):
    maker = make_user(group="Viewers")
    client = bearer(make_token(created_by=maker))
    for active, status in ((True, 200), (False, 401), (True, 200)):
        User.objects.filter(pk=maker.pk).update(is_active=active)
        assert client.get("/api/students/").status_code == status


def statuses(client, pk):
    """What a token gets: seeing, changing, deleting."""
    return [
        client.get("/api/students/").status_code,
        call(client, "PATCH", "/api/students/{id}/", pk).status_code,
        call(client, "DELETE", "/api/students/{id}/", pk).status_code,
    ]


def rights(*names):
    return Permission.objects.filter(codename__in=[f"{name}_student" for name in names])


def by_group(maker, *names):
    group = Group.objects.get_or_create(name="Clerks")[0]
    group.permissions.set(rights(*names))
    maker.groups.set([group] if names else [])


def by_himself(maker, *names):
    maker.user_permissions.set(rights(*names))


def by_both(maker, *names):
    by_group(maker, *names[:1])
    by_himself(maker, *names[1:])


@pytest.mark.parametrize("give", [by_group, by_himself, by_both])
def test_a_token_may_no_more_than_its_maker_may_today(db, give):
    maker = make_user()
    client = bearer(make_token(can_edit=True, created_by=maker))
    reader = bearer(make_token(name="reader", created_by=maker))
    for names, expected in (
        (("view", "add", "change"), [200, 200, 403]),
        (("view",), [200, 403, 403]),
        ((), [403, 403, 403]),
        (("change",), [403, 200, 403]),
        (("view", "change", "delete"), [200, 200, 204]),
    ):
        give(maker, *names)
        assert statuses(client, make_student().pk) == expected
        see = reader.get("/api/students/")
        assert see.status_code == reader.get("/api/openapi.json").status_code == expected[0]
        if see.status_code == 403:
            assert see.json()["detail"] == "Whoever made this token no longer has this right."


def test_a_superusers_token_goes_with_his_rank(db):
    maker = make_user(is_superuser=True)
    client = bearer(make_token(can_edit=True, created_by=maker))
    assert statuses(client, make_student().pk) == [200, 200, 204]
    User.objects.update(is_superuser=False)
    assert statuses(client, make_student().pk) == [403, 403, 403]
    User.objects.update(is_superuser=True, is_active=False)
    assert statuses(client, make_student().pk) == [401, 401, 401]


def test_a_narrowed_token_and_closed_averages(db, settings):
    settings.AVERAGE_FEES_PUBLIC = False
    maker = make_user(group="Viewers")
    client = bearer(make_token(created_by=maker))
    assert client.get("/students/average-fees/").status_code == 200
    maker.groups.clear()
    assert client.get("/students/average-fees/").status_code == 403


def test_whose_the_token_is_costs_one_prepared_statement(db, prepared_runs):
    client = bearer(make_token(created_by=make_user(group="Viewers")))
    client.get("/api/openapi.json")
    before = prepared_runs()
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/api/openapi.json").status_code == 200
    assert prepared_runs() == before + 1
    assert len(asked) == 0


# -- Average fees, open or closed ------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/api/average-fees/", "/students/average-fees/"])
def test_average_fees_closed(people, settings, address):
    settings.AVERAGE_FEES_PUBLIC = False
    statuses = [client.get(address).status_code for client in people.values()]
    assert statuses == SEE


# -- Cross-site request forgery --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        each
        for each in ACCESS
        if each[0] in ("POST", "PUT", "PATCH", "DELETE") and not is_of_money(each[1])
    ],
)
def test_a_write_of_a_session_needs_its_token(admin, method, path):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = admin.cookies
    student = make_student(name="Ali", fees="5000")
    answer = call(strict, method, path, student.pk)
    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        "A sign-in's change needs its page's X-CSRFToken; a token's needs none."
    )
    assert [str(each.fees) for each in Student.objects.all()] == ["5000.00"]
    page = strict.get("/api/docs").content.decode()
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    strict.defaults["HTTP_X_CSRFTOKEN"] = csrf
    strict.defaults["HTTP_ORIGIN"] = "https://evil.example"
    assert call(strict, method, path, student.pk).status_code == 403
    del strict.defaults["HTTP_ORIGIN"]
    assert call(strict, method, path, student.pk).status_code in (200, 201, 204)


@pytest.mark.parametrize("path", MONEY_BODY)
def test_a_write_of_money_needs_it_too(admin, path):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = admin.cookies
    student = make_student(fees="5000")
    charged("2026-05")
    number = pay(student, "1", method="bank").number
    before = list(Entry.objects.values())
    assert call(strict, "POST", path, student.pk, number).status_code == 403
    assert list(Entry.objects.values()) == before
    page = strict.get("/api/docs").content.decode()
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    strict.defaults["HTTP_X_CSRFTOKEN"] = csrf
    assert call(strict, "POST", path, student.pk, number).status_code in (200, 201)


def test_without_the_check_a_foreign_page_writes(admin, monkeypatch):
    monkeypatch.setattr("api.access.check_csrf", lambda request: None)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = admin.cookies
    assert call(strict, "POST", "/api/students/", 0).status_code == 201


def test_a_write_of_a_token_needs_none(db):
    strict = Client(
        enforce_csrf_checks=True,
        headers={"Authorization": f"Bearer {make_token(can_edit=True)}"},
    )
    assert call(strict, "POST", "/api/students/", 0).status_code == 201


def test_a_name_in_a_path_stays_out_of_the_logs(db):
    from tuition.logs import without_names

    assert without_names("Not Found: /api/fees/Ali Raza/") == "Not Found: /api/fees/…"
    line = '"GET /api/fees/Ali%20Raza/?x=1 HTTP/1.1" 200 9'
    assert without_names(line) == '"GET /api/fees/… HTTP/1.1" 200 9'
