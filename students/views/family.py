"""The page of a family."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from students.models import Balance, Family
from students.views.access import see_families, sees_money

MOST_CHILDREN = 50


@require_safe
@see_families
def family_detail(request: HttpRequest, pk: int) -> HttpResponse:
    family = get_object_or_404(Family, pk=pk)
    context = {
        "family": family,
        "children": family.students.here_first()[:MOST_CHILDREN],
        "totals": family.students.current().totals(),
        "owed": owed_by(family) if sees_money(request) else None,
    }
    return render(request, "students/family_detail.html", context)


def owed_by(family: Family) -> Decimal:
    """By all its children, who left too; PKR."""
    owing = Balance.objects.owing().filter(student__family=family)
    return sum((each.owed for each in owing), Decimal("0.00"))
