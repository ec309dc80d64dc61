import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from tqdm import tqdm

from rules.money import format_count
from tuition import backups
from tuition.backups import Backup, BackupError

MAKING = 8_451_023  # an advisory lock's key: any number that nobody else uses


class Command(BaseCommand):
    help = "Write the whole database into one file, and read it back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a new file (one in BACKUP_DIR)")
        parser.add_argument(
            "--daily",
            action="store_true",
            help="only if the last one in BACKUP_DIR is a day old; then remove those over 14 days",
        )

    def handle(self, *, file: Path | None, daily: bool, **options: Any) -> None:
        folder: Any = settings.BACKUP_DIR  # a folder, unless a file is named
        if not file and not folder:
            raise CommandError("Name a file, or set BACKUP_DIR to a folder on another disk.")
        if file and file.exists():
            raise CommandError(f"{file} is there already, and stays: name another file.")
        if not self.may_start(daily):
            return
        quiet = options["verbosity"] == 0 or daily
        with tqdm(unit="B", unit_scale=True, disable=quiet, leave=False) as bar:
            try:
                made = backups.back_up(file or backups.default_path(folder), bar.update)
                if daily:
                    backups.remove_old(folder)
            except BackupError as error:
                raise CommandError(str(error)) from None
        if options["verbosity"]:
            self.tell(made)

    def may_start(self, daily: bool) -> bool:
        """Of several daily ones at once, one; the lock goes with the connection."""
        if not daily:
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [MAKING])
            (alone,) = cursor.fetchone()
        return bool(alone) and backups.is_due()

    def tell(self, made: Backup) -> None:
        size = made.path.stat().st_size
        self.stdout.write(
            f"Backed up {format_count(made.students)} students and"
            f" {format_count(made.changes)} changes, and read it back: {made.path}"
            f" ({size / 1e6:.1f} MB), {made.facts.name}."
        )
        data = connection.settings_dict.get("EMBEDDED")
        if data and data.stat().st_dev == made.path.stat().st_dev:
            free = shutil.disk_usage(data).free / 1e9
            self.stdout.write(
                f"It is on the disk of the database itself ({free:.0f} GB free): copy both files to"
                " another, or set BACKUP_DIR to a folder there."
            )
