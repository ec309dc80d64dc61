from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError

from students.imports import do_waiting


class Command(BaseCommand):
    help = "Do what the site's imports wait for. The site starts it by itself."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        try:
            do_waiting()
        except (DatabaseError, InterfaceError):  # whoever comes next goes on
            raise CommandError("The database is not answering.") from None
