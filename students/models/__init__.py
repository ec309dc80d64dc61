"""Students, their families, the totals that PostgreSQL keeps of them, and what happened to them."""

from students.models.balance import HAS_MONEY, Balance, BalanceQuerySet
from students.models.family import Family
from students.models.history import StudentEvent, StudentEventQuerySet
from students.models.imports import Import, ImportRow, Kind, State
from students.models.student import Student, StudentQuerySet, city_url
from students.models.totals import CitySummary, CityTotal, CityTotalQuerySet, Totals

__all__ = [
    "HAS_MONEY",
    "Balance",
    "BalanceQuerySet",
    "CitySummary",
    "CityTotal",
    "CityTotalQuerySet",
    "Family",
    "Import",
    "ImportRow",
    "Kind",
    "State",
    "Student",
    "StudentEvent",
    "StudentEventQuerySet",
    "StudentQuerySet",
    "Totals",
    "city_url",
]
