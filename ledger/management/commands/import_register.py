import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.imports.booking import confirm
from ledger.imports.reading import read
from ledger.imports.told import told
from ledger.models import Register, RegisterState, What
from ledger.receipts import By
from ledger.refusals import Refused
from rules.money import format_count, format_rupees

BY = By("command import_register")
MOST_TOLD = 20  # rows with errors


class Command(BaseCommand):
    help = "Book an old register (CSV or XLSX) of opening balances or of payments, whole or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a .csv or .xlsx file; - for standard input")
        what = parser.add_mutually_exclusive_group(required=True)
        for each in What:
            what.add_argument(f"--{each}", dest="what", action="store_const", const=each.value)
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--skip-bad", action="store_true", help="leave rows with errors out")
        parser.add_argument("--again", action="store_true", help="although it was booked before")

    def handle(
        self, *, file: str, what: str, dry_run: bool, skip_bad: bool, again: bool, **options: Any
    ) -> None:
        try:
            content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.", returncode=2) from None
        name = "standard input" if file == "-" else Path(file).name
        register: Register | None = None
        try:
            register = read(what, name, content, BY)
            self.tell(register)
            if not dry_run:
                facts = {"skip_bad": skip_bad, "again": again}
                confirm(register, BY, seen=register.version, **facts)
                self.stdout.write(f"Booked as register {register.pk}; the site can undo it.")
        except Refused as refusal:
            raise CommandError(f"{refusal} Nothing was booked.") from None
        finally:
            if register is not None:  # what was not booked is not kept
                Register.objects.filter(pk=register.pk, state=RegisterState.READY).delete()

    def tell(self, register: Register) -> None:
        self.stdout.write(
            f"{register.file_name}: {format_count(register.good)} good,"
            f" {format_rupees(register.total)} in all; {format_count(register.bad)} with errors,"
            f" {format_count(register.nothing)} of nothing."
        )
        for row in register.rows.exclude(problems=[]).order_by("line")[:MOST_TOLD]:
            for words in told(register.what, row):
                self.stdout.write(f"  {words}")
        if register.bad > MOST_TOLD:
            self.stdout.write(f"  … and {format_count(register.bad - MOST_TOLD)} more rows.")
