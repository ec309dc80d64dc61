"""Charging a month: by the command, and what a run charges, concedes and fines."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ledger import charging
from ledger.charging import Terms, begin, charge, go_on, preview
from ledger.models import Entry, Run
from ledger.tests.factories import BY, charged, concede, pay
from ledger.tests.guards import sql, without_index
from students.models import Balance
from students.tests.factories import make_family, make_student

pytestmark = pytest.mark.django_db
FLAT = ("flat", "100", "0")


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """20/06/2026, or the office's day that it is called with."""

    def set_today(text):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date.fromisoformat(text))

    set_today("2026-06-20")
    return set_today


def run(*args):
    out = StringIO()
    call_command("charge_month", *args, stdout=out)
    return out.getvalue().splitlines()


def entries(student, *kinds):
    """Of these kinds: what they come to, and when due."""
    found = Entry.objects.filter(student=student, kind__in=kinds or ["fee"]).order_by("pk")
    return [(each.kind, str(each.amount)) for each in found]


def due(student):
    return Entry.objects.get(student=student, kind="fee").due_on.isoformat()


def conceded(student):
    return [amount for _kind, amount in entries(student, "concession")]


# -- The command -----------------------------------------------------------------------------------


def test_everybody_is_charged_once_and_again_nobody():
    one, two = make_student(), make_student(fees="4000.50")
    make_student(name="Free", fees="0")
    lines = [
        "2 students were charged Rs 9,000.50; concessions Rs 0; 0 fines of Rs 0.",
        "Left out: 1 with a fee of 0.",
    ]
    assert run("2026-06") == [*lines, "Entries written now: 2."]
    assert run("2026-06") == [*lines, "Entries written now: 0."]
    assert [entries(one), entries(two)] == [[("fee", "5000.00")], [("fee", "4000.50")]]
    kept = Run.objects.get()
    assert (str(kept), kept.due_on, kept.valid_until, kept.progress, kept.by) == (
        "2026-06", date(2026, 6, 10), date(2026, 6, 30), 100, "command charge_month",
    )  # fmt: skip
    assert kept.done_at


def test_who_came_since_is_charged_by_the_next_try():
    make_student()
    run("2026-06")
    late = make_student(name="Late")
    assert run("2026-06")[-1] == "Entries written now: 1."
    assert entries(late) == [("fee", "5000.00")]


def test_a_dry_run_writes_nothing():
    concede(make_student(), percent="10")
    make_student(fees="0")
    assert run("2026-06", "--dry-run") == [
        "1 students would be charged Rs 5,000; concessions Rs 500; 0 fines of Rs 0.",
        "Left out: 1 with a fee of 0.",
    ]
    assert not Run.objects.exists()
    assert not Entry.objects.exists()


def test_the_terms_may_be_told():
    make_student()
    run("2026-06", "--due-on", "15/06/2026", "--fine", "per-day:10:300")
    kept = Run.objects.get()
    assert (kept.due_on, kept.valid_until) == (date(2026, 6, 15), date(2026, 7, 5))
    assert (kept.fine_rule, str(kept.fine_amount), str(kept.fine_cap)) == (
        "per_day", "10.00", "300.00",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "Say which month, such as 2026-12."),
        (["June"], "A month is such as 2026-12, not 'June'."),
        (["2026-13"], "A month is such as 2026-12, not '2026-13'."),
        (["2026-08"], "No month is charged before the one that it follows has begun."),
        (["9999-12"], "No month is charged before the one that it follows has begun."),
        (["1899-12"], "Type a month from 1900 on."),
        (
            ["2026-06", "--due-on", "31/05/2026"],
            "The due day is in the month or later, the last valid day after it.",
        ),
        (
            ["2026-06", "--valid-until", "01/06/2026"],
            "The due day is in the month or later, the last valid day after it.",
        ),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_bad_input_is_refused(args, words, dry, settings):
    settings.CHALLAN_VALID_DAYS = 60
    make_student()
    with pytest.raises(CommandError) as error:
        run(*args, *dry)
    assert str(error.value) == words
    assert not Run.objects.exists()


@pytest.mark.parametrize("option", [["--fine", "often"], ["--due-on", "soon"]])
def test_an_option_that_cannot_be_read_is_refused(option):
    with pytest.raises(CommandError):
        run("2026-06", *option)
    assert not Run.objects.exists()


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
@pytest.mark.parametrize("option", [["--fine", "flat:50"], ["--due-on", "12/06/2026"]])
def test_other_terms_are_refused(option, dry):
    make_student()
    run("2026-06")
    make_student()
    with pytest.raises(CommandError, match=r"06/2026 was charged on other terms: those stay\."):
        run("2026-06", *option, *dry)
    assert Entry.objects.count() == 1


def test_a_past_month_and_the_next_one_may_be_charged():
    student = make_student()
    run("2025-01")
    run("2026-07")
    months = Entry.objects.filter(student=student).order_by("month").values_list("month", flat=True)
    assert list(months) == [date(2025, 1, 1), date(2026, 7, 1)]


# -- Who is charged --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "is_charged"),
    [
        ({}, True),
        ({"joined_on": date(2026, 6, 30)}, True),
        ({"joined_on": date(2026, 7, 1)}, False),
        ({"left_on": date(2026, 6, 1)}, True),
        ({"left_on": date(2026, 5, 31)}, False),
        ({"joined_on": date(2026, 6, 5), "left_on": date(2026, 6, 6)}, True),
    ],
)
def test_who_was_there_in_that_month_is_charged(facts, is_charged):
    student = make_student(**facts)
    assert preview(date(2026, 6, 1)).charged == int(is_charged)
    charged("2026-06")
    assert len(entries(student)) == int(is_charged)


@pytest.mark.parametrize(
    ("joined_on", "due_on"), [("2026-06-10", "2026-06-10"), ("2026-06-11", "2026-06-21")]
)
def test_who_joins_after_the_due_day_has_ten_days_more(joined_on, due_on):
    student = make_student(joined_on=date.fromisoformat(joined_on))
    charged("2026-06")
    assert due(student) == due_on


# -- Concessions -----------------------------------------------------------------------------------


def test_percent_then_amount_and_never_below_0():
    student = make_student(fees="4999.99")
    concede(student, amount="4000")
    concede(student, percent="25")
    would = preview(date(2026, 6, 1))
    charged("2026-06")
    assert conceded(student) == ["-1250.00", "-3749.99"]
    assert str(would.conceded) == "4999.99"
    assert Balance.objects.get(student=student).balance == 0


def test_a_concession_holds_in_its_months_only():
    student = make_student()
    concede(student, percent="10", from_month=date(2026, 5, 1), until=date(2026, 5, 1))
    for month in ("2026-04", "2026-05", "2026-06"):
        charged(month)
    found = Entry.objects.get(kind="concession")
    assert (found.month, str(found.amount)) == (date(2026, 5, 1), "-500.00")


def test_the_third_child_pays_less_and_whose_day_is_unknown_joined_first(settings):
    settings.SIBLING_CONCESSIONS = {3: Decimal(25)}
    family = make_family()
    third = make_student(name="C", family=family, joined_on=date(2024, 1, 2))
    second = make_student(name="B", family=family, joined_on=date(2024, 1, 1))
    first = make_student(name="A", family=family)
    make_student(name="gone", family=family, left_on=date(2026, 5, 31))
    alone = make_student(name="alone")
    assert str(preview(date(2026, 6, 1)).conceded) == "1250.00"
    charged("2026-06")
    assert [conceded(each) for each in (first, second, third, alone)] == [[], [], ["-1250.00"], []]
    first.left_on = date(2026, 6, 20)
    first.save()
    charged("2026-06")
    charged("2026-07")
    assert Entry.objects.filter(kind="concession").count() == 1


# -- Fines -----------------------------------------------------------------------------------------


def test_a_fine_a_day_has_a_most(today):
    student = make_student()
    charged("2026-04", fine=("per_day", "10", "300"))
    charged("2026-05", fine=("per_day", "10", "300"))
    today("2026-05-20")
    would = preview(date(2026, 6, 1))
    charged("2026-06")
    assert entries(student, "fine") == [("fine", "300.00"), ("fine", "100.00")]
    assert (would.fined, would.fines) == (1, Decimal(100))  # April's was May's run's
    today("2026-06-20")
    charged("2026-06")
    assert len(entries(student, "fine")) == 2


def test_leavers_and_what_no_run_charged_and_what_is_paid_are_not_fined():
    leaver, payer = make_student(name="leaver"), make_student(name="payer")
    charged("2026-05", fine=FLAT)
    leaver.left_on = date(2026, 6, 2)
    leaver.save()
    pay(payer, "5000", method="bank", day=date(2026, 5, 10))
    other = make_student(name="other", joined_on=date(2026, 6, 1))
    Entry.objects.create(
        student=other, kind="opening", amount=900, day=date(2026, 5, 1), due_on=date(2026, 5, 1),
        by="staff",
    )  # fmt: skip
    assert preview(date(2026, 6, 1)).fined == 0
    charged("2026-06")
    assert not Entry.objects.filter(kind="fine").exists()


def test_without_a_rule_nobody_is_fined():
    make_student()
    charged("2026-05")
    charged("2026-06", fine=FLAT)
    assert not Entry.objects.filter(kind="fine").exists()


# -- Stopped half way ------------------------------------------------------------------------------


@pytest.fixture
def slices_of_two(monkeypatch):
    small = charging.NEXT.replace(f"LIMIT {charging.SLICE}", "LIMIT 2")
    assert small != charging.NEXT
    monkeypatch.setattr(charging, "NEXT", small)


def test_stopped_in_the_third_slice_and_run_again_each_is_charged_once(monkeypatch, slices_of_two):
    students = [make_student(name=f"S{n}") for n in range(7)]
    concede(students[0], percent="10")
    work, done = charging.charge_slice, []

    def killed(given):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(given)
        return work(given)

    monkeypatch.setattr(charging, "charge_slice", killed)
    terms = Terms(date(2026, 6, 10), date(2026, 6, 30))
    kept, _new = begin(date(2026, 6, 1), terms, BY)
    with pytest.raises(KeyboardInterrupt):
        charge(kept, BY)
    assert Entry.objects.filter(kind="fee").count() == 4
    assert Run.objects.get().done_at is None
    monkeypatch.setattr(charging, "charge_slice", work)
    go_on()
    assert [entries(each) for each in students] == [[("fee", "5000.00")]] * 7
    assert conceded(students[0]) == ["-500.00"]
    kept.refresh_from_db()
    assert (kept.progress, kept.done_at is None) == (100, False)
    go_on()
    assert Entry.objects.filter(kind="fee").count() == 7


def test_the_command_goes_on_with_what_was_begun():
    make_student()
    begin(date(2026, 6, 1), Terms(date(2026, 6, 10), date(2026, 6, 30)), BY)
    run("--unfinished")
    assert Run.objects.get().done_at
    assert Entry.objects.count() == 1


def test_two_at_once_charge_each_once_and_without_the_index_twice(monkeypatch, slices_of_two):
    """Both have looked who is missing; one writes; then the other."""
    student = make_student()
    kept, _new = begin(date(2026, 6, 1), Terms(date(2026, 6, 10), date(2026, 6, 30)), BY)
    work = charging.charge_slice
    monkeypatch.setattr(charging, "charge_slice", lambda given: work(given) + work(given))
    assert charge(kept, BY) == 1
    assert entries(student) == [("fee", "5000.00")]
    late = make_student()
    without = charging.CHARGE.replace(
        "ON CONFLICT (student_id, month) WHERE kind = 'fee' DO NOTHING", ""
    )
    assert without != charging.CHARGE
    monkeypatch.setattr(charging, "CHARGE", without)
    ((index,),) = sql(
        "SELECT indexname FROM pg_indexes WHERE tablename = 'ledger_entry'"
        " AND indexdef LIKE 'CREATE UNIQUE%(student_id, month)%'"
    )
    without_index(index)
    charge(kept, BY)
    assert entries(late) == [("fee", "5000.00")] * 2


# -- Samples ---------------------------------------------------------------------------------------


def test_samples_are_six_months_and_never_beside_real_money():
    for n in range(6):
        make_student(name=f"S{n}")
    call_command("load_sample_fees", stdout=StringIO())
    assert Run.objects.count() == 6
    assert not Run.objects.filter(done_at=None).exists()
    assert Entry.objects.filter(kind="payment").exists()
    before = Entry.objects.count()
    with pytest.raises(CommandError, match="There is money here already, and nothing was added"):
        call_command("load_sample_fees")
    assert Entry.objects.count() == before
