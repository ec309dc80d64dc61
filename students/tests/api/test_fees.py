"""GET /api/fees/<student>/."""

from students.tests.factories import make_student


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
