"""Concessions: what a student need not pay of his fee, from a month on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ledger.models.entries import amount_field
from rules.money import MAX_FEES
from students.models import Student


class Concession(models.Model):
    """A percentage or an amount (PKR) of each month's fee; applied by the run and frozen there."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="concessions")
    reason = models.CharField(_("reason"), max_length=100)
    percent = models.DecimalField(
        _("percent"), max_digits=5, decimal_places=2, null=True, blank=True, default=None
    )
    amount = amount_field(_("amount"), null=True, blank=True, default=None)
    from_month = models.DateField(_("from"))  # first days of months, both included
    until = models.DateField(_("until"), null=True, blank=True, default=None)
    by = models.CharField(_("by"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, default=None,
        related_name="+", db_index=False,
    )  # fmt: skip
    at = models.DateTimeField(_("written"), db_default=Now())

    class Meta:
        verbose_name = _("concession")
        verbose_name_plural = _("concessions")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="concession_percent_or_amount",
                condition=Q(percent__gt=0, percent__lte=100, amount=None)
                | Q(percent=None, amount__gt=0, amount__lte=MAX_FEES),
            ),
            models.CheckConstraint(name="concession_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="concession_of_months",
                condition=Q(from_month__day=1) & (Q(until=None) | Q(until__day=1)),
            ),
            models.CheckConstraint(
                name="concession_in_order", condition=Q(until=None) | Q(until__gte=F("from_month"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.reason)
