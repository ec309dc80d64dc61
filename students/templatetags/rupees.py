"""Filters for templates: amounts, counts and names as people read them."""

from decimal import Decimal

from django import template

from students import money, text

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
