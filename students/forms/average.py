"""The query string of the average fees."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.http import sharing_fields
from rules.cities import CITY_LENGTH, canonical_city
from rules.fields import TidyCharField


@sharing_fields
class AverageFeesForm(forms.Form):
    """The query string of the average-fees view: one city, or none for all."""

    city = TidyCharField(
        required=False,
        max_length=CITY_LENGTH,
        error_messages={
            "max_length": gettext_lazy("A city has at most %(limit_value)d characters.")
        },
    )

    def clean_city(self) -> str | None:
        if "city" not in self.data:
            return None
        if not self.cleaned_data["city"]:
            words = _("Name a city, or leave `city` out for all students.")
            raise ValidationError(words, code="blank")
        return canonical_city(self.cleaned_data["city"])


@sharing_fields
class GroupedAverageFeesForm(AverageFeesForm):
    """The API's: it can add every city."""

    group_by = forms.ChoiceField(required=False, choices=[("city", "city")])

    def clean_group_by(self) -> str:
        if "group_by" in self.data and not self.cleaned_data["group_by"]:
            raise ValidationError(_("Give it a value, or leave it out."), code="blank")
        return str(self.cleaned_data["group_by"])
