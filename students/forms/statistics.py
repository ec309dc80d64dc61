"""The filter of the statistics: that of every list, of a page and of programs."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from api.http import sharing_fields
from students import stats
from students.forms.filters import StudentApiForm, StudentFilterForm, StudentListForm
from students.models import StudentQuerySet
from students.stats import Month, Statistics


class Questions(StudentFilterForm):
    """What is asked of the students that the filter finds."""

    def found(self, status: str = "") -> StudentQuerySet:
        """Exactly what the filter says, in no order."""
        return self.students_of_all_cities(status).in_cities(self.cleaned_data["city"])

    def statistics(self) -> Statistics:
        return stats.statistics(self.found(), searched=bool(self.cleaned_data["q"]))

    def movement(self) -> list[Month]:
        """Who joined and who left, whatever the filter says of being here: else nobody left."""
        return stats.movement(self.found("all"), timezone.localdate())


class StatisticsForm(StudentListForm, Questions):
    """The page's: the list's own filter, and a table of cities to sort."""

    DEFAULTS = {"status": "current", "by": "-students"}
    BY = {
        "city": gettext_lazy("City"),
        "students": gettext_lazy("Students"),
        "average": gettext_lazy("Average"),
        "median": gettext_lazy("Median"),
        "lowest": gettext_lazy("Lowest"),
        "highest": gettext_lazy("Highest"),
        "total": gettext_lazy("Total"),
    }

    sort = per_page = page = None  # type: ignore[assignment]
    by = forms.ChoiceField(
        label=gettext_lazy("Cities by"),
        required=False,
        choices=[(sign + name, label) for name, label in BY.items() for sign in ("", "-")],
        widget=forms.HiddenInput,
    )

    def url(self, **changes: Any) -> str:
        return reverse("statistics") + self.query(**changes)

    def refused_url(self) -> str:
        """The page that says what is wrong with what was asked."""
        return reverse("statistics") + "?" + cast(QueryDict, self.data).urlencode()

    def csv_url(self) -> str:
        return reverse("statistics_csv") + self.query()

    def list_url(self, **changes: Any) -> str:
        """The list of those that are counted here."""
        return reverse("student_list") + self.query(**{"by": None, **changes})


@sharing_fields
class StatisticsApiForm(StudentApiForm, Questions):
    """The same for programs."""

    DEFAULTS = {"status": "current"}

    sort = limit = after = None  # type: ignore[assignment]
