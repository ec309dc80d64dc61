"""GET /students/print/: the list on paper."""

import pytest

from students.tests.factories import make_leaver, make_student
from students.tests.test_student_list import text

PRINT = "/students/print/"


def test_all_rows_with_their_facts_and_the_totals(viewer, db):
    for number in range(60):
        make_student(name=f"Ali {number:02}", city="Lahore", fees="100.50", class_name="9-B")
    make_student(name="Sana", city="Quetta", phone="03001234567", father_name="علی")
    page = text(viewer.get(f"{PRINT}?city=lhr&sort=-name"))
    assert "City: Lahore" in page
    assert "60 students in Lahore" in page
    assert "Ali 59" in page
    assert page.index("Ali 59") < page.index("Ali 00")
    assert "Total of all 60 students Rs 6,030.00" in page
    assert "Average Rs 100.50" in page
    assert "Sana" not in page
    assert "0300-1234567" in text(viewer.get(PRINT))


def test_no_more_than_the_limit_and_says_so(viewer, db, monkeypatch):
    monkeypatch.setattr("students.views.printing.LIMIT", 2)
    for number in range(3):
        make_student(name=f"Ali {number}")
    page = text(viewer.get(PRINT))
    assert "These are the first 2: more are not printed at once." in page
    assert "Total of all 3 students" in page
    assert "Ali 1" in page
    assert "Ali 2" not in page


def test_who_has_left_only_when_asked_for(viewer, db):
    make_leaver(name="Umar", left_on="2026-05-31")
    assert "there is nothing to print" in text(viewer.get(PRINT))
    assert "left on 31/05/2026" in text(viewer.get(f"{PRINT}?status=all"))


@pytest.mark.parametrize("query", ["min_fees=x", "page=x", "sort=x"])
def test_bad_values_print_nothing(viewer, db, query):
    make_student(name="Ali")
    response = viewer.get(f"{PRINT}?{query}")
    assert "No students are shown until this is mended" in text(response)
    assert "rows" not in response.context


def test_the_list_leads_there_with_its_filter(viewer, db):
    make_student(city="Lahore")
    page = viewer.get("/students/?city=lhr&sort=-fees").content.decode()
    assert f'href="{PRINT}?city=Lahore&amp;sort=-fees"' in page
