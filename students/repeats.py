"""Idempotency-Key: a call sent twice is done once, and answered alike both times."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from tuition.errors import Problem

KEPT = timedelta(hours=24)
PURGED_AT_ONCE = 50


class KeptAnswer(models.Model):
    """What a caller was answered under a key of his own."""

    caller = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    # JSON, and no JSONField: PostgreSQL would put the members into another order.
    answer = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="one_answer_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.caller}: {self.key}"


def once(caller: str, key: str, body: bytes, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `act` answers, or answered when this caller sent this key before (24 hours).

    The answer is kept in the transaction of the act itself: both are there or neither. Raises
    Problem 409 for another body under the same key, and while the first call is still running.
    """
    body_hash = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        if not try_lock(f"{caller}\n{key}"):
            running = Problem(409, "The first call with this Idempotency-Key is still running.")
            running.response["Retry-After"] = "1"
            raise running
        purge()
        kept = KeptAnswer.objects.filter(caller=caller, key=key).first()
        if kept and kept.created_at > timezone.now() - KEPT:
            if kept.body_hash != body_hash:
                raise Problem(409, "This Idempotency-Key went with another body: take a new one.")
            return dict(json.loads(kept.answer))
        if kept:
            kept.delete()
        answer = act()
        KeptAnswer.objects.create(
            caller=caller, key=key, body_hash=body_hash, answer=json.dumps(answer)
        )
    return answer


def try_lock(name: str) -> bool:
    """Whether this transaction is the only one that holds `name`; let go when it ends."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def purge() -> None:
    """A few of the old answers, at each call: no timer to run, and never much to do at once."""
    old = KeptAnswer.objects.filter(created_at__lte=timezone.now() - KEPT).order_by("created_at")
    some = old.select_for_update(skip_locked=True).values("pk")[:PURGED_AT_ONCE]
    KeptAnswer.objects.filter(pk__in=some).delete()
