"""A cashier at work: two keys from a name to a receipt, one click to each "why"; no mouse."""

from datetime import date

from django.contrib.auth.models import User
from django.utils import timezone

from ledger.charging import first_of
from ledger.models import Entry, Receipt
from ledger.tests.factories import make_drawer, make_entry
from students.models import Balance
from students.tests.factories import make_family, make_student
from tuition.tests.browser.test_pages import follow


def owing(**facts):
    student = make_student(name="Zzz Raza", father_name="Aslam", **facts)
    make_entry(student, "opening", "3000", due_on=first_of(timezone.localdate()))
    make_entry(student, "other", "1500", note="Admission")
    return student


def press(page, key):
    with page.expect_navigation():
        page.keyboard.press(key)


def test_a_name_and_enter_and_enter(open_page):
    student = owing()
    drawer = make_drawer(User.objects.get(username="cashier"))
    page = open_page("/fees/", user="cashier")
    page.locator("[name=q]:focus").wait_for()
    page.keyboard.type("zzz raza")
    press(page, "Enter")
    assert page.url.endswith(f"/fees/students/{student.pk}/")
    page.locator("[name=amount]:focus").wait_for()
    assert page.locator("[name=amount]").input_value() == "4,500"
    assert page.get_by_role("button", name="Take Rs 4,500").is_visible()
    press(page, "Enter")
    receipt = Receipt.objects.get()
    assert page.url.endswith(f"/fees/receipts/{receipt.number}/")
    assert page.get_by_role("status").inner_text() == f"Receipt {receipt.number} was booked."
    assert (receipt.student, str(receipt.total), receipt.drawer) == (student, "4500.00", drawer)
    assert str(Balance.objects.get(student=student).balance) == "0.00"


def test_of_several_the_first_is_a_few_tabs_away(open_page):
    for father in ("Aslam", "Bilal"):
        make_student(name="Zzz Raza", father_name=father)
    page = open_page("/fees/", user="cashier")
    page.locator("[name=q]:focus").wait_for()
    page.keyboard.type("zzz")
    press(page, "Enter")
    assert page.locator("tbody th a").count() == 2
    page.locator("[name=q]:focus").wait_for()
    for _ in range(2):  # the button, the first name
        page.keyboard.press("Tab")
    press(page, "Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Zzz Raza"


def test_another_amount_by_bank_with_its_reference(open_page):
    student = owing()
    page = open_page(f"/fees/students/{student.pk}/", user="cashier")
    page.locator("[name=amount]:focus").wait_for()
    page.wait_for_function("getSelection().toString() == '4,500'")
    page.keyboard.type("2000")  # over what was filled in
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    for _ in range(3):  # the button, the advance, the details
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("HBL 77")
    press(page, "Enter")
    receipt = Receipt.objects.get()
    assert (str(receipt.total), receipt.method) == ("2000.00", "bank")
    assert receipt.reference == "HBL 77"


def test_why_is_one_click_and_one_key(open_page):
    student = owing()
    entry = Entry.objects.get(student=student, kind="opening")
    page = open_page(f"/fees/students/{student.pk}/", user="cashier")
    row = page.locator(f"#e{entry.pk}")
    assert not row.get_by_text("Still owed of it").is_visible()
    row.locator("summary").click()
    assert row.get_by_text("Still owed of it").is_visible()
    row.locator("summary").press("Enter")
    assert not row.get_by_text("Still owed of it").is_visible()


def test_a_double_click_takes_once(open_page):
    student = owing()
    make_drawer(User.objects.get(username="cashier"))
    page = open_page(f"/fees/students/{student.pk}/", user="cashier")
    page.get_by_role("button", name="Take Rs 4,500").dblclick(no_wait_after=True)
    page.locator(".receipt").wait_for()
    assert Receipt.objects.count() == 1


def test_back_and_sent_again_takes_once(open_page):
    student = owing()
    make_drawer(User.objects.get(username="cashier"))
    page = open_page(f"/fees/students/{student.pk}/", user="cashier")
    page.locator("[name=amount]:focus").wait_for()
    press(page, "Enter")
    page.go_back()  # a browser shows the form as it was sent, or a new one, and nothing is owed
    follow(page, page.locator(".take button"))
    assert Receipt.objects.count() == 1


def test_refused_then_mended_without_a_mouse(open_page):
    student = owing()
    page = open_page(f"/fees/students/{student.pk}/", user="cashier")
    page.locator("[name=amount]:focus").wait_for()
    press(page, "Enter")
    assert page.title().startswith("Error: Fees of Zzz Raza")
    follow(page, page.get_by_role("link", name="Open my drawer"))
    page.locator("[name=cash]").fill("0")
    press(page, "Enter")
    assert page.get_by_text("Your drawer is open.").is_visible()


def test_a_family_pays_what_was_due_first(open_page):
    family = make_family(name="Zzz")
    children = [make_student(name=f"Zzz {name}", family=family) for name in ("Ali", "Sana")]
    for month in (date(2026, 5, 1), date(2026, 6, 1)):
        for child in children:
            make_entry(child, "fee", "5000", month=month, due_on=month.replace(day=10))
    make_drawer(User.objects.get(username="cashier"))
    page = open_page(f"/fees/families/{family.pk}/", user="cashier")
    page.locator("[name=amount]:focus").wait_for()
    assert page.locator("[name=amount]").input_value() == "20,000"
    page.locator("[name=amount]").fill("12000")
    press(page, "Enter")
    rows = page.locator(".receipt tbody tr")
    told = [
        (row.locator("th").inner_text(), row.locator("td bdi").first.inner_text(),
         row.locator(".amount").inner_text())
        for row in rows.all()
    ]  # fmt: skip
    assert told == [
        ("Zzz Ali", "Fee, May 2026", "Rs 5,000"),
        ("Zzz Sana", "Fee, May 2026", "Rs 5,000"),
        ("Zzz Ali", "Fee, June 2026", "Rs 2,000"),
    ]
    balances = [str(Balance.objects.get(student=child).balance) for child in children]
    assert balances == ["3000.00", "5000.00"]
