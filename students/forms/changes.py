"""The filter of the history: what happened when, to whom, by whom."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import get_user_model
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.http import sharing_fields
from api.models import ApiToken
from rules.days import format_day
from rules.fields import CitiesField, DayField, QuickInput, TidyCharField, WholeNumberField
from rules.text import NAME_LENGTH
from students.changes import DATABASE, WORDS, bookmarked, found_by
from students.forms.filters import asked_before, refuse_blanks
from students.models import Student, StudentEvent, StudentEventQuerySet
from students.triggers import TRACKED
from students.widgets import OneCityInput, QuickSelect

WHAT = {word: label for label, word in WORDS.items()}
COLUMNS = {column.removesuffix("_id"): column for column in TRACKED}


def label_of(field: str) -> str:
    """`Monthly fees`: what people call a fact of a student's."""
    return str(Student._meta.get_field(field).verbose_name).capitalize()  # type: ignore[union-attr]


def start_of(day: date | None, days: int = 0) -> datetime | None:
    """When the day, or one so many days later, begins in the office."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))


def people() -> list[tuple[str, Any]]:
    """Who may have written: users, tokens, and the database itself."""
    users = get_user_model().objects.order_by("username").values_list("pk", "username")
    tokens = ApiToken.objects.order_by("name", "pk").values_list("pk", "name")
    return [
        ("", _("Anybody")),
        *((f"user-{pk}", name) for pk, name in users),
        *((f"token-{pk}", _("Token %(name)s") % {"name": name}) for pk, name in tokens),
        (DATABASE, _("Commands and the database itself")),
    ]


def fields() -> list[tuple[str, Any]]:
    return [("", _("Any field")), *((name, label_of(name)) for name in COLUMNS)]


class ChangesFilterForm(forms.Form):
    """The one filter behind the page of changes, its CSV and its JSON."""

    WHAT_LABELS = [
        ("", gettext_lazy("All changes")),
        ("added", gettext_lazy("Added")),
        ("changed", gettext_lazy("Changed")),
        ("deleted", gettext_lazy("Deleted")),
    ]

    q = TidyCharField(
        label=gettext_lazy("Student"),
        help_text=gettext_lazy("Part of a name, a phone, or a number; also of who was deleted."),
        required=False,
        max_length=NAME_LENGTH,
        widget=QuickInput(attrs={"type": "search", "autocomplete": "off", "dir": "auto"}),
    )
    since = DayField(label=gettext_lazy("From day"), required=False)
    until = DayField(label=gettext_lazy("To day"), required=False)
    who = forms.ChoiceField(
        label=gettext_lazy("By"), required=False, choices=people, widget=QuickSelect
    )
    what = forms.ChoiceField(
        label=gettext_lazy("What"), required=False, choices=WHAT_LABELS, widget=QuickSelect
    )
    field = forms.ChoiceField(
        label=gettext_lazy("Field"), required=False, choices=fields, widget=QuickSelect
    )
    city = CitiesField(
        label=gettext_lazy("City"),
        required=False,
        widget=OneCityInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            words = _("Type %(day)s or a later day, or nothing.")
            self.add_error("until", words % {"day": format_day(since)})
        return data

    def events(self) -> StudentEventQuerySet:
        """Exactly what the filter says, newest first; days are the office's.

        Raises TooManyFound where a search means too many students.
        """
        data = self.cleaned_data
        events = StudentEvent.objects.between(
            start_of(data["since"]), start_of(data["until"], days=1)
        )
        events = events.in_cities(data["city"])
        if data["q"]:
            events = events.of(found_by(data["q"]))
        if data["who"]:
            events = events.by(data["who"])
        if data["what"]:
            events = events.filter(pgh_label=WHAT[data["what"]])
        if data["field"]:
            events = events.changing(COLUMNS[data["field"]])
        return events.newest_first()


class ChangesForm(ChangesFilterForm):
    """The page's: it goes on from the last change shown."""

    after = WholeNumberField(
        label=gettext_lazy("Go on after"),
        required=False, min_value=1, max_value=2**53, widget=forms.HiddenInput,
    )  # fmt: skip

    def page(self, limit: int) -> tuple[list[StudentEvent], str]:
        """Up to `limit` events, and the address of the older ones, or ""."""
        events, after = self.events(), self.cleaned_data["after"]
        if after:
            events = bookmarked(events, after)
        found = list(events[: limit + 1])
        return found[:limit], self.url(after=found[limit - 1].pk) if found[limit:] else ""

    def url(self, **changes: Any) -> str:
        return reverse("student_changes") + self.query(**{"after": None, **changes})

    def csv_url(self) -> str:
        return reverse("changes_csv") + self.query(after=None)

    def refused_url(self) -> str:
        return reverse("student_changes") + "?" + cast(QueryDict, self.data).urlencode()

    def query(self, **changes: Any) -> str:
        """This state as a query string, or ""."""
        state = {**self.cleaned_data, **changes}
        query = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in state.items()
            if value not in (None, "", [])
        }
        return "?" + urlencode(query, doseq=True) if query else ""

    def active_filters(self) -> list[tuple[str, str, str]]:
        """(what, value, address without it) for each filter in force."""
        shown = []
        for name in ("q", "since", "until", "who", "what", "field"):
            value = self.cleaned_data[name]
            if value in (None, ""):
                continue
            field = self.fields[name]
            if isinstance(value, date):
                value = format_day(value)
            elif isinstance(field, forms.ChoiceField):
                value = str(dict(field.choices)[value])  # type: ignore[arg-type]
            shown.append((str(field.label), value, self.url(**{name: None})))
        cities = self.cleaned_data["city"]
        for city in cities:
            rest = [other for other in cities if other != city]
            shown.append((_("City"), city, self.url(city=rest)))
        return shown


@sharing_fields
class ChangesApiForm(ChangesFilterForm):
    """The same for programs."""

    who = forms.RegexField(  # type: ignore[assignment]
        "^((user|token)-[1-9][0-9]{0,17}|database)$", required=False
    )
    what = forms.ChoiceField(required=False, choices=[(name, name) for name in WHAT])
    field = forms.ChoiceField(required=False, choices=[(name, name) for name in COLUMNS])
    limit = WholeNumberField(required=False, min_value=1, max_value=200)
    after = WholeNumberField(required=False, min_value=1, max_value=2**53)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        refuse_blanks(self)
        data["limit"] = data.get("limit") or 50
        return data

    @property
    def asked(self) -> str:
        return asked_before(self)

    def page(self) -> tuple[list[StudentEvent], int | None]:
        """Up to `limit` events, and the `after` that leads on."""
        events, limit, after = self.events(), *(self.cleaned_data[n] for n in ("limit", "after"))
        found = list((bookmarked(events, after) if after else events)[: limit + 1])
        return found[:limit], found[limit - 1].pk if found[limit:] else None
