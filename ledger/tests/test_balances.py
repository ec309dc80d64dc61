"""Kept balances are exact: after any mix of what a fee desk books, by any of its doors."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ledger.models import Entry, Receipt
from ledger.models.entries import CHARGES
from ledger.owed import charges_of, dues, owed
from ledger.receipts import hand_back, take
from ledger.reconcile import day_differences, differences
from ledger.refusals import Refused, refusing
from ledger.reversals import reverse, undo_all
from ledger.tests.factories import BY, charged, concede, make_entry, pay, payment
from ledger.tests.guards import replace, settle, sql, without_trigger
from ledger.tests.oracle import accounts, kept
from students.models import Balance, Student
from students.tests.factories import make_family, make_student

MONTHS = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
FINES = [("none", "0", "0"), ("flat", "100", "0"), ("per_day", "7.5", "60")]
METHODS = ["cash", "bank", "easypaisa", "cheque"]
CITIES = ["Lahore", "Quetta"]
students = st.integers(0, 4)
amounts = st.decimals(Decimal("0.01"), Decimal(9000), places=2)
days = st.dates(date(2026, 5, 1), date(2026, 11, 20))
lots = st.integers(0, 10**6)
# What may be refused, as things stand; all else is an error.
REFUSALS = {
    "more_than_owed", "more_than_advance", "reversed_before", "entry_takes_off_too_much",
    "entry_hands_back_too_much", "entry_one_fine", "entry_one_reversal",
}  # fmt: skip


class Desk(RuleBasedStateMachine):
    """Five students, two of them a family; each example begins with nothing booked."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        family = make_family()
        self.students = [
            make_student(
                name=f"S{n}", fees=f"{4000 + n}.{n}5", family=family if n < 2 else None,
                city=CITIES[n % 2],
            )
            for n in range(5)
        ]  # fmt: skip
        self.family = family
        self.references = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def book(self, work):
        """What it gives, or None where it was refused: then nothing is booked at all."""
        try:
            with transaction.atomic():
                made = work()
                settle()
        except Refused as refusal:
            if refusal.code not in REFUSALS:
                raise
            return None
        return made

    def write(self, *args, **more):
        def work():
            with refusing():
                return make_entry(*args, **more)

        return self.book(work)

    def charge_of(self, student, lot):
        found = Entry.objects.filter(student=student, kind__in=CHARGES, amount__gt=0).order_by("pk")
        return found[lot % len(found)] if found else None

    # -- The rules ---------------------------------------------------------------------------------

    @rule(month=st.sampled_from(MONTHS), fine=st.sampled_from(FINES))
    def run(self, month, fine):
        if not sql("SELECT 1 FROM ledger_run WHERE month = %s", [f"{month}-01"]):
            charged(month, fine=fine)

    @rule(who=students, percent=st.sampled_from(["25", "100", "33.33"]))
    def concede(self, who, percent):
        concede(self.students[who], percent=percent)

    @rule(who=students, amount=amounts, kind=st.sampled_from(["opening", "other"]), day=days)
    def charge(self, who, amount, kind, day):
        self.write(self.students[who], kind, str(amount), day=day)

    @rule(who=students, amount=amounts)
    def bring_credit(self, who, amount):
        self.write(self.students[who], "opening", str(-amount))

    @rule(
        who=students,
        lot=lots,
        amount=amounts,
        kind=st.sampled_from(["waiver", "adjustment", "concession", "up"]),
    )
    def change_charge(self, who, lot, amount, kind):
        student = self.students[who]
        charge = self.charge_of(student, lot)
        if not charge or (kind == "concession" and charge.kind != "fee"):
            return
        kind, amount = ("adjustment", amount) if kind == "up" else (kind, -amount)
        self.write(student, kind, str(amount), against=charge)

    def money(self, who, part, amount, method, day, **more):
        """`part` of what is owed in tenths, or `amount` where that is None."""
        payer = self.family if who == 0 else self.students[who]
        numbers = [0, 1] if who == 0 else [who]
        pks = sorted(self.students[n].pk for n in numbers)
        if part is not None:
            day_asked = timezone.localdate() if method == "cash" else day
            due = owed(dues(pks, day_asked))
            amount = (due * part / 10).quantize(Decimal("0.01"))
        if amount <= 0:
            return None
        self.references += 1
        reference = f"R{self.references}" if method != "cash" else ""
        return payment(payer, str(amount), method=method, day=day, reference=reference, **more)

    @rule(
        who=students,
        part=st.none() | st.integers(1, 10),
        amount=amounts,
        method=st.sampled_from(METHODS),
        day=days,
        advance=st.booleans(),
        undo=st.booleans(),
    )
    def take(self, who, part, amount, method, day, advance, undo):
        money = self.money(who, part, amount, method, day, advance=advance)
        if not money:
            return
        before = self.owed_now()
        made = self.book(lambda: take(money, BY))
        if not made:
            assert self.owed_now() == before
            return
        receipt, new = made
        assert new
        assert take(money, BY) == (receipt, False)
        assert sum(Decimal(line["amount"]) for line in receipt.lines) == receipt.total
        if undo and self.book(
            lambda: reverse(receipt, reason="bounced", cash_returned=False, by=BY)
        ):
            assert self.owed_now() == before

    @rule(lot=lots)
    def reverse(self, lot):
        found = Receipt.objects.order_by("pk")
        if found:
            receipt = found[lot % len(found)]
            self.book(lambda: reverse(receipt, reason="bounced", cash_returned=False, by=BY))

    @rule(who=students, amount=amounts)
    def refund(self, who, amount):
        self.book(lambda: hand_back(payment(self.students[who], str(amount)), BY))

    @rule(lot=lots)
    def reverse_entry(self, lot):
        found = Entry.objects.exclude(kind="fee").filter(receipt=None).order_by("pk")
        if found:
            entry, today = found[lot % len(found)], timezone.localdate()

            def work():
                with refusing():
                    undo_all([entry], day=today, by=BY, note="wrong")

            self.book(work)

    @rule(who=students, city=st.sampled_from(CITIES))
    def move(self, who, city):
        Student.objects.filter(pk=self.students[who].pk).update(city=city)

    @rule(who=students, left=st.sampled_from([None, date(2026, 8, 15)]))
    def leave(self, who, left):
        Student.objects.filter(pk=self.students[who].pk).update(left_on=left)

    @rule(who=students, amount=amounts)
    def roll_back(self, who, amount):
        with transaction.atomic():
            pay(self.students[who], str(amount), advance=True)
            transaction.set_rollback(True)

    # -- What always holds -------------------------------------------------------------------------

    def owed_now(self):
        """Of everybody who ever had an entry that counts."""
        return {student: row for student, row in kept().items() if any(row)}

    @invariant()
    def kept_is_recounted(self):
        settle()
        real = accounts()
        assert kept() == {student: account.kept() for student, account in real.items()}
        assert differences() == []
        assert day_differences() == []
        for account in real.values():
            unpaid = sum((charge.unpaid for charge in account.charges.values()), Fraction(0))
            assert unpaid - account.credit == account.balance
            assert not (unpaid and account.credit)
            assert min((charge.asked for charge in account.charges.values()), default=0) >= 0

    @invariant()
    def parts_are_the_whole(self):
        real = accounts()
        found = {row["charge_id"]: row for row in charges_of(list(real)) if row["charge_id"]}
        parts = {n: c.unpaid for account in real.values() for n, c in account.charges.items()}
        assert {number: Fraction(row["unpaid"]) for number, row in found.items()} == parts
        today = timezone.localdate()
        assert {due.charge: Fraction(due.unpaid) for due in dues(list(real), today)} == {
            number: part for number, part in parts.items() if part
        }

    @invariant()
    def receipts_are_their_entries(self):
        taken = Receipt.objects.aggregate(sum=Sum("total"))["sum"] or 0
        posted = Entry.objects.filter(kind__in=["payment", "refund"]).aggregate(sum=Sum("amount"))
        assert taken == -(posted["sum"] or 0)
        numbers = list(Receipt.objects.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def cities_are_carried_along(self):
        rows = Balance.objects.values_list("city_key", "student__city_key")
        assert [pair for pair in rows if pair[0] != pair[1]] == []


def work(examples, steps):
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )


@pytest.mark.django_db
def test_a_mix_of_bookings():
    work(6, 15)


@pytest.mark.hunt
@pytest.mark.django_db
def test_any_mix_of_bookings():
    work(300, 30)


def some_money():
    """Two months, of which an advance pays one."""
    student = make_student()
    make_entry(student, "opening", "-5000")
    for month in MONTHS[:2]:
        charged(month)
    pay(student, "1000")


def agree():
    return kept() == {student: account.kept() for student, account in accounts().items()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("function", "old", "new"),
    [
        ("pgtrigger_balances", "fees_owed = o.fees_owed", "fees_owed = o.fees_owed + 1"),
        ("pgtrigger_balances", "owed_since = o.owed_since", "owed_since = o.owed_since + 1"),
        ("ledger_charges", "s.is_fine, s.due_on", "s.is_fine, s.due_on DESC"),
        ("ledger_charges", "p.upto - p.advance", "p.upto"),
    ],
)
def test_a_wrong_sum_is_noticed(function, old, new):
    replace(function, old, new)
    some_money()
    assert not agree()


@pytest.mark.django_db
def test_a_right_one_is_right():
    some_money()
    assert agree()


# -- check_balances --------------------------------------------------------------------------------


@pytest.fixture
def charged_student(db):
    student = make_student()
    charged("2026-05")
    return student


def test_check_balances_is_content(charged_student, capsys):
    call_command("check_balances")
    assert capsys.readouterr().out == "Every kept balance is what its entries say.\n"


def test_check_balances_says_what_differs_and_repairs_it(charged_student, capsys):
    other = make_student(name="Sana")
    for name in ("balances", "day_totals"):
        without_trigger("ledger_entry", name)
    today = timezone.localdate()
    for student in (charged_student, other):
        make_entry(student, "opening", "-700", day=today - timedelta(days=1))
    with pytest.raises(CommandError, match=r"^2 balances and 1 days differ; --repair"):
        call_command("check_balances")
    yesterday = (today - timedelta(days=1)).isoformat()
    assert capsys.readouterr().err == (
        f"student {charged_student.pk}: kept 5000.00, entries say 4300.00\n"
        f"student {other.pk}: kept nothing, entries say -700.00\n"
        f"{yesterday}, opening: kept nothing, entries say -1400.00\n"
    )
    settle()
    call_command("check_balances", repair=True)
    assert capsys.readouterr().out == "Every kept balance is what its entries say.\n"
    assert kept() == {student: account.kept() for student, account in accounts().items()}


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE students_balance SET balance = 1",
        "UPDATE students_balance SET owed_since = NULL",
        "UPDATE students_balance SET paid = 3",
        "UPDATE students_balance SET city_key = 'quetta'",
        "DELETE FROM students_balance",
        "INSERT INTO students_balance (student_id, city_key, paid) SELECT id, city_key, 1"
        " FROM students_student WHERE name = 'Nobody'",
    ],
)
def test_whatever_was_written_by_hand_is_mended(charged_student, harm):
    make_student(name="Nobody")
    before = list(Balance.objects.values())
    sql(harm)
    with pytest.raises(CommandError):
        call_command("check_balances")
    settle()
    call_command("check_balances", repair=True, verbosity=0)
    assert list(Balance.objects.values()) == before
