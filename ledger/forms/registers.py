"""What is said of an old register: which file, what is in it, and go on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.models import What

MOST_BYTES = 2_400_000  # a page takes 2.5 MB


class RegisterForm(forms.Form):
    what = forms.ChoiceField(
        label=gettext_lazy("What is in it"),
        choices=What.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is in it.")},
    )
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty."),
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            words = _("A file may have %(most)s MB; this one has %(size)s. Split it.")
            raise ValidationError(words % {"most": 2.4, "size": f"{file.size / 1e6:.1f}"})
        return file


class RegisterStepForm(forms.Form):
    step = forms.ChoiceField(choices=[(step, step) for step in ("book", "skip", "drop", "undo")])
    seen = forms.CharField(required=False, max_length=60)  # what the preview showed
    again = forms.BooleanField(required=False)


class TemplateForm(forms.Form):
    kind = forms.ChoiceField(choices=What.choices, required=False)
