"""Links between pages, and the list that one came from."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from rules.text import bdi
from students.forms import StudentListForm
from students.views.access import sees_money


def links_to(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """Of (address, name): cities, or students."""
    return format_html_join(", ", '<a href="{}">{}</a>', ((url, bdi(name)) for url, name in pairs))


def list_of(request: HttpRequest) -> StudentListForm | None:
    """The list that one came from: its state is in the address; None where that is no list's."""
    form = StudentListForm(request.GET, money=sees_money(request))
    return form if form.is_valid() else None


def query_of(request: HttpRequest) -> str:
    """The state of that list, to hand on to the next page: `?city=Lahore&page=2`, or ""."""
    form = list_of(request)
    return form.query() if form else ""


def student_url(name: str, pk: int, request: HttpRequest) -> str:
    """The address of a page about a student that still knows the list one came from."""
    return reverse(name, args=[pk]) + query_of(request)
