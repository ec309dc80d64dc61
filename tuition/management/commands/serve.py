import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from tuition.server import on_end, width
from tuition.serving import (
    alone,
    connections,
    free_port,
    place,
    refuse_debug,
    refuse_samples,
    serve,
    warn_of_root,
)


class Command(BaseCommand):
    help = "Serve Tuition for real work: migrates, collects static files, loads nothing, serves."
    requires_system_checks: list[str] = []  # the database is not there yet; migrate checks

    def handle(self, **options: Any) -> None:
        on_end(sys.exit)  # so that the database is stopped too
        refuse_debug()
        port = free_port()
        workers, threads = width()
        wanted = connections(workers, threads)
        with alone():
            call_command("migrate", verbosity=0)
        refuse_samples()
        warn_of_root(self.stderr)
        self.stdout.write(
            f"Tuition: {place(port)} ({workers} workers with {threads} threads:"
            f" at most {wanted} database connections). Ctrl-C stops it."
        )
        self.stdout.flush()  # at once also where the output goes to a file
        serve(port, workers, threads)
