"""The doors: what comes in from a query string or a form leaves here as real types, or refused."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils.functional import cached_property

from students import money
from students.cities import CITY_LENGTH, canonical_city, comparable
from students.fields import RupeesField, TidyCharField
from students.models import Student, StudentQuerySet
from students.paging import FEW, StudentPaginator, by_ids, gathered
from students.tally import Tally, counted_tally, kept_tally
from students.text import has_urdu, tidy

MOST_CITIES = 50


class StudentForm(forms.ModelForm):  # type: ignore[type-arg]
    """One student, from whichever door: the admin, an import row, the API."""

    fees = RupeesField(
        label="Monthly fees",
        help_text="Rupees a month: 12,500 or Rs 12,500/-.",
        error_messages={"required": "Type the monthly fees, such as 12,500."},
    )

    class Meta:
        model = Student
        fields = ["name", "city", "fees"]
        field_classes = {"name": TidyCharField, "city": TidyCharField}
        help_texts = {"city": "Any usual spelling: LHR and لاہور become Lahore."}
        error_messages = {
            "name": {"required": "Type the student's name."},
            "city": {"required": "Type the student's city."},
        }


class CitiesField(forms.Field):
    """Repeatable `city=`, any known spelling -> distinct canonical names, in the order given."""

    widget = forms.SelectMultiple
    max_length = CITY_LENGTH  # of each

    def to_python(self, value: Any) -> list[str]:
        if len(value or []) > MOST_CITIES:
            raise ValidationError(f"Choose at most {MOST_CITIES} cities at once.", code="too_many")
        cities: dict[str, str] = {}
        for typed in value or []:
            city = canonical_city(TidyCharField(required=False).clean(typed))
            if typed and not city:  # nothing that shows: not the same as no city
                raise ValidationError("Name a city, or choose none.", code="blank")
            if len(city) > CITY_LENGTH:
                raise ValidationError(
                    f"A city has at most {CITY_LENGTH} characters; this has {len(city)}.",
                    code="max_length",
                )
            if city:
                cities.setdefault(comparable(city), city)
        return list(cities.values())


class StudentFilterForm(forms.Form):
    """The one filter behind every list, count, total, export and JSON of students."""

    # The order last resorts to `id`, so that it is the same on every page and every call.
    ORDERS = {
        "name": ("name_key", "id"),
        "-name": ("-name_key", "-id"),
        "city": ("city_key", "name_key", "id"),
        "-city": ("-city_key", "-name_key", "-id"),
        "fees": ("fees", "id"),
        "-fees": ("-fees", "-id"),
    }
    SORT_LABELS = [
        ("name", "Name, A to Z"),
        ("-name", "Name, Z to A"),
        ("city", "City, A to Z"),
        ("-city", "City, Z to A"),
        ("fees", "Fees, lowest first"),
        ("-fees", "Fees, highest first"),
    ]
    DEFAULTS: dict[str, Any] = {"sort": "name", "page": 1, "per_page": 50}

    city = CitiesField(required=False)
    q = TidyCharField(
        label="Name",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "dir": "auto"}),
    )
    min_fees = RupeesField(label="Fees from", required=False)
    max_fees = RupeesField(label="Fees to", required=False)
    sort = forms.ChoiceField(label="Sort by", required=False, choices=SORT_LABELS)
    per_page = forms.TypedChoiceField(
        label="Rows a page", required=False, coerce=int, choices=[(n, n) for n in (25, 50, 100)]
    )
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name, default in self.DEFAULTS.items():
            data[name] = data.get(name) or default
        least, most = data.get("min_fees"), data.get("max_fees")
        if least is not None and most is not None and least > most:
            self.add_error("max_fees", f"Type {money.format_rupees(least)} or more, or nothing.")
        return data

    def students_of_all_cities(self) -> StudentQuerySet:
        """Every filter but the city: what the city choices count."""
        data = self.cleaned_data
        return Student.objects.matching(data["q"]).with_fees(data["min_fees"], data["max_fees"])

    def only_by_city(self) -> bool:
        data = self.cleaned_data
        return not data["q"] and data["min_fees"] is None and data["max_fees"] is None

    def tally(self) -> Tally:
        """How many were asked for, and the choice of cities: one statement."""
        if self.only_by_city():
            return kept_tally(self.cleaned_data["city"])
        return counted_tally(self.students_of_all_cities(), self.cleaned_data["city"])

    def paginator(self, tally: Tally) -> StudentPaginator:
        """Pages of `students()`, found the quicker way: see paging.gathered."""
        students = self.students()
        few = tally.totals.students <= FEW or has_urdu(self.cleaned_data["q"])
        if few and not self.only_by_city():
            students = students.order_by(*gathered(self.ORDERS[self.cleaned_data["sort"]]))
        return StudentPaginator(
            students, self.cleaned_data["per_page"], count=tally.totals.students, more=tally.more
        )

    def students(self) -> StudentQuerySet:
        """Exactly what was asked for, in the order asked for."""
        students = self.students_of_all_cities().in_cities(self.cleaned_data["city"])
        return students.order_by(*self.ORDERS[self.cleaned_data["sort"]])

    def url(self, **changes: Any) -> str:
        """The list's address for this state with some of it changed; defaults are left out.

        A new filter or sort starts again at page 1.
        """
        state = {**self.cleaned_data, "page": 1, **changes}
        query = {
            name: f"{value.normalize():f}" if isinstance(value, Decimal) else value
            for name, value in state.items()
            if value not in (None, "", []) and value != self.DEFAULTS.get(name)
        }
        return reverse("student_list") + ("?" + urlencode(query, doseq=True) if query else "")

    def active_filters(self) -> list[tuple[str, str, str]]:
        """(what, value, address of the list without it) for each filter in force."""
        data = self.cleaned_data
        cities = [
            ("City", city, self.url(city=[other for other in data["city"] if other != city]))
            for city in data["city"]
        ]
        others = [
            (label, money.format_rupees(value) if isinstance(value, Decimal) else value, name)
            for name, label in (("q", "Name"), ("min_fees", "From"), ("max_fees", "To"))
            if (value := data[name]) not in (None, "")
        ]
        return cities + [(label, value, self.url(**{name: None})) for label, value, name in others]


class WholeNumberField(forms.IntegerField):
    """ASCII digits and nothing else: `int()` would also take `1_0`, `+5` and Urdu digits."""

    def to_python(self, value: Any) -> int | None:
        if value not in self.empty_values and not re.fullmatch("[0-9]{1,9}", str(value)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class StudentListForm(StudentFilterForm):
    """The same filter for programs: a limit, and where to go on, instead of page numbers."""

    DEFAULTS = {"sort": "name", "limit": 50}
    COLUMNS = ("id", "name", "city", "fees", "name_key", "city_key")

    page = per_page = None  # type: ignore[assignment]
    limit = WholeNumberField(required=False, min_value=1, max_value=200)
    after = forms.CharField(required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in set(self.fields) & set(self.data) - set(self.errors):
            if any(not tidy(value) for value in self.data.getlist(name)):  # type: ignore[attr-defined]
                self.add_error(
                    name, ValidationError("Give it a value, or leave it out.", code="blank")
                )
        if data.get("after") and not self.errors:
            try:
                data["after"] = self.signer().unsign_object(data["after"])
            except signing.BadSignature:
                words = "It belongs to another filter or sort, or is mistyped: leave it out."
                self.add_error("after", ValidationError(words, code="invalid"))
        return data

    def signer(self) -> signing.Signer:
        """For places in this list: elsewhere they mean nothing. One place is always one text."""
        data = self.cleaned_data
        cities = sorted(map(comparable, data["city"]))
        filters = [cities, data["q"], data["min_fees"], data["max_fees"], data["sort"]]
        return signing.Signer(salt=f"place {filters!r}")

    def students(self) -> StudentQuerySet:
        students = super().students()
        place = self.cleaned_data["after"]
        return students.following(self.order(), place) if place else students

    def order(self) -> tuple[str, ...]:
        return self.ORDERS[self.cleaned_data["sort"]]

    @cached_property  # the same form may be asked again, and Django takes long to write SQL
    def statement(self) -> tuple[str, tuple[Any, ...]]:
        """SQL for COLUMNS of a page's rows and of one more."""
        q, more = self.cleaned_data["q"], self.cleaned_data["limit"] + 1
        students = self.students()
        if has_urdu(q):
            students = students.order_by(*gathered(self.order()))
        students = by_ids(students[:more], self.order()) if q else students[:more]
        sql, values = students.values_list(*self.COLUMNS).query.sql_with_params()
        return sql, values

    def page_of_rows(self) -> tuple[list[tuple[Any, ...]], str]:
        """(id, name, city, fees) of up to `limit` students; the `after` that leads on, or ""."""
        limit = self.cleaned_data["limit"]
        with connection.cursor() as cursor:
            cursor.execute(*self.statement)
            rows = cursor.fetchall()
        place = self.place_of(rows[limit - 1]) if len(rows) > limit else ""
        return [row[:4] for row in rows[:limit]], place

    def place_of(self, row: tuple[Any, ...]) -> str:
        """The token for `after` that leads on from this row; it holds good as rows come and go."""
        keys = dict(zip(self.COLUMNS, row, strict=True))
        place = [keys[name.lstrip("-")] for name in self.order()]
        return self.signer().sign_object(
            [str(key) if isinstance(key, Decimal) else key for key in place]
        )


class NoParametersForm(forms.Form):
    """The query string of an address that takes none."""


class AverageFeesForm(forms.Form):
    """The query string of the average-fees view: one city, or none for all."""

    city = TidyCharField(
        required=False,
        max_length=CITY_LENGTH,
        error_messages={"max_length": f"A city has at most {CITY_LENGTH} characters."},
    )

    def clean_city(self) -> str | None:
        if "city" not in self.data:
            return None
        if not self.cleaned_data["city"]:
            raise ValidationError(
                "Name a city, or leave `city` out for all students.", code="blank"
            )
        return canonical_city(self.cleaned_data["city"])


class GroupedAverageFeesForm(AverageFeesForm):
    """The API's: it can add every city."""

    group_by = forms.ChoiceField(required=False, choices=[("city", "city")])

    def clean_group_by(self) -> str:
        if "group_by" in self.data and not self.cleaned_data["group_by"]:
            raise ValidationError("Give it a value, or leave it out.", code="blank")
        return str(self.cleaned_data["group_by"])
