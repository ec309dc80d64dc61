"""Challans: the slips with which a parent pays at the bank."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ledger.models.entries import amount_field
from ledger.triggers import append_only
from students.models import Student

SIGN = "CH-"  # before a challan's number, so that no other number is taken for it


class ChallanQuerySet(models.QuerySet["Challan"]):
    def newest(self) -> ChallanQuerySet:
        """The one of each student that no newer one replaces."""
        newer = self.model.objects.filter(
            student=models.OuterRef("student"), pk__gt=models.OuterRef("pk")
        )
        return self.filter(~models.Exists(newer))


class Challan(models.Model):
    """Frozen when it is issued; a newer one of the student replaces it.

    `lines` is what was printed of what he owed: [{"what": "fee", "month": "2026-05",
    "charged": "4000.00", "conceded": "0.00", "amount": "4000.00"}]; `total` is PKR within the due
    day, `total_after` after it.
    """

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="challans")
    issued_on = models.DateField(_("issued"))
    due_on = models.DateField(_("due on"))
    valid_until = models.DateField(_("valid until"))
    lines = models.JSONField()
    facts = models.JSONField()  # the student's, as printed
    total = amount_field(_("total"))
    total_after = amount_field(_("total after the due day"))
    by = models.CharField(_("by"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, default=None,
        related_name="+", db_index=False,
    )  # fmt: skip
    at = models.DateTimeField(_("written"), db_default=Now())

    objects = ChallanQuerySet.as_manager()

    class Meta:
        verbose_name = _("challan")
        verbose_name_plural = _("challans")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="challan_of_something",
                condition=Q(total__gt=0, total_after__gte=models.F("total")),
            ),
            models.CheckConstraint(
                name="challan_days_in_order", condition=Q(valid_until__gte=models.F("due_on"))
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{SIGN}{self.pk:06}"

    def get_absolute_url(self) -> str:
        return reverse("fee_student", args=[self.student_id]) + f"?challan={self}"
