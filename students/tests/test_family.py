"""GET /students/families/<id>/."""

import re

from students.models import Family
from students.tests.factories import make_family, make_leaver, make_student


def text(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", response.content.decode()))


def test_children_and_what_those_here_pay(viewer, db):
    family = make_family(name="Aslam", phone="0300-1234567")
    make_student(name="Ali", fees="5000", class_name="9-B", family=family)
    make_student(name="Sana", fees="4000.50", family=family)
    make_leaver(name="Umar", fees="100", left_on="2026-05-31", family=family)
    make_student(name="Somebody else")
    response = viewer.get(family.get_absolute_url())
    page = text(response)
    assert [child.name for child in response.context["children"]] == ["Ali", "Sana", "Umar"]
    assert "Children here 2" in page
    assert "Rs 9,000.50" in page
    assert "0300-1234567" in page
    assert "left on 31/05/2026" in page
    assert "Somebody else" not in page


def test_no_such_family(viewer, db):
    for number in ("1", "9" * 30):
        assert viewer.get(f"/students/families/{number}/").status_code == 404


def test_called(db):
    aslam, other = make_family(name="Aslam", phone="0300-1234567"), make_family(name="ASLAM")
    abroad = make_family(name="Raza", phone="+44 20 79460000")
    for typed, found in {
        "aslam": [aslam, other], str(other.pk): [other], str(aslam): [aslam],
        "Aslam · 0300-7654321": [], "Nobody": [], "9" * 30: [], str(abroad): [abroad],
    }.items():  # fmt: skip
        assert list(Family.objects.called(typed)) == found
