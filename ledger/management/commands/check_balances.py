from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.reconcile import day_differences, differences, repair


class Command(BaseCommand):
    help = "Compare each student's kept balance with his entries; --repair counts them anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="count them anew")

    def handle(self, *, repair: bool, **options: Any) -> None:
        if repair:
            _repair()
        found = differences()
        for each in found[:20]:
            kept, real = each.kept or "nothing", each.real or "nothing"
            self.stderr.write(f"student {each.student}: kept {kept}, entries say {real}")
        days = day_differences()
        for line in days[:20]:
            self.stderr.write(line)
        if found or days:
            raise CommandError(
                f"{len(found)} balances and {len(days)} days differ; --repair counts them anew."
            )
        self.stdout.write("Every kept balance is what its entries say.")


_repair = repair
