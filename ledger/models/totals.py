"""What each day came to, by kind: kept by PostgreSQL with the entries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Sum

from ledger.models.entries import Kind


class DayTotalQuerySet(models.QuerySet["DayTotal"]):
    def by_kind(self, first: date, last: date) -> dict[str, Decimal]:
        """Of these days, both included: PKR by kind, a reversal under what it undoes."""
        rows = self.filter(day__range=(first, last)).order_by().values_list("counts_as")
        return dict(rows.annotate(sum=Sum("amount")))


class DayTotal(models.Model):
    """A share of what one day came to: see triggers/balances.py. Add up, never write."""

    day = models.DateField()
    counts_as = models.CharField(max_length=10, choices=Kind.choices)
    entries = models.BigIntegerField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)  # PKR

    objects = DayTotalQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["day", "counts_as"], name="daytotal_by_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.counts_as} {self.amount}"
