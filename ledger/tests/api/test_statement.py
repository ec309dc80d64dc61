"""GET /api/students/<id>/statement/: what is owed, and why."""

from ledger.models import Kind
from ledger.reversals import reverse
from ledger.tests.factories import BY, charged, concede, make_entry, pay
from students.tests.factories import make_student


def test_what_is_owed_and_why(program):
    student = make_student(name="Ali", fees="5000")
    concede(student, percent="10")
    charged("2026-05")
    receipt = pay(student, "2000", method="bank", day=charged("2026-05").due_on)
    address = f"/api/students/{student.pk}/statement/"
    told = program.get(address).json()
    entries = told.pop("entries")
    assert told == {
        "student": student.pk,
        "currency": "PKR",
        "balance": "2500.00",
        "fees_owed": "2500.00",
        "fines_owed": "0.00",
        "owed_since": "2026-05-10",
    }
    fee, spared, paid = entries
    assert len(fee.pop("at")) == len("2026-05-01T00:00:00.000+05:00")
    assert fee == {
        "id": spared["against"],
        "kind": "fee",
        "day": "2026-05-01",
        "month": "2026-05",
        "due_on": "2026-05-10",
        "amount": "5000.00",
        "balance": "5000.00",
        "unpaid": "2500.00",
        "note": "",
        "by": "staff",
        "run": "2026-05",
        "receipt": None,
        "against": None,
    }
    assert [(each["kind"], each["amount"], each["balance"]) for each in (spared, paid)] == [
        ("concession", "-500.00", "4500.00"),
        ("payment", "-2000.00", "2500.00"),
    ]
    assert (paid["receipt"], paid["against"], paid["unpaid"]) == (receipt.number, fee["id"], None)
    before = program.get(address)["ETag"]
    assert program.get(address, headers={"If-None-Match": before}).status_code == 304
    reverse(receipt, reason="in error", cash_returned=False, by=BY)
    after = program.get(address, headers={"If-None-Match": before})
    assert (after.status_code, after.json()["balance"]) == (200, "4500.00")


def test_a_credit_is_below_0(program):
    student = make_student()
    make_entry(student, Kind.OPENING, "-700.50")
    told = program.get(f"/api/students/{student.pk}/statement/").json()
    assert (told["balance"], told["fees_owed"], told["owed_since"]) == ("-700.50", "0.00", None)


def test_of_somebody_without_entries_and_of_nobody(program):
    student = make_student()
    told = program.get(f"/api/students/{student.pk}/statement/").json()
    assert (told["balance"], told["entries"]) == ("0.00", [])
    assert program.get("/api/students/999999/statement/").status_code == 404
    assert program.get(f"/api/students/{student.pk}/statement/?page=2").status_code == 400
    assert program.post(f"/api/students/{student.pk}/statement/").status_code == 405
