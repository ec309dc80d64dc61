"""Amounts in words, and what money was for, as paper says it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from num2words import num2words

from rules.money import round_rupees

# num2words has no Urdu, and knows lakh and crore in Indian English only: every language gets that.
SPEECH = "en_IN"


def amount_in_words(amount: Decimal) -> str:
    """PKR: "twelve lakh, thirty-four thousand, five hundred and sixty-seven rupees only"."""
    rupees, paisa = divmod(int(abs(round_rupees(amount)) * 100), 100)
    if paisa:
        words = ngettext(
            "%(rupees)s rupee and %(paisa)s paisa only",
            "%(rupees)s rupees and %(paisa)s paisa only",
            rupees,
        )
    else:
        words = ngettext("%(rupees)s rupee only", "%(rupees)s rupees only", rupees)
    told = words % {"rupees": spoken(rupees), "paisa": spoken(paisa)}
    return _("minus %(amount)s") % {"amount": told} if amount < 0 else told


def spoken(number: int) -> str:
    """Below 1,000 crore."""
    return str(num2words(number, lang=SPEECH))


def month_in_words(month: str) -> str:
    """`May 2026` of "2026-05"."""
    return date_format(date.fromisoformat(f"{month}-01"), "F Y")


def what_for(what: str, month: str | None = None, note: str = "") -> str:
    """What a line of a receipt or a challan is for; `month` is "2026-05"."""
    named = {"month": month_in_words(month) if month else ""}
    match what, bool(month):
        case "fee", True:
            return _("Fee, %(month)s") % named
        case "fine", True:
            return _("Fine, %(month)s") % named
        case "fine", False:
            return _("Fine")
        case "advance", _anything:
            return _("Paid in advance")
        case "refund", _anything:
            return _("Advance handed back")
        case "opening", _anything:
            return _("Owed from before")
    return note or _("Other charge")
