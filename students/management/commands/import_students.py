import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from rules.money import format_count
from students.exports import write_bad_rows
from students.imports import check, read, write
from students.imports.told import refusal, row_problems, summary, warnings_told
from students.imports.work import limits
from students.models import Import, ImportRow, Kind, State

MOST_TOLD = 20  # rows with errors
CHUNK = 1 << 20


class Command(BaseCommand):
    help = "Import a spreadsheet of students (CSV or XLSX), whole or not at all."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a .csv or .xlsx file; - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--skip-bad", action="store_true", help="leave rows with errors out")
        parser.add_argument("--errors", metavar="FILE", help="write the rows with errors there")
        parser.add_argument("--again", action="store_true", help="although it was imported before")

    def handle(
        self,
        *,
        file: str,
        dry_run: bool,
        skip_bad: bool,
        errors: str | None,
        again: bool,
        **options: Any,
    ) -> None:
        quiet = options["verbosity"] == 0
        if errors and not Path(errors).resolve().parent.is_dir():
            raise CommandError(f"{errors}: there is no such folder.", returncode=2)
        with opened(file) as source:
            imported = begun(file, source, again)
            if not again and not dry_run:
                refuse_again(imported)  # at once: writing looks again
            done = False
            try:
                self.read(imported, source, quiet)
                self.tell(imported, quiet)
                if errors and imported.bad:
                    self.write_errors(imported, errors)
                if not dry_run:
                    done = self.write(imported, skip_bad, quiet)
            finally:
                if not done:  # whatever came after it was written
                    Import.objects.filter(pk=imported.pk).exclude(state=State.DONE).delete()

    def write_errors(self, imported: Import, path: str) -> None:
        try:
            write_bad_rows(imported, path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}.", returncode=2) from None

    def read(self, imported: Import, source: BinaryIO, quiet: bool) -> None:
        shape = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
        with tqdm(
            total=1.0, desc="Reading", bar_format=shape, disable=quiet or None, leave=False
        ) as bar:

            def progress(share: float, rows: int) -> None:
                bar.update(share - bar.n)
                seconds = bar.format_dict["elapsed"] or 1
                bar.set_postfix_str(f", {rows / seconds:,.0f} rows/s", refresh=False)

            read(imported, source, limits(), progress)
        if imported.state in (State.REFUSED, State.ASKING):
            raise CommandError(f"{refusal(imported)} Nothing was imported.")
        check(imported, may_add_families=True)

    def tell(self, imported: Import, quiet: bool) -> None:
        if quiet:
            return
        self.stdout.write(summary(imported))
        bad = ImportRow.objects.filter(imported=imported, kind=Kind.BAD).order_by("line")
        for row in bad[:MOST_TOLD]:
            for told in row_problems(imported, row):
                self.stdout.write(f"  {told}")
        if imported.bad > MOST_TOLD:
            more = format_count(imported.bad - MOST_TOLD)
            self.stdout.write(f"  … and {more} more rows: --errors FILE writes all of them.")
        for words in warnings_told(imported):
            self.stdout.write(f"  {words}")

    def write(self, imported: Import, skip_bad: bool, quiet: bool) -> bool:
        """Whether there was something to do."""
        if imported.bad and not skip_bad:
            raise CommandError(
                "Nothing was imported: mend these rows, or leave them out with --skip-bad."
            )
        if not (total := imported.new + imported.changed):
            if not quiet:
                self.stdout.write("There is nothing to import.")
            return False
        Import.objects.filter(pk=imported.pk).update(state=State.WRITING, skip_bad=skip_bad)
        with tqdm(
            total=total, desc="Writing", unit=" rows", disable=quiet or None, leave=False
        ) as bar:
            done = write(imported.pk, may_add_families=True, progress=bar.update)
        match done.options.get("notice"):
            case "again":
                refuse_again(done)
            case "meanwhile":
                raise CommandError(
                    "Students were changed while this was read. Nothing was imported: try again."
                )
        if not quiet:
            self.stdout.write(
                f"Imported: {format_count(done.new)} new, {format_count(done.changed)} changed"
                f" (import {done.pk}; for 24 hours it can be undone on the site)."
            )
        return True


def refuse_again(imported: Import) -> None:
    before = Import.objects.done_with(imported.checksum).exclude(pk=imported.pk).order_by("-pk")
    if found := before.first():
        imported.delete()
        raise CommandError(
            f"This file was imported before (import {found.pk}), and nothing was imported twice. To"
            " import it all the same, add --again."
        )


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The file; standard input is kept in a file of its own, because it is read twice."""
    if name == "-":
        with copied(sys.stdin.buffer) as copy:
            yield copy
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}.", returncode=2) from None
    with file:
        if file.seekable():
            yield file
        else:  # a pipe
            with copied(file) as copy:
                yield copy


@contextmanager
def copied(source: BinaryIO) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(source, copy)
        copy.seek(0)
        yield copy


def begun(name: str, source: BinaryIO, again: bool) -> Import:
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    source.seek(0)
    return Import.objects.create(
        file_name=Path(name).name[:255],
        checksum=digest.hexdigest(),
        size=size,
        again=again,
        by_hand=True,
    )
