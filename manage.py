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

    from tuition.postgres.server import PostgresUnavailable

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, PostgresUnavailable) as error:
        sys.exit(f"Tuition can't start: {error}")


if __name__ == "__main__":
    main()
