"""A query string is read once and answered anew."""

from api.problems import query_errors
from students.tests.api.calls import STUDENTS, names
from students.tests.factories import make_student


def forms_made(monkeypatch):
    made = []
    monkeypatch.setattr(
        "api.http.query_errors", lambda *args: made.append(args) or query_errors(*args)
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


def test_a_bookmark_is_not_kept(reader, three, monkeypatch):
    onward = reader.get(f"{STUDENTS}?limit=1").json()["next"]
    made = forms_made(monkeypatch)
    assert names(reader.get(onward)) == names(reader.get(onward)) == ["Sana"]
    assert len(made) == 2


def test_letters_of_any_script_are_read(reader, db):
    make_student(name="علی", city="لاہور")
    for query in ("city=لاہور&q=علی", "city=%D9%84%D8%A7%DB%81%D9%88%D8%B1"):
        assert names(reader.get(f"{STUDENTS}?{query}")) == ["علی"]
    assert names(reader.get("/api/students/city/لاہور/")) == ["علی"]
