"""The list by keyboard: few Tabs to everything, the cities in one field, "/" for the search."""

import pytest

from students.tests.factories import make_student
from tuition.tests.browser.test_pages import follow

MOST = 12  # Tabs from the top
FILTERS = [
    "id_q", "city-combo", "id_status", "id_min_fees", "id_max_fees", "id_sort", "id_per_page",
]  # fmt: skip


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def tabs_to(page, there):
    """How many Tabs from here until `there` is true of what has the focus."""
    for count in range(1, 40):
        page.keyboard.press("Tab")
        if there(focused(page)):
            return count
    raise AssertionError(f"not reached in 40 Tabs; the last was {focused(page)}")


def skipped(page, link):
    """How many Tabs to a skip link, which is then followed."""
    page.evaluate("document.activeElement.blur()")
    count = tabs_to(page, lambda words: words == link)
    page.keyboard.press("Enter")
    return count


def test_the_first_student_is_a_few_tabs_away(open_page):
    page = open_page("/students/?city=lhr&city=khi&q=a", user="staff")
    first = page.locator("tbody th a").first.inner_text()
    count = skipped(page, "Skip to the results")
    assert page.evaluate("location.hash") == "#results"
    assert count + tabs_to(page, lambda words: words == first) <= MOST


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_is_a_few_tabs_away(open_page, name):
    page = open_page("/students/", user="staff")
    count = skipped(page, "Skip to the content")
    assert count + tabs_to(page, lambda found: found == name) <= MOST


def test_a_slash_leads_to_the_search(open_page):
    page = open_page("/students/?q=ali", user="viewer")
    page.keyboard.press("/")
    assert focused(page) == "id_q"
    assert page.evaluate("getSelection().toString()") == "ali"
    page.keyboard.type("a/b")  # while typing it is a letter
    assert page.locator("#id_q").input_value() == "a/b"


def test_cities_are_chosen_and_removed_by_keyboard(open_page):
    make_student(city="Chak 7")
    page = open_page("/students/", user="viewer")
    combo = page.get_by_role("combobox", name="City")
    combo.focus()
    page.keyboard.press("ArrowDown")
    assert combo.get_attribute("aria-expanded") == "true"
    active = page.locator(f"#{combo.get_attribute('aria-activedescendant')}")
    assert "Karachi" in active.inner_text()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert combo.get_attribute("aria-expanded") == "false"
    page.keyboard.type("chak7")
    assert page.locator("[role=option]:visible").count() == 1
    page.keyboard.press("Enter")
    chosen = page.locator(".chosen button")
    assert [words.split("\n")[1] for words in chosen.all_inner_texts()] == ["Karachi", "Chak 7"]
    page.keyboard.press("Backspace")
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    assert combo.get_attribute("aria-expanded") == "false"
    page.get_by_role("button", name="Remove Karachi").press("Enter")
    assert chosen.count() == 0
    assert focused(page) == "city-combo"
    page.keyboard.type("lhr")
    page.keyboard.press("Enter")  # sends nothing that was not chosen
    assert page.get_by_text("No such city here").is_visible()


def test_a_chosen_city_is_sent(open_page):
    page = open_page("/students/?city=lhr", user="viewer")
    page.get_by_role("combobox", name="City").click()
    page.get_by_role("option", name="Karachi").click()
    follow(page, page.get_by_role("button", name="Show students"))
    assert "city=Lahore" in page.url
    assert "city=Karachi" in page.url


def test_without_javascript_every_city_is_there(open_page):
    page = open_page("/students/", user="viewer", javascript=False)
    page.get_by_text("All cities").click()
    page.get_by_role("checkbox", name="Quetta").check()
    follow(page, page.get_by_role("button", name="Show students"))
    assert "city=Quetta" in page.url


def test_the_table_is_a_table_on_a_phone_too(open_page):
    """Cards by CSS: what is read out is still a table with its heads."""
    page = open_page("/students/?per_page=25", user="viewer", size="phone")
    table = page.get_by_role("table")
    assert table.get_by_role("row").count() == 28  # a head, 25, and two of totals
    assert table.get_by_role("rowheader").count() == 27
    assert table.get_by_role("columnheader").count() == 3
