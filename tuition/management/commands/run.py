import sys
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from students.models import Student
from tuition.accounts import make_sample_sign_ins, sample_sign_ins
from tuition.server import on_end, width
from tuition.serving import (
    alone,
    connections,
    free_port,
    place,
    serve,
    warn_of_root,
)


class Command(BaseCommand):
    help = "Serve Tuition on this machine: migrates, fills an empty database with samples, serves."
    requires_system_checks: list[str] = []  # the database is not there yet; migrate checks

    def handle(self, **options: Any) -> None:
        on_end(sys.exit)  # so that the database is stopped too
        port = free_port()
        workers, threads = width()
        connections(workers, threads)
        with alone():
            call_command("migrate", verbosity=0)
            self.fill_if_empty()
        warn_of_root(self.stderr)
        self.stdout.write(f"\n  Tuition: {place(port)}\n")
        for name, password, rights in sample_sign_ins():
            self.stdout.write(f"  sign in as {name:<7} password {password:<14} {rights}")
        self.stdout.write("\n  Ctrl-C stops it.\n")
        self.stdout.flush()  # at once also where the output goes to a file
        serve(port, workers, threads)

    def fill_if_empty(self) -> None:
        if Student.objects.exists() or get_user_model().objects.exists():
            return
        embedded = connection.settings_dict.get("EMBEDDED")
        with transaction.atomic():  # killed half way: nothing, and the next start begins again
            call_command("load_sample_students", stdout=self.stdout)
            if embedded:
                make_sample_sign_ins()
            call_command("load_sample_fees", stdout=self.stdout)
        if not embedded:
            self.stdout.write("Make yourself a sign-in: .venv/bin/python manage.py createsuperuser")
