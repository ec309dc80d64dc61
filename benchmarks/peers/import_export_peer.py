"""Students of a CSV file by django-import-export, under the rules that Tuition's form has.

It runs in Tuition's environment, its own packages behind those.
"""

import os
import sys
from typing import Any

sys.path.append(os.environ["PEERS"])
os.environ["DJANGO_SETTINGS_MODULE"] = "tuition.settings"

import django

django.setup()

from django.core.exceptions import ValidationError  # noqa: E402
from import_export.resources import ModelResource  # noqa: E402
from tablib import Dataset  # noqa: E402

from students.forms import StudentForm  # noqa: E402
from students.models import Student  # noqa: E402


class StudentResource(ModelResource):
    """As quick as its documentation knows: in bulk, without differences and look-ups."""

    class Meta:
        model = Student
        fields = list(StudentForm.base_fields)
        import_id_fields = ()
        force_init_instance = True
        skip_diff = True
        use_bulk = True
        use_transactions = True

    def import_instance(self, instance: Student, row: dict[str, str], **kwargs: Any) -> None:
        form = StudentForm(row, instance=instance)
        if not form.is_valid():
            raise ValidationError(form.errors.as_data())


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        data = Dataset().load(file.read(), format="csv")
    StudentResource().import_data(data, raise_errors=True)
