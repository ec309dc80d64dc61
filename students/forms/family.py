"""A family's form."""

from django import forms
from django.utils.translation import gettext_lazy

from rules.fields import PhoneCharField, TidyCharField
from students.models import Family


class FamilyForm(forms.ModelForm):  # type: ignore[type-arg]
    phone = PhoneCharField(
        label=gettext_lazy("Phone"),
        required=False,
        help_text=gettext_lazy("Any usual spelling: 0300-1234567 or +92 300 1234567."),
    )

    class Meta:
        model = Family
        fields = ["name", "phone"]
        field_classes = {"name": TidyCharField}
        error_messages = {"name": {"required": gettext_lazy("Type the family's name.")}}
