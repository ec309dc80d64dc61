"""The student's form, the same at every door."""

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.idempotency import SentOnceForm
from rules.cities import canonical_city
from rules.days import format_day
from rules.fields import DayField, PhoneCharField, RupeesField, TidyCharField
from rules.money import format_rupees
from rules.phones import format_phone
from students.models import Student
from students.models.student import problem_of_days
from students.similar import similar_to_new
from students.widgets import CityInput, TypedCheckbox

FACTS = [
    "name", "father_name", "city", "fees", "phone", "class_name", "joined_on", "left_on", "family",
]  # fmt: skip
STATE = [*FACTS[:-1], "family_id"]


class StudentForm(forms.ModelForm):  # type: ignore[type-arg]
    """One student, from whichever door: the admin, an import row, the API."""

    fees = RupeesField(
        label=gettext_lazy("Monthly fees"),
        help_text=gettext_lazy("Rupees a month: 12,500 or Rs 12,500/-."),
        error_messages={"required": gettext_lazy("Type the monthly fees, such as 12,500.")},
    )

    phone = PhoneCharField(
        label=gettext_lazy("Phone"),
        required=False,
        help_text=gettext_lazy("Any usual spelling: 0300-1234567 or +92 300 1234567."),
    )
    joined_on = DayField(
        label=gettext_lazy("Joined on"),
        required=False,
        help_text=gettext_lazy("Day/month/year; empty: always here."),
    )
    left_on = DayField(
        label=gettext_lazy("Left on"),
        required=False,
        help_text=gettext_lazy("Day/month/year; empty: still here."),
    )

    class Meta:
        model = Student
        fields = FACTS
        field_classes = {
            "name": TidyCharField,
            "city": TidyCharField,
            "father_name": TidyCharField,
            "class_name": TidyCharField,
        }
        help_texts = {"city": gettext_lazy("Any usual spelling: LHR and لاہور become Lahore.")}
        error_messages = {
            "name": {"required": gettext_lazy("Type the student's name.")},
            "city": {"required": gettext_lazy("Type the student's city.")},
            "family": {"invalid_choice": gettext_lazy("There is no such family.")},
        }

    @classmethod
    def read(cls, sent: dict[str, Any]) -> dict[str, Any]:
        """What the form would store of `sent`, by its own fields and those of the model.

        Raises ValidationError where the form has errors: ask the form for all of them. It takes
        several times as long to make as its fields take to answer.
        """
        columns = {column.name: column for column in Student._meta.concrete_fields}
        read = {
            name: field.clean(sent[name]) for name, field in cls.base_fields.items() if name in sent
        }
        for name in ("name", "city", "fees"):
            read[name] = columns[name].clean(read[name], None)
        if problem := problem_of_days(read.get("joined_on"), read.get("left_on")):
            raise ValidationError(problem)
        return read


class StudentPageForm(SentOnceForm, StudentForm):
    """The student's form on a page, where a person can be asked, and told.

    * a new place that looks like a known city: "did you mean", unless `other_place` names it;
    * `seen`, what the page showed: a save over somebody else's is refused, showing both, and the
      next one is a decision;
    * `sent`, the page's key: `form_once` adds once.
    """

    seen = forms.CharField(label="", widget=forms.HiddenInput, required=False)
    other_place = forms.CharField(label="", widget=forms.HiddenInput, required=False)

    class Meta(StudentForm.Meta):
        widgets = {"city": CityInput(attrs={"autocomplete": "off", "dir": "auto"})}
        labels = {
            "father_name": gettext_lazy("Father’s name"),
            "class_name": gettext_lazy("Class"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"name", "father_name", "class_name"} & set(self.fields):
            self.fields[name].widget.attrs |= {"dir": "auto", "autocomplete": "off"}
        self.fields["seen"].initial = state_of(self.instance)
        if not self.instance.pk:
            self.initial.setdefault("joined_on", timezone.localdate())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("city") and data["city"] != data.get("other_place"):
            self.ask_about_city(data["city"])
        if self.instance.pk:
            self.refuse_over_a_change(data)
        return data

    def ask_about_city(self, city: str) -> None:
        similar = similar_to_new(canonical_city(city))
        if not similar:
            return
        cities = similar[0]
        for other in similar[1:]:
            cities = _("%(first)s or %(second)s") % {"first": cities, "second": other}
        self.fields["other_place"].widget = TypedCheckbox(city)
        self["other_place"].label = _("%(city)s is another place") % {"city": city}
        words = _("Did you mean %(cities)s? If it is another place, say so below.")
        self.add_error("city", ValidationError(words % {"cities": cities}, code="similar"))

    def refuse_over_a_change(self, data: dict[str, Any]) -> None:
        # Locked: of two saves in the same moment the second one waits, and then sees the first.
        now = Student.objects.select_for_update().filter(pk=self.instance.pk).first()
        if now is None:
            raise ValidationError(_("This student was deleted meanwhile."), code="gone")
        typed = {**data, "city": canonical_city(data.get("city", ""))}
        same = all(typed.get(name) == getattr(now, name) for name in FACTS if name in self.fields)
        if data.get("seen") == state_of(now) or same:
            return  # the latter when the same form comes twice
        self.data = {**self.data.dict(), "seen": state_of(now)}  # type: ignore[attr-defined]
        words = _(
            "This student was changed after you opened this page, and nothing was saved. Now it"
            " is %(student)s; below is what you typed. Save again to put yours in its place."
        )
        raise ValidationError(words % {"student": shown(now)}, code="stale")


def state_of(student: Student) -> str:
    """What a page showed, short: whoever changed a student in whatever way changed this."""
    shown = "\n".join(str(getattr(student, column)) for column in STATE)
    return hashlib.sha256(shown.encode()).hexdigest()[:16] if student.pk else ""


def shown(student: Student) -> str:
    """What a student is now: `Ali, Lahore, Rs 5,000`, and those of the other facts there are."""
    facts = [student.name, student.city, format_rupees(student.fees)]
    others = {
        _("father %(fact)s"): student.father_name,
        _("phone %(fact)s"): format_phone(student.phone),
        _("class %(fact)s"): student.class_name,
        _("joined on %(fact)s"): student.joined_on and format_day(student.joined_on),
        _("left on %(fact)s"): student.left_on and format_day(student.left_on),
        _("family %(fact)s"): student.family,
    }
    return ", ".join([*facts, *(words % {"fact": fact} for words, fact in others.items() if fact)])
