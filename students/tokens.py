"""The keys with which programs come in. What is stored can't be used to come in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

SIGN = "tuition_"  # what secret scanners and people know a key by
SHOWN = len(SIGN) + 6  # enough to tell tokens apart, useless to a thief
SHORTEST, LONGEST = 1, 3650  # days that a token may hold
NAME_IN_USE = "A token of this name is in use: revoke it first."
NOTED_EVERY = timedelta(minutes=1)


def hash_of(key: str) -> str:
    """A plain hash is enough: a key is 256 random bits, not a password that could be guessed."""
    return hashlib.sha256(key.encode()).hexdigest()


def default_expiry() -> datetime:
    return timezone.now() + timedelta(days=365)


ALIVE_WITH_KEY = """
SELECT token.id, can_edit, last_used_at FROM students_apitoken AS token
LEFT JOIN auth_user AS maker ON maker.id = created_by_id
WHERE key_hash = $1 AND revoked_at IS NULL AND expires_at > statement_timestamp()
    AND (created_by_id IS NULL OR maker.is_active)
"""


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def with_key(self, key: str) -> ApiToken | None:
        """The token of this key: not revoked, not expired, its maker still with the office.

        It holds its id, its right and its last use, and nothing else of the row. Written out,
        because building this statement takes Django longer than PostgreSQL needs.
        """
        rows = connection.fetch_prepared(ALIVE_WITH_KEY, [hash_of(key)])  # type: ignore[attr-defined]
        for pk, can_edit, last_used_at in rows:
            return self.model(pk=pk, can_edit=can_edit, last_used_at=last_used_at)
        return None

    def revoke(self) -> int:
        return self.filter(revoked_at=None).update(revoked_at=timezone.now())

    def make(self, **fields: Any) -> tuple[ApiToken, str]:
        """A new token and its key, which is nowhere else and can't be had again."""
        token = self.model(**fields)
        key = token.new_key()
        token.save()
        return token, key


class ApiToken(models.Model):
    name = models.CharField(max_length=100, help_text="Which program uses it, and where.")
    can_edit = models.BooleanField(
        "may edit", default=False, help_text="Add, change and delete students; otherwise only see."
    )
    expires_at = models.DateTimeField("expires", default=default_expiry)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField("key begins", max_length=SHOWN, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        editable=False,
        verbose_name="made by",
        help_text="Empty: made by manage.py. While this person is deactivated, so is the token.",
    )
    created_at = models.DateTimeField("made", auto_now_add=True)
    last_used_at = models.DateTimeField("last used", null=True, editable=False)
    revoked_at = models.DateTimeField("revoked", null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(revoked_at=None),
                name="api_token_name_in_use",
                violation_error_message=NAME_IN_USE,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        if self.revoked_at:
            return "revoked"
        if self.expires_at <= timezone.now():
            return "expired"
        return "in use" if self.created_by is None or self.created_by.is_active else "maker is gone"

    def new_key(self) -> str:
        key = SIGN + secrets.token_urlsafe(32)
        self.key_hash, self.prefix = hash_of(key), key[:SHOWN]
        return key

    def note_use(self) -> None:
        """Written at most once a minute, so that reading costs no write."""
        now = timezone.now()
        if not self.last_used_at or now - self.last_used_at > NOTED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)
