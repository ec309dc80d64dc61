"""The JSON API: what its ancestors offered, then each operation, its success and its refusals."""

import json
import time
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from students.forms import StudentFilterForm
from students.models import Student
from students.tests.factories import make_student, make_token
from tuition.errors import query_errors

STUDENTS = "/api/students/"


def one(pk):
    return f"{STUDENTS}{pk}/"


def send(client, method, address, body, **headers):
    body = body if isinstance(body, str | bytes) else json.dumps(body)
    kind = "application/json"  # said twice, because Django's client says nothing of an empty body
    return client.generic(method, address, body, kind, headers=headers, CONTENT_TYPE=kind)


def names(response):
    return [student["name"] for student in response.json()["students"]]


@pytest.fixture
def reader(db):
    return Client(headers={"Authorization": f"Bearer {make_token(name='reader')}"})


@pytest.fixture
def writer(db):
    return Client(headers={"Authorization": f"Bearer {make_token(name='writer', can_edit=True)}"})


@pytest.fixture
def three(db):
    make_student(name="Ali", city="Lahore", fees="5000")
    make_student(name="Sana", city="Karachi", fees="7.50")
    make_student(name="علی", city="Islamabad", fees="7000")


# -- What the ancestors offered ------------------------------------------------------------------


def test_flask_add_student(writer):
    response = send(writer, "POST", STUDENTS, {"name": "Ali", "city": "Lahore", "fees": 5000})
    student = Student.objects.get()
    assert response.status_code == 201
    assert response["Location"] == one(student.pk)
    assert response.json() == {
        "id": student.pk, "name": "Ali", "city": "Lahore", "fees": "5000.00",
    }  # fmt: skip


def test_flask_students(reader, three):
    ali, sana, urdu = Student.objects.order_by("id")
    assert reader.get(STUDENTS).json() == {
        "students": [
            {"id": ali.pk, "name": "Ali", "city": "Lahore", "fees": "5000.00"},
            {"id": sana.pk, "name": "Sana", "city": "Karachi", "fees": "7.50"},
            {"id": urdu.pk, "name": "علی", "city": "Islamabad", "fees": "7000.00"},
        ],
        "next": None,
    }


def test_flask_students_of_a_city(reader, three):
    ali = Student.objects.get(name="Ali")
    for typed in ("Lahore", "lhr", "لاہور"):
        assert reader.get(f"{STUDENTS}city/{typed}/").json() == {
            "students": [{"id": ali.pk, "name": "Ali", "city": "Lahore", "fees": "5000.00"}],
            "next": None,
        }


@pytest.mark.parametrize("typed", ["isb", "ISB"])
def test_flask_students_isb(reader, three, typed):
    assert names(reader.get(f"{STUDENTS}city/{typed}/")) == ["علی"]


def test_fastapi_fees(reader, db):
    student = make_student(name="Ahmad", city="Multan", fees="7000")
    assert reader.get("/api/fees/Ahmad/").json() == {
        "student": "Ahmad", "city": "Multan", "fees": "7000.00", "id": student.pk,
    }  # fmt: skip


def test_fastapi_documents_itself(reader, viewer):
    document = reader.get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert viewer.get("/api/docs").status_code == 200


def test_django_list_page_and_average(viewer, three):
    assert "Rs 5,000" in viewer.get("/students/").content.decode()
    answer = viewer.get("/students/average-fees/?city=Lahore").json()
    assert answer["average_fees"] == "5000.00"


def test_django_filter_in_the_shell(three):
    assert [
        f"{student.name} pays {student.fees:.0f} PKR"
        for student in Student.objects.filter(city="Lahore")
    ] == ["Ali pays 5000 PKR"]


# -- The list ------------------------------------------------------------------------------------


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
    with django_assert_num_queries(1):  # the rows
        reader.get(STUDENTS)
    assert prepared_runs() == before + 1  # the token


def test_pages(reader, three):
    first = reader.get(f"{STUDENTS}?limit=2&sort=-fees")
    assert names(first) == ["علی", "Ali"]
    onward = first.json()["next"]
    assert onward.startswith("http://testserver/api/students/?limit=2&sort=-fees&after=")
    assert first["Link"] == f'<{onward}>; rel="next"'
    last = reader.get(onward)
    assert (names(last), last.json()["next"]) == (["Sana"], None)
    assert "Link" not in last


def refused(response, *errors, detail="Nothing was done; see errors.", status=400):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "This request can't be read",
        "status": status,
        "detail": detail,
        "errors": list(errors),
    }


def error(parameter, code, detail, **more):
    return {"parameter": parameter, "code": code, "detail": detail} | more


TAKES = "city, q, min_fees, max_fees, sort, limit, after"
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


def test_a_place_in_one_list_is_none_in_another(reader, three):
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


# -- One student ---------------------------------------------------------------------------------


def test_one_student_and_its_etag(reader, three):
    ali = Student.objects.get(name="Ali")
    response = reader.get(one(ali.pk))
    assert response.json() == {"id": ali.pk, "name": "Ali", "city": "Lahore", "fees": "5000.00"}
    unchanged = reader.get(one(ali.pk), headers={"If-None-Match": response["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = reader.head(one(ali.pk))
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", response["ETag"])


@pytest.mark.parametrize("pk", ["0", "99999999", "9" * 30])
def test_nobody_there(reader, db, pk):
    response = reader.get(one(pk))
    assert response.status_code == 404
    assert response.json() == {
        "type": "about:blank",
        "title": "There is nothing here",
        "status": 404,
        "detail": "The address may be mistyped, or the record was deleted.",
    }


def test_put_patch_and_delete(writer, three):
    ali = Student.objects.get(name="Ali")
    body = {"name": " Ali  Raza", "city": "khi", "fees": "Rs 12,500/-"}
    response = send(writer, "PUT", one(ali.pk), body)
    expected = {"id": ali.pk, "name": "Ali Raza", "city": "Karachi", "fees": "12500.00"}
    assert (response.status_code, response.json()) == (200, expected)
    response = send(writer, "PATCH", one(ali.pk), {"fees": 0.1})
    assert (response.status_code, response.json()) == (200, expected | {"fees": "0.10"})
    assert send(writer, "PATCH", one(ali.pk), {}).json() == expected | {"fees": "0.10"}
    response = writer.delete(one(ali.pk))
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response
    assert not Student.objects.filter(pk=ali.pk).exists()


def test_put_wants_all_three(writer, three):
    ali = Student.objects.get(name="Ali")
    response = send(writer, "PUT", one(ali.pk), {"name": "Ali"})
    missing = [error(name, "required", "This is missing.") for name in ("city", "fees")]
    refused(response, *missing, detail="Nothing was saved; see errors.")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_if_match_guards_a_write(writer, three, method):
    ali = Student.objects.get(name="Ali")
    etag = writer.get(one(ali.pk))["ETag"]
    body = {"name": "Ali", "city": "Lahore", "fees": "1"}
    Student.objects.filter(pk=ali.pk).update(fees=2)  # by any way whatever, psql too
    response = send(writer, method, one(ali.pk), body, **{"If-Match": etag})
    assert response.status_code == 412
    assert response.json() == {
        "type": "about:blank",
        "title": "It was changed meanwhile",
        "status": 412,
        "detail": "Read it again, and send your change once more.",
    }
    assert Student.objects.get(pk=ali.pk).fees == 2
    for good in (writer.get(one(ali.pk))["ETag"], "*"):
        response = send(writer, method, one(ali.pk), body, **{"If-Match": good})
        assert response.status_code in (200, 204)
        if method == "DELETE":
            break


# -- What a body may be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("5000", "5000.00"), ("5000.5", "5000.50"), ("0.1", "0.10"), ("999999.99", "999999.99"),
        ("1e3", "1000.00"), ("-0", "0.00"), ("70.000", "70.00"), ('"۱۲۵۰۰"', "12500.00"),
        ('"Rs 1,23,456/-"', "123456.00"), ('"12500"', "12500.00"),
    ],
)  # fmt: skip
def test_fees_keep_every_paisa(writer, sent, kept):
    body = f'{{"name": "Ali", "city": "Lahore", "fees": {sent}}}'
    assert send(writer, "POST", STUDENTS, body).json()["fees"] == kept


@pytest.mark.parametrize(
    "sent",
    ["NaN", "Infinity", "-1", "0.005", "1e400", "1e-9999999", "1e99999999", "123456789", '"1_000"',
     '"NaN"', '""', "null", "true", "[]", "{}", "9" * 5000, '"-1"', '"1e3"', "1000000",
     "5000.00000000000000000000000000000000000001"],
)  # fmt: skip
def test_what_is_no_amount(writer, sent):
    body = f'{{"name": "Ali", "city": "Lahore", "fees": {sent}}}'
    response = send(writer, "POST", STUDENTS, body)
    assert response.status_code == 400
    assert not Student.objects.exists()


def test_numbers_of_javascript_and_python_alike(writer):
    """Every amount to the paisa that a float can say comes out as said."""
    for paisa in (1, 7, 29, 57, 1001, 12345678, 99999999):
        body = json.dumps({"name": "Ali", "city": "Lahore", "fees": paisa / 100})
        assert send(writer, "POST", STUDENTS, body).json()["fees"] == f"{paisa / 100:.2f}"


MANY = "An object in the body has at most 100 members."


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("{", "The body is not JSON in UTF-8."),
        (b"\xff\xfe{\x00}\x00", "The body is not JSON in UTF-8."),
        ("\ufeff{}", "The body is not JSON in UTF-8."),
        ("[" * 100_000, "The body is not JSON in UTF-8."),
        ("", "The body must be one JSON object."),
        ("[]", "The body must be one JSON object."),
        ("null", "The body must be one JSON object."),
        ('"Ali"', "The body must be one JSON object."),
        (json.dumps(dict.fromkeys(map(str, range(101)))), MANY),
        (r'{"\ud800": 1}', "A name in the body holds a character that no text here may hold."),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_bodies_that_are_none(writer, three, method, body, detail):
    pk = Student.objects.first().pk
    response = send(writer, method, STUDENTS if method == "POST" else one(pk), body)
    assert response.status_code == 400
    assert response.json()["detail"] == detail
    assert Student.objects.count() == 3


UNSTORABLE = "This text holds a character that can't be stored. Type it again by hand."


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "  "}, error("name", "required", "Type the student's name.")),
        ({"name": "\u200b\u202e"}, error("name", "required", "Type the student's name.")),
        ({"name": "a\0b"}, error("name", "invalid", UNSTORABLE)),
        ({"city": "\ud800"}, error("city", "invalid", UNSTORABLE)),
        ({"name": "a" * 101}, error("name", "max_length", "It has at most 100 characters.")),
        ({"name": None}, error("name", "invalid", "It must be text.")),
        ({"city": 5}, error("city", "invalid", "It must be text.")),
        ({"fees": None}, error("fees", "invalid", "It must be an amount.")),
        ({"fees": "12.505"}, error(
            "fees", "invalid", "Fees have at most 2 decimals; found “12.505”."
            " Type an amount such as 12500 or 12,500.50.")),
        ({"id": 7}, error(
            "id", "unknown", "There is no such parameter; this address takes: name, city, fees.")),
        ({"citty": "x"}, error(
            "citty", "unknown",
            "There is no such parameter; this address takes: name, city, fees.",
            suggestion="city")),
    ],
)  # fmt: skip
def test_refusals_of_a_body(writer, three, change, expected):
    body = {"name": "Ali", "city": "Lahore", "fees": "5000"} | change
    detail = "Nothing was saved; see errors."
    refused(send(writer, "POST", STUDENTS, body), expected, detail=detail)
    ali = Student.objects.get(name="Ali")
    refused(send(writer, "PATCH", one(ali.pk), change), expected, detail=detail)
    ali.refresh_from_db()
    assert (ali.city, str(ali.fees)) == ("Lahore", "5000.00")
    assert Student.objects.count() == 3


def test_a_member_given_twice(writer):
    body = '{"name": "Ali", "name": "Sana", "city": "Lahore", "fees": 1}'
    expected = error("name", "repeated", "Give each member once.")
    refused(send(writer, "POST", STUDENTS, body), expected, detail="Nothing was saved; see errors.")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_another_kind_of_content(writer, three, method, kind):
    address = STUDENTS if method == "POST" else one(Student.objects.first().pk)
    response = writer.generic(method, address, '{"name": "x"}', content_type=kind)
    assert (
        response.status_code in (400, 415) if "multipart" in kind else response.status_code == 415
    )
    assert response["Content-Type"] == "application/problem+json"


def test_too_much_at_once(writer):
    body = {"name": "a" * 3_000_000, "city": "Lahore", "fees": 1}
    response = send(writer, "POST", STUDENTS, body)
    assert response.status_code == 413
    assert response.json()["title"] == "This is too much at once"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writes_take_no_query(writer, three, method):
    address = STUDENTS if method == "POST" else one(Student.objects.first().pk)
    body = {"name": "Ali", "city": "Lahore", "fees": "5000"}
    assert send(writer, method, f"{address}?dry_run=1", body).status_code == 400
    assert Student.objects.count() == 3


# -- Fees of one, averages of many ---------------------------------------------------------------


def test_fees_of_several_of_one_name(reader, db):
    ids = [make_student(name=name, city=city).pk for name, city in
           [("Ali", "Lahore"), ("ALI", "Multan")]]  # fmt: skip
    response = reader.get("/api/fees/ali/")
    assert response.status_code == 409
    assert response.json() == {
        "type": "about:blank",
        "title": "This can't be done as things stand",
        "status": 409,
        "detail": "Several students have this name: ask for one of them by id.",
        "students": [{"id": ids[0], "city": "Lahore"}, {"id": ids[1], "city": "Multan"}],
    }


def test_fees_of_nobody(reader, three):
    response = reader.get("/api/fees/Nobody Such/")
    assert response.status_code == 404
    assert response.json()["detail"] == "No student has this name."
    assert reader.get("/api/fees/Al/").status_code == 404  # a part of a name is no name


def test_a_name_with_a_slash(reader, db):
    make_student(name="Ali Raza S/o Aslam")
    assert reader.get("/api/fees/Ali%20Raza%20S/o%20Aslam/").json()["fees"] == "5000.00"


@pytest.mark.parametrize("query", ["", "?city=lhr", "?city=Chak 12", "?city=", "?city=a&city=b"])
def test_average_fees_answers_as_the_plain_view(client, three, query):
    here, there = (
        client.get(f"/api/average-fees/{query}"),
        client.get(f"/students/average-fees/{query}"),
    )
    assert (here.status_code, here.content) == (there.status_code, there.content)
    assert here.get("ETag") == there.get("ETag")


def test_average_fees_by_city(client, three):
    make_student(city="Lahore", fees="6000")

    def row(city, students, average):
        return {
            "city": city, "students": students, "average_fees": average, "currency": "PKR",
        }  # fmt: skip

    answer = client.get("/api/average-fees/?group_by=city").json()
    assert answer == row(None, 4, "4501.88") | {
        "cities": [
            row("Lahore", 2, "5500.00"), row("Islamabad", 1, "7000.00"), row("Karachi", 1, "7.50"),
        ],
    }  # fmt: skip
    assert client.get("/api/average-fees/?group_by=city&city=khi").json() == row(
        "Karachi", 1, "7.50"
    ) | {"cities": [row("Karachi", 1, "7.50")]}


def test_average_fees_by_city_hides_small_groups(client, settings, three):
    settings.AVERAGE_FEES_MIN_STUDENTS = 2
    cities = client.get("/api/average-fees/?group_by=city").json()["cities"]
    assert cities[0] == {
        "city": "Islamabad", "average_fees": None, "currency": "PKR", "suppressed": True,
    }  # fmt: skip


def test_average_fees_refusals(client, db):
    assert client.get("/api/average-fees/?group_by=name").status_code == 400
    assert client.get("/api/average-fees/?group_by=").status_code == 400
    assert client.get("/students/average-fees/?group_by=city").status_code == 400
    errors = client.get("/api/average-fees/?citty=x").json()["errors"]
    words = "There is no such parameter; this address takes: city, group_by."
    assert errors == [error("citty", "unknown", words, suggestion="city")]


# -- Addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("debug", [True, False])
def test_nothing_here_is_json_too(client, db, settings, debug):
    settings.DEBUG = debug
    for method in ("GET", "POST", "DELETE"):
        response = client.generic(method, "/api/nope/")
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
    response = client.post("/api/students")
    assert response.json()["detail"] == "Addresses end with a slash: /api/students/"


def test_another_method(reader, db):
    response = reader.generic("TRACE", STUDENTS)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"
    assert response.json() == {
        "type": "about:blank",
        "title": "This address can't be used that way",
        "status": 405,
        "detail": "It takes GET, HEAD, POST, not TRACE.",
    }


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


# -- A query string is read once ---------------------------------------------------------------


def forms_made(monkeypatch):
    made = []
    monkeypatch.setattr(
        "students.programs.query_errors", lambda *args: made.append(args) or query_errors(*args)
    )
    return made


def test_the_same_question_is_read_once_and_answered_anew(reader, db, monkeypatch):
    made = forms_made(monkeypatch)
    assert names(reader.get(f"{STUDENTS}?city=lhr")) == []
    make_student(name="Ali", city="Lahore")
    assert names(reader.get(f"{STUDENTS}?city=lhr")) == ["Ali"]
    assert len(made) == 1
    # Another door, another city of the path, another spelling: other questions.
    assert reader.get("/api/average-fees/?city=lhr").json()["students"] == 1
    assert names(reader.get("/api/students/city/lhr/")) == ["Ali"]
    assert names(reader.get("/api/students/city/khi/")) == []
    assert names(reader.get(f"{STUDENTS}?city=LHR")) == ["Ali"]
    assert len(made) == 5


def test_a_refusal_is_the_same_each_time(reader, db):
    first, second = (reader.get(f"{STUDENTS}?limit=0") for _ in range(2))
    assert first.status_code == second.status_code == 400
    assert first.json() == second.json()


def test_what_is_long_is_not_kept(reader, db, monkeypatch):
    made = forms_made(monkeypatch)
    for _ in range(2):
        reader.get(f"{STUDENTS}?q={'a' * 90}&{'city=lahore&' * 20}")
    assert len(made) == 2
    for _ in range(2):
        reader.get(f"/api/students/city/{'a' * 400}/")
    assert len(made) == 4


def test_a_place_further_on_is_not_kept(reader, three, monkeypatch):
    onward = reader.get(f"{STUDENTS}?limit=1").json()["next"]
    made = forms_made(monkeypatch)
    assert names(reader.get(onward)) == names(reader.get(onward)) == ["Sana"]
    assert len(made) == 2


def test_letters_of_any_script_are_read(reader, db):
    make_student(name="علی", city="لاہور")
    for query in ("city=لاہور&q=علی", "city=%D9%84%D8%A7%DB%81%D9%88%D8%B1"):
        assert names(reader.get(f"{STUDENTS}?{query}")) == ["علی"]
    assert names(reader.get("/api/students/city/لاہور/")) == ["علی"]


# -- A program's call without cookies asks nothing of what only people need --------------------


@pytest.mark.parametrize(
    "path",
    ["/api/students/", "/api/students/0/", "/api/nowhere/", "/students/average-fees/?city=x"],
)
def test_with_and_without_cookies_the_answer_is_the_same(reader, db, path):
    bare = reader.get(path)
    with_cookie = reader.get(path, headers={"Cookie": "theme=dark"})
    assert bare.content == with_cookie.content
    assert dict(bare.headers) == dict(with_cookie.headers)
    assert not hasattr(bare.wsgi_request, "session")
    assert hasattr(with_cookie.wsgi_request, "session")


@pytest.mark.parametrize("path", ["/api/docs", "/students/", "/accounts/login/", "/admin/"])
def test_pages_for_people_ask_for_all_of_it(client, db, path):
    assert hasattr(client.get(path).wsgi_request, "session")
