"""Every page of Tuition, as it is looked at by axe, the HTML checkers, Lighthouse and the camera.

A test holds this list to the addresses of the resolver.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from ledger.challans import issue
from ledger.imports.reading import read as read_register
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, concede, make_drawer, make_entry, pay
from students.models import Import, Student
from students.tests.factories import make_family, make_leaver, make_student
from students.tests.test_import_rows import make_import
from students.tests.test_import_writing import call_back, confirm


class Shown(NamedTuple):
    """A page, by whom it is seen, and what is done on it before it is looked at."""

    name: str
    path: str
    user: str = "viewer"
    steps: Callable[[Any], object] | None = None


def pressing(button: str, **typed: str) -> Callable[[Any], object]:
    def steps(page: Any) -> None:
        for label, words in typed.items():
            page.locator(f"[name={label}]").fill(words)
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).first.click()

    return steps


def choosing(action: str) -> Callable[[Any], object]:
    def steps(page: Any) -> None:
        page.locator("input.action-select").first.check()
        page.locator("select[name=action]").select_option(action)
        with page.expect_navigation():
            page.get_by_role("button", name="Go", exact=True).click()

    return steps


def twice(page: Any) -> None:
    """One column of ours for two of the file."""
    page.locator("[name=column_1]").select_option("name")
    with page.expect_navigation():
        page.get_by_role("button", name="Read the file", exact=True).click()


def opening(selector: str) -> Callable[[Any], object]:
    return lambda page: page.locator(selector).first.click()


def taking(**typed: str) -> Callable[[Any], object]:
    return in_form("form.take", **typed)


def taking_none(page: Any) -> None:
    """No file at all."""
    with page.expect_navigation():
        page.locator("form button.primary").first.click()


def charging(**typed: str) -> Callable[[Any], object]:
    return in_form("form.stack", **typed)


def in_form(form: str, **typed: str) -> Callable[[Any], object]:
    def steps(page: Any) -> None:
        for label, words in typed.items():
            page.locator(f"[name={label}]").fill(words)
        with page.expect_navigation():
            page.locator(f"{form} button.primary").click()

    return steps


TWICE = {"name": "Ali Raza", "city": "Lahore", "fees": "5000"}
OURS = [
    Shown("sign-in", "/accounts/login/", ""),
    Shown(
        "sign-in refused", "/accounts/login/", "",
        pressing("Sign in", username="ali", password="x"),
    ),
    Shown("list", "/students/?per_page=25"),
    Shown("list of a clerk", "/students/?per_page=25&page=2", "staff"),
    Shown("list filtered", "/students/?city=lhr&q=a&sort=-fees", "staff"),
    Shown("list of who left", "/students/?status=left", "staff"),
    Shown("list, nobody", "/students/?q=zzzz"),
    Shown("list refused", "/students/?min_fees=abc&max_fees=-1&city=" + "x" * 60),
    Shown("city", "/students/city/Karachi/"),
    Shown("print", "/students/print/?city=lhr"),
    Shown("student", "/students/{pk}/?city=lhr", "staff"),
    Shown("student in Urdu", "/students/{urdu}/", "staff"),
    Shown("student who left", "/students/{left}/", "staff"),
    Shown("student, long name", "/students/{long}/"),
    Shown("add", "/students/add/", "staff"),
    Shown("add refused", "/students/add/", "staff", pressing("Save", phone="12", family="Nobody")),
    Shown("add, did you mean", "/students/add/", "staff",
          pressing("Save", **TWICE | {"city": "Lhaore", "family": "Raza"})),
    Shown("added", "/students/add/", "staff", pressing("Save", **TWICE)),
    Shown("edit", "/students/{pk}/edit/", "staff"),
    Shown("edit refused", "/students/{pk}/edit/", "staff", pressing("Save", name="", fees="x")),
    Shown("left", "/students/{pk}/left/", "staff"),
    Shown("left refused", "/students/{pk}/left/", "staff",
          pressing("Mark as left", left_on="01/01/2999")),
    Shown("back", "/students/{left}/back/", "staff"),
    Shown("family", "/students/families/{family}/", "staff"),
    Shown("statistics", "/students/statistics/"),
    Shown("statistics filtered", "/students/statistics/?city=lhr&city=khi&status=all&by=city"),
    Shown("statistics, nobody", "/students/statistics/?q=zzzz"),
    Shown("statistics refused", "/students/statistics/?min_fees=abc"),
    Shown("changes", "/students/changes/", "staff"),
    Shown("changes filtered",
          "/students/changes/?field=name&since=2026-01-01&city=lhr&who=database"),
    Shown("changes, none", "/students/changes/?since=01/01/2999"),
    Shown("changes refused", "/students/changes/?since=x&who=y"),
    Shown("import", "/students/import/", "staff"),
    Shown("import refused", "/students/import/", "staff", pressing("Read the file")),
    Shown("import to confirm", "/students/import/{mixed}/", "staff"),
    Shown("import, to be looked at", "/students/import/{mixed}/?show=odd", "staff"),
    Shown("import, changed", "/students/import/{mixed}/?show=changed", "staff"),
    Shown("import, columns", "/students/import/{mixed}/columns/", "staff"),
    Shown("import, columns refused", "/students/import/{mixed}/columns/", "staff", twice),
    Shown("import of nothing", "/students/import/{hopeless}/", "staff"),
    Shown("import of no file", "/students/import/{refused}/", "staff"),
    Shown("import at work", "/students/import/{reading}/", "staff"),
    Shown("import done", "/students/import/{done}/", "staff"),
    Shown("import undone", "/students/import/{undone}/", "staff"),
    Shown("desk", "/fees/", "cashier"),
    Shown("desk, found", "/fees/?q=ali", "cashier"),
    Shown("desk, nobody", "/fees/?q=zzzz", "manager"),
    Shown("statement", "/fees/students/{pk}/", "manager", opening(".why summary")),
    Shown("statement of who paid ahead", "/fees/students/{ahead}/", "cashier"),
    Shown("statement of who left", "/fees/students/{left}/", "cashier"),
    Shown("statement refused", "/fees/students/{pk}/", "manager",
          taking(amount="x")),
    Shown("fees of a family", "/fees/families/{family}/", "cashier"),
    Shown("receipt", "/fees/receipts/{receipt}/", "cashier"),
    Shown("receipt of a roll", "/fees/receipts/{receipt}/?paper=80", "cashier"),
    Shown("receipt reversed", "/fees/receipts/{reversed}/", "manager"),
    Shown("reverse", "/fees/receipts/{receipt}/reverse/", "manager"),
    Shown("reverse refused", "/fees/receipts/{receipt}/reverse/", "manager",
          pressing("Reverse the receipt")),
    Shown("refund", "/fees/students/{ahead}/refund/", "cashier"),
    Shown("challans to issue", "/fees/challans/?class=9-B", "cashier"),
    Shown("challans", "/fees/challans/?student={urdu}", "cashier"),
    Shown("challans refused", "/fees/challans/?month=x", "cashier"),
    Shown("drawer", "/fees/drawer/", "cashier"),
    Shown("drawer to open", "/fees/drawer/", "manager"),
    Shown("drawer refused", "/fees/drawers/{drawer}/", "cashier",
          pressing("Close the drawer", counted="1")),
    Shown("months", "/fees/runs/", "manager"),
    Shown("month to charge", "/fees/runs/2026-07/", "manager"),
    Shown("month refused", "/fees/runs/2026-07/", "manager", charging(due_on="x", fine_amount="")),
    Shown("month charged", "/fees/runs/2026-06/", "manager"),
    Shown("charge", "/fees/students/{pk}/charge/", "manager", opening(".undo summary")),
    Shown("charge refused", "/fees/students/{pk}/charge/", "manager", pressing("Book it")),
    Shown("concessions", "/fees/students/{urdu}/concessions/", "manager", opening(".undo summary")),
    Shown("concessions refused", "/fees/students/{pk}/concessions/", "manager",
          pressing("Concede it", percent="x")),
    Shown("report", "/fees/reports/?from=01/05/2026", "manager"),
    Shown("report by method", "/fees/reports/?from=01/05/2026&by=method", "manager"),
    Shown("report refused", "/fees/reports/?from=x", "manager"),
    Shown("registers", "/fees/register/", "manager"),
    Shown("registers refused", "/fees/register/", "manager", taking_none),
    Shown("register", "/fees/register/{register}/", "manager"),
    Shown("who owes", "/fees/defaulters/", "cashier", opening(".why summary")),
    Shown("who owes, nobody", "/fees/defaulters/?city=Gwadar", "cashier"),
    Shown("who owes, refused", "/fees/defaulters/?since=x", "cashier"),
    Shown("list of a cashier", "/students/?owes=1", "cashier"),
    Shown("student of a cashier", "/students/{pk}/", "cashier"),
    Shown("family of a cashier", "/students/families/{family}/", "cashier"),
    Shown("password", "/accounts/password_change/"),
    Shown("password refused", "/accounts/password_change/", "viewer",
          pressing("Change password", old_password="x", new_password1="1", new_password2="2")),
    Shown("password changed", "/accounts/password_change/done/"),
    Shown("API", "/api/docs"),
    Shown("missing", "/students/city/"),
]  # fmt: skip

ADMIN = [
    Shown("admin sign-in", "/admin/login/", ""),
    Shown("admin", "/admin/", "admin"),
    Shown("admin app", "/admin/students/", "admin"),
    Shown("admin list", "/admin/students/student/", "admin"),
    Shown("admin filtered", "/admin/students/student/?city=lhr&q=a&status=all", "admin"),
    Shown("admin, nobody", "/admin/students/student/?q=zzzz", "admin"),
    Shown("admin add", "/admin/students/student/add/", "admin"),
    Shown("admin add refused", "/admin/students/student/add/", "admin",
          pressing("Save", **TWICE | {"city": "Lhaore", "family": "Raza", "phone": "12"})),
    Shown("admin change", "/admin/students/student/{pk}/change/", "admin"),
    Shown("admin history", "/admin/students/student/{pk}/history/", "admin"),
    Shown("admin delete", "/admin/students/student/{pk}/delete/", "admin"),
    Shown("admin mark as left", "/admin/students/student/", "admin", choosing("mark_as_left")),
    Shown("admin delete selected", "/admin/students/student/", "admin",
          choosing("delete_selected")),
    Shown("admin families", "/admin/students/family/", "admin"),
    Shown("admin family", "/admin/students/family/{family}/change/", "admin"),
    Shown("admin tokens", "/admin/api/apitoken/", "admin"),
    Shown("admin add token", "/admin/api/apitoken/add/", "admin"),
    Shown("admin token made", "/admin/api/apitoken/add/", "admin",
          pressing("Save", name="website")),
    Shown("admin users", "/admin/auth/user/", "admin"),
    Shown("admin user", "/admin/auth/user/{user}/change/", "admin"),
    Shown("admin add user", "/admin/auth/user/add/", "admin"),
    Shown("admin user's password", "/admin/auth/user/{user}/password/", "admin"),
    Shown("admin groups", "/admin/auth/group/", "admin"),
    Shown("admin group", "/admin/auth/group/{group}/change/", "admin"),
    Shown("admin password", "/admin/password_change/", "admin"),
]  # fmt: skip


def money(ali: Student, urdu: Student, left: Student) -> dict[str, int]:
    """Two months charged; one paid, one reversed, one in advance; a challan, an open drawer."""
    from django.contrib.auth.models import User

    concede(urdu, percent="25")
    make_entry(left, "opening", "2500", due_on=date(2026, 5, 1))
    charged("2026-05", fine=("flat", "100", "0"))
    charged("2026-06", fine=("flat", "100", "0"))
    drawer = make_drawer(User.objects.get(username="cashier"), "2000")
    receipt = pay(ali, "5000", drawer=drawer.pk, payer="Muhammad Aslam")
    undone = pay(ali, "7000", method="bank", reference="HBL 77", day=date(2026, 6, 9))
    reverse(undone, reason="Booked on the wrong student", cash_returned=False, by=BY)
    make_entry(ali, "waiver", "-50", against=ali.entries.filter(kind="fine").first())
    ahead = make_student(name="Hina Altaf", fees="4000", city="Lahore")
    pay(ahead, "9000", method="easypaisa", advance=True)
    issue([urdu], date(2026, 6, 1), BY)
    register = read_register("openings", "old.csv", b"name,owed\nHina Altaf,5\nX,y\n", BY)
    return {
        "receipt": receipt.number, "reversed": undone.number, "drawer": drawer.pk,
        "ahead": ahead.pk, "register": register.pk,
    }  # fmt: skip


def furnish() -> dict[str, int]:
    """An office with one of everything: the ids for the addresses."""
    from django.contrib.auth.models import Group, User

    few = Student.objects.order_by("name_key", "id").values("pk")[:60]
    Student.objects.exclude(pk__in=few).delete()  # rows are alike: time is spent on each
    family = make_family(name="Muhammad Aslam", phone="0300-1234567")
    facts = {"city": "Lahore", "phone": "0300-1234567", "family": family, "fees": "12500.50"}
    ali = make_student(
        name="Ali Raza", father_name="Muhammad Aslam", class_name="9-B", joined_on="2026-04-01",
        **facts,
    )  # fmt: skip
    make_student(name="Ali Raza", city="Quetta", father_name="Karim Bux", phone="0300-1234567")
    urdu = make_student(name="عائشہ صدیقہ", father_name="محمد اسلم", **facts)
    left = make_leaver(name="Sana Khan", left_on="2026-05-31", **facts)
    long = make_student(name="Abdul " + "Rehman" * 15, city="Chak " + "7" * 40)
    user = User.objects.get(username="staff")
    head = "name,city,fees,id,remarks\n"
    rows = "عائشہ,Lahore,x,,good\nHina,Lhaore,900000,,\nHina,Lhaore,7000,,\n"
    brought = {
        "mixed": make_import(f"{head}{rows}Ali Raza,,13000,{ali.pk},\n", user=user, name="staff"),
        "hopeless": make_import(head + ",,x,,\n" * 120),
        "refused": make_import("a\0b"),
        "reading": Import.objects.create(
            file_name="b.csv", checksum="1", size=1, progress=40, by_hand=True
        ),
        "done": confirm(make_import(f"{head}Umar,Lahore,5000,,\nZain,Lahore,x,,\n"), skip_bad=True),
        "undone": confirm(make_import(f"{head}Musa,Quetta,5000,,\nEssa,Quetta,5000,,\n")),
    }
    Student.objects.filter(name="Musa").update(fees=1)
    call_back(brought["undone"])
    fees = money(ali, urdu, left)
    return {
        "pk": ali.pk, "urdu": urdu.pk, "left": left.pk, "long": long.pk, "family": family.pk,
        **{name: imported.pk for name, imported in brought.items()},
        **fees, "user": user.pk, "group": Group.objects.get(name="Editors").pk,
    }  # fmt: skip
