"""Tokens, with which programs come in, and the answers kept for calls that are sent twice."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

SIGN = "tuition_"  # what secret scanners and people know a key by
SHOWN = len(SIGN) + 6  # enough to tell tokens apart, useless to a thief
MIN_DAYS, MAX_DAYS = 1, 3650  # that a token may hold
NAME_IN_USE = _("A token of this name is in use: revoke it first.")


def hash_of(key: str) -> str:
    """A plain hash is enough: a key is 256 random bits, not a password that could be guessed."""
    return hashlib.sha256(key.encode()).hexdigest()


def default_expiry() -> datetime:
    return timezone.now() + timedelta(days=365)


# A superuser's rights, and those of nobody, are not looked up: the row says enough.
ALIVE_WITH_KEY = """
SELECT
    token.id,
    token.name,
    can_edit,
    can_money,
    coalesce(last_used_at < statement_timestamp() - interval '1 minute', true),
    CASE WHEN NOT maker.is_superuser THEN ARRAY(
        SELECT app_label || '.' || codename
        FROM auth_permission AS permission
        JOIN django_content_type AS model ON model.id = content_type_id
        WHERE permission.id IN (
            SELECT permission_id FROM auth_user_user_permissions AS own WHERE own.user_id = maker.id
            UNION ALL
            SELECT permission_id
            FROM auth_user_groups AS member JOIN auth_group_permissions AS shared USING (group_id)
            WHERE member.user_id = maker.id
        )
    ) END
FROM api_apitoken AS token LEFT JOIN auth_user AS maker ON maker.id = created_by_id
WHERE key_hash = $1 AND revoked_at IS NULL AND expires_at > statement_timestamp()
    AND (created_by_id IS NULL OR maker.is_active)
"""


class TokenInUse(NamedTuple):
    """What a call wants to know of its token: making the whole record takes longer than asking."""

    pk: int
    name: str
    can_edit: bool
    can_money: bool
    unnoted: bool  # its use, for a minute: reading shall cost no write
    maker_rights: list[str] | None  # "students.view_student" and so on; None: no limit


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def with_key(self, key: str) -> TokenInUse | None:
        """The token of this key: not revoked, not expired, its maker still with the office.

        Written out, because building this statement takes Django longer than PostgreSQL needs.
        """
        rows = connection.fetch_prepared(ALIVE_WITH_KEY, [hash_of(key)])  # type: ignore[attr-defined]
        return TokenInUse(*rows[0]) if rows else None

    def note_use(self, pk: int) -> None:
        with connection.aside():  # type: ignore[attr-defined]
            self.filter(pk=pk).update(last_used_at=timezone.now())

    def with_state(self, rights: Callable[[bool, bool], Sequence[str]]) -> ApiTokenQuerySet:
        """Fit for `state`. `rights`: what a token gives that (may edit, may see money)."""
        return self.annotate(
            maker_has_all=made_by_who_has(rights, and_), maker_has_some=made_by_who_has(rights, or_)
        )

    def revoke(self) -> int:
        return self.filter(revoked_at=None).update(revoked_at=timezone.now())

    def make(self, **fields: Any) -> tuple[ApiToken, str]:
        """A new token and its key, which is nowhere else and can't be had again."""
        token = self.model(**fields)
        key = token.new_key()
        token.save()
        return token, key


def made_by_who_has(
    rights: Callable[[bool, bool], Sequence[str]], joined: Callable[[Q, Q], Q]
) -> Q:
    """Made by somebody who has all (`and_`) or some (`or_`) of what the token gives."""
    kinds = [
        Q(can_edit=edit, can_money=money) & made_by_who_may(rights(edit, money), joined)
        for edit in (False, True)
        for money in (False, True)
    ]
    return reduce(or_, kinds)


def made_by_who_may(permissions: Sequence[str], joined: Callable[[Q, Q], Q]) -> Q:
    """Made by nobody, or by somebody who has all (`and_`) or some (`or_`) of `permissions`."""
    people = [
        User.objects.with_perm(each).filter(pk=OuterRef("created_by")) for each in permissions
    ]
    return Q(created_by=None) | reduce(joined, [Q(Exists(each)) for each in people])


class ApiToken(models.Model):
    """A key with which a program comes in. What is stored of it can't be used to come in."""

    name = models.CharField(
        _("name"), max_length=100, help_text=_("Which program uses it, and where.")
    )
    can_edit = models.BooleanField(
        _("may edit"),
        default=False,
        help_text=_("Add, change and delete students; otherwise only see."),
    )
    can_money = models.BooleanField(
        _("may see and take money"),
        default=False,
        db_default=False,
        help_text=_("See who owes what; if it may edit, take money, reverse it and charge months."),
    )
    expires_at = models.DateTimeField(_("expires"), default=default_expiry)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("key begins"), max_length=SHOWN, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        editable=False,
        verbose_name=_("made by"),
        help_text=_("Empty: made by manage.py. While this person is deactivated, so is the token."),
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
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
        """In words; of a token found `with_state`."""
        if self.revoked_at:
            return gettext("revoked")
        if self.expires_at <= timezone.now():
            return gettext("expired")
        if self.created_by and not self.created_by.is_active:
            return gettext("maker is gone")
        if not self.maker_has_some:  # type: ignore[attr-defined]
            return gettext("rests: its maker may no longer see")
        if not self.maker_has_all:  # type: ignore[attr-defined]
            return gettext("narrowed: its maker has lost rights")
        return gettext("in use")

    def new_key(self) -> str:
        key = SIGN + secrets.token_urlsafe(32)
        self.key_hash, self.prefix = hash_of(key), key[:SHOWN]
        return key


class KeptAnswer(models.Model):
    """What a caller was answered under a key of his own: see idempotency.py."""

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
