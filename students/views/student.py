"""The page of one student."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from students.forms import StudentListForm
from students.models import Balance, Student
from students.paging import neighbours
from students.views.access import see_students, sees_money
from students.views.changes import last_changes
from students.views.links import list_of
from students.views.lists import heading

MOST_NAMESAKES = 10
MOST_SIBLINGS = 30


@require_safe
@see_students
def student_detail(request: HttpRequest, pk: int) -> HttpResponse:
    student = get_object_or_404(Student.objects.select_related("family"), pk=pk)
    namesakes = Student.objects.named(student.name).exclude(pk=pk).here_first()
    some = list(namesakes[: MOST_NAMESAKES + 1])
    sharing = Student.objects.sharing_phone(student)
    if student.family:
        sharing = sharing.exclude(family=student.family)
    context = {
        "student": student,
        "came_from": came_from(list_of(request), student),
        "namesakes": some[:MOST_NAMESAKES],
        "more_namesakes": len(some) > MOST_NAMESAKES,
        "namesakes_query": urlencode({"q": student.name, "status": "all"}),
        "sharing_phone": sharing.here_first()[:MOST_NAMESAKES],
        "changes": last_changes(student),
        "changes_url": reverse("student_changes") + f"?q={student.pk}",
        **(family_of(student) if student.family else {}),
        "balance": balance_of(student) if sees_money(request) else None,
    }
    return render(request, "students/student_detail.html", context)


def balance_of(student: Student) -> Balance:
    """What he owes; of who was never charged, nothing."""
    return Balance.objects.filter(student=student).first() or Balance(student=student)


def family_of(student: Student) -> dict[str, Any]:
    children = Student.objects.filter(family=student.family)
    return {
        "siblings": children.exclude(pk=student.pk).here_first()[:MOST_SIBLINGS],
        "family_totals": children.current().totals(),
    }


def came_from(form: StudentListForm | None, student: Student) -> dict[str, Any]:
    """The list one came from: the way back, and who stands beside the student in it."""
    if form is None:
        return {"url": reverse("student_list"), "heading": heading([]), "query": ""}
    query, order, words = form.query(), form.order, form.cleaned_data["q"]
    previous, following = neighbours(form.students(), order, student, searched=words)
    return {
        "url": form.url(page=form.cleaned_data["page"]),
        "heading": heading(form.cleaned_data["city"]),
        "query": query,
        "previous": previous and (previous.get_absolute_url() + query, previous.name),
        "next": following and (following.get_absolute_url() + query, following.name),
    }
