"""Spreadsheets that were brought: what each is, how far it has come, its rows until it is done."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, TextField
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from students.models.keys import city_key, folded

KEPT = timedelta(hours=24)  # for undoing; and the rows of what nobody confirmed
LEASE = timedelta(seconds=60)  # after which work whose worker fell silent is another's


class Cancelled(Exception):  # noqa: N818 - nothing broke
    """Somebody called an import off, or another process has done its step."""


class State(models.TextChoices):
    READING = "reading", _("Being read")
    ASKING = "asking", _("Its columns are to be named")
    READY = "ready", _("To be confirmed")
    REFUSED = "refused", _("Refused")
    WRITING = "writing", _("Being written")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    CANCELLED = "cancelled", _("Cancelled")


WORK = [State.READING, State.WRITING, State.UNDOING]  # for a process of its own
# The command does its work itself; what it brought is undone on the site.
OF_SITE = Q(state__in=WORK, by_hand=False) | Q(state=State.UNDOING)


class ImportQuerySet(models.QuerySet["Import"]):
    def waiting(self) -> ImportQuerySet:
        """Those that the site has work with, and nobody is at it."""
        free = Q(busy_until=None) | Q(busy_until__lt=timezone.now())
        return self.filter(free, OF_SITE)

    def done_with(self, checksum: str) -> ImportQuerySet:
        """Of the same bytes, written and not undone."""
        return self.filter(checksum=checksum, state__in=[State.DONE, State.UNDOING])

    def outdated(self) -> ImportQuerySet:
        """Nobody needs their rows or their file any more: what the site is yet to do needs them."""
        last = Coalesce("done_at", "created_at")
        old = Q(last__lt=timezone.now() - KEPT) | Q(state=State.CANCELLED)
        held = Q(content__isnull=False) | Q(has_rows=True)
        return self.alias(last=last).filter(old, held).exclude(OF_SITE)


class Import(models.Model):
    """One file. `options` is what a person said of it, and what reading it brought to light."""

    created_at = models.DateTimeField(_("brought"), auto_now_add=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("by")
    )
    name = models.CharField(_("by"), max_length=150, blank=True)  # it outlives the user
    by_hand = models.BooleanField(default=False)  # the command does the work itself
    file_name = models.CharField(_("file"), max_length=255)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("bytes"))
    content = models.BinaryField(null=True)

    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.READING)
    busy_until = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    has_rows = models.BooleanField(default=False)
    # heads, head_line, columns {key: place}, asked, sheet, cities {typed: meant}, similar, refusal
    options = models.JSONField(default=dict)

    # Rows by what became of them, or would.
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("unchanged"), default=0)
    bad = models.PositiveIntegerField(_("with errors"), default=0)
    odd = models.PositiveIntegerField(default=0)  # of all these, with a warning

    skip_bad = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    again = models.BooleanField(default=False)  # although this file was imported before
    began_at = models.DateTimeField(null=True)  # writing; by PostgreSQL's clock
    done_at = models.DateTimeField(_("done"), null=True)
    undone_at = models.DateTimeField(_("undone"), null=True)
    left_alone = models.PositiveIntegerField(default=0)  # by undoing
    families = ArrayField(models.BigIntegerField(), default=list)  # made by it

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        permissions = [
            ("import_student", _("Can import students")),
            ("export_student", _("Can export students")),
        ]
        indexes = [
            models.Index(fields=["checksum"], name="import_by_checksum"),
            models.Index(fields=["id"], condition=Q(state__in=WORK), name="import_with_work"),
        ]

    def __str__(self) -> str:
        return str(self.file_name)

    def get_absolute_url(self) -> str:
        return reverse("student_import", args=[self.pk])

    @property
    def is_working(self) -> bool:
        return self.state in WORK

    @property
    def may_be_undone(self) -> bool:
        done = self.done_at if self.state == State.DONE else None
        return done is not None and done > timezone.now() - KEPT

    @property
    def short_checksum(self) -> str:
        return str(self.checksum[:12])

    @property
    def version(self) -> str:
        """What a preview showed, short: who confirms it says that he saw this."""
        seen = [self.options.get("columns"), self.options.get("cities"), self.options.get("notice")]
        seen += [self.new, self.changed, self.same, self.bad]
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]

    def context(self) -> dict[str, Any]:
        """What the history says of who did it: who confirmed it, or who undid it."""
        by = self.undone_by if self.state == State.UNDOING else self.confirmed_by
        who = {"user": by.pk, "name": by.get_username()} if by else {}
        return {"door": "import", "import": self.pk, **who}

    def renew(self, **values: Any) -> None:
        """Hold it for another LEASE. Raises Cancelled as `step_done` does."""
        until = timezone.now() + LEASE
        mine = Import.objects.filter(pk=self.pk, state=self.state, busy_until=self.busy_until)
        if not mine.update(busy_until=until, **values):
            raise Cancelled
        self.busy_until = until

    def step_done(self, before: str, after: str, *fields: str) -> None:
        """Save what a step came to.

        Raises Cancelled where the import is no longer `before`, or another process took it up
        because this one was silent for too long.
        """
        self.state = after
        if after != before:
            self.options.pop("tries", None)
        values = {name: getattr(self, name) for name in (*fields, "options")}
        same = Import.objects.filter(pk=self.pk, state=before, busy_until=self.busy_until)
        if not same.update(state=after, **values):
            raise Cancelled


class Kind(models.TextChoices):
    BAD = "bad", _("With errors")
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    SAME = "same", _("Unchanged")


class ImportRow(models.Model):
    """A row of a file: the facts as they will be stored, null where the cell is blank.

    `problems` and `warnings` are [column, code, numbers and texts]; `cells` what was typed, kept
    where there are any. The words are made when somebody reads them, in his language.
    """

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    line = models.IntegerField()
    kind = models.CharField(max_length=7, choices=Kind.choices)
    student = models.BigIntegerField(null=True)  # the id in the file
    seen_at = models.DateTimeField(null=True)  # updated_at in the file, or when it was read
    name = models.TextField(null=True)  # noqa: DJ001 - null: leave it as it is
    city = models.TextField(null=True)  # noqa: DJ001
    fees = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    father_name = models.TextField(null=True)  # noqa: DJ001
    phone = models.TextField(null=True)  # noqa: DJ001
    class_name = models.TextField(null=True)  # noqa: DJ001
    joined_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    family = models.BigIntegerField(null=True)
    family_name = models.TextField(null=True)  # noqa: DJ001
    cells = ArrayField(TextField(), null=True)
    problems = models.JSONField(null=True)
    warnings = models.JSONField(null=True)

    name_key = models.GeneratedField(
        expression=folded(F("name")), output_field=TextField(null=True), db_persist=True
    )
    city_key = models.GeneratedField(
        expression=city_key(F("city")), output_field=TextField(null=True), db_persist=True
    )

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["imported", "kind", "line"], name="importrow_by_kind"),
            models.Index(
                fields=["imported", "line"],
                condition=Q(warnings__isnull=False),
                name="importrow_odd",
            ),
        ]

    def __str__(self) -> str:
        return str(self.line)
