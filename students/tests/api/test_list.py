"""GET /api/students/ and /api/students/city/<city>/: the filter, the pages, the refusals."""

import time
from urllib.parse import urlencode

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from students.forms import StudentFilterForm
from students.models import Student
from students.tests.api.calls import STUDENTS, error, names, refused
from students.tests.factories import make_student


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("city=lhr&city=khi", ["Ali", "Sana"]),
        ("q=علي", ["علی"]),
        ("min_fees=5000", ["Ali", "علی"]),
        ("max_fees=Rs 5,000/-&sort=-fees", ["Ali", "Sana"]),
        ("sort=-city", ["Ali", "Sana", "علی"]),
    ],
)
def test_the_filter_is_the_lists_filter(reader, three, query, found):
    assert names(reader.get(f"{STUDENTS}?{query}")) == found


@pytest.mark.parametrize("rows", [2, 60])
def test_a_page_costs_one_statement(reader, rows, django_assert_num_queries, prepared_runs):
    for number in range(rows):
        make_student(name=f"Ali {number}")
    reader.get(STUDENTS)
    before = prepared_runs()
    with django_assert_num_queries(0):
        reader.get(STUDENTS)
    assert prepared_runs() == before + 2  # the token, the rows


@pytest.mark.parametrize(
    "query", ["q=ali", "min_fees=1", "max_fees=999", "city=Lahore&city=Karachi", "q=علی&sort=-fees"]
)
def test_what_no_one_plan_suits_is_planned_each_time(
    reader, query, django_assert_num_queries, prepared_runs
):
    reader.get(STUDENTS)
    before = prepared_runs()
    with django_assert_num_queries(1):  # the rows
        reader.get(f"{STUDENTS}?{query}")
    assert prepared_runs() == before + 1  # the token


@pytest.mark.parametrize("sort", ["name", "-name", "city", "-city", "fees", "-fees"])
@pytest.mark.parametrize("query", ["city=Lahore&", ""])
def test_a_prepared_page_walks_an_index(reader, three, query, sort):
    """With a plan that knows no city, it reads no more rows than it shows."""
    onward = reader.get(f"{STUDENTS}?{query}sort={sort}&limit=1").json()["next"]
    for address in filter(None, (f"{STUDENTS}?{query}sort={sort}&limit=1", onward)):
        reader.get(address)
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off")
        for sql, execute in list(connection.prepared.items()):
            if sql.startswith("SELECT") and "students_student" in sql:
                values = [1 if "id" in part else "1" for part in sql.split("$")[1:]]
                cursor.execute(f"EXPLAIN {execute}", values)
                plan = "\n".join(line for (line,) in cursor.fetchall())
                assert "Index Scan" in plan
                assert "Sort" not in plan


def test_pages(reader, three):
    first = reader.get(f"{STUDENTS}?limit=2&sort=-fees")
    assert names(first) == ["علی", "Ali"]
    onward = first.json()["next"]
    assert onward.startswith("http://testserver/api/students/?limit=2&sort=-fees&after=")
    assert first["Link"] == f'<{onward}>; rel="next"'
    last = reader.get(onward)
    assert (names(last), last.json()["next"]) == (["Sana"], None)
    assert "Link" not in last


TAKES = "city, q, status, min_fees, max_fees, sort, limit, after"


ASTRAY = "It belongs to another filter or sort, or is mistyped: leave it out."


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limt=5", error(
            "limt", "unknown", f"There is no such parameter; this address takes: {TAKES}.",
            suggestion="limit")),
        ("sort=name&sort=fees", error("sort", "repeated", "Name one sort in a call.")),
        ("limit=0", error(
            "limit", "min_value", "Ensure this value is greater than or equal to 1.")),
        ("limit=201", error(
            "limit", "max_value", "Ensure this value is less than or equal to 200.")),
        ("limit=" + "9" * 5000, error(
            "limit", "max_value", "Ensure this value is less than or equal to 200.")),
        ("min_fees=" + "9" * 5000, error(
            "min_fees", "invalid", f"Fees can be at most Rs 999,999.99; found “{'9' * 39}…”."
            " Type an amount such as 12500 or 12,500.50.")),
        ("limit=-1", error(
            "limit", "min_value", "Ensure this value is greater than or equal to 1.")),
        ("limit=1_0", error("limit", "invalid", "Enter a whole number.")),
        ("limit=۵", error("limit", "invalid", "Enter a whole number.")),
        ("city=", error("city", "blank", "Give it a value, or leave it out.")),
        ("city=Lahore&city=", error("city", "blank", "Give it a value, or leave it out.")),
        ("q=%E2%80%8B", error("q", "blank", "Give it a value, or leave it out.")),
        ("sort=__class__", error(
            "sort", "invalid_choice",
            "Select a valid choice. __class__ is not one of the available choices.")),
        ("after=nonsense", error("after", "invalid", ASTRAY)),
        ("min_fees=9&max_fees=8", error("max_fees", "invalid", "Type Rs 9 or more, or nothing.")),
    ],
)  # fmt: skip
def test_refusals_of_the_list(reader, three, query, expected):
    refused(reader.get(f"{STUDENTS}?{query}"), expected)


@pytest.mark.parametrize("sent", ["200", "0200", "0" * 5000 + "200"])
def test_zeros_before_a_number_say_nothing(reader, three, sent):
    assert len(names(reader.get(f"{STUDENTS}?limit={sent}"))) == 3


def test_every_error_is_told_at_once(reader, db):
    errors = reader.get(f"{STUDENTS}?limt=5&sort=x&limit=0").json()["errors"]
    assert [each["parameter"] for each in errors] == ["limt", "sort", "limit"]


def test_the_city_of_the_path_is_the_only_city(reader, db):
    response = reader.get(f"{STUDENTS}city/lhr/?city=khi")
    takes = TAKES.removeprefix("city, ")
    words = f"There is no such parameter; this address takes: {takes}."
    refused(response, error("city", "unknown", words))
    blank = error("city", "blank", "Name a city, or choose none.")
    refused(reader.get(f"{STUDENTS}city/%20/"), blank)


def test_a_bookmark_in_one_list_is_none_in_another(reader, three):
    onward = reader.get(f"{STUDENTS}?limit=1&q=a").json()["next"]
    for elsewhere in (
        onward.replace("q=a", "q=s"),
        onward.replace("q=a", "city=lhr"),
        onward + "&sort=fees",
        onward + "&min_fees=1",
        onward[:-1],
    ):
        refused(reader.get(elsewhere), error("after", "invalid", ASTRAY))
    assert reader.get(onward.replace("limit=1", "limit=2")).status_code == 200


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(data=st.data(), sort=st.sampled_from(sorted(StudentFilterForm.ORDERS)))
def test_pages_hold_while_rows_come_and_go(writer, data, sort):
    """Who was there all along is seen exactly once, in order; nobody is seen twice."""
    Student.objects.all().delete()
    row = st.tuples(
        st.sampled_from(["ali", "Ali", "sana", "علی", "علي", "Zoya"]),
        st.sampled_from(["Lahore", "Karachi", "Chak 12"]),
        st.sampled_from(["0", "1", "1.50", "7000"]),
    )
    for name, city, fees in data.draw(st.lists(row, min_size=1, max_size=12)):
        make_student(name=name, city=city, fees=fees)
    stayed = set(Student.objects.values_list("pk", flat=True))
    seen, onward = [], f"{STUDENTS}?sort={sort}&limit={data.draw(st.integers(1, 4))}"
    while onward:
        page = writer.get(onward).json()
        seen += [student["id"] for student in page["students"]]
        onward = page["next"]
        for name, city, fees in data.draw(st.lists(row, max_size=2)):
            make_student(name=name, city=city, fees=fees)
        gone = data.draw(st.none() | st.sampled_from(sorted(stayed)) if stayed else st.none())
        if gone:
            Student.objects.filter(pk=gone).delete()
            stayed.discard(gone)
        if len(seen) > 60:
            break
    assert len(seen) == len(set(seen))
    if not onward:
        assert stayed <= set(seen)
    order = StudentFilterForm.ORDERS[sort]
    there = list(Student.objects.filter(pk__in=seen).order_by(*order).values_list("pk", flat=True))
    assert [pk for pk in seen if pk in set(there)] == there


def test_a_lost_database_is_a_503(reader, monkeypatch):
    from django.db import OperationalError

    def lost(*args):
        raise OperationalError("Ali pays 5000")

    reader.raise_request_exception = False
    monkeypatch.setattr("students.models.StudentQuerySet.matching", lost)
    response = reader.get(STUDENTS)
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert response["Content-Type"] == "application/problem+json"
    assert "Ali" not in response.content.decode()


def test_the_staff_filter_and_the_api_find_the_same(reader, viewer, three):
    for query in ("q=a", "city=lhr&city=khi&sort=-fees", "min_fees=7.5&max_fees=5000"):
        page = viewer.get(f"/students/?{query}").context["page"].object_list
        assert names(reader.get(f"{STUDENTS}?{query}")) == [student.name for student in page]


@pytest.mark.parametrize("q", ["ali", "علی", "raza ali"])
@pytest.mark.parametrize("sort", ["name", "-name", "city", "-fees"])
def test_a_search_is_paged_in_the_lists_order(reader, viewer, db, q, sort):
    for number in range(9):
        for name in ("Ali", "Raza Ali", "علی", "Sana"):
            city = ("Lahore", "Quetta")[number % 2]
            make_student(name=f"{name} {number % 4}", city=city, fees=str(number % 3))
    query = {"q": q, "sort": sort}
    expected = [one.pk for one in viewer.get("/students/", query).context["page"]]
    found, url = [], f"{STUDENTS}?{urlencode({**query, 'limit': 4})}"
    while url:
        page = reader.get(url).json()
        found += [one["id"] for one in page["students"]]
        url = page["next"]
    assert found == expected
    assert len(found) in (9, 18)


def test_an_unchanged_page_is_a_304(reader, three, monkeypatch):
    first = reader.get(f"{STUDENTS}?limit=1")
    monkeypatch.setattr("time.time", lambda real=time.time: real() + 100)
    again = reader.get(f"{STUDENTS}?limit=1", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_student(name="Aamir")
    changed = reader.get(f"{STUDENTS}?limit=1", headers={"If-None-Match": first["ETag"]})
    assert names(changed) == ["Aamir"]
