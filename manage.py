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
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Tuition can't start: {error}")
    except OperationalError as error:
        # The driver's first line says what and where; it never holds the password.
        line = str(error).strip().partition("\n")[0]
        sys.exit(f"Tuition can't go on without its database: {line}")


if __name__ == "__main__":
    main()
