"""Filters for templates: amounts, counts and names as people read them."""

from decimal import Decimal
from html import escape

from django import template
from django.utils.safestring import SafeString

from students import money, text
from students.tally import CityCount

register = template.Library()


@register.filter
def rupees(amount: Decimal) -> str:
    """`Rs 12,500`; paisa only where there are any."""
    return money.format_rupees(amount)


@register.filter
def rupees_and_paisa(amount: Decimal) -> str:
    """`Rs 15,250.50`: for averages."""
    return money.format_rupees(amount, paisa=True)


@register.filter
def lang_of(name: str) -> str:
    return "ur" if text.has_urdu(name) else ""


@register.filter
def thousands(count: int) -> str:
    """`1,204`."""
    return f"{count:,}"


@register.filter
def checkboxes(cities: list[CityCount]) -> str:
    """Cities to choose. Here and not in the template: there may be hundreds on a page."""
    return SafeString("\n".join(map(checkbox, cities)))


def checkbox(city: CityCount) -> str:
    name, checked = escape(city.city), " checked" if city.chosen else ""
    lang = "ur" if text.has_urdu(name) else "en"
    count = "" if city.students is None else f"{city.students:,}"
    return (
        f'<label><input type="checkbox" name="city" value="{name}"{checked}>'
        f' <bdi lang="{lang}">{name}</bdi> <span class="count">{count}</span></label>'
    )
