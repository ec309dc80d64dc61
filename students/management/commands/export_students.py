import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from rules.fields import CitiesField
from rules.money import format_count
from students.exports import TooManyRows, csv_export, xlsx_export
from students.models import Student, StudentQuerySet


class Command(BaseCommand):
    help = "Export students as a spreadsheet that import_students takes back."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", help="a .csv or .xlsx file (students-DAY.csv); - for standard output"
        )
        parser.add_argument("--city", action="append", help="only these; may be repeated")
        parser.add_argument(
            "--status",
            choices=["current", "left", "all"],
            default="all",
            help="who is here (current), who has left, or all (unless told)",
        )
        parser.add_argument("--format", choices=["csv", "xlsx"], help="what the name says, or csv")

    def handle(
        self,
        *,
        file: str | None,
        city: list[str] | None,
        status: str,
        format: str | None,  # noqa: A002 - the option's name
        **options: Any,
    ) -> None:
        named = "xlsx" if (file or "").lower().endswith(".xlsx") else "csv"
        form = format or named
        path = file or f"students-{timezone.localdate():%Y-%m-%d}.{form}"
        students = chosen(city, status)
        total = students.count()
        quiet = options["verbosity"] == 0 or path == "-"
        progress = tqdm(total=total, unit=" students", disable=quiet or None, leave=False)
        with progress as bar, written(path) as out:
            if form == "xlsx":
                to_xlsx(out, students, bar.update)
            else:
                for chunk in csv_export(students):
                    out.write(chunk)
                    bar.update(chunk.count(b"\n"))
        if not quiet:
            self.stdout.write(f"Exported {format_count(total)} students: {path}")


def chosen(city: list[str] | None, status: str) -> StudentQuerySet:
    try:
        cities = CitiesField(required=city is not None).clean(city)
    except ValidationError as error:
        raise CommandError(f"--city: {error.messages[0]}", returncode=2) from None
    return Student.objects.in_cities(cities).with_status(status).order_by("id")


def to_xlsx(out: BinaryIO, students: StudentQuerySet, progress: Any) -> None:
    try:
        xlsx_export(out, students, progress)
    except TooManyRows:
        raise CommandError(
            "An Excel sheet holds 1,048,575 students: choose --format csv, or fewer with --city."
        ) from None


@contextlib.contextmanager
def written(path: str) -> Iterator[BinaryIO]:
    """Complete, or not there: under its name only when all of it is written."""
    if path == "-":
        with tempfile.TemporaryFile() as seekable:  # an XLSX file's head is written last
            yield seekable
            seekable.seek(0)
            with contextlib.suppress(BrokenPipeError):
                sys.stdout.buffer.writelines(iter(lambda: seekable.read(1 << 20), b""))
                sys.stdout.buffer.flush()
        return
    special = Path(path).exists() and not Path(path).is_file()  # a device, a pipe
    whole = Path(path) if special else Path(path).resolve()
    half = whole if special else whole.with_name(f"{whole.name}.half")
    try:
        with half.open("wb") as file:
            yield file
        if not special:
            os.replace(half, whole)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.", returncode=2) from None
    finally:
        if not special:
            half.unlink(missing_ok=True)
