"""Rows in, fast: spreadsheets that people bring, and made-up students. Knows no HTTP.

A spreadsheet is read into rows of the table ImportRow (`reading`), which are compared with the
students (`checking`) and, when somebody has confirmed it, become students in one transaction
(`writing`), as they cease to be when it is undone. `work` has a process of its own do all that.
"""

from students.imports.checking import check
from students.imports.reading import explain, read
from students.imports.samples import copy_students
from students.imports.work import do_waiting, purge_imports, start, start_command
from students.imports.writing import undo, write

__all__ = [
    "check",
    "copy_students",
    "do_waiting",
    "explain",
    "purge_imports",
    "read",
    "start",
    "start_command",
    "undo",
    "write",
]
