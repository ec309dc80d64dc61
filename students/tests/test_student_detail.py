"""GET /students/<id>/."""

import re

from django.utils import timezone

from students.tests.factories import make_student


def test_shows_all_fields(viewer, db):
    student = make_student(name="علی رضا", city="lhr", fees="12500.50")
    response = viewer.get(student.get_absolute_url())
    page = re.sub(r"\s+", " ", response.content.decode())
    assert response.status_code == 200
    assert "<title>علی رضا · Tuition</title>" in page
    assert '<h1><bdi lang="ur">علی رضا</bdi></h1>' in page
    assert '<dd class="big">Rs 12,500.50</dd>' in page
    assert 'href="/students/city/Lahore/"' in page
    added = timezone.localtime(student.created_at).strftime("%d/%m/%Y %H:%M")
    assert f"<dt>Added</dt><dd>{added}</dd>" in page
    assert "Edit in the admin" not in page


def test_those_who_may_edit_get_the_way_into_the_admin(editor, db):
    student = make_student()
    page = editor.get(student.get_absolute_url()).content.decode()
    assert f'href="/admin/students/student/{student.pk}/change/"' in page


def test_four_statements(viewer, db, django_assert_num_queries, prepared_runs):
    student = make_student()
    before = prepared_runs()
    with django_assert_num_queries(1):  # the student
        viewer.get(student.get_absolute_url())
    assert prepared_runs() == before + 3  # session, user, rights


def test_nobody_of_that_number(viewer, db):
    for number in ("1", "9" * 18, "9" * 30):
        assert viewer.get(f"/students/{number}/").status_code == 404
