from typing import Any

from django.core.management.base import BaseCommand

from students.imports import do_waiting


class Command(BaseCommand):
    help = "Do what the site's imports wait for. The site starts it by itself."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        do_waiting()
