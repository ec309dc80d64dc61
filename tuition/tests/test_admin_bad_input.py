"""Bad input through every address of the admin: refused, or a form with errors; never a 500."""

from itertools import cycle
from urllib.parse import urlencode

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.urls import URLResolver

from api.models import ApiToken
from api.tests.factories import make_token, make_user
from students.models import Family, Student
from students.tests.factories import make_family, make_student
from tuition.tests.test_errors import NASTY, text

HUGE, MANY_DIGITS, LONG = "9" * 22, "9" * 5000, "a" * 10_000
IDS = ["abc", "-1", HUGE, MANY_DIGITS, "1.5", "_5B", LONG[:500]]
LOOKUPS = ["", "__exact", "__in", "__regex", "__isnull", "__year", "__date", "__range", "__x"]
VALUES = ["abc", "[", HUGE, "", "2026-13-45"]

QUERIES = [
    *(f"{name}={value}" for name in ("o", "p", "all", "e", "_facets", "_popup", "_to_field", "q")
      for value in ("abc", "0", "-1", HUGE, MANY_DIGITS, "1.x.99", "-1.-1.1", "%ff", "[", '"')),
    "o=" + "1." * 5_000, "q=" + LONG, "q=" + "a+" * 5_000, "q=" + "%F0%9F%98%80" * 2_000, "q=%00",
    "_popup=1&_to_field=password", "_to_field=id&_popup=1", "e=1&id=abc", "q=%22a+b", "q='",
    "_changelist_filters=%25%26%3D" + "a%3Db%26" * 2_000, "_changelist_filters=id%3Dabc",
    "app_label=students&model_name=student&field_name=x&term=a",
    "app_label=auth&model_name=user&field_name=groups&term=a&page=abc",
    "app_label=x&model_name=y&field_name=z", "app_label=&model_name=&field_name=",
    "groups__id__exact=abc", "groups__id__exact=" + HUGE, "groups__isnull=abc",
    "groups__name__regex=[", "is_staff__exact=abc", "is_staff__exact=1&is_staff__exact=2",
    "city=Lahore&city=Karachi", "city=" + LONG, "created_by__password__startswith=a",
    "user__password__startswith=a", "__=1", "=1", "pk=abc", "pk__in=1,,", "id__id__id=1",
    "status=abc", "status=", "status=left&status=all", "status=" + LONG,
]  # fmt: skip

POSTS = [
    *({"action": action, "_selected_action": value, "index": "0"}
      for action in ("delete_selected", "revoke", "nope", "", "__class__")
      for value in ("abc", HUGE, MANY_DIGITS, "", "1.5", "1")),
    {"action": "delete_selected", "_selected_action": ["1", "abc"], "post": "yes"},
    {"action": "delete_selected", "_selected_action": "1", "select_across": "abc", "index": "-9"},
    {"action": "delete_selected", "_selected_action": "1", "index": HUGE},
    {"action": "delete_selected", "_selected_action": "1", "index": MANY_DIGITS, "post": "yes"},
    {"action": "delete_selected", "select_across": "1", "index": "abc"},
    *({"action": action, "_selected_action": "1", "post": "yes", "day": day, "seen": "x"}
      for action in ("mark_as_left", "mark_as_back") for day in ("", "abc", HUGE, "31/02/2026")),
    {"_selected_action": "abc", "_save": "1"},
    {"_popup": "1", "_to_field": "abc"}, {"_popup": "1", "_saveasnew": "1", "_continue": "1"},
]  # fmt: skip


def routes(patterns, prefix="/admin/"):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern).lstrip("^")


@pytest.fixture
def records(db):
    """One of each model of the admin: its id."""
    make_token()
    return {
        Student: make_student().pk,
        Family: make_family().pk,
        ApiToken: ApiToken.objects.get().pk,
        User: User.objects.first().pk,
        Group: Group.objects.first().pk,
    }


def addresses(records):
    """Every address of the admin, with the id of a record that is there, or is none."""
    kind = ContentType.objects.get_for_model(Student).pk
    pks = {model._meta.label_lower.replace(".", "/"): pk for model, pk in records.items()}
    for route in routes(django_admin.site.get_urls()):
        if "(" in route:  # an app's models; whatever is nothing
            yield "/admin/students/"
            yield "/admin/(nothing"
        elif "content_type_id" in route:
            yield from (f"/admin/r/{kind}/{each}/" for each in IDS)
            yield from (f"/admin/r/{each}/1/" for each in IDS)
            others = ContentType.objects.exclude(pk=kind).values_list("pk", flat=True)
            yield from (f"/admin/r/{other}/{each}/" for other in others for each in ("1", "abc"))
        elif "<" in route:
            model = "/".join(route.split("/")[2:4])
            for each in (*IDS, pks[model]):
                yield route.replace("<path:object_id>", f"{each}").replace("<id>", f"{each}")
        elif route != "/admin/logout/":
            yield route


def test_every_model_of_the_admin_has_its_record(admin, records):
    assert set(django_admin.site._registry) == set(records)


@pytest.fixture
def ask(admin):
    """Asks; nothing that it does stays. A 500 is a finding, named by what brought it about."""
    admin.raise_request_exception = False
    found = []

    def ask(method, address, *args):
        with transaction.atomic():
            answer = getattr(admin, method)(address, *args)
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            told = [str(arg)[:150] for arg in args]
            found.append(
                (method, address[:150], *told, repr(getattr(answer, "exc_info", ""))[:200])
            )
        return answer

    yield ask
    assert found == []


def test_in_the_path(ask, records):
    for address in addresses(records):
        ask("get", address)
        ask("post", address, {})


def lists(records):
    return [f"/admin/{model._meta.label_lower.replace('.', '/')}/" for model in records]


each_model = pytest.mark.parametrize(
    "kind", [Student, ApiToken, User, Group], ids=lambda model: model.__name__
)


@each_model
def test_in_the_query_of_a_list(ask, records, kind):
    (address,) = lists([kind])
    for query in QUERIES:
        ask("get", f"{address}?{query}")


@each_model
def test_look_ups_that_no_filter_takes(ask, records, kind):
    """Each is refused with a 400, or leads on to the whole list with a word about it."""
    (address,) = lists([kind])
    filters = {"city", "is_staff", "is_superuser", "is_active", "groups"}
    values = cycle(VALUES)
    for field in {field.name for field in kind._meta.get_fields()} - filters:
        for lookup in LOOKUPS:
            query = urlencode({f"{field}{lookup}": next(values)})
            answer = ask("get", f"{address}?{query}")
            assert answer.status_code == 400 or answer["Location"] == f"{address}?e=1", query


def test_in_the_query_of_every_other_page(ask, records):
    for address in {a for a in addresses(records) if not any(i in a for i in IDS)} - {
        *lists(records)
    }:
        for query in QUERIES[::25]:
            ask("get", f"{address}?{query}")


@each_model
def test_in_the_query_of_a_new_one(ask, records, kind):
    (address,) = lists([kind])
    for field in kind._meta.get_fields():
        for value in VALUES:
            query = urlencode({field.name: value})
            ask("get", f"{address}add/?{query}")


@each_model
def test_in_an_action(ask, records, kind):
    (address,) = lists([kind])
    for data in POSTS:
        ask("post", address, data)
        ask("post", f"{address}?q=a&o=abc", data)


DATES = [("0001-01-01", "00:00"), ("9999-12-31", "23:59:59"), ("1890-01-01", "12:00"), ("x", "")]


@each_model
def test_in_a_form(ask, admin, records, kind):
    (address,) = lists([kind])
    for page in (f"{address}add/", f"{address}{records[kind]}/change/"):
        shown = admin.get(page).context
        fields = shown["adminform"].form.fields if shown and "adminform" in shown else []
        good = dict.fromkeys(fields, "1")
        for value in [*NASTY, HUGE, "abc"]:
            ask("post", page, dict.fromkeys(fields, value) | {"_popup": "1"})
        for name in fields:
            ask("post", page, good | {name: HUGE})
        for day, time in DATES:
            dates = {f"{name}_{n}": each for name in fields for n, each in enumerate((day, time))}
            password = {"password1": "quite-another-1", "password2": "quite-another-1"}
            sent = good | {"username": "new", "name": "new", "email": ""} | password | dates
            ask("post", page, sent)


def test_what_the_database_can_store_can_be_read_again(admin, records):
    """PostgreSQL knows the year before 1, Python doesn't: such a person could never be opened."""
    user = make_user(name="sana")
    page = f"/admin/auth/user/{user.pk}/change/"
    for day, time in DATES[:3]:
        sent = {"username": "sana", "date_joined_0": day, "date_joined_1": time}
        admin.post(page, sent | {"last_login_0": day, "last_login_1": time})
        assert admin.get(page).status_code == 200


def test_a_page_that_is_no_more_leads_to_the_list_and_says_so(admin, records):
    page = admin.get("/admin/auth/user/?groups__id__exact=abc", follow=True)
    assert page.redirect_chain == [("/admin/auth/user/?e=1", 302)]
    assert "There is no such page or filter: this is the whole list." in text(page)
    assert admin.get("/admin/auth/user/?e=1&groups__id__exact=abc").status_code == 400
    Student.objects.bulk_create(Student(name="Ali", city="Lahore", fees=n) for n in range(50))
    page = admin.get("/admin/students/student/?p=9", follow=True)
    assert "There is no such page or filter: this is the whole list." in text(page)


def test_a_long_search_finds_nobody_and_says_so(admin, records):
    page = admin.get("/admin/auth/user/", {"q": "a " * 51})
    assert "Search for at most 100 characters." in text(page)
    assert page.context["cl"].result_count == 0
    assert admin.get("/admin/auth/user/", {"q": "admin"}).context["cl"].result_count == 1


def test_the_filters_on_the_page_still_filter(admin, records):
    make_user(name="sana", group="Viewers")
    viewers = Group.objects.get(name="Viewers").pk
    for query, count in (
        (f"groups__id__exact={viewers}", 1), ("groups__isnull=True", 1), ("is_staff__exact=1", 1),
        ("is_staff__exact=0&is_active__exact=1", 1), ("o=-1.2&q=a", 2), ("all=", 2),
    ):  # fmt: skip
        page = admin.get(f"/admin/auth/user/?{query}")
        assert page.context["cl"].result_count == count, query


def test_two_cities_are_both_shown(admin, records):
    make_student(city="Karachi")
    make_student(city="Quetta")
    page = admin.get("/admin/students/student/?city=khi&city=Lahore")
    assert page.context["cl"].result_count == len(page.context["cl"].result_list) == 2
