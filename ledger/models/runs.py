"""Runs: a month charged to everybody who was there in it, under terms that stay."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ledger.models.entries import amount_field
from ledger.triggers import append_only


class FineRule(models.TextChoices):
    NONE = "none", _("none")
    FLAT = "flat", _("once")
    PER_DAY = "per_day", _("a day, up to a most")


class Run(models.Model):
    """Its terms; what it charged, its entries say. Made once a month, worked on until `done_at`."""

    month = models.DateField(_("month"), unique=True)  # its first day
    due_on = models.DateField(_("due on"))
    valid_until = models.DateField(_("valid until"))
    fine_rule = models.CharField(
        _("fine"), max_length=7, choices=FineRule.choices, default=FineRule.NONE
    )
    fine_amount = amount_field(_("fine"), default=0)
    fine_cap = amount_field(_("at most"), default=0)  # of a fine per day
    by = models.CharField(_("by"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, default=None,
        related_name="+", db_index=False,
    )  # fmt: skip
    at = models.DateTimeField(_("written"), db_default=Now())
    done_at = models.DateTimeField(_("done"), null=True, default=None)
    progress = models.PositiveSmallIntegerField(default=0)  # percent

    class Meta:
        verbose_name = _("month run")
        verbose_name_plural = _("month runs")
        default_permissions = ()
        permissions = [("run", _("Can charge a month"))]
        constraints = [
            models.CheckConstraint(name="run_month_is_a_first", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="run_days_in_order",
                condition=Q(due_on__gte=F("month"), valid_until__gte=F("due_on")),
            ),
            models.CheckConstraint(
                name="run_fine",
                condition=Q(fine_rule=FineRule.NONE, fine_amount=0, fine_cap=0)
                | Q(fine_rule=FineRule.FLAT, fine_amount__gt=0, fine_cap=0)
                | Q(fine_rule=FineRule.PER_DAY, fine_amount__gt=0, fine_cap__gte=F("fine_amount")),
            ),
        ]
        triggers = append_only(
            "month", "due_on", "valid_until", "fine_rule", "fine_amount", "fine_cap"
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    def get_absolute_url(self) -> str:
        return reverse("fee_run", args=[str(self)])
