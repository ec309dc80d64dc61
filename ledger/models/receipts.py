"""Receipts: money that came in or was handed back, each with the next number of one series."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Now, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ledger.models.entries import amount_field
from ledger.triggers import ADDS_UP, NUMBERED, OPEN_DRAWER, append_only
from rules.text import NAME_LENGTH
from students.models import Family, Student


class Method(models.TextChoices):
    CASH = "cash", _("cash")
    BANK = "bank", _("bank")
    EASYPAISA = "easypaisa", _("Easypaisa")
    JAZZCASH = "jazzcash", _("JazzCash")
    CHEQUE = "cheque", _("cheque")


REFERENCE_LENGTH = 60


def reference_key(reference: Any) -> Upper:
    """SQL for what spellings of one reference share: `HBL 5551`, `hbl-5551`."""
    letters = (Value("[^[:alnum:]]+"), Value(""), Value("g"))
    return Upper(Func(reference, *letters, function="REGEXP_REPLACE", output_field=TextField()))


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def with_reference(self, method: str, reference: str) -> ReceiptQuerySet:
        """However it is spelt."""
        return self.filter(method=method, reference_key=reference_key(Value(reference)))

    def standing(self) -> ReceiptQuerySet:
        """Those that were not reversed."""
        return self.filter(reversal=None)


class Receipt(models.Model):
    """`total` is PKR, below 0 when money was handed back. Its number is PostgreSQL's to give.

    `lines` is what was printed: [{"student": 204, "name": "Ayesha", "what": "fee",
    "month": "2026-05", "amount": "4000.00", …}].
    """

    number = models.BigIntegerField(_("number"), unique=True, editable=False)
    key = models.UUIDField(unique=True)  # what is sent twice is booked once
    asked = models.JSONField()  # what came with the key: another body under it is refused
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, null=True, default=None, related_name="receipts"
    )
    family = models.ForeignKey(
        Family, on_delete=models.PROTECT, null=True, default=None, related_name="receipts"
    )
    payer = models.CharField(_("from"), max_length=NAME_LENGTH, blank=True, default="")
    day = models.DateField(_("day"))
    method = models.CharField(_("method"), max_length=9, choices=Method.choices)
    reference = models.CharField(
        _("reference"), max_length=REFERENCE_LENGTH, blank=True, default="", db_default=""
    )
    reference_key = models.GeneratedField(
        expression=reference_key(F("reference")), output_field=TextField(), db_persist=True
    )
    total = amount_field(_("total"))
    lines = models.JSONField()
    balance_after = models.DecimalField(_("balance after"), max_digits=14, decimal_places=2)
    drawer = models.ForeignKey(
        "ledger.Drawer", on_delete=models.PROTECT, null=True, default=None, related_name="receipts"
    )
    challan = models.ForeignKey(
        "ledger.Challan", on_delete=models.PROTECT, null=True, default=None,
        related_name="receipts",
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")
    by = models.CharField(_("by"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, default=None,
        related_name="+", db_index=False,
    )  # fmt: skip
    at = models.DateTimeField(_("written"), db_default=Now())

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        default_permissions = ("add",)
        constraints = [
            models.CheckConstraint(name="receipt_of_something", condition=~Q(total=0)),
            models.CheckConstraint(name="receipt_method", condition=Q(method__in=Method.values)),
            models.CheckConstraint(
                name="receipt_of_one", condition=Q(student=None) ^ Q(family=None)
            ),
            models.CheckConstraint(
                name="receipt_cheque_has_number",
                condition=~Q(method=Method.CHEQUE) | ~Q(reference=""),
            ),
            models.CheckConstraint(  # cash without a drawer is a program's
                name="receipt_bank_has_no_drawer",
                condition=~Q(method=Method.BANK) | Q(drawer=None),
            ),
        ]
        indexes = [
            models.Index(fields=["day", "method"], name="receipt_by_day"),
            models.Index(
                fields=["method", "reference_key"], condition=~Q(reference=""),
                name="receipt_by_reference",
            ),
        ]  # fmt: skip
        triggers = [NUMBERED, ADDS_UP, OPEN_DRAWER, *append_only()]

    def __str__(self) -> str:
        return str(self.number)

    def get_absolute_url(self) -> str:
        return reverse("fee_receipt", args=[self.number])


class Reversal(models.Model):
    """A receipt undone: it keeps its number, and all that it posted is reversed today."""

    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, related_name="reversal")
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=200)
    cash_returned = models.BooleanField(_("cash was handed back"), default=False)
    drawer = models.ForeignKey(
        "ledger.Drawer", on_delete=models.PROTECT, null=True, default=None, related_name="reversals"
    )
    by = models.CharField(_("by"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, default=None,
        related_name="+", db_index=False,
    )  # fmt: skip
    at = models.DateTimeField(_("written"), db_default=Now())

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="reversal_says_why", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["day"], name="reversal_by_day")]
        triggers = [OPEN_DRAWER, *append_only()]

    def __str__(self) -> str:
        return f"{self.receipt_id}: {self.reason}"


class Counter(models.Model):
    """The last number that was given of each series; see triggers/receipts.py."""

    name = models.CharField(max_length=20, primary_key=True)
    value = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
