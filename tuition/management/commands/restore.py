from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection
from django.utils import timezone
from django.utils.formats import date_format
from tqdm import tqdm

from rules.money import format_count
from students.models import Student, StudentEvent
from students.reconcile import differences
from tuition import backups
from tuition.backups import Backup, BackupError


class Command(BaseCommand):
    help = "Put a backup back, whole or not at all, and compare every table with what it was."
    requires_system_checks: list[str] = []  # the tables may not be there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what `backup` wrote; FILE.json beside it")
        parser.add_argument(
            "--replace", action="store_true", help="even if there are students here, who then go"
        )

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        try:
            backup = backups.read(file)
            backups.check(backup)
            backups.refuse_newer(backup)
            self.make_room(backup, replace)
            self.stdout.write(f"Restoring {told(backup)} …")
            quiet = not options["verbosity"]
            with tqdm(unit="B", unit_scale=True, disable=quiet, leave=False) as bar:
                backups.put_back(backup, bar.update)
        except BackupError as error:
            raise CommandError(f"{error} Nothing was changed.") from None
        call_command("migrate", verbosity=0)
        if wrong := differences():
            raise CommandError(
                f"All rows are back, but the totals of {len(wrong)} cities are not those of their"
                " students: manage.py check_totals --repair"
            )
        self.stdout.write(
            f"{told(backup)}: every table holds what was backed up, and the totals agree."
        )

    def make_room(self, backup: Backup, replace: bool) -> None:
        """Refuse to overwrite unless told so; what is there is backed up first."""
        here = what_is_here()
        if any(here) and not replace:
            raise CommandError(
                f"Here are {counted(*here)}. Nothing was changed. To put {told(backup)} in their"
                " place, add --replace."
            )
        if others := backups.others_connected():
            raise CommandError(
                f"Somebody else is connected to this database ({others}): stop Tuition first."
                " Nothing was changed."
            )
        if any(here):
            path = backup.path.with_name(f"before-restore-{timezone.now():%Y-%m-%dT%H%M%SZ}.dump")
            backups.back_up(path)
            self.stdout.write(f"What was here, {counted(*here)}, is in {path}.")


def what_is_here() -> tuple[int, int, int]:
    """Students, changes and users."""
    try:
        models = (Student, StudentEvent, get_user_model())
        students, changes, users = (model.objects.count() for model in models)
    except ProgrammingError:  # no such table: empty, or of an older Tuition
        with connection.cursor() as cursor:
            cursor.execute(backups.TABLES)
            tables = {name for (name,) in cursor.fetchall()}
        return (Student.objects.count() if "students_student" in tables else 0), 0, 0
    return students, changes, users


def counted(students: int, changes: int, users: int) -> str:
    return (
        f"{format_count(students)} students, {format_count(changes)} changes and"
        f" {format_count(users)} users"
    )


def told(backup: Backup) -> str:
    made = date_format(timezone.localtime(backup.made), "DATETIME_FORMAT")
    return f"the backup of {made} ({counted(backup.students, backup.changes, backup.users)})"
