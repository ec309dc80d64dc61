"""What is sent twice is done once: a call with an Idempotency-Key, a form with its page's key."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from api.access import ApiRequest
from api.models import KeptAnswer
from api.problems import Problem, parameter_error

PATTERN = "^[!-~]{1,200}$"  # of a key
KEPT = timedelta(hours=24)


def idempotent(request: ApiRequest, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `act` answers; with an Idempotency-Key, what it answered this caller the first time.

    Raises Problem 400 for what is no key, and what `once` raises.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return act()
    if not re.fullmatch(PATTERN, key):
        words = _("A key has 1 to 200 visible ASCII characters and no space.")
        error = parameter_error("Idempotency-Key", "invalid", words)
        raise Problem(400, _("Nothing was saved; see errors."), [error])
    return once(request.auth, key, request.body, act)


def once(
    caller: str, key: str, body: bytes, act: Callable[[], dict[str, Any]], *, wait: bool = False
) -> dict[str, Any]:
    """What `act` answers, or answered when this caller sent this key before (24 hours).

    The answer is kept in the transaction of the act itself: both are there or neither. Raises
    Problem 409 for another body under the same key, and while the first call is still running,
    unless told to `wait` for it (as long as PostgreSQL's lock_timeout).
    """
    body_hash = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        if wait:
            lock(f"{caller}\n{key}")
        elif not try_lock(f"{caller}\n{key}"):
            running = Problem(409, _("The first call with this Idempotency-Key is still running."))
            running.response["Retry-After"] = "1"
            raise running
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number_of(name)])
        return bool(cursor.fetchone()[0])


def lock(name: str) -> None:
    """Wait until this transaction is the only one that holds `name`; let go when it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number_of(name)])


def number_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def purge_answers(most: int) -> int:
    """Delete some that are a day old; how many. The project does so every hour."""
    old = KeptAnswer.objects.filter(created_at__lte=timezone.now() - KEPT).order_by("created_at")
    some = old.select_for_update(skip_locked=True).values("pk")[:most]
    return KeptAnswer.objects.filter(pk__in=some).delete()[0]


# -- Forms of people -------------------------------------------------------------------------------


def new_key() -> str:
    return secrets.token_urlsafe(16)


class SentOnceForm(forms.Form):
    """A form with a key of its own page, by which `form_once` knows it when it comes again."""

    sent = forms.CharField(label="", required=False, widget=forms.HiddenInput, initial=new_key)


def form_once(
    request: HttpRequest, act: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """What `act` answers; when this SentOnceForm came before, what it answered then, and True.

    A double click, a page sent again after "back": the second waits for the first. What was typed
    is part of the key, so that a page sent again with something else in it is another form.
    """
    if not request.POST.get("sent"):
        return act(), False
    before = True

    def first_time() -> dict[str, Any]:
        nonlocal before
        before = False
        return act()

    typed = {  # not which button was pressed
        name: values
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and not name.startswith("_")
    }
    body = json.dumps(typed, sort_keys=True).encode()
    key = f"form {hashlib.sha256(body).hexdigest()}"  # a program's key holds no space
    return once(f"user {request.user.pk}", key, body, first_time, wait=True), before
