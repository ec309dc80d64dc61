"""The doors: what comes in from a query string or a form leaves here as real types, or refused."""

from students.forms.average import AverageFeesForm, GroupedAverageFeesForm
from students.forms.clerk import BackForm, ClerkForm, LeftForm
from students.forms.filters import StudentApiForm, StudentFilterForm, StudentListForm
from students.forms.statistics import StatisticsApiForm, StatisticsForm
from students.forms.student import StudentForm, StudentPageForm, shown, state_of

__all__ = [
    "AverageFeesForm",
    "BackForm",
    "ClerkForm",
    "GroupedAverageFeesForm",
    "LeftForm",
    "StatisticsApiForm",
    "StatisticsForm",
    "StudentApiForm",
    "StudentFilterForm",
    "StudentForm",
    "StudentListForm",
    "StudentPageForm",
    "shown",
    "state_of",
]
