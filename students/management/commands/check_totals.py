import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from students.reconcile import differences
from students.reconcile import repair as count_anew

SHOWN = 20


class Command(BaseCommand):
    help = "Compare each city's kept totals with its students; exit status 1 when they differed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="count all students anew")

    def handle(self, *, repair: bool, **options: Any) -> None:
        found = differences()
        if not found:
            self.stdout.write("The totals of every city are exact.")
            return
        for line in found[:SHOWN]:
            self.stdout.write(line)
        if len(found) > SHOWN:
            self.stdout.write(f"and {len(found) - SHOWN} more cities")
        if repair:
            count_anew()
            self.stdout.write("Mended: every student was counted anew.")
        else:
            self.stdout.write("To mend them: manage.py check_totals --repair")
        sys.exit(1)
