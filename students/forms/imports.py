"""What a person says of a spreadsheet: which file, which column is which, and go on."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rules.money import format_count
from students.columns import BY_KEY, COLUMNS, NEEDED
from students.models import Import


def most_bytes() -> int:
    return int(settings.IMPORT_MAX_MB) * 1_000_000


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty."),
        },
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > most_bytes():
            words = _("A file may have %(most)s MB; this one has %(size)s. Split it.")
            told = {"most": settings.IMPORT_MAX_MB, "size": f"{(file.size or 0) / 1e6:.1f}"}
            raise ValidationError(words % told)
        return file


class ColumnsForm(forms.Form):
    """For each column of the file, which of ours it is."""

    first_is_data = forms.BooleanField(
        label=gettext_lazy("The first line is a student already"), required=False
    )

    def __init__(self, imported: Import, *args: Any) -> None:
        super().__init__(*args)
        self.options = imported.options
        self.asked = {int(place): keys for place, keys in self.options["asked"].items()}
        chosen = {place: key for key, place in self.options["columns"].items()}
        none = ("", _("Not imported"))
        for place, head in enumerate(self.options["heads"]):
            likely = self.asked.get(place, [])
            field = forms.ChoiceField(
                label=head or _("Column %(number)s") % {"number": place + 1},
                required=False,
                choices=[none, *((column.key, column.head) for column in COLUMNS)],
                initial=chosen.get(place, likely[0] if len(likely) == 1 else ""),
                help_text=self.sample(place),
            )
            if likely:
                field.question = question(likely)  # type: ignore[attr-defined]
            self.fields[f"column_{place}"] = field
        asked = [f"column_{place}" for place in sorted(self.asked)]  # what needs an answer first
        others = [name for name in self.fields if name != "first_is_data" and name not in asked]
        self.order_fields([*asked, *others, "first_is_data"])

    def sample(self, place: int) -> str:
        rows = self.options["samples"]
        return " · ".join(row[place] for row in rows if place < len(row) and row[place])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        places: dict[str, int] = {}
        for place in range(len(self.options["heads"])):
            key = data.get(f"column_{place}")
            if key in places:
                words = _("%(column)s is chosen twice: choose one of them.")
                self.add_error(f"column_{place}", words % {"column": BY_KEY[key].head})
            elif key:
                places[key] = place
        missing = [str(BY_KEY[key].head) for key in NEEDED if key not in places]
        if missing and "id" not in places and not self.errors:
            words = _("Say which column is: %(columns)s. A new student needs them.")
            raise ValidationError(words % {"columns": ", ".join(missing)})
        data["places"] = places
        return data


def question(keys: list[str]) -> str:
    """`Joined or Left?`"""
    first, *others = (BY_KEY[key].head for key in keys)
    if others:
        return _("%(first)s or %(second)s?") % {"first": first, "second": others[0]}
    return _("%(column)s?") % {"column": first}


class StepForm(forms.Form):
    """What is to become of an import; `city` and `meant` where a city is put right."""

    step = forms.ChoiceField(
        choices=[(step, step) for step in ("import", "skip", "cancel", "undo", "city")]
    )
    seen = forms.CharField(required=False, max_length=16)  # what the preview showed
    again = forms.BooleanField(required=False)
    city = forms.CharField(required=False, max_length=100)
    meant = forms.CharField(required=False, max_length=100)


def limits_told() -> str:
    """What a file may be, up front."""
    words = _("CSV or Excel (.xlsx), up to %(mb)s MB, %(rows)s lines and %(cells)s cells.")
    told = {
        "mb": settings.IMPORT_MAX_MB,
        "rows": format_count(settings.IMPORT_MAX_ROWS),
        "cells": format_count(settings.IMPORT_MAX_CELLS),
    }
    return words % told
