"""Idempotency-Key: a call sent twice is done once, and answered alike both times."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from api.access import ApiRequest
from api.models import KeptAnswer
from api.problems import Problem, parameter_error

PATTERN = "^[!-~]{1,200}$"  # of a key
KEPT = timedelta(hours=24)
PURGED_AT_ONCE = 50


def idempotent(request: ApiRequest, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `act` answers; with an Idempotency-Key, what it answered this caller the first time.

    Raises Problem 400 for what is no key, and what `once` raises.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return act()
    if not re.fullmatch(PATTERN, key):
        words = _("A key has 1 to 200 visible ASCII characters and no space.")
        error = parameter_error("Idempotency-Key", "invalid", words)
        raise Problem(400, _("Nothing was saved; see errors."), [error])
    return once(request.auth, key, request.body, act)


def once(caller: str, key: str, body: bytes, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `act` answers, or answered when this caller sent this key before (24 hours).

    The answer is kept in the transaction of the act itself: both are there or neither. Raises
    Problem 409 for another body under the same key, and while the first call is still running.
    """
    body_hash = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        if not try_lock(f"{caller}\n{key}"):
            running = Problem(409, _("The first call with this Idempotency-Key is still running."))
            running.response["Retry-After"] = "1"
            raise running
        purge()
        kept = KeptAnswer.objects.filter(caller=caller, key=key).first()
        if kept and kept.created_at > timezone.now() - KEPT:
            if kept.body_hash != body_hash:
                raise Problem(
                    409, _("This Idempotency-Key went with another body: take a new one.")
                )
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
