"""axe finds nothing on our pages; in the admin, nothing that stock Django's own pages lack."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe

from students.models import Student
from students.tests.factories import make_student
from tuition.tests.browser.conftest import resized

OURS = {
    "sign-in": "/accounts/login/",
    "list": "/students/?per_page=25",
    "filtered": "/students/?city=lhr&q=a&sort=-fees",
    "nobody": "/students/?q=zzzz",
    "refused": "/students/?min_fees=abc&city=" + "x" * 60,
    "city": "/students/city/Karachi/",
    "student": "/students/{pk}/",
    "password": "/accounts/password_change/",
    "missing": "/students/city/",
}


@pytest.fixture
def sample(sample):
    """Fewer rows: axe's time is spent on each of them, and they are all alike. Still two pages."""
    few = Student.objects.order_by("name_key", "id").values("pk")[:30]
    Student.objects.exclude(pk__in=few).delete()


def violations(page, *, colours=True):
    """axe puts inline styles of its own into a page: the policy is tested in test_pages.py."""
    axe = Axe("" if page.evaluate("'axe' in window") else AXE_SCRIPT)
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": colours}}}
    found = axe.run(page, options=options).response["violations"]
    return {rule["id"]: [node["html"][:120] for node in rule["nodes"]] for rule in found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", OURS)
def test_our_pages(open_page, scheme, name):
    pk = make_student(name="علی رضا", city="لاہور").pk
    user = "viewer" if name != "sign-in" else ""
    page = open_page(OURS[name].format(pk=pk), user=user, scheme=scheme, csp=False)
    for size in resized(page):
        page.evaluate("document.documentElement.dir = 'ltr'")
        assert violations(page) == {}, size
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert violations(page, colours=False) == {}, f"{size}, right to left"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_admin(open_page, scheme):
    """Django's own users pages are the measure: ours may break no rule that they keep."""
    page = open_page("/admin/", user="admin", scheme=scheme, csp=False)
    pk = Student.objects.first().pk
    pairs = [
        ("/admin/students/student/", "/admin/auth/user/"),
        ("/admin/students/student/add/", "/admin/auth/group/add/"),
        (f"/admin/students/student/{pk}/change/", "/admin/auth/group/1/change/"),
    ]
    for ours, stock in pairs:
        page.goto(stock)
        allowed = {size: set(violations(page)) for size in resized(page)}
        page.goto(ours)
        for size in resized(page):
            found = violations(page)
            assert set(found) <= allowed[size], (ours, size, found)


def test_the_question_about_a_city(open_page):
    """As good as the stock page that refuses a form."""
    page = open_page("/admin/auth/group/add/", user="admin", csp=False)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".errorlist")
    allowed = {size: set(violations(page)) for size in resized(page)}
    page.goto("/admin/students/student/add/")
    for label, words in (("Name", "Zzz"), ("City", "Lhaore"), ("Monthly fees", "1")):
        page.get_by_label(f"{label}:", exact=True).fill(words)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".errorlist")
    for size in resized(page):
        found = violations(page)
        assert set(found) <= allowed[size], (size, found)
