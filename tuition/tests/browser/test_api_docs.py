"""The docs page of the API, in a real browser. The fixture fails on any CSP violation."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from api.tests.factories import make_token
from students.models import Student
from tuition.tests.browser.conftest import resized


def send(page, operation):
    page.locator(f"section:has(#{operation}) form.try button").click()
    answer = page.locator(f"section:has(#{operation}) .answer")
    answer.filter(has_text="{").wait_for()
    return answer.inner_text()


def open_form(page, operation, **values):
    page.locator(f"section:has(#{operation}) summary").click()
    for name, value in values.items():
        page.locator(f"[id='{operation}-{name}']").fill(value)


def test_it_reads_with_ones_own_rights(open_page):
    page = open_page("/api/docs", user="viewer")
    assert page.title() == "The API · Tuition"
    open_form(page, "list_students", city="lhr", limit="1")
    answer = send(page, "list_students")
    assert answer.startswith("200 OK\n")
    assert '"city": "Lahore"' in answer
    assert "after=" in answer
    open_form(page, "add_student")
    assert send(page, "add_student").startswith("403 ")
    assert Student.objects.count() == 500


def test_it_writes_with_ones_own_rights(open_page):
    page = open_page("/api/docs", user="staff")
    open_form(page, "add_student")
    answer = send(page, "add_student")
    assert answer.startswith("201 Created\n")
    assert "location: /api/students/" in answer
    assert Student.objects.filter(name="Ali Raza", fees="12500").exists()


def test_it_calls_as_a_program(open_page):
    page = open_page("/api/docs", user="admin")
    page.get_by_label("Token", exact=True).fill("wrong")
    open_form(page, "list_students")
    assert send(page, "list_students").startswith("401 Unauthorized")
    page.get_by_label("Token", exact=True).fill(make_token())
    page.locator("section:has(#list_students) form.try button").click()
    page.locator("section:has(#list_students) .answer").filter(has_text="200 OK").wait_for()
    open_form(page, "add_student")
    assert "This token may only see." in send(page, "add_student")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, scheme):
    page = open_page("/api/docs", user="viewer", scheme=scheme, csp=False)
    for summary in page.locator(".operation summary").all():
        summary.click()
    send(page, "get_average_fees")
    for size in resized(page):
        if size == "phone":
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_nothing_comes_from_elsewhere(open_page):
    page = open_page("/students/", user="viewer")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs")
    home = page.url.removesuffix("/api/docs")
    assert asked
    assert {url for url in asked if not url.startswith(home)} == set()


def test_the_key_of_a_new_token_is_shown_once(open_page):
    page = open_page("/admin/api/apitoken/add/", user="admin")
    page.get_by_label("Name").fill("the website")
    page.get_by_role("button", name="Save", exact=True).click()
    key = page.locator("code").inner_text()
    assert key.startswith("tuition_")
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("row").filter(has_text="the website").wait_for()
    assert key not in page.content()
