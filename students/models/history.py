"""What happened to students: every change, by whatever way, kept for good (see triggers.py)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext_lazy as _

from students.models.keys import folded, keys_of
from students.triggers import KEPT_FOR_GOOD

ADDED, CHANGED, DELETED = "insert", "update", "delete"


class StudentEventQuerySet(models.QuerySet["StudentEvent"]):
    def of(self, students: list[int]) -> StudentEventQuerySet:
        """Of the students of these numbers, who may be gone."""
        return self.filter(pgh_obj_id__in=students)

    def of_deleted(self, words: str) -> StudentEventQuerySet:
        """The deletions of whom a search would have found before."""
        for word in words.split():
            self = self.filter(search_key__contains=folded(Value(word)))
        return self.filter(search_key__isnull=False)

    def between(self, start: datetime | None, end: datetime | None) -> StudentEventQuerySet:
        """From `start` on, and before `end`; None leaves an end open."""
        if start is not None:
            self = self.filter(pgh_created_at__gte=start)
        return self if end is None else self.filter(pgh_created_at__lt=end)

    def in_cities(self, cities: list[str]) -> StudentEventQuerySet:
        """Of who lived there then, or moved away from there by the change."""
        keys = keys_of(cities)
        there = Q(city_key__in=keys) | Q(old_city_key__in=keys)
        return self.filter(there) if cities else self

    def changing(self, field: str) -> StudentEventQuerySet:
        """In which this column got another value."""
        return self.filter(pgh_old__has_key=field)

    def by(self, who: str) -> StudentEventQuerySet:
        """`user-7`, `token-3`, or `database`: neither."""
        kind, _dash, number = who.partition("-")
        if number:
            return self.filter(**{f"pgh_context__{kind}": int(number)})
        some = Q(pgh_context__has_any_keys=["user", "token"])
        return self.filter(Q(pgh_context=None) | ~some)

    def older_than(self, at: datetime, pk: int) -> StudentEventQuerySet:
        """In the order of `newest_first`."""
        same = Q(pgh_created_at=at, pgh_id__lt=pk)
        return self.filter(Q(pgh_created_at__lt=at) | same, pgh_created_at__lte=at)

    def newest_first(self) -> StudentEventQuerySet:
        return self.order_by("-pgh_created_at", "-pgh_id")


class StudentEvent(models.Model):
    """One change of one student, written by PostgreSQL; the names are those of django-pghistory.

    The facts are those after the change, or of who was deleted; `pgh_old` holds what others were
    before, {"fees": "5000.00"}, and is null when he came or went. `pgh_context` says who and how:
    {"door": "site", "user": 7, "name": "staff"}, {"door": "api", "token": 3, "name": "Accounts"},
    {"door": "command", "command": "shell"}; null: somebody at the database itself.
    """

    pgh_id = models.BigAutoField(primary_key=True)
    pgh_created_at = models.DateTimeField(_("when"))
    pgh_label = models.CharField(
        _("what"),
        max_length=6,
        choices=[(ADDED, _("Added")), (CHANGED, _("Changed")), (DELETED, _("Deleted"))],
    )
    pgh_obj_id = models.BigIntegerField(_("number"))  # no foreign key: it outlives the student
    pgh_context = models.JSONField(null=True)
    pgh_old = models.JSONField(null=True)

    name = models.TextField(_("name"))
    city = models.TextField(_("city"))
    fees = models.DecimalField(_("monthly fees"), max_digits=8, decimal_places=2)
    father_name = models.TextField(_("father's name"))
    phone = models.TextField(_("phone"))
    class_name = models.TextField(_("class"))
    joined_on = models.DateField(_("joined on"), null=True)
    left_on = models.DateField(_("left on"), null=True)
    family_id = models.BigIntegerField(_("family"), null=True)

    city_key = models.TextField()
    old_city_key = models.TextField(null=True)  # noqa: DJ001 - of who moved, and of nobody else
    search_key = models.TextField(null=True)  # noqa: DJ001 - of who was deleted

    objects = StudentEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        default_permissions = ()
        indexes = [
            models.Index(fields=["pgh_obj_id", "pgh_id"], name="event_by_student"),
            models.Index(fields=["pgh_created_at", "pgh_id"], name="event_by_time"),
            models.Index(
                fields=["city_key", "pgh_created_at", "pgh_id"],
                name="event_by_city",
            ),
            models.Index(
                KeyTransform("user", "pgh_context"),
                "pgh_created_at",
                "pgh_id",
                condition=Q(pgh_context__has_key="user"),
                name="event_by_user",
            ),
            # Small, however many students are brought in: those that say what changed.
            models.Index(
                fields=["pgh_created_at", "pgh_id"],
                condition=Q(pgh_old__isnull=False),
                name="event_of_change",
            ),
            models.Index(
                fields=["old_city_key"],
                condition=Q(old_city_key__isnull=False),
                name="event_of_move",
            ),
            GinIndex(
                fields=["search_key"],
                opclasses=["gin_trgm_ops"],
                condition=Q(search_key__isnull=False),
                name="event_of_gone",
            ),
        ]
        triggers = KEPT_FOR_GOOD

    def __str__(self) -> str:
        return f"{self.get_pgh_label_display()}: {self.name}"
