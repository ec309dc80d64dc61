"""Every word of the fee desk passes gettext: read as test_words.py reads the other pages."""

from datetime import date

import pytest

from ledger.challans import issue
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, concede, make_drawer, make_entry, pay
from students.tests.factories import make_family, make_leaver, make_student
from tuition.tests.test_words import DATA, marks, read

__all__ = ["marks"]
# Names of these tests, challans' numbers, and who booked something.
MORE = DATA + r"| CH-\d+ | staff | cashier | manager | HBL | Exam | as\ agreed | bounced | Orphan"


@pytest.fixture
def desk(db, cashier, manager, django_user_model):
    """The numbers of what the addresses name."""
    family = make_family(name="Ali", phone="0300-1234567")
    facts = {"father_name": "Ali", "phone": "0300-1234567", "class_name": "Ali", "family": family}
    student = make_student(name="Sana", **facts)
    sibling = make_student(name="Ali", **facts | {"phone": ""})
    left = make_leaver(name="Sana", **facts)
    make_student(name="Ali", fees="0")
    make_entry(left, "opening", "700", due_on=date(2026, 1, 1))
    concede(student, percent="25")
    concede(student, amount="100", until=date(2026, 6, 1))
    for month in ("2026-05", "2026-06"):
        charged(month, fine=("per_day", "10", "300"))
    drawer = make_drawer(django_user_model.objects.get(username="cashier"), "100")
    receipt = pay(student, "3700", drawer=drawer.pk, payer="Ali")
    undone = pay(student, "500", method="bank", reference="HBL")
    reverse(undone, reason="bounced", cash_returned=False, by=BY)
    make_entry(student, "waiver", "-10", against=student.entries.filter(kind="fine").first())
    make_entry(student, "adjustment", "5", against=student.entries.filter(kind="fee").first())
    make_entry(student, "other", "800", note="Exam")
    ahead = make_student(name="Ali")
    pay(ahead, "9000", method="easypaisa", advance=True)
    challan = issue([sibling], date(2026, 6, 1), BY)[0]
    pay(sibling, "100", method="bank", challan=challan.pk)
    (newer,) = issue([sibling], date(2026, 6, 1), BY)
    return {
        "pk": student.pk, "left": left.pk, "sibling": sibling.pk, "family": family.pk,
        "receipt": receipt.number, "undone": undone.number, "ahead": ahead.pk,
        "drawer": drawer.pk, "challan": challan, "newer": newer,
    }  # fmt: skip


SEEN = {
    "cashier": [
        "/fees/", "/fees/?q=sana", "/fees/?q=zzz", f"/fees/?q={'a' * 101}",
        "/fees/students/{pk}/", "/fees/students/{left}/", "/fees/students/{ahead}/",
        "/fees/students/{sibling}/?challan={challan}", "/fees/students/{sibling}/?challan={newer}",
        "/fees/families/{family}/", "/fees/receipts/{receipt}/", "/fees/receipts/{undone}/",
        "/fees/receipts/{receipt}/?paper=80", "/fees/students/{ahead}/refund/",
        "/fees/challans/", "/fees/challans/?student={sibling}",
        "/fees/challans/?month=x&city=Quetta",
        "/fees/drawer/", "/fees/drawers/{drawer}/", "/fees/defaulters/",
        "/fees/defaulters/?city=Quetta", "/fees/defaulters/?since=x&min=y",
        "/students/?owes=1", "/students/{pk}/", "/students/families/{family}/",
    ],
    "manager": [
        "/fees/", "/fees/students/{pk}/", "/fees/drawer/", "/fees/drawers/{drawer}/",
        "/fees/receipts/{receipt}/reverse/", "/fees/runs/", "/fees/runs/?month=x",
        "/fees/runs/2026-06/", "/fees/runs/2026-07/", "/fees/runs/2099-07/",
        "/fees/students/{pk}/charge/", "/fees/students/{pk}/concessions/",
        "/fees/reports/?from=01/05/2026", "/fees/reports/?from=01/05/2026&by=kind",
        "/fees/reports/?from=01/05/2026&by=method", "/fees/reports/?by=city",
        "/fees/reports/?from=x",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "address"), [(role, address) for role in SEEN for address in SEEN[role]]
)
def test_pages(marks, desk, request, role, address):
    response = request.getfixturevalue(role).get(address.format(**desk))
    assert response.status_code == 200
    read(response, MORE)


KEY = {"key": "0a6f2a4e-3f0d-4d0e-9a53-0f7b2f6f1d11"}
TAKE = KEY | {"amount": "10", "method": "cash", "day": "01/06/2026"}


@pytest.mark.parametrize(
    ("role", "address", "data"),
    [
        ("cashier", "/fees/students/{pk}/", {}),
        ("cashier", "/fees/students/{pk}/", TAKE | {"method": "cheque", "day": "01/01/2999"}),
        ("cashier", "/fees/students/{pk}/", TAKE | {"amount": "99999"}),
        ("cashier", "/fees/students/{pk}/", TAKE),
        ("manager", "/fees/students/{pk}/", TAKE),
        ("cashier", "/fees/students/{ahead}/refund/", {"method": "cheque"}),
        ("cashier", "/fees/drawer/", {}),
        ("cashier", "/fees/drawers/{drawer}/", {"counted": "1"}),
        ("cashier", "/fees/challans/", {}),
        ("manager", "/fees/receipts/{receipt}/reverse/", {}),
        ("manager", "/fees/runs/2026-07/", {}),
        ("manager", "/fees/runs/2026-07/", {"fine_rule": "per_day", "due_on": "1/1/2026"}),
        ("manager", "/fees/students/{pk}/charge/", {}),
        (
            "manager",
            "/fees/students/{pk}/charge/",
            {"what": "waiver", "amount": "1", "note": "Ali"},
        ),
        ("manager", "/fees/students/{pk}/charge/", {"undo": "1"}),
        ("manager", "/fees/students/{pk}/concessions/", {}),
        ("manager", "/fees/students/{pk}/concessions/", {"percent": "1", "amount": "1"}),
        ("manager", "/fees/students/{pk}/concessions/", {"end": "0", "last": "x"}),
    ],
)
def test_answers_to_forms(marks, desk, request, role, address, data):
    response = request.getfixturevalue(role).post(address.format(**desk), data, follow=True)
    assert response.status_code == 200
    read(response, MORE)
