"""What is owed, worked out a second time: from docs/fee_desk.md, in Python, entry by entry."""

from fractions import Fraction

from ledger.models import Entry
from students.models import Balance

MONEY = {"payment", "refund"}


class Charge:
    def __init__(self, entry):
        self.number, self.due_on = entry["id"], entry["due_on"]
        self.is_fine = entry["kind"] == "fine"
        self.asked = Fraction(entry["amount"])  # less what lessens it
        self.named = Fraction(0)  # by payments
        self.unpaid = Fraction(0)


class Account:
    """One student's, from his entries in the order of their numbers."""

    def __init__(self, entries):
        by_number = {entry["id"]: entry for entry in entries}
        self.charges, self.advance, self.paid = {}, Fraction(0), Fraction(0)
        self.balance = sum((Fraction(entry["amount"]) for entry in entries), Fraction(0))
        for entry in entries:
            undone = entry
            while undone["kind"] == "reversal":
                undone = by_number[undone["against_id"]]
            self.add(Fraction(entry["amount"]), undone, is_new=undone is entry)
        self.spread()

    def add(self, amount, what, is_new):
        kind = what["kind"]
        if kind in MONEY:
            self.paid -= amount
        is_charge = kind in ("fee", "other", "fine") or (kind == "opening" and what["amount"] > 0)
        if is_charge and is_new:
            self.charges[what["id"]] = Charge(what)
        elif is_charge:
            self.charges[what["id"]].asked += amount
        elif what["against_id"] is None:
            self.advance -= amount
        elif kind in MONEY:
            self.charges[what["against_id"]].named -= amount
        else:
            self.charges[what["against_id"]].asked += amount

    def spread(self):
        """What a charge no longer needs, and advances: fees oldest first, then fines."""
        left = self.advance
        for charge in self.charges.values():
            charge.unpaid = max(charge.asked - charge.named, Fraction(0))
            left += max(charge.named - charge.asked, Fraction(0))
        fees = [charge for charge in self.charges.values() if not charge.is_fine]
        fines = [charge for charge in self.charges.values() if charge.is_fine]
        fees.sort(key=lambda charge: (charge.due_on, charge.number))
        fines.sort(key=lambda charge: charge.number)
        for charge in [*fees, *fines]:
            part = min(left, charge.unpaid)
            charge.unpaid -= part
            left -= part
        self.credit = left
        self.fees_owed = sum((charge.unpaid for charge in fees), Fraction(0))
        self.fines_owed = sum((charge.unpaid for charge in fines), Fraction(0))
        self.owed_since = min((charge.due_on for charge in fees if charge.unpaid), default=None)

    def kept(self):
        """As a row of Balance should be."""
        return (self.balance, self.fees_owed, self.fines_owed, self.paid, self.owed_since)


def accounts():
    """Every student's, by number."""
    names = ("id", "student_id", "kind", "amount", "due_on", "against_id")
    found = {}
    for entry in Entry.objects.order_by("id").values(*names):
        found.setdefault(entry["student_id"], []).append(entry)
    return {student: Account(entries) for student, entries in found.items()}


def kept():
    """What PostgreSQL keeps, as `Account.kept` has it; of who was only locked there is nothing."""
    booked = set(Entry.objects.order_by().values_list("student", flat=True))
    rows = {
        row.student_id: (
            *map(Fraction, (row.balance, row.fees_owed, row.fines_owed, row.paid)),
            row.owed_since,
        )
        for row in Balance.objects.all()
    }
    return {student: row for student, row in rows.items() if student in booked or any(row)}
