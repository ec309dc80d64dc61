"""The pages, and the average-fees view."""

from students.views.average import average_fees
from students.views.changes import changes_csv, last_changes, student_changes
from students.views.clerk import student_add, student_back, student_edit, student_left
from students.views.exports import export_csv, export_xlsx
from students.views.family import family_detail
from students.views.imports import (
    import_columns,
    import_errors,
    import_template,
    student_import,
    student_imports,
)
from students.views.links import links_to
from students.views.lists import student_list
from students.views.printing import student_print
from students.views.statistics import statistics, statistics_csv
from students.views.student import student_detail

__all__ = [
    "average_fees",
    "changes_csv",
    "export_csv",
    "export_xlsx",
    "family_detail",
    "import_columns",
    "import_errors",
    "import_template",
    "last_changes",
    "links_to",
    "statistics",
    "statistics_csv",
    "student_add",
    "student_back",
    "student_changes",
    "student_detail",
    "student_edit",
    "student_import",
    "student_imports",
    "student_left",
    "student_list",
    "student_print",
]
