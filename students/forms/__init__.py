"""The doors: what comes in from a query string or a form leaves here as real types, or refused."""

from students.forms.average import AverageFeesForm, GroupedAverageFeesForm
from students.forms.changes import ChangesApiForm, ChangesForm
from students.forms.clerk import BackForm, ClerkForm, LeftForm, TypedFamilyForm
from students.forms.family import FamilyForm
from students.forms.filters import StudentApiForm, StudentFilterForm, StudentListForm
from students.forms.imports import ColumnsForm, StepForm, UploadForm
from students.forms.statistics import StatisticsApiForm, StatisticsForm
from students.forms.student import StudentForm, StudentPageForm, shown, state_of
from students.forms.together import BackTogetherForm, LeftTogetherForm, TogetherForm

__all__ = [
    "AverageFeesForm",
    "BackForm",
    "BackTogetherForm",
    "ChangesApiForm",
    "ChangesForm",
    "ClerkForm",
    "ColumnsForm",
    "FamilyForm",
    "GroupedAverageFeesForm",
    "LeftForm",
    "LeftTogetherForm",
    "StatisticsApiForm",
    "StatisticsForm",
    "StepForm",
    "StudentApiForm",
    "StudentFilterForm",
    "StudentForm",
    "StudentListForm",
    "StudentPageForm",
    "TogetherForm",
    "TypedFamilyForm",
    "UploadForm",
    "shown",
    "state_of",
]
