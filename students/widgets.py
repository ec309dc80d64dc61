"""Fields as HTML: Django's, written at once where it would pass many templates, and our own."""

from functools import lru_cache
from html import escape
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from rules.cities import city_populations
from rules.money import format_count
from rules.text import lang_of
from students.models import CityTotal, Family
from students.tally import CityCount

FIRST = 6  # cities in sight: with the chosen ones, which come first


class CityCheckboxes(forms.Widget):
    """Cities to choose, with their counts: written at once, because there may be hundreds.

    Plain checkboxes, the most folded away; static/js/student_list.js makes one field of them.
    """

    allow_multiple_selected = True
    cities: list[CityCount] = []

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        boxes = [self.checkbox(name, *city) for city in self.cities]
        first = max(FIRST, sum(city.chosen for city in self.cities))
        shown = f'<div class="cities-box">{"".join(boxes[:first])}</div>'
        if boxes[first:]:
            words = escape(_("All cities"))
            others = "".join(boxes[first:])
            shown += (
                f'<details class="others"><summary>{words}</summary>'
                f'<div class="cities-box">{others}</div></details>'
            )
        return mark_safe(shown)  # noqa: S308 - escaped here and below

    @staticmethod
    def checkbox(name: str, city: str, students: int | None, chosen: bool) -> str:
        value, label = city_shown(city)
        count = "" if students is None else format_count(students)
        return (
            f'<label><input type="checkbox" name="{name}" {value}{" checked" if chosen else ""}>'
            f' {label} <span class="count">{count}</span></label>'
        )


@lru_cache(maxsize=1_000)  # pages show the same hundreds of names all day
def city_shown(city: str) -> tuple[str, str]:
    """A city as an attribute, and as a label in its language."""
    shown = escape(city)
    return f'value="{shown}"', f'<bdi lang="{lang_of(city) or "en"}">{shown}</bdi>'


class QuickSelect(forms.Select):
    """Django's, its options written at once: each would pass two templates.

    For filters, where nothing is required.
    """

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # Django would look the choices up for it

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (key, SafeString(" selected") if str(key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        own = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>\n{}\n</select>', name, own, options)


# -- The student's form ----------------------------------------------------------------------------

OFFERED = 200  # cities, while one types


class CityInput(forms.TextInput):
    """Offers cities while one types. They are looked up when it is shown, not when it is sent."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        offer = f"{name}-offered"
        field = super().render(name, value, {**(attrs or {}), "list": offer}, renderer)
        options = format_html_join(
            "", '<option value="{}"></option>', ((city,) for city in offered_cities())
        )
        return format_html('{}<datalist id="{}">{}</datalist>', field, offer, options)


def offered_cities() -> list[str]:
    """Where most students live first, then where most people live."""
    ours = [row.city for row in CityTotal.objects.by_city()[:OFFERED]]
    return list(dict.fromkeys([*ours, *city_populations()]))[:OFFERED]


class OneCityInput(CityInput):
    """For a field of several, one of which is typed here."""

    allow_multiple_selected = True  # by programs

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name)

    def format_value(self, value: Any) -> str:
        return next(iter(value or []), "")


class FamilyInput(forms.TextInput):
    """Offers families while one types: those made last, whose children are being added."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        offer = f"{name}-offered"
        field = super().render(name, value, {**(attrs or {}), "list": offer}, renderer)
        offered = Family.objects.order_by("-pk")[:OFFERED]
        options = format_html_join(
            "", '<option value="{}"></option>', ((str(each),) for each in offered)
        )
        return format_html('{}<datalist id="{}">{}</datalist>', field, offer, options)


class TypedCheckbox(forms.CheckboxInput):
    """Says of one text, and of no other, that it is meant as typed."""

    def __init__(self, typed: str) -> None:
        super().__init__(attrs={"value": typed}, check_test=lambda value: False)
