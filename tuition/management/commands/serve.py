import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tuition.serving import (
    HOST,
    alone,
    free_port,
    need_connections,
    refuse_debug,
    refuse_samples,
    warn_of_root,
    width,
)


class Command(BaseCommand):
    help = "Serve Tuition for real work: migrates, collects static files, loads nothing, serves."
    requires_system_checks: list[str] = []  # the database is not there yet; migrate checks

    def handle(self, **options: Any) -> None:
        refuse_debug()
        port = free_port()
        workers, threads = width()
        need_connections(workers * threads)
        with alone():
            call_command("migrate", verbosity=0)
        refuse_samples()
        warn_of_root(self.stderr)
        call_command("collectstatic", verbosity=0, interactive=False)
        connection.close()  # the workers have their own
        self.stdout.write(
            f"Tuition: http://{HOST}:{port}/ ({workers} workers with {threads} threads:"
            f" at most {workers * threads} database connections). Ctrl-C stops it."
        )
        self.stdout.flush()  # at once also where the output goes to a file
        os.environ["TUITION_SERVED_BY"] = str(os.getpid())  # tells tuition.wsgi that it is a worker
        Server(
            "tuition.wsgi:application",
            address=HOST,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=threads,
            blocking_threads_idle_timeout=600,  # seconds; a thread that ends drops its connection
            respawn_failed_workers=True,
            # A worker told to stop in the moment it starts may miss it. No statement takes longer.
            workers_kill_timeout=20,  # seconds
            log_level=LogLevels.warning,
        ).serve()
