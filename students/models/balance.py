"""What each student owes, since when: kept by PostgreSQL with the ledger's entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from students.models.keys import is_one_of
from students.models.student import Student

HAS_MONEY = _("Money was charged to or taken from this student: mark him as left instead.")


class BalanceQuerySet(models.QuerySet["Balance"]):
    def in_cities(self, cities: list[str]) -> BalanceQuerySet:
        """Any known spelling of each; an empty list means every city."""
        return self.filter(is_one_of(cities)) if cities else self

    def owing(self) -> BalanceQuerySet:
        """Who owes anything, due already or not, fines too."""
        return self.filter(Q(fees_owed__gt=0) | Q(fines_owed__gt=0))

    def owed_by(self, students: Sequence[int]) -> dict[int, Decimal]:
        """PKR, of those of them who owe anything."""
        rows = self.owing().filter(student__in=students)
        return {each.student_id: each.owed for each in rows.only("fees_owed", "fines_owed")}

    def overdue(self, today: date) -> BalanceQuerySet:
        """Whose fees were due before `today` and are not paid: the defaulters."""
        return self.filter(owed_since__lt=today)


class Balance(models.Model):
    """Made with a student's first entry and written by the ledger's triggers only: read it.

    Amounts are PKR. `owed_since` is the earliest due day of a fee with an unpaid part; who owes
    nothing but fines has none.
    """

    student = models.OneToOneField(
        Student, on_delete=models.PROTECT, primary_key=True, related_name="balance"
    )
    balance = models.DecimalField(  # all that is owed; a credit is below 0
        _("balance"), max_digits=14, decimal_places=2, default=0, db_default=0
    )
    fees_owed = models.DecimalField(
        _("fees owed"), max_digits=14, decimal_places=2, default=0, db_default=0
    )
    fines_owed = models.DecimalField(
        _("fines owed"), max_digits=14, decimal_places=2, default=0, db_default=0
    )
    paid = models.DecimalField(_("paid"), max_digits=14, decimal_places=2, default=0, db_default=0)
    owed_since = models.DateField(_("owed since"), null=True, default=None)
    city_key = models.TextField()  # the student's, carried along by a trigger on students

    objects = BalanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        default_permissions = ()
        indexes = [  # with what is added up of all who owe: their rows need not be read
            models.Index(
                fields=["owed_since", "student"],
                include=["fees_owed", "fines_owed"],
                condition=Q(owed_since__isnull=False),
                name="balance_by_owed_since",
            ),
            models.Index(
                fields=["city_key", "owed_since", "student"],
                include=["fees_owed", "fines_owed"],
                condition=Q(owed_since__isnull=False),
                name="balance_by_city",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id}: {self.balance}"

    @property
    def owed(self) -> Decimal:
        """Fees and fines, PKR."""
        return Decimal(self.fees_owed + self.fines_owed)

    @property
    def credit(self) -> Decimal:
        """What was paid in advance and nothing needs yet, PKR."""
        return max(Decimal(-self.balance), Decimal("0.00"))
