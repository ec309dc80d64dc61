"""The clerk's forms: a student on the site's own pages, who has left, who came back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rules.fields import DayField, TidyCharField
from rules.text import NAME_LENGTH
from students.forms.student import StudentPageForm
from students.models import Family, Student
from students.widgets import FamilyInput, TypedCheckbox

MOST_NAMED = 10  # families of one name, to choose from


class FamilyField(TidyCharField):
    """A family by its number, or its name as it is shown; the form looks it up."""

    def prepare_value(self, value: Any) -> Any:
        family = Family.objects.filter(pk=value).first() if isinstance(value, int) else value
        return "" if family is None else str(family)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != (data or ""))


class TypedFamilyForm(StudentPageForm):
    """A student whose family is typed: by number, or by its name as it is shown.

    For one that isn't there the form asks whether to make it, which takes its own right.
    """

    family = FamilyField(
        label=gettext_lazy("Family"),
        required=False,
        max_length=NAME_LENGTH + 20,  # its phone may follow
        widget=FamilyInput(attrs={"autocomplete": "off", "dir": "auto"}),
        help_text=gettext_lazy("The name or number of the family: brothers and sisters share it."),
    )
    new_family = forms.CharField(label="", widget=forms.HiddenInput, required=False)
    may_add_families = False

    def clean_family(self) -> Family | None:
        typed = self.cleaned_data["family"]
        if not typed:
            return None
        found = list(Family.objects.called(typed)[: MOST_NAMED + 1])
        if len(found) == 1:
            return found[0]
        if found:
            words = _("Several families are called so: type the number of one. %(families)s")
            numbers = ", ".join(f"{family.pk}: {family}" for family in found[:MOST_NAMED])
            raise ValidationError(words % {"families": numbers}, code="several")
        if len(typed) > NAME_LENGTH or not self.may_add_families:
            raise ValidationError(_("There is no such family."), code="unknown")
        if self.data.get("new_family") == typed:
            return Family(name=typed)
        self.fields["new_family"].widget = TypedCheckbox(typed)
        self["new_family"].label = _("Make a new family “%(name)s”") % {"name": typed}
        words = _("There is no family of this name. To make it, say so below.")
        raise ValidationError(words, code="unknown")

    def save(self, commit: bool = True) -> Any:
        family = self.cleaned_data["family"]
        if family and family.pk is None:
            family.phone = self.cleaned_data["phone"]
            family.save()
            self.instance.family = family
        return super().save(commit)


class ClerkForm(TypedFamilyForm):
    """A student, as a clerk types: in the order of the office's register.

    `left_on` has pages of its own.
    """

    field_order = [
        "name", "father_name", "city", "other_place", "fees", "class_name", "phone", "joined_on",
        "family", "new_family", "seen", "sent",
    ]  # fmt: skip

    left_on = None  # type: ignore[assignment]

    class Meta(TypedFamilyForm.Meta):
        fields = [name for name in TypedFamilyForm.Meta.fields if name != "left_on"]

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        data = request.POST if request.method == "POST" else None
        super().__init__(data, **kwargs)
        self.may_add_families = request.user.has_perm("students.add_family")
        if not self.instance.pk and data is None:
            self.fields["name"].widget.attrs["autofocus"] = True

    def add(self) -> dict[str, Any]:
        """What `form_once` keeps of the new student."""
        return {"pk": self.save().pk}


class StatusForm(StudentPageForm):
    """One day of a student, and the guard against somebody else's change."""

    fees = phone = None  # type: ignore[assignment]

    def __init__(self, request: HttpRequest, instance: Student) -> None:
        super().__init__(request.POST if request.method == "POST" else None, instance=instance)
        for name in self.Meta.fields:
            self.fields[name].required = True
            self.fields[name].help_text = _("Day/month/year.")
            self.initial[name] = self.day()

    def day(self) -> Any:
        return timezone.localdate()


class LeftForm(StatusForm):
    """Who has left, and when."""

    joined_on = None  # type: ignore[assignment]
    left_on = DayField(label=gettext_lazy("Left on"))

    class Meta(StudentPageForm.Meta):
        fields = ["left_on"]

    def day(self) -> Any:
        return self.instance.left_on or super().day()


class BackForm(StatusForm):
    """Who came back, and since when: he joins anew."""

    left_on = None  # type: ignore[assignment]
    joined_on = DayField(label=gettext_lazy("Back since"))

    class Meta(StudentPageForm.Meta):
        fields = ["joined_on"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.instance.left_on = None
        return data
