#!/usr/bin/env python
"""Django's command line for Tuition: `python manage.py help` lists the commands."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuition.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Type `make run` once, then use .venv/bin/python.")

    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    try:
        try:
            execute_from_command_line(sys.argv)
        finally:
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()  # at exit nobody could catch that the pipe is broken
    except BrokenPipeError:  # `| head` has seen enough
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        sys.exit(128 + 13)  # as if by SIGPIPE, which would leave the database running
    except KeyboardInterrupt:
        sys.exit(128 + 2)
    except ImproperlyConfigured as error:
        sys.exit(f"Tuition can't start: {error}")
    except OperationalError as error:
        from tuition.postgres.checks import without_secrets

        line = without_secrets(error).partition("\n")[0]
        sys.exit(f"Tuition can't go on without its database: {line}")


if __name__ == "__main__":
    main()
