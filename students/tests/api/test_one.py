"""GET, PUT, PATCH and DELETE /api/students/<id>/."""

import pytest

from students.models import Student
from students.tests.api.calls import error, one, refused, send, whole


def test_one_student_and_its_etag(reader, three):
    ali = Student.objects.get(name="Ali")
    response = reader.get(one(ali.pk))
    assert response.json() == whole(ali.pk, "Ali", "Lahore", "5000.00")
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


def test_an_address_that_takes_no_parameters_says_so(writer, three):
    ali = one(Student.objects.get(name="Ali").pk)
    body = {"name": "Ali", "city": "Lahore", "fees": "1"}
    told = error("x", "unknown", "There is no such parameter; this address takes none.")
    calls = [("GET", ali), ("GET", "/api/fees/Ali/"), ("GET", "/api/openapi.json")]
    calls += [("POST", "/api/students/"), ("PUT", ali), ("PATCH", ali), ("DELETE", ali)]
    for method, address in calls:
        refused(send(writer, method, f"{address}?x=1", body if method[0] == "P" else ""), told)


def test_put_patch_and_delete(writer, three):
    ali = Student.objects.get(name="Ali")
    body = {"name": " Ali  Raza", "city": "khi", "fees": "Rs 12,500/-"}
    response = send(writer, "PUT", one(ali.pk), body)
    expected = whole(ali.pk, "Ali Raza", "Karachi", "12500.00")
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


NO_TAGS = "It is *, or ETags in double quotes with commas between them."
BODY = {"name": "Ali", "city": "Lahore", "fees": "1"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize(
    "sent",
    ["abc", "", " ", ",", "W/abc", 'w/"abc"', '"abc', 'abc"', '"abc" x', '"a" "b"', "'abc'",
     '*, "a"', '"abc", def', "**", '"a b"', "ali", "\u06f1"],
)  # fmt: skip
def test_a_guard_that_cannot_be_read_guards_by_refusing(writer, three, method, header, sent):
    ali = Student.objects.get(name="Ali")
    response = send(writer, method, one(ali.pk), BODY, **{header: sent})
    refused(response, error(header, "invalid", NO_TAGS))
    assert Student.objects.get(pk=ali.pk).fees == 5000


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{etag}", 200), ('"x", {etag}', 200), ('{etag},"x,y"', 200), (', {etag} ,, "x"', 200),
        (" * ", 200), ("W/{etag}", 412), ('W/{etag}, "x"', 412), ('""', 412), ('"*"', 412),
        ('"x", "y"', 412), ('""{etag}', 400),
    ],
)  # fmt: skip
def test_if_match_compares_strongly(writer, three, method, sent, status):
    ali = Student.objects.get(name="Ali")
    sent = sent.format(etag=writer.get(one(ali.pk))["ETag"])
    response = send(writer, method, one(ali.pk), BODY, **{"If-Match": sent})
    assert response.status_code == (204 if (method, status) == ("DELETE", 200) else status)
    assert Student.objects.filter(pk=ali.pk, fees=5000).exists() == (status != 200)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_only_if_it_is_another_one(writer, three, method):
    ali = Student.objects.get(name="Ali")
    etag = writer.get(one(ali.pk))["ETag"]
    for sent in ("*", etag, f'"x", W/{etag}'):
        response = send(writer, method, one(ali.pk), BODY, **{"If-None-Match": sent})
        assert response.status_code == 412
        assert response.json()["title"] == "It is there already"
        assert response.json()["detail"] == "If-None-Match asks for another one than this."
    assert Student.objects.get(pk=ali.pk).fees == 5000
    response = send(writer, method, one(ali.pk), BODY, **{"If-None-Match": '"x"'})
    assert response.status_code in (200, 204)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("sent", ["Thu, 01 Jan 2099 00:00:00 GMT", "yesterday", ""])
def test_a_date_guards_nothing_and_is_refused(writer, three, method, sent):
    ali = Student.objects.get(name="Ali")
    date = {"If-Unmodified-Since": sent}
    response = send(writer, method, one(ali.pk), BODY, **date)
    words = "Nothing is told by its date here: send its ETag as If-Match."
    refused(response, error("If-Unmodified-Since", "invalid", words))
    assert Student.objects.get(pk=ali.pk).fees == 5000
    response = send(writer, method, one(ali.pk), BODY, **date, **{"If-Match": "*"})
    assert response.status_code in (200, 204)  # RFC 9110, 13.1.4: the ETag goes before the date


ALL_JSON = [
    "/api/students/", "/api/students/city/Lahore/", "/api/students/{pk}/", "/api/fees/Ali/",
    "/api/average-fees/", "/students/average-fees/", "/api/openapi.json",
]  # fmt: skip


@pytest.mark.parametrize("address", ALL_JSON)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_of_a_reader(reader, three, method, address):
    address = address.format(pk=Student.objects.get(name="Ali").pk)
    etag = reader.get(address)["ETag"]

    def ask(**headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return reader.generic(method, address, headers=named)

    other = ask(If_Match='"x"')
    assert (other.status_code, other["Content-Type"]) == (412, "application/problem+json")
    if method == "GET":
        assert other.json() == {
            "type": "about:blank",
            "title": "It was changed meanwhile",
            "status": 412,
            "detail": "It is not what If-Match names.",
        }
        refused(ask(If_Match="abc"), error("If-Match", "invalid", NO_TAGS))
    for same in (etag, "*", f'"x", {etag}'):
        assert ask(If_Match=same).status_code == 200
    for same in (etag, "*", f"W/{etag}", f'"x",{etag}'):
        unchanged = ask(If_None_Match=same)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged["ETag"] == etag
        assert "no-cache" in unchanged["Cache-Control"]
    for odd in ("abc", "", '"x"', etag.strip('"')):  # the whole answer is never wrong
        assert ask(If_None_Match=odd).status_code == 200
    for odd in ("yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"):
        assert ask(If_Unmodified_Since=odd, If_Modified_Since=odd).status_code == 200
