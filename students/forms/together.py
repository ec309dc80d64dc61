"""Several students at once: they left, or came back, on one day."""

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rules.days import format_day
from rules.fields import DayField
from rules.money import format_count
from students.forms.student import state_of
from students.models import Student
from students.models.student import problem_of_days

MOST_NAMED = 5


class TogetherForm(forms.Form):
    """A day for `students`, who are locked; refused when they are not those that the page showed.

    All of them are saved, or none.
    """

    heading: str | Promise
    day = DayField(label=gettext_lazy("Day"), help_text=gettext_lazy("Day/month/year."))
    seen = forms.CharField(label="", widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, students: list[Student]) -> None:
        super().__init__(data, initial={"day": timezone.localdate(), "seen": states_of(students)})
        self.students = students

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("seen") != states_of(self.students):
            self.data = {**self.data.dict(), "seen": states_of(self.students)}  # type: ignore[attr-defined]
            words = _(
                "One of these students was changed or deleted after you opened this page, and"
                " nothing was saved. Send it again if this is right."
            )
            raise ValidationError(words, code="stale")
        for student in self.students if "day" in data else []:
            self.set(student)
        wrong = [
            (student, problem)
            for student in self.students
            if (problem := problem_of_days(student.joined_on, student.left_on))
        ]
        for student, problem in wrong[:MOST_NAMED]:
            words = _("%(student)s (%(number)s): %(problem)s")
            told = {"student": student.name, "number": student.pk, "problem": problem}
            self.add_error("day", words % told)
        return data

    def set(self, student: Student) -> None:
        raise NotImplementedError

    def save(self) -> None:
        now = timezone.now()
        for student in self.students:
            student.updated_at = now
        Student.objects.bulk_update(self.students, ["joined_on", "left_on", "updated_at"])

    def done(self) -> str:
        """A word of confirmation."""
        raise NotImplementedError

    def words(self) -> dict[str, str]:
        day = format_day(self.cleaned_data["day"])
        return {"count": format_count(len(self.students)), "day": day}


class LeftTogetherForm(TogetherForm):
    heading = gettext_lazy("Mark as left")

    def set(self, student: Student) -> None:
        student.left_on = self.cleaned_data["day"]

    def done(self) -> str:
        count = len(self.students)
        words = ngettext(
            "%(count)s student is marked as left on %(day)s.",
            "%(count)s students are marked as left on %(day)s.",
            count,
        )
        return words % self.words()


class BackTogetherForm(TogetherForm):
    heading = gettext_lazy("Came back")

    def set(self, student: Student) -> None:
        """Who never left is here as he was."""
        if student.left_on is not None:
            student.joined_on, student.left_on = self.cleaned_data["day"], None

    def done(self) -> str:
        count = len(self.students)
        words = ngettext("%(count)s student is here.", "%(count)s students are here.", count)
        return words % self.words()


def states_of(students: list[Student]) -> str:
    """What a page showed of them, short."""
    states = " ".join(f"{student.pk} {state_of(student)}" for student in students)
    return hashlib.sha256(states.encode()).hexdigest()[:32]
