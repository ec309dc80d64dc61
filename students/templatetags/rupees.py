"""Filters for templates: amounts, counts and names as people read them."""

from decimal import Decimal

from django import template
from django.utils.html import format_html

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
def checkbox(city: CityCount) -> str:
    """One city to choose. Here and not in the template: there may be hundreds on a page."""
    return format_html(
        '<label><input type="checkbox" name="city" value="{}"{}> <bdi lang="{}">{}</bdi>'
        ' <span class="count">{}</span></label>',
        city.city,
        " checked" if city.chosen else "",
        "ur" if text.has_urdu(city.city) else "en",
        city.city,
        "" if city.students is None else f"{city.students:,}",
    )
