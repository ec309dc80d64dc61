"""Entries: the only truth of who owes what. Written once, for good."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ledger.triggers import BALANCED, KEEP_BALANCES, PLACE_ENTRIES, append_only
from rules.money import MAX_AMOUNT
from students.models import Student


def amount_field(name: Any, **more: Any) -> models.DecimalField[Any, Any]:
    """PKR, 2 places, up to MAX_AMOUNT."""
    return models.DecimalField(name, max_digits=10, decimal_places=2, **more)


class Kind(models.TextChoices):
    FEE = "fee", _("Fee")
    OTHER = "other", _("Other charge")
    OPENING = "opening", _("Opening balance")
    ADJUSTMENT = "adjustment", _("Adjustment")
    FINE = "fine", _("Fine")
    CONCESSION = "concession", _("Concession")
    WAIVER = "waiver", _("Waiver")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Reversal")


CHARGES = [Kind.FEE, Kind.OTHER, Kind.OPENING, Kind.FINE]  # an opening above 0 is one
NOTED = [Kind.OTHER, Kind.ADJUSTMENT, Kind.WAIVER]


class EntryQuerySet(models.QuerySet["Entry"]):
    def between(self, first: object, last: object) -> EntryQuerySet:
        """Of these days, both included."""
        return self.filter(day__range=(first, last))


def signs() -> Q:
    """Which way each kind goes, and what it must name."""
    above, below = Q(amount__gt=0), Q(amount__lt=0)
    alone, against = Q(against=None), Q(against__isnull=False)
    due, receipt = Q(due_on__isnull=False), Q(receipt__isnull=False)
    return (
        (Q(kind=Kind.FEE) & above & due & alone & Q(month__isnull=False))
        | (Q(kind=Kind.OTHER) & above & due & alone)
        | (Q(kind=Kind.OPENING) & ((above & due) | (below & ~due)) & alone)
        | (Q(kind=Kind.ADJUSTMENT) & against)
        | (Q(kind=Kind.FINE) & above & against)
        | (Q(kind__in=[Kind.CONCESSION, Kind.WAIVER]) & below & against)
        | (Q(kind=Kind.PAYMENT) & below & receipt)
        | (Q(kind=Kind.REFUND) & above & receipt & alone)
        | (Q(kind=Kind.REVERSAL) & against)
    )


class Entry(models.Model):
    """PKR; above 0 is owed, below 0 is credit. See docs/fee_desk.md.

    PostgreSQL fills in `charge` and `counts_as` (see triggers/entries.py) and keeps the student's
    balance.
    """

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="entries", verbose_name=_("student")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    amount = amount_field(_("amount"))
    day = models.DateField(_("day"))  # of the office
    month = models.DateField(_("month"), null=True, default=None)  # its first day
    due_on = models.DateField(_("due on"), null=True, default=None)
    run = models.ForeignKey(
        "ledger.Run", on_delete=models.PROTECT, null=True, default=None, related_name="entries",
        db_index=False,
    )  # fmt: skip
    receipt = models.ForeignKey(
        "ledger.Receipt", on_delete=models.PROTECT, null=True, default=None,
        related_name="entries", db_index=False,
    )  # fmt: skip
    against = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, default=None, related_name="named_by",
        db_index=False,
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")
    by = models.CharField(_("by"), max_length=160)  # "staff", "token website", "command …"
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, default=None,
        related_name="+", db_index=False,
    )  # fmt: skip
    at = models.DateTimeField(_("written"), db_default=Now())

    charge = models.ForeignKey(
        "self", on_delete=models.DO_NOTHING, null=True, editable=False, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    counts_as = models.CharField(max_length=10, editable=False, choices=Kind.choices)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        default_permissions = ("view",)
        permissions = [
            ("reverse", _("Can reverse receipts and entries")),
            ("adjust", _("Can charge, adjust, waive and concede")),
            ("report", _("Can see reports of the fee desk")),
        ]
        constraints = [
            models.CheckConstraint(name="entry_signs", condition=signs()),
            models.CheckConstraint(  # no NaN either
                name="entry_amount_in_range",
                condition=Q(amount__gte=-MAX_AMOUNT, amount__lte=MAX_AMOUNT) & ~Q(amount=0),
            ),
            models.CheckConstraint(
                name="entry_says_why", condition=~Q(kind__in=NOTED) | ~Q(note="")
            ),
            models.CheckConstraint(
                name="entry_month_is_a_first",
                condition=Q(month=None) | Q(month__day=1),
            ),
            models.UniqueConstraint(
                fields=["student", "month"], condition=Q(kind=Kind.FEE), name="entry_one_fee"
            ),
        ]
        indexes = [
            models.Index(fields=["day", "counts_as"], name="entry_by_day"),
            models.Index(
                fields=["against"], condition=Q(against__isnull=False), name="entry_by_against"
            ),
            models.Index(
                fields=["receipt"], condition=Q(receipt__isnull=False), name="entry_by_receipt"
            ),
            models.Index(fields=["run"], condition=Q(run__isnull=False), name="entry_by_run"),
        ]
        triggers = [*PLACE_ENTRIES, *KEEP_BALANCES, BALANCED, *append_only()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
