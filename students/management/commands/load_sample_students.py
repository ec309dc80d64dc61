from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from students.imports import copy_students
from students.models import Student
from students.samples import sample_students


class Command(BaseCommand):
    help = "Add made-up students: the same ones for the same seed on the same day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, default=500, help="how many (500)")
        parser.add_argument("--seed", type=int, default=1, help="another seed, other students (1)")
        parser.add_argument(
            "--append", action="store_true", help="add them beside the students already there"
        )

        parser.add_argument(
            "--today", type=date.fromisoformat, help="the last day somebody joined (today)"
        )

    def handle(
        self, *, count: int, seed: int, append: bool, today: date | None, **options: Any
    ) -> None:
        if count < 1:
            raise CommandError(f"--count takes a whole number of 1 or more, not {count}.")
        if not append and Student.objects.exists():
            raise CommandError(
                "There are students here already, and nothing was added. To put made-up ones"
                " among them all the same, add --append."
            )
        quiet = options["verbosity"] == 0 or count < 10_000
        with tqdm(total=count, unit=" students", disable=quiet or None, leave=False) as bar:
            samples = sample_students(count, seed, today or timezone.localdate())
            total = copy_students(samples, bar.update)
        if options["verbosity"]:
            self.stdout.write(f"Added {total:,} sample students (seed {seed}).")
