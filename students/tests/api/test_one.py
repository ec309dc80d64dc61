"""GET, PUT, PATCH and DELETE /api/students/<id>/."""

import pytest

from students.models import Student
from students.tests.api.calls import error, one, refused, send


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
