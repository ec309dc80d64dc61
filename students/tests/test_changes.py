"""The office's page of changes, its CSV and its JSON: who changed what, when, from what to what."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from api.models import ApiToken
from students.models import Family, Student, StudentEvent
from students.tests.factories import make_student

pytestmark = pytest.mark.django_db
PAGE = "/students/changes/"


def text_of(response):
    html = re.sub(r"(?s).*<main.*?>|</main>.*", "", response.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def rows(response):
    return [
        (row.what, bare(row.name), [(label, *map(bare, ends)) for label, *ends in row.differences])
        for row in response.context["rows"]
    ]


def bare(html):
    return re.sub("<[^>]+>", "", html)


def by(context, act):
    connection.context = context
    try:
        act()
    finally:
        connection.context = None
        connection.cursor().execute("SELECT set_config('tuition.context', '', true)")


def test_a_change_is_told_in_the_office_s_words(viewer):
    student = make_student(name="Ali", city="Lahore", fees="5000")
    staff = User.objects.create_user("staff")
    context = {"door": "site", "user": staff.pk, "name": "staff"}
    by(context, lambda: Student.objects.filter(pk=student.pk).update(fees=6000))
    (event,) = StudentEvent.objects.filter(pgh_label="update")
    at = timezone.localtime(event.pgh_created_at)
    page = viewer.get(PAGE)
    assert rows(page) == [
        ("Changed", "Ali", [("Monthly fees", "Rs 5,000", "Rs 6,000")]),
        ("Added", "Ali", [("Name", "", "Ali"), ("City", "", "Lahore"),
                          ("Monthly fees", "", "Rs 5,000")]),
    ]  # fmt: skip
    told = text_of(page)
    assert "Monthly fees: Rs 5,000 → , now Rs 6,000" in told
    assert f"by staff , on the site, {at:%d/%m/%Y}" in told
    assert f"Monthly fees: Rs 5,000 in the database itself, {at:%d/%m/%Y}" in told
    on_his_page = text_of(viewer.get(f"/students/{student.pk}/"))
    assert "Last changes" in on_his_page
    assert "Rs 5,000 → , now Rs 6,000" in on_his_page


def test_the_admin_s_history_is_the_whole_one(admin):
    student = make_student(name="Ali", fees="5000")
    Student.objects.update(fees="6000.50")
    page = admin.get(f"/admin/students/student/{student.pk}/history/")
    assert "Rs 6,000.50" in page.content.decode()
    assert [row.what for row in page.context["rows"]] == ["Changed", "Added"]


def test_every_fact_is_shown_as_the_office_writes_it(viewer):
    make_student(name="Ali", fees="5000")
    family = Family.objects.create(name="Raza")
    Student.objects.update(
        phone="03001234567",
        joined_on="2026-04-01",
        family=family,
        class_name="9",
        father_name="Bux",
    )  # fmt: skip
    Family.objects.all().delete()
    told = rows(viewer.get(PAGE))
    number = f"family {family.pk}"
    assert told[0] == ("Changed", "Ali", [("Family", number, "nothing")])
    assert told[1][2] == [
        ("Father's name", "nothing", "Bux"),
        ("Phone", "nothing", "0300-1234567"),
        ("Class", "nothing", "9"),
        ("Joined on", "nothing", "01/04/2026"),
        ("Family", "nothing", number),
    ]


def test_who_was_deleted_is_found_and_who_did_it(viewer):
    student = make_student(name="عائشہ صدیقہ", city="Lahore")
    other = make_student(name="Bilal", city="Lahore")
    gone = student.pk
    by({"door": "admin", "user": 7, "name": "boss"}, student.delete)
    for query in ("q=عائشه", f"q={gone}", "what=deleted"):
        page = viewer.get(f"{PAGE}?{query}")
        assert "by boss , in the admin" in text_of(page)
        assert f"number {gone}, deleted" in text_of(page)
        assert f"/students/{gone}/" not in page.content.decode()
    assert {row[1] for row in rows(viewer.get(f"{PAGE}?q=bilal"))} == {"Bilal"}
    assert f'href="/students/{other.pk}/"' in viewer.get(PAGE).content.decode()


def test_filters(viewer):
    staff = User.objects.create_user("staff")
    token, _key = ApiToken.objects.make(name="Accounts")
    ali = make_student(name="Ali", city="Lahore", fees="5000")
    make_student(name="Bilal", city="Karachi", fees="5000")
    mine = Student.objects.filter(pk=ali.pk)
    by({"door": "site", "user": staff.pk, "name": "staff"}, lambda: mine.update(city="Quetta"))
    by({"door": "api", "token": token.pk, "name": "Accounts"}, lambda: mine.update(fees=1))
    today = timezone.localdate()

    def found(query):
        page = viewer.get(f"{PAGE}?{query}")
        assert not page.context.get("invalid"), text_of(page)
        return [(what, name) for what, name, _ in rows(page)]

    moved, cheaper = ("Changed", "Ali"), ("Changed", "Ali")
    assert found(f"who=user-{staff.pk}") == [moved]
    assert found(f"who=token-{token.pk}") == [cheaper]
    assert found("who=database") == [("Added", "Bilal"), ("Added", "Ali")]
    assert found("field=fees") == [cheaper]
    assert found("field=city") == [moved]
    assert found("field=phone") == []
    assert found("city=lhr") == [moved, ("Added", "Ali")]
    assert found("city=Quetta") == [cheaper, moved]
    assert found("what=added") == [("Added", "Bilal"), ("Added", "Ali")]
    assert len(found(f"since={today:%d/%m/%Y}&until={today}")) == 4
    assert found(f"since={today + timedelta(days=1)}") == []
    assert found(f"until={today - timedelta(days=1)}") == []
    assert found(f"q={ali.pk}&field=fees&city=quetta&who=token-{token.pk}") == [cheaper]
    page = viewer.get(f"{PAGE}?who=token-{token.pk}&field=fees")
    assert page.context["title"] == "Changes, By “Token Accounts”, Field “Monthly fees”"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=32/13/2026", "since"),
        ("since=2026-11-20&until=2026-11-01", "until"),
        ("who=user-999999", "who"),
        ("who=x", "who"),
        ("what=x", "what"),
        ("field=password", "field"),
        ("q=" + "x" * 101, "q"),
        ("city=" + "x" * 60, "city"),
        ("after=x", "after"),
        ("after=-1", "after"),
        ("until=2999-12-31&since=0001-01-01", "since"),
    ],
)
def test_what_can_t_be_read_is_refused_and_shows_nothing(viewer, query, field):
    make_student(name="Ali")
    page = viewer.get(f"{PAGE}?{query}")
    assert page.status_code == 200
    assert field in page.context["form"].errors
    assert "rows" not in page.context
    assert page.context["title"] == "Error: Changes"
    assert viewer.get(f"/students/changes.csv?{query}")["Location"].startswith(f"{PAGE}?")


def test_the_last_day_there_is(viewer):
    make_student()
    assert len(rows(viewer.get(f"{PAGE}?until=31/12/2999"))) == 1


def test_pages_hold_as_changes_come(viewer):
    students = [make_student(name=f"S{n}") for n in range(120)]
    page, seen = viewer.get(PAGE), []
    make_student(name="Later")
    while True:
        seen += [name for _, name, _ in rows(page)]
        if not (older := re.search(r'rel="next" href="([^"]+)"', page.content.decode())):
            break
        page = viewer.get(older[1].replace("&amp;", "&"))
    assert seen == [student.name for student in reversed(students)]
    assert viewer.get(f"{PAGE}?after=999999999").context["rows"] == []


def test_a_search_that_means_too_many(viewer, monkeypatch):
    monkeypatch.setattr("students.changes.MOST_FOUND", 2)
    for n in range(3):
        make_student(name=f"Ali {n}")
    words = "More than 2 students match: type more of the name, or the number."
    assert viewer.get(f"{PAGE}?q=ali").context["form"].errors == {"q": [words]}
    problem = viewer.get("/api/changes/?q=ali")
    assert problem.status_code == 400
    assert problem.json()["errors"] == [{"parameter": "q", "code": "too_many", "detail": words}]


def test_csv(viewer, monkeypatch):
    make_student(name="=cmd", city="Lahore", fees="5000")
    Student.objects.update(fees=6000, phone="03001234567")
    answer = viewer.get("/students/changes.csv?what=changed")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    head, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[-3:] == ["Field", "Before", "After"]
    assert [line[1:4] + line[5:] for line in lines] == [
        ["changed", "database", "database", "'=cmd", "Lahore", "fees", "5000.00", "6000.00"],
        ["changed", "database", "database", "'=cmd", "Lahore", "phone", "", "03001234567"],
    ]
    monkeypatch.setattr("students.views.changes.MOST_ROWS", 1)
    refused = viewer.get("/students/changes.csv", follow=True)
    assert "More than 1 changes match, too many for one sheet" in text_of(refused) or (
        "too many for one sheet" in refused.content.decode()
    )


def test_json(viewer):
    student = make_student(name="Ali", city="Lahore", fees="5000")
    by({"door": "command", "command": "shell"}, lambda: Student.objects.update(fees=6000))
    first = viewer.get("/api/changes/?limit=1")
    event = StudentEvent.objects.latest("pk")
    assert json.loads(first.content) == {
        "changes": [
            {
                "id": event.pk,
                "at": timezone.localtime(event.pgh_created_at).isoformat(timespec="milliseconds"),
                "what": "changed",
                "who": "database",
                "door": "command shell",
                "student": student.pk,
                "name": "Ali",
                "city": "Lahore",
                "fields": [{"field": "fees", "old": "5000.00", "new": "6000.00"}],
            }
        ],
        "next": f"http://testserver/api/changes/?limit=1&after={event.pk}",
    }
    second = viewer.get(first.json()["next"])
    assert [each["what"] for each in second.json()["changes"]] == ["added"]
    assert second.json()["next"] is None
    assert len(viewer.get("/api/changes/?city=lhr&city=khi").json()["changes"]) == 2
    for refused in ("who=", f"after={2**53 + 1}", "limit=2000000000000"):
        assert viewer.get(f"/api/changes/?{refused}").status_code == 400
    assert viewer.get("/api/changes/?feild=fees").status_code == 400


def test_queries(viewer, django_assert_num_queries):
    for n in range(60):
        make_student(name=f"S{n}")
    viewer.get(PAGE)
    # Users and tokens to choose from, changes, who is still here; session, user, rights and cities
    # are prepared statements, which aren't counted.
    with django_assert_num_queries(4):
        viewer.get(PAGE)
