"""Families: children of one house, with one phone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rules.fields import PhoneField, TidyField
from rules.phones import PHONE_DIGITS, PHONE_LENGTH, format_phone
from rules.text import NAME_LENGTH, UNSEEN


class FamilyQuerySet(models.QuerySet["Family"]):
    def called(self, typed: str) -> FamilyQuerySet:
        """By number, or by name in any case; after ` · ` its phone, as `str` shows it."""
        if typed.isascii() and typed.isdecimal() and len(typed) < 19:
            return self.filter(pk=int(typed))
        name, dot, phone = typed.rpartition(" · ")
        families = self.filter(name__iexact=name if dot else typed)
        if not dot:
            return families.order_by("pk")
        digits = "".join(filter(str.isdigit, phone))
        return families.filter(phone__in=[digits, f"00{digits}"]).order_by("pk")


class Family(models.Model):
    """Neither its name nor its phone is its alone."""

    name = TidyField(_("name"), max_length=NAME_LENGTH)
    phone = PhoneField(_("phone"), max_length=PHONE_LENGTH, blank=True, default="", db_default="")

    objects = FamilyQuerySet.as_manager()

    class Meta:
        verbose_name = _("family")
        verbose_name_plural = _("families")
        constraints = [
            models.CheckConstraint(
                name="family_name_not_blank",
                condition=Q(name__regex=f"[^{UNSEEN}]"),
                violation_error_message=_("Type the family's name."),
            ),
            models.CheckConstraint(
                name="family_phone_of_digits",
                condition=Q(phone__regex=PHONE_DIGITS),
                violation_error_message=_("A phone has 7 to 17 digits."),
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("family_detail", args=[self.pk])

    def __str__(self) -> str:
        return f"{self.name} · {format_phone(self.phone)}" if self.phone else str(self.name)
