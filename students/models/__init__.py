"""Students, their families, and the totals that PostgreSQL keeps of them."""

from students.models.family import Family
from students.models.student import Student, StudentQuerySet, city_url
from students.models.totals import CitySummary, CityTotal, CityTotalQuerySet, Totals

__all__ = [
    "CitySummary",
    "CityTotal",
    "CityTotalQuerySet",
    "Family",
    "Student",
    "StudentQuerySet",
    "Totals",
    "city_url",
]
