"""Registers: the sheets of opening balances, or of payments, that an office brings from before."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q, TextField
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ledger.models.entries import Entry, amount_field
from ledger.models.receipts import REFERENCE_LENGTH, Method, Receipt
from students.models.keys import folded


class What(models.TextChoices):
    OPENINGS = "openings", _("Opening balances")
    PAYMENTS = "payments", _("Payments")


class RegisterState(models.TextChoices):
    READY = "ready", _("To be looked at")
    DONE = "done", _("Booked")
    UNDONE = "undone", _("Undone")


class Register(models.Model):
    """A sheet as it was read; `total` is PKR, of its good rows, credit below 0.

    `options`: {"mapping": [[heading, key]], "ignored": [heading]}, and what sheets.reading says of
    the file.
    """

    what = models.CharField(_("what"), max_length=8, choices=What.choices)
    state = models.CharField(
        _("state"), max_length=6, choices=RegisterState.choices, default=RegisterState.READY
    )
    file_name = models.CharField(_("file"), max_length=255)
    checksum = models.CharField(max_length=64)  # SHA-256, in hex
    nth = models.IntegerField(null=True, default=None)  # time that this sheet was booked, from 0
    options = models.JSONField(default=dict)
    good = models.IntegerField(_("good rows"), default=0)
    bad = models.IntegerField(_("rows with errors"), default=0)
    nothing = models.IntegerField(default=0)  # rows of 0
    odd = models.IntegerField(default=0)  # good ones, to be looked at
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, default=0)
    by = models.CharField(_("by"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, default=None,
        related_name="+", db_index=False,
    )  # fmt: skip
    at = models.DateTimeField(_("brought"), db_default=Now())
    booked_by = models.CharField(max_length=160, blank=True, default="")
    booked_at = models.DateTimeField(null=True, default=None)
    undone_by = models.CharField(max_length=160, blank=True, default="")
    undone_at = models.DateTimeField(null=True, default=None)
    left_alone = models.IntegerField(default=0)  # rows that undoing left as they were

    class Meta:
        verbose_name = _("register")
        verbose_name_plural = _("registers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["checksum", "what", "nth"],
                condition=Q(nth__isnull=False),
                name="register_booked_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("fee_register", args=[self.pk])

    @property
    def version(self) -> str:
        """What a preview showed: booking something else is asked about again."""
        return f"{self.good}-{self.bad}-{self.total}"


class RegisterRow(models.Model):
    """A line of it, and what it was booked as. `amount` is PKR with its sign, as an entry has it.

    `cells` is what was typed, by column; `problems` why it isn't taken: [[column, code, …]].
    """

    register = models.ForeignKey(
        Register, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    line = models.IntegerField()
    cells = models.JSONField(default=dict)
    number = models.BigIntegerField(null=True)  # the student's, as typed
    name = models.TextField(default="")
    father_name = models.TextField(default="")
    phone = models.TextField(default="")
    amount = amount_field(_("amount"), null=True)
    day = models.DateField(null=True)  # due on it, or paid on it
    method = models.CharField(max_length=9, default="", choices=Method.choices)
    reference = models.CharField(max_length=REFERENCE_LENGTH, default="")
    payer = models.CharField(max_length=100, default="")
    note = models.CharField(max_length=200, default="")
    student = models.BigIntegerField(null=True)  # who was found
    problems = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, default=None, related_name="+", db_index=False
    )
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, null=True, default=None, related_name="+",
        db_index=False,
    )  # fmt: skip
    is_left = models.BooleanField(default=False)  # undoing left it alone

    name_key = models.GeneratedField(
        expression=folded(F("name")), output_field=TextField(), db_persist=True
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["register", "line"], name="registerrow_a_line"),
        ]

    def __str__(self) -> str:
        return f"{self.register_id}: {self.line}"

    @property
    def ahead(self) -> Decimal:
        """What was paid ahead, PKR above 0."""
        return -(self.amount or Decimal(0))
