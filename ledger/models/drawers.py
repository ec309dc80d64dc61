"""Drawers: the cash that a cashier answers for, from opening to closing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ledger.models.entries import amount_field
from ledger.triggers import append_only


class DrawerQuerySet(models.QuerySet["Drawer"]):
    def open_of(self, user: Any) -> Drawer | None:
        return self.filter(cashier=user, closed_at=None).first()


class Drawer(models.Model):
    """One open a cashier. `expected`, when it was closed: PKR as text, by method."""

    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drawers"
    )
    opened_at = models.DateTimeField(_("opened"), db_default=Now())
    opening_cash = amount_field(_("cash to begin with"), default=0)
    closed_at = models.DateTimeField(_("closed"), null=True, default=None)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, default=None,
        related_name="+", db_index=False,
    )  # fmt: skip
    expected = models.JSONField(default=dict)
    counted = models.DecimalField(_("counted"), max_digits=14, decimal_places=2, null=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")

    objects = DrawerQuerySet.as_manager()

    class Meta:
        verbose_name = _("drawer")
        verbose_name_plural = _("drawers")
        default_permissions = ()
        permissions = [("close", _("Can close anybody's drawer"))]
        constraints = [
            models.UniqueConstraint(
                fields=["cashier"], condition=Q(closed_at=None), name="drawer_one_open"
            ),
            models.CheckConstraint(name="drawer_begins_with", condition=Q(opening_cash__gte=0)),
            models.CheckConstraint(
                name="drawer_closed_is_counted",
                condition=Q(closed_at=None, counted=None)
                | Q(closed_at__isnull=False, counted__isnull=False, closed_by__isnull=False),
            ),
        ]
        triggers = append_only("cashier_id", "opened_at", "opening_cash")

    def __str__(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("fee_drawer_one", args=[self.pk])
