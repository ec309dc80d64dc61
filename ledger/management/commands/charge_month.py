from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.charging import (
    Result,
    begin,
    charge,
    go_on,
    preview,
    refuse_month,
    result,
    same_terms,
    terms_of,
    usual_terms,
)
from ledger.models import Run
from ledger.receipts import By
from ledger.refusals import Refused
from rules.days import parse_day
from rules.fines import TAKES, parse_fine
from rules.money import format_count, format_rupees

BY = By("command charge_month")
WORDS = {"fee_0": "with a fee of 0", "charged_before": "charged before"}


class Command(BaseCommand):
    help = (
        "Charge everybody who was there in a month his fee, once: again, it charges who is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", nargs="?", help="such as 2026-12")
        parser.add_argument("--due-on", help="10/12/2026; the setting's day unless told")
        parser.add_argument("--valid-until", help="for how long a bank takes the challan")
        parser.add_argument("--fine", help=TAKES)
        parser.add_argument("--dry-run", action="store_true", help="say what it would do")
        parser.add_argument(
            "--unfinished", action="store_true", help="go on with months that were left half way"
        )

    def handle(self, *, month: str | None, unfinished: bool, **options: Any) -> None:
        if unfinished:
            go_on()
            return
        if not month:
            raise CommandError("Say which month, such as 2026-12.")
        first = month_of(month)
        try:
            self.charge(first, **options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None

    def charge(self, month: date, *, dry_run: bool, verbosity: int, **options: Any) -> None:
        before = Run.objects.filter(month=month).first()
        days = [name for name in ("due_on", "valid_until") if options[name]]
        given: dict[str, Any] = {name: day_of(options[name]) for name in days}
        terms = usual_terms(month) if not before else terms_of(before)
        if options["fine"]:
            try:
                rule, amount, cap = parse_fine(options["fine"])
            except ValueError:
                raise CommandError(f"--fine takes {TAKES}.") from None
            given |= {"fine_rule": rule, "fine_amount": amount, "fine_cap": cap}
        terms = terms._replace(**given)
        if "due_on" in given and "valid_until" not in given and not before:
            usual = usual_terms(month)
            terms = terms._replace(valid_until=terms.due_on + (usual.valid_until - usual.due_on))
        if not month <= terms.due_on <= terms.valid_until:
            raise CommandError("The due day is in the month or later, the last valid day after it.")
        if dry_run:
            refuse_month(month)
            same_terms(before, terms)
            self.tell(preview(month), "would be")
            return
        run, _made = begin(month, terms, BY)
        written = charge(run, BY, self.progress if verbosity and self.stderr.isatty() else ignored)
        self.tell(result(run), "were")
        self.stdout.write(f"Entries written now: {format_count(written)}.")

    def progress(self, percent: int) -> None:
        self.stderr.write(f"\r{percent} %", ending="\r" if percent < 100 else "\n")

    def tell(self, found: Result, verb: str) -> None:
        self.stdout.write(
            f"{format_count(found.charged)} students {verb} charged {format_rupees(found.total)};"
            f" concessions {format_rupees(found.conceded)};"
            f" {format_count(found.fined)} fines of {format_rupees(found.fines)}."
        )
        for left in found.left_out:
            self.stdout.write(f"Left out: {format_count(left.students)} {WORDS[left.reason]}.")


def ignored(percent: int) -> None:
    pass


def month_of(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise CommandError(f"A month is such as 2026-12, not {text[:40]!r}.") from None


def day_of(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError as error:
        raise CommandError(str(error)) from None
