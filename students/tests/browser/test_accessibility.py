"""axe finds nothing on our pages; in the admin, nothing that stock Django's own pages lack."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from students.models import Student
from students.tests.factories import make_student

OURS = {
    "list": "/students/",
    "filtered": "/students/?city=lhr&q=a&sort=-fees",
    "nobody": "/students/?q=zzzz",
    "refused": "/students/?min_fees=abc&city=" + "x" * 60,
    "city": "/students/city/Karachi/",
    "student": "/students/{pk}/",
    "password": "/accounts/password_change/",
    "missing": "/students/city/",
}


def violations(page):
    """axe puts inline styles of its own into a page: the policy is tested in test_pages.py."""
    found = Axe().run(page).response["violations"]
    return {rule["id"]: [node["html"][:120] for node in rule["nodes"]] for rule in found}


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_our_pages(open_page, size, scheme):
    pk = make_student(name="علی رضا", city="لاہور").pk
    page = open_page("/accounts/login/", size=size, scheme=scheme, csp=False)
    assert violations(page) == {}
    page = open_page("/students/", user="viewer", size=size, scheme=scheme, csp=False)
    for name, path in OURS.items():
        page.goto(path.format(pk=pk))
        assert violations(page) == {}, name
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert violations(page) == {}, f"{name}, right to left"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_admin(open_page, scheme, size):
    """Django's own users pages are the measure: ours may break no rule that they keep."""
    page = open_page("/admin/", user="admin", scheme=scheme, size=size, csp=False)
    pk = Student.objects.first().pk
    pairs = [
        ("/admin/students/student/", "/admin/auth/user/"),
        ("/admin/students/student/add/", "/admin/auth/group/add/"),
        (f"/admin/students/student/{pk}/change/", "/admin/auth/group/1/change/"),
    ]
    for ours, stock in pairs:
        page.goto(stock)
        allowed = set(violations(page))
        page.goto(ours)
        found = violations(page)
        assert set(found) <= allowed, (ours, found)
