"""The ordinary morning, in a real browser."""

import pytest
from django.contrib.auth.models import User

from students.models import Student
from students.tests.factories import make_student

LAHORE = {"city": "Lahore"}


def follow(page, link):
    """Click, and wait until the next page is there."""
    with page.expect_navigation():
        link.click()


def summary(page):
    return page.locator(".summary").inner_text()


def test_sign_in_browse_filter_and_sort(open_page):
    page = open_page("/students/")
    page.get_by_label("Username").fill("viewer")
    page.get_by_label("Password").fill("a-long-password")
    follow(page, page.get_by_role("button", name="Sign in"))
    assert summary(page).startswith("500 students ·")

    page.get_by_role("combobox", name="City").fill("lah")
    page.keyboard.press("Enter")
    follow(page, page.get_by_role("button", name="Show students"))
    count = Student.objects.filter(city="Lahore").count()
    assert page.title().startswith(f"{count} students in Lahore")
    assert summary(page).startswith(f"{count:,} students in Lahore ·")
    assert set(page.locator("tbody td:nth-child(2)").all_inner_texts()) == {"Lahore"}

    follow(page, page.get_by_role("link", name="Monthly fees"))
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Monthly fees")
    follow(page, page.get_by_role("link", name="Monthly fees"))
    top = Student.objects.filter(city="Lahore").order_by("-fees")[0]
    assert page.locator("tbody .amount").first.inner_text() == f"Rs {top.fees:,.0f}"

    follow(page, page.locator(".chips a").first)
    assert summary(page).startswith("500 students ·")


def test_pages_of_the_list(open_page):
    page = open_page("/students/?per_page=100", user="viewer")
    follow(page, page.get_by_role("link", name="Next"))
    assert page.title() == "500 students, page 2 of 5 · Tuition"
    follow(page, page.get_by_role("link", name="Page 5"))
    assert page.get_by_role("link", name="Next").count() == 0
    assert "rows 401 to 500" in page.locator("caption").inner_text()


def test_the_footer_agrees_with_the_average_endpoint(open_page):
    page = open_page("/students/city/lhr/", user="viewer")
    footer = page.locator("tfoot").inner_text()
    answer = page.request.get("/students/average-fees/?city=lhr").json()
    amount = f"{float(answer['average_fees']):,.2f}"
    assert f"Rs {amount}" in footer
    assert f"{answer['students']:,} students" in page.locator("tfoot").inner_text()


def test_everything_works_without_javascript(open_page):
    page = open_page("/students/", user="viewer", javascript=False)
    page.get_by_label("Search").fill("ali")
    follow(page, page.get_by_role("button", name="Search"))
    assert "q=ali" in page.url
    found = Student.objects.matching("ali").count()
    assert summary(page).startswith(f"{found} students")


def test_a_bad_value_is_led_to_its_field(open_page):
    page = open_page("/students/?min_fees=many", user="viewer")
    assert page.title().startswith("Error: ")
    page.get_by_role("alert").get_by_role("link").click()
    assert page.locator("#id_min_fees:focus").count() == 1


def test_skip_link_leads_past_the_header(open_page):
    page = open_page("/students/", user="viewer")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_an_admin_edit_shows_at_once(open_page):
    student = make_student(name="Zzz Last", city="Turbat", fees="100")
    page = open_page(student.get_absolute_url(), user="staff")
    follow(page, page.get_by_role("link", name="Edit in the admin"))
    page.get_by_label("Monthly fees").fill("Rs 1,23,456/-")
    follow(page, page.get_by_role("button", name="Save", exact=True))
    page.goto(student.get_absolute_url())
    assert "Rs 123,456" in page.locator("main").inner_text()


def type_student(page, **typed):
    for label, words in typed.items():
        page.get_by_label(f"{label}:", exact=True).fill(words)
    return page.get_by_role("button", name="Save", exact=True)


def test_a_double_click_adds_one(open_page):
    page = open_page("/admin/students/student/add/", user="staff")
    save = type_student(page, **{"Name": "Zzz", "City": "Lahore", "Monthly fees": "100"})
    save.dblclick(no_wait_after=True)
    page.locator("#changelist").wait_for()  # a navigation would: the second breaks off the first
    assert Student.objects.filter(name="Zzz").count() == 1


def test_a_mistyped_city_is_asked_about_without_javascript(open_page):
    page = open_page("/admin/students/student/add/", user="staff", javascript=False)
    offered = page.locator("datalist option")
    assert offered.first.get_attribute("value") == "Karachi"
    save = type_student(page, **{"Name": "Zzz", "City": "Lhaore", "Monthly fees": "100"})
    follow(page, save)
    assert "Did you mean Lahore?" in page.locator(".errorlist").inner_text()
    page.get_by_label("Lhaore is another place").check()
    follow(page, page.get_by_role("button", name="Save", exact=True))
    assert Student.objects.get(name="Zzz").city == "Lhaore"


def test_sign_out_and_password_change(open_page):
    page = open_page("/accounts/password_change/", user="viewer")
    page.get_by_label("Old password").fill("a-long-password")
    page.locator("#id_new_password1").fill("quite-another-1")
    page.locator("#id_new_password2").fill("quite-another-1")
    follow(page, page.get_by_role("button", name="Change password"))
    assert page.locator("h1").inner_text() == "Password changed"
    follow(page, page.get_by_role("button", name="Sign out"))
    page.wait_for_url("**/accounts/login/")
    page.goto("/students/")
    assert "/accounts/login/" in page.url


@pytest.mark.parametrize("path", ["/students/", "/students/city/lhr/", "/accounts/login/"])
def test_a_phone_needs_no_sideways_scrolling(open_page, path):
    page = open_page(path, user="viewer" if "login" not in path else "", size="phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_phone_shows_first_what_was_refused(open_page):
    page = open_page("/students/?min_fees=many", user="viewer", size="phone")
    alert = page.get_by_role("alert").bounding_box()
    assert alert["y"] + alert["height"] <= page.viewport_size["height"]


def test_a_token_s_key_is_whole_on_a_phone(open_page):
    page = open_page("/admin/api/apitoken/add/", user="admin", size="phone")
    page.get_by_label("Name:").fill("website")
    follow(page, page.get_by_role("button", name="Save", exact=True))
    page.locator("code").evaluate("code => code.textContent = 'tuition_' + 'w'.repeat(43)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_sample_sign_ins_are_whole_on_a_phone(open_page, settings):
    settings.DEBUG = True
    viewer = User.objects.get(username="viewer")
    viewer.set_password("viewer-sample")
    viewer.save()
    page = open_page("/accounts/login/", size="phone")
    lines = "codes => codes.map(code => code.getClientRects().length)"
    assert page.locator(".samples code").evaluate_all(lines) == [1, 1]


def test_filters_fold_away_on_a_phone_only(open_page):
    desk = open_page("/students/", user="viewer")
    assert desk.get_by_label("Sort by").is_visible()
    phone = open_page("/students/", user="viewer", size="phone")
    assert phone.get_by_label("Search").is_visible()
    assert not phone.get_by_label("Sort by").is_visible()
    phone.get_by_text("Filter and sort").click()
    assert phone.get_by_label("Sort by").is_visible()


def test_no_page_breaks_the_content_security_policy(open_page):
    """The fixture fails on any console error; the policy's violations are such."""
    pk = Student.objects.first().pk if Student.objects.exists() else make_student().pk
    page = open_page("/students/", user="admin")
    student = f"/admin/students/student/{pk}"
    for path in [
        "/students/?min_fees=x", f"/students/{pk}/", "/accounts/password_change/",
        "/students/city/", "/admin/", "/admin/students/student/", "/admin/students/student/add/",
        f"{student}/change/", f"{student}/history/", f"{student}/delete/", "/admin/auth/user/",
        "/admin/auth/user/add/", "/admin/auth/group/add/", "/admin/password_change/",
    ]:  # fmt: skip
        page.goto(path)
        policy = page.evaluate(
            "fetch('').then(answer => answer.headers.get('content-security-policy'))"
        )
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert page.locator("style, [style], script:not([src]):not([type])").count() == 0, path
