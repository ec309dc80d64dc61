"""Who may open which page."""

from django.contrib.auth.decorators import permission_required

see_students = permission_required("students.view_student", raise_exception=True)
