"""Sign-in, sign-out, password change, and what each person may open."""

from datetime import timedelta

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.forms import model_to_dict
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import URLResolver, get_resolver, resolve
from django.utils import timezone

from api.tests.factories import make_user
from ledger.tests.access import MONEY, money
from students.tests.factories import make_family, make_leaver, make_student
from students.tests.test_import_rows import make_import
from tuition.accounts import Backend, leads_on

ROLES = ["anonymous", "nobody", "viewer", "editor", "admin", "deactivated", "cashier", "manager"]

# URL name (or path), method -> status for each of ROLES. 302 for the anonymous leads to sign-in.
# Where only six stand, cashiers and managers get what a viewer gets.
ACCESS = (
    {
        ("/", "GET"): [302, 302, 302, 302, 302, 302],
        ("/students/", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/", "POST"): [302, 405, 405, 405, 405, 302],
        ("/students/city/Lahore/", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/{pk}/", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/statistics/", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/statistics.csv", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/changes/", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/changes.csv", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/print/", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/families/{family}/", "GET"): [302, 403, 200, 200, 200, 302],
        ("/students/add/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/students/add/", "POST"): [302, 403, 403, 200, 200, 302],
        **{
            (f"/students/{{pk}}/{page}/", method): [302, 403, 403, 200, 200, 302]
            for page in ("edit", "left", "back")
            for method in ("GET", "POST")
        },
        ("/students/export.csv", "GET"): [302, 403, 403, 200, 200, 302],
        ("/students/export.xlsx", "GET"): [302, 403, 403, 200, 200, 302],
        **{
            (f"/students/import/{page}", method): [302, 403, 403, status, status, 302]
            for page, method, status in (
                ("", "GET", 200),
                ("", "POST", 200),
                ("template.xlsx", "GET", 200),
                ("{import}/", "GET", 200),
                ("{import}/", "POST", 302),
                ("{import}/columns/", "GET", 200),
                ("{import}/columns/", "POST", 200),
                ("{import}/errors.xlsx", "GET", 200),
            )
        },
        ("/students/average-fees/", "GET"): [200, 200, 200, 200, 200, 200],
        ("/healthz/live", "GET"): [200] * 6,
        ("/healthz/ready", "GET"): [200] * 6,
        ("/accounts/login/", "GET"): [200, 302, 302, 302, 302, 200],
        ("/accounts/logout/", "POST"): [302, 302, 302, 302, 302, 302],
        ("/accounts/logout/", "GET"): [302, 405, 405, 405, 405, 302],
        ("/accounts/password_change/", "GET"): [302, 200, 200, 200, 200, 302],
        ("/accounts/password_change/done/", "GET"): [302, 200, 200, 200, 200, 302],
        ("/office/logo/", "GET"): [404] * 6,  # what test_office.py sets, anybody may see
        ("/admin/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/login/", "GET"): [200, 403, 403, 302, 302, 200],
        ("/admin/logout/", "POST"): [302, 403, 403, 302, 302, 302],
        ("/admin/password_change/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/password_change/done/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/autocomplete/", "GET"): [302, 403, 403, 403, 403, 302],
        ("/admin/jsi18n/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/r/1/1/", "GET"): [302, 403, 403, 404, 404, 302],
        ("/admin/students/", "GET"): [302, 403, 403, 200, 200, 302],
        # Where the tokens were: on to where they are.
        ("/admin/students/apitoken/", "GET"): [302, 308, 308, 308, 308, 302],
        ("/admin/students/apitoken/add/", "POST"): [302, 308, 308, 308, 308, 302],
        ("/admin/nothing", "GET"): [302, 403, 403, 404, 404, 302],
        ("/admin/students/student/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/student/add/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/student/add/", "POST"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/family/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/family/add/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/family/{family}/", "GET"): [302, 403, 403, 302, 302, 302],
        ("/admin/students/family/{family}/change/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/family/{family}/delete/", "GET"): [302, 403, 403, 403, 200, 302],
        ("/admin/students/family/{family}/history/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/student/{pk}/", "GET"): [302, 403, 403, 302, 302, 302],
        ("/admin/students/student/{pk}/change/", "GET"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/student/{pk}/change/", "POST"): [302, 403, 403, 200, 200, 302],
        ("/admin/students/student/{pk}/delete/", "GET"): [302, 403, 403, 403, 200, 302],
        ("/admin/students/student/{pk}/delete/", "POST"): [302, 403, 403, 403, 200, 302],
        ("/admin/students/student/{pk}/history/", "GET"): [302, 403, 403, 200, 200, 302],
    }
    | {
        # What only the admin of the office may: people, groups, tokens.
        (f"/admin/{records}/{page}", "GET"): [302, 403, 403, *rest]
        for records in ("auth/user", "auth/group", "api/apitoken")
        for page, rest in {
            "": [403, 200, 302],
            "add/": [403, 200, 302],
            "999999/": [302, 302, 302],  # to its change page
            "999999/change/": [403, 302, 302],
            "999999/delete/": [403, 302, 302],
            "999999/history/": [302, 302, 302],
        }.items()
    }
    | {
        ("/admin/api/apitoken/add/", "POST"): [302, 403, 403, 403, 200, 302],
        ("/admin/auth/user/add/", "POST"): [302, 403, 403, 403, 200, 302],
        ("/admin/auth/user/999999/password/", "GET"): [302, 403, 403, 403, 404, 302],
        ("/admin/auth/", "GET"): [302, 403, 403, 404, 200, 302],
    }
    | MONEY
)
for _row in ACCESS.values():
    _row += [_row[2]] * (len(ROLES) - len(_row))


SOME = dict.fromkeys(("pk", "family", "import", "receipt", "drawer", "register"), 1)


@pytest.fixture
def people(viewer, editor, admin, nobody, cashier, manager):
    deactivated = Client()
    user = make_user(name="gone", group="Editors", is_staff=True, is_superuser=True)
    deactivated.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    clients = [Client(), nobody, viewer, editor, admin, deactivated, cashier, manager]
    return dict(zip(ROLES, clients, strict=True))


@pytest.mark.parametrize(("path", "method"), ACCESS)
def test_access(people, path, method):
    family = make_family(name="Secret Name")
    student = make_leaver(name="Secret Name", family=family)
    brought = make_import("name,city,fees\nSecret Name,Lahore,x\n")
    numbers = {"pk": student.pk, "family": family.pk, "import": brought.pk}
    address = path.format(**numbers | (money(student) if "/fees/" in path else {}))
    answers = {role: client.generic(method, address) for role, client in people.items()}
    assert [answer.status_code for answer in answers.values()] == ACCESS[path, method]
    for answer in answers.values():
        assert answer.status_code == 200 or b"Secret Name" not in answer.content


def routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def test_every_address_has_its_row():
    """What is under /api/ has a table of its own: test_api_access.py."""
    addresses = {path.format(**SOME) for path, _ in ACCESS}
    covered = {resolve(path).route.lstrip("^") for path in addresses}
    here = {r for r in routes(get_resolver().url_patterns) if not r.startswith("api/")}
    assert here == covered


def test_rights_taken_away_count_from_the_next_request(viewer, db):
    assert viewer.get("/students/").status_code == 200
    Group.objects.get(name="Viewers").user_set.clear()
    assert viewer.get("/students/").status_code == 403


@pytest.mark.parametrize(
    ("group", "rights"),
    [
        ("Viewers", {"view"}),
        ("Editors", {"view", "add", "change"}),
    ],
)
def test_the_groups_of_a_new_office(db, group, rights):
    held = {f"students.{right}_{model}" for right in rights for model in ("student", "family")}
    if group == "Editors":
        held |= {"students.import_student", "students.export_student"}
    assert make_user(group=group).get_all_permissions() == held


def test_rights_of_ones_own_and_of_groups_come_together(
    db, django_assert_num_queries, prepared_runs
):
    user = make_user(group="Viewers")
    user.user_permissions.set([*Group.objects.get(name="Editors").permissions.all()])
    user = User.objects.get(pk=user.pk)
    before = prepared_runs()
    with django_assert_num_queries(0):
        assert user.has_perm("students.change_student")
        assert not user.has_perm("students.delete_student")
    assert prepared_runs() == before + 1
    djangos = ModelBackend().get_all_permissions(User.objects.get(pk=user.pk))
    assert user.get_all_permissions() == djangos


def test_who_is_signed_in_is_whom_django_would_find(viewer, db):
    user = User.objects.get(username="viewer")
    assert vars(Backend().get_user(user.pk)).keys() == vars(user).keys()
    assert model_to_dict(Backend().get_user(user.pk)) == model_to_dict(user)
    assert Backend().get_user(0) is None
    User.objects.update(is_active=False)
    assert Backend().get_user(user.pk) is None
    assert viewer.get("/students/").status_code == 302


@pytest.mark.parametrize(
    "end",
    [
        lambda sessions: sessions.update(expire_date=timezone.now() - timedelta(seconds=1)),
        lambda sessions: sessions.delete(),
    ],
)
def test_a_session_ends_in_time_and_by_hand(viewer, db, end):
    assert viewer.get("/students/").status_code == 200
    end(Session.objects.all())
    assert viewer.get("/students/").status_code == 302


def sign_in(client, **data):
    return client.post(
        "/accounts/login/", {"username": "sana", "password": "a-long-password"} | data
    )


def test_sign_in_leads_to_the_list(client, db):
    make_user(name="sana", group="Viewers")
    assert sign_in(client).headers["Location"] == "/students/"
    assert client.get("/students/").status_code == 200


@pytest.mark.parametrize("group", ["Cashiers", "Managers"])
def test_sign_in_of_who_takes_money_leads_to_the_fee_desk(client, db, group):
    make_user(name="sana", group=group)
    assert sign_in(client).headers["Location"] == "/fees/"
    assert client.get("/accounts/login/").headers["Location"] == "/fees/"
    there = sign_in(client, next="/students/?city=lhr").headers["Location"]
    assert there == "/students/?city=lhr"


def test_sign_in_leads_back_to_where_one_was_going(client, db):
    make_user(name="sana")
    there = client.get("/students/?city=lhr").headers["Location"]
    assert there == "/accounts/login/?next=/students/%3Fcity%3Dlhr"
    assert sign_in(client, next="/students/?city=lhr").headers["Location"] == "/students/?city=lhr"


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_sign_in_never_leads_to_another_site(client, db, there):
    make_user(name="sana")
    assert sign_in(client, next=there).headers["Location"] == "/students/"


NO_WAY_ON = [
    "/accounts/login/", "/accounts/login", "/accounts/login/?next=/accounts/login/", "",
    "/accounts/login/?next=%2Faccounts%2Flogin%2F%3Fnext%3D%2Fx", "/accounts/%6cogin/", "?next=x",
    "/accounts/login/#x", "/nowhere/", "/students/../accounts/login/",
    "/accounts/password_change/../login/",
    "http://testserver/accounts/login/", "login/", ".", "./", "/accounts/logout/",
    "/accounts/logout", "/accounts/logout/?next=/students/", "/%61ccounts/logout/",
    "http://testserver/accounts/logout/", "/admin/login/", "/admin/logout/", "/admin/logout",
    "/students/?page=1" + "&city=x" * 1_000,
]  # fmt: skip


@pytest.mark.parametrize("there", NO_WAY_ON)
def test_sign_in_leads_to_the_list_where_nothing_leads_on(client, db, there):
    make_user(name="sana", group="Viewers")
    assert sign_in(client, next=there).headers["Location"] == "/students/"
    again = client.get("/accounts/login/", {"next": there})  # signed in already
    assert (again.status_code, again.headers["Location"]) == (302, "/students/")
    client.post("/accounts/logout/")
    page = client.get("/accounts/login/", {"next": there}).content.decode()
    assert '<input type="hidden" name="next" value="">' in page


@pytest.mark.parametrize("there", ["/admin/login/", "/admin/logout/", "/accounts/logout/"])
def test_sign_in_to_the_admin_leads_to_it_where_nothing_leads_on(client, db, there):
    make_user(name="sana", is_staff=True)
    data = {"username": "sana", "password": "a-long-password", "next": there}
    assert client.post("/admin/login/", data).headers["Location"] == "/admin/"
    client.post("/accounts/logout/")
    data["next"] = "/admin/password_change/"
    assert client.post("/admin/login/", data).headers["Location"] == "/admin/password_change/"


def test_every_address_that_takes_no_get_is_known_to_lead_nowhere(admin):
    pk = make_student().pk
    addresses = {path.format(**SOME | {"pk": pk}) for path, _ in ACCESS}
    only_post = {address for address in addresses if admin.get(address).status_code == 405}
    assert only_post == {"/accounts/logout/", "/admin/logout/"}
    for address in only_post:
        leads = admin.get("/accounts/login/", {"next": address}).headers["Location"]
        assert leads == "/students/"


def test_sign_in_leads_on_under_a_prefix_too(rf):
    with override_script_prefix("/tuition/"):
        request = rf.get("/accounts/login/", SCRIPT_NAME="/tuition")
        assert leads_on(request, "/tuition/students/")
        assert not leads_on(request, "/tuition/accounts/logout/")


@pytest.mark.parametrize("data", [{"password": "wrong"}, {"username": "nosuch"}])
def test_a_failed_sign_in_does_not_say_which_half_was_wrong(client, db, data):
    make_user(name="sana")
    response = sign_in(client, **data)
    assert response.status_code == 200
    page = response.content.decode()
    assert "<title>Error: Sign in" in page
    assert "Please enter a correct username and password." in page


def test_an_inactive_person_is_told_no_more(client, db):
    make_user(name="sana")
    User.objects.update(is_active=False)
    assert "Please enter a correct username" in sign_in(client).content.decode()


def test_sign_out(viewer):
    assert viewer.post("/accounts/logout/").headers["Location"] == "/accounts/login/"
    assert viewer.get("/students/").status_code == 302


def test_password_change(client, db):
    make_user(name="sana", group="Viewers")
    sign_in(client)
    new = {"new_password1": "quite-another-1", "new_password2": "quite-another-1"}
    refused = client.post("/accounts/password_change/", {"old_password": "wrong"} | new)
    assert "<title>Error: Change your password" in refused.content.decode()
    done = client.post("/accounts/password_change/", {"old_password": "a-long-password"} | new)
    assert done.headers["Location"] == "/accounts/password_change/done/"
    assert "Password changed" in client.get(done.headers["Location"]).content.decode()
    assert client.login(username="sana", password="quite-another-1")


def test_a_form_from_elsewhere_changes_nothing(db):
    client = Client(enforce_csrf_checks=True)
    make_user(name="sana")
    response = sign_in(client)
    assert response.status_code == 403
    assert "The form was open too long or came from another site" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_admin_post_from_elsewhere_changes_nothing(db):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    student = make_student(fees="5000")
    address = f"/admin/students/student/{student.pk}/change/"
    data = {"name": "Ali", "city": "Lahore", "fees": "1"}
    assert client.post(address, data).status_code == 403
    student.refresh_from_db()
    assert student.fees == 5000


def test_the_old_address_of_the_tokens_leads_on(admin):
    old = admin.get("/admin/students/apitoken/7/change/?next=%2F&q=a%23b")
    assert old.headers["Location"] == "/admin/api/apitoken/7/change/?next=%2F&q=a%23b"
    add = admin.get("/admin/students/apitoken/add/", follow=True)
    assert add.redirect_chain == [("/admin/api/apitoken/add/", 308)]
    assert "Add API token" in add.content.decode()
