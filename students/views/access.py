"""Who may open which page."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest

see_students = permission_required("students.view_student", raise_exception=True)
add_students = permission_required(
    ["students.view_student", "students.add_student"], raise_exception=True
)
change_students = permission_required(
    ["students.view_student", "students.change_student"], raise_exception=True
)
import_students = permission_required(
    ["students.view_student", "students.import_student"], raise_exception=True
)
export_students = permission_required(
    ["students.view_student", "students.export_student"], raise_exception=True
)
see_families = permission_required(
    ["students.view_student", "students.view_family"], raise_exception=True
)


def sees_money(request: HttpRequest) -> bool:
    """What students owe is for those of the fee desk."""
    return request.user.has_perm("ledger.view_entry")
