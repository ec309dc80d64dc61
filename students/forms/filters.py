"""The one filter behind every list, count, total, export and JSON of students."""

from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.http import sharing_fields
from rules.fields import CitiesField, QuickInput, RupeesField, TidyCharField, WholeNumberField
from rules.money import format_rupees
from rules.text import NAME_LENGTH, tidy
from students.models import Student, StudentQuerySet
from students.paging import (
    InUtf8,
    KeysetPages,
    StudentPaginator,
    bookmark_signer,
    numbered_pages,
)
from students.similar import similar_names
from students.tally import CityCount, Tally, counted_tally, kept_tally
from students.widgets import CityCheckboxes, QuickSelect


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
        ("name", gettext_lazy("Name, A to Z")),
        ("-name", gettext_lazy("Name, Z to A")),
        ("city", gettext_lazy("City, A to Z")),
        ("-city", gettext_lazy("City, Z to A")),
        ("fees", gettext_lazy("Fees, lowest first")),
        ("-fees", gettext_lazy("Fees, highest first")),
    ]
    STATUS_LABELS = [
        ("current", gettext_lazy("Here now")),
        ("left", gettext_lazy("Left")),
        ("all", gettext_lazy("Here now and left")),
    ]
    DEFAULTS: dict[str, Any] = {"sort": "name", "status": "current"}

    city = CitiesField(label=gettext_lazy("City"), required=False)
    q = TidyCharField(
        label=gettext_lazy("Search"),
        help_text=gettext_lazy("Part of a name or a father’s name, a phone, or a number."),
        required=False,
        max_length=NAME_LENGTH,
        widget=QuickInput(attrs={"type": "search", "autocomplete": "off", "dir": "auto"}),
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Students"), required=False, choices=STATUS_LABELS, widget=QuickSelect
    )
    min_fees = RupeesField(label=gettext_lazy("Fees at least"), required=False)
    max_fees = RupeesField(label=gettext_lazy("Fees at most"), required=False)
    sort = forms.ChoiceField(
        label=gettext_lazy("Sort by"), required=False, choices=SORT_LABELS, widget=QuickSelect
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name, default in self.DEFAULTS.items():
            data[name] = data.get(name) or default
        least, most = data.get("min_fees"), data.get("max_fees")
        if least is not None and most is not None and least > most:
            words = _("Type %(amount)s or more, or nothing.")
            self.add_error("max_fees", words % {"amount": format_rupees(least)})
        return data

    @property
    def order(self) -> tuple[str, ...]:
        return self.ORDERS[self.cleaned_data["sort"]]

    def only_by_city(self) -> bool:
        """Whether the kept totals, of those who are here now, answer."""
        data = self.cleaned_data
        by_fees = data["min_fees"] is not None or data["max_fees"] is not None
        return not data["q"] and not by_fees and data["status"] == "current"

    def students_of_all_cities(self, status: str = "") -> StudentQuerySet:
        """Every filter but the city: what the city choices count. `status` stands for its own."""
        data = self.cleaned_data
        students = Student.objects.with_status(status or data["status"]).matching(data["q"])
        return students.with_fees(data["min_fees"], data["max_fees"])

    def students(self) -> StudentQuerySet:
        """Exactly what the filter says, in the order it says."""
        students = self.students_of_all_cities().in_cities(self.cleaned_data["city"])
        return students.order_by(*self.order)

    def similar_names(self) -> list[str]:
        """What to ask "did you mean" about when nobody matches: each finds somebody here as `q`."""
        data = self.cleaned_data
        others = Student.objects.with_status(data["status"]).in_cities(data["city"])
        others = others.with_fees(data["min_fees"], data["max_fees"])
        return similar_names(data["q"], others) if data["q"] else []


class StudentListForm(StudentFilterForm):
    """The staff's list: numbered pages, and addresses that hold the whole state."""

    DEFAULTS = {"sort": "name", "status": "current", "page": 1, "per_page": 50}

    city = CitiesField(label=gettext_lazy("City"), required=False, widget=CityCheckboxes)
    per_page = forms.TypedChoiceField(
        label=gettext_lazy("Rows a page"),
        required=False,
        coerce=int,
        choices=[(n, n) for n in (25, 50, 100)],
        widget=QuickSelect,
    )
    page = WholeNumberField(
        label=gettext_lazy("Page"), required=False, min_value=1, widget=forms.HiddenInput
    )
    owes = forms.BooleanField(label=gettext_lazy("Only who owes"), required=False)

    def __init__(self, query: QueryDict, of_city: str = "", *, money: bool = False) -> None:
        """`of_city` is the one that the address's path names; `money` says who may see `owes`."""
        data = query.copy()
        for name, value in self.DEFAULTS.items():
            data.setdefault(name, str(value))
        if of_city:
            data.setlist("city", [of_city, *query.getlist("city")])
        super().__init__(data)
        self.of_city = of_city
        if not money:
            del self.fields["owes"]

    def clean_city(self) -> list[str]:
        cities: list[str] = self.cleaned_data["city"]
        if self.of_city and len(cities) > 1:
            words = _("The address is about %(one)s, its filter about %(other)s: choose one.")
            raise ValidationError(words % {"one": cities[0], "other": cities[1]})
        return cities

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        sent = cast(QueryDict, self.data)
        for name in self.fields:
            if name != "city" and name not in self.errors and len(set(sent.getlist(name))) > 1:
                self.add_error(name, _("The address gives this twice, and differently: choose."))
        return data

    def only_by_city(self) -> bool:
        return super().only_by_city() and not self.cleaned_data.get("owes")

    def students_of_all_cities(self, status: str = "") -> StudentQuerySet:
        students = super().students_of_all_cities(status)
        return students.owing() if self.cleaned_data.get("owes") else students

    def offer(self, cities: list[CityCount]) -> None:
        """What `city` shows to choose from."""
        self.fields["city"].widget.cities = cities

    def tally(self) -> Tally:
        """How many there are, and the choice of cities: one statement."""
        if self.only_by_city():
            return kept_tally(self.cleaned_data["city"])
        return counted_tally(self.students_of_all_cities(), self.cleaned_data["city"])

    def paginator(self, tally: Tally, per_page: int = 0) -> StudentPaginator:
        """Pages of `students()`, of as many rows as asked for, or as told."""
        data = self.cleaned_data
        walk = self.only_by_city()
        return numbered_pages(
            self.students(),
            self.order,
            per_page or data["per_page"],
            tally,
            searched=data["q"],
            walk=walk,
        )

    def url(self, **changes: Any) -> str:
        """The list's address for this state with some of it changed.

        A new filter or sort starts again at page 1.
        """
        return reverse("student_list") + self.query(**{"page": 1, **changes})

    def sheet_urls(self) -> dict[str, str]:
        """The addresses of all of this list for a spreadsheet, and of its JSON.

        JSON of students is for programs that know no money: it has no `owes`.
        """
        shown = self.query(page=None, per_page=None)
        names = ["export_csv", "export_xlsx"]
        if not self.cleaned_data.get("owes"):
            names.append("api_students")
        return {name: reverse(name) + shown for name in names}

    def statistics_url(self) -> str:
        """The statistics of everybody in this list; "" of who owes, whom they don't tell apart."""
        if self.cleaned_data.get("owes"):
            return ""
        shown = {"sort": None, "page": None, "per_page": None}
        return reverse("statistics") + self.query(**shown)

    def query(self, **changes: Any) -> str:
        """This state as a query string, `?city=Lahore&page=2`, or ""; defaults are left out."""
        state = {**self.cleaned_data, **changes}
        query = {
            name: f"{value.normalize():f}" if isinstance(value, Decimal) else value
            for name, value in state.items()
            if value not in (None, "", [], False) and value != self.DEFAULTS.get(name)
        }
        return "?" + urlencode(query, doseq=True) if query else ""

    def active_filters(self) -> list[tuple[str, str, str]]:
        """(what, value, address of the list without it) for each filter in force."""
        data = self.cleaned_data
        cities = [
            (_("City"), city, self.url(city=[other for other in data["city"] if other != city]))
            for city in data["city"]
        ]
        others = [
            (
                str(self.fields[name].label),
                format_rupees(value) if isinstance(value, Decimal) else value,
                name,
            )
            for name in ("q", "min_fees", "max_fees")
            if (value := data[name]) not in (None, "")
        ]
        if data["status"] != "current":
            label, shown = str(self.fields["status"].label), dict(self.STATUS_LABELS)
            others.append((label, str(shown[data["status"]]), "status"))
        if data.get("owes"):
            others.append((_("Shown"), _("Only who owes"), "owes"))
        return cities + [(label, value, self.url(**{name: None})) for label, value, name in others]


def refuse_blanks(form: forms.Form) -> None:
    """A program gives a value or leaves the parameter out, as the OpenAPI document says."""
    sent = cast(QueryDict, form.data)
    for name in set(form.fields) & set(sent) - set(form.errors):
        if any(not tidy(value) for value in sent.getlist(name)):
            words = _("Give it a value, or leave it out.")
            form.add_error(name, ValidationError(words, code="blank"))


def asked_before(form: forms.Form) -> str:
    """The query string up to where `after` follows."""
    data = cast(QueryDict, form.data).copy()
    data.pop("after", None)
    return f"{data.urlencode()}&" if data else ""


@sharing_fields
class StudentApiForm(StudentFilterForm):
    """The same filter for programs: a limit, and where to go on, instead of page numbers."""

    DEFAULTS = {"sort": "name", "status": "current", "limit": 50}

    limit = WholeNumberField(required=False, min_value=1, max_value=200)
    after = forms.CharField(required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        refuse_blanks(self)
        if data.get("after") and not self.errors:
            try:
                data["after"] = self.signer.unsign_object(data["after"], serializer=InUtf8)
            except signing.BadSignature:
                words = _("It belongs to another filter or sort, or is mistyped: leave it out.")
                self.add_error("after", ValidationError(words, code="invalid"))
        return data

    @cached_property
    def signer(self) -> signing.Signer:
        return bookmark_signer(self.cleaned_data)

    @cached_property
    def asked(self) -> str:
        """The query string of this list, a city of the path in it, up to where `after` follows."""
        return asked_before(self)

    @cached_property  # the same form may serve many calls, and Django takes long to write SQL
    def pages(self) -> KeysetPages:
        data = self.cleaned_data
        return KeysetPages(
            self.students(),
            self.order,
            data["limit"],
            after=data["after"],
            searched=data["q"],
            signer=self.signer,
            walk=self.only_by_city() and len(data["city"]) < 2,
        )
