"""Tries to sign in: what guessing is slowed down by."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

# From addresses where somebody has signed in to this account lately: after each FEW_WRONG wrong
# tries a PAUSE. From all others together: MOST_NEW wrong tries in AN_HOUR. So who guesses from
# elsewhere can't lock out a person at his usual place.
FEW_WRONG, PAUSE = 5, timedelta(minutes=15)
MOST_NEW, AN_HOUR = 10, timedelta(hours=1)
REMEMBERED = timedelta(days=90)  # where somebody signed in
KEPT = timedelta(days=1)  # wrong tries


class SignInTryQuerySet(models.QuerySet["SignInTry"]):
    def of(self, account: str) -> SignInTryQuerySet:
        return self.filter(account=account)

    def known_addresses(self) -> models.QuerySet[SignInTry, str]:
        """From where the right password was typed lately."""
        since = timezone.now() - REMEMBERED
        return self.filter(succeeded=True, at__gte=since).values_list("address", flat=True)

    def wait_at_known(self, address: str) -> timedelta:
        """How long this account waits here before its next try."""
        here = self.filter(address=address)
        right = here.filter(succeeded=True).order_by("-at").values_list("at", flat=True).first()
        wrong = list(
            here.filter(succeeded=False, at__gt=right or timezone.now() - KEPT)
            .order_by("-at")
            .values_list("at", flat=True)
        )
        due = bool(wrong) and len(wrong) % FEW_WRONG == 0
        return left_of(wrong[0], PAUSE) if due else timedelta()

    def wait_elsewhere(self) -> timedelta:
        """How long this account waits at addresses that are new to it."""
        since = timezone.now() - AN_HOUR
        new = self.filter(succeeded=False, at__gt=since).exclude(
            address__in=list(self.known_addresses())
        )
        wrong = list(new.order_by("-at").values_list("at", flat=True)[:MOST_NEW])
        return left_of(wrong[-1], AN_HOUR) if len(wrong) == MOST_NEW else timedelta()

    def outdated(self) -> SignInTryQuerySet:
        now = timezone.now()
        wrong = models.Q(succeeded=False, at__lt=now - KEPT)
        return self.filter(wrong | models.Q(at__lt=now - REMEMBERED))


def left_of(span_from: datetime, span: timedelta) -> timedelta:
    return max(span_from + span - timezone.now(), timedelta())


class SignInTry(models.Model):
    """One try; wrong until the password is found right.

    `account` is a keyed hash of the name that was typed: a password typed into the wrong field is
    nowhere to be read.
    """

    account = models.CharField(max_length=64)
    address = models.GenericIPAddressField()
    at = models.DateTimeField(db_default=Now())
    succeeded = models.BooleanField(default=False)

    objects = SignInTryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["account", "at"], name="try_by_account"),
            models.Index(fields=["at"], name="try_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {'right' if self.succeeded else 'wrong'}"
