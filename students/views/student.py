"""The page of one student."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from students.models import Student
from students.views.access import see_students


@require_safe
@see_students
def student_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(
        request, "students/student_detail.html", {"student": get_object_or_404(Student, pk=pk)}
    )
