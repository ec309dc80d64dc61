"""A clerk at work: one click to a new student and no mouse after it; "back", double clicks."""

from django.utils import timezone

from students.models import Family, Student
from tuition.tests.browser.test_pages import follow


def type_student(page, *values):
    """As a clerk types: from field to field with Tab, once the page has put the cursor there."""
    page.locator("[name=name]:focus").wait_for()
    for value in values:
        page.keyboard.type(value)
        page.keyboard.press("Tab")


def test_one_click_and_then_typing(open_page):
    page = open_page("/students/", user="staff")
    follow(page, page.get_by_role("link", name="Add student"))
    type_student(page, "Zzz Raza", "Muhammad Aslam", "lhr", "12,500")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    student = Student.objects.get(name="Zzz Raza")
    assert (student.city, student.joined_on) == ("Lahore", timezone.localdate())
    assert page.get_by_role("status").inner_text() == "Zzz Raza was added."


def test_back_and_saved_again_adds_nobody_twice(open_page):
    page = open_page("/students/add/", user="staff")
    type_student(page, "Zzz", "", "Lahore", "100")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.go_back()  # a browser shows the form as it was sent, or a new and empty one
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    assert Student.objects.filter(name="Zzz").count() == 1


def test_a_double_click_adds_one(open_page):
    page = open_page("/students/add/", user="staff")
    type_student(page, "Zzz", "", "Lahore", "100")
    page.get_by_role("button", name="Save", exact=True).dblclick(no_wait_after=True)
    page.locator(".student-page").wait_for()
    assert Student.objects.filter(name="Zzz").count() == 1


def test_the_next_of_a_pile_and_a_new_family_without_javascript(open_page):
    page = open_page("/students/add/", user="staff", javascript=False)
    for name, value in {
        "name": "Zzz One", "city": "Lahore", "fees": "1", "class_name": "9-B", "family": "Zafar",
    }.items():  # fmt: skip
        page.locator(f"[name={name}]").fill(value)
    follow(page, page.get_by_role("button", name="Save", exact=True))
    assert page.title().startswith("Error: Add a student")
    page.get_by_label("Make a new family “Zafar”").check()
    follow(page, page.get_by_role("button", name="Save and add another"))
    assert page.locator("[name=class_name]").input_value() == "9-B"
    page.locator("[name=name]").fill("Zzz Two")
    page.locator("[name=fees]").fill("2")
    page.locator("[name=family]").fill("zafar")
    follow(page, page.get_by_role("button", name="Save", exact=True))
    assert Family.objects.get(name="Zafar").students.count() == 2


def test_mended_and_back_to_the_same_list(open_page):
    page = open_page("/students/?city=khi&sort=-fees", user="staff")
    follow(page, page.locator("tbody th a").nth(1))
    follow(page, page.get_by_role("link", name="Edit", exact=True))
    page.locator("[name=class_name]").fill("10-Z")
    follow(page, page.get_by_role("button", name="Save", exact=True))
    assert "was saved." in page.get_by_role("status").inner_text()
    assert page.get_by_text("10-Z").first.is_visible()
    follow(page, page.get_by_role("link", name="Students in Karachi"))
    assert page.url.endswith("/students/?city=Karachi&sort=-fees")


def test_left_and_back(open_page):
    page = open_page(Student.objects.first().get_absolute_url(), user="staff")
    follow(page, page.get_by_role("link", name="Mark as left"))
    follow(page, page.get_by_role("button", name="Mark as left"))
    assert page.get_by_text("Left on").first.is_visible()
    follow(page, page.get_by_role("link", name="Came back"))
    follow(page, page.get_by_role("button", name="Save", exact=True))
    assert not Student.objects.first().has_left


def test_on_a_phone_the_button_is_in_reach(open_page):
    page = open_page("/students/add/", user="staff", size="phone")
    box = page.get_by_role("button", name="Save", exact=True).bounding_box()
    assert 0 < box["y"] < 740 - box["height"]
