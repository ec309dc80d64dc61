"""The page of a family."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from students.models import Family
from students.views.access import see_families

MOST_CHILDREN = 50


@require_safe
@see_families
def family_detail(request: HttpRequest, pk: int) -> HttpResponse:
    family = get_object_or_404(Family, pk=pk)
    context = {
        "family": family,
        "children": family.students.here_first()[:MOST_CHILDREN],
        "totals": family.students.current().totals(),
    }
    return render(request, "students/family_detail.html", context)
