"""Amounts in PKR: the one rounding, the one way to show and the one way to read them."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from rules.text import tidy

MAX_FEES = Decimal("999999.99")
PAISA = Decimal("0.01")

MAX_TYPED = 100  # characters; room for the white space that spreadsheets pad cells with
MAX_SHOWN = 40

DIGITS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")  # ASCII, Urdu, Arabic-Indic
ASCII = str.maketrans("".join(DIGITS[1:]) + "٬،٫", DIGITS[0] * 2 + ",,.")

CURRENCY = r"(?:rs\.?|pkr\.?|₨|rupees?|روپے|روپئے|روپیہ)"
PLAIN = r"[0-9]+"
THOUSANDS = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+"
LAKHS = r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
AMOUNT = re.compile(
    rf"(?:{CURRENCY} ?)?"
    rf"(?P<number>(?:{PLAIN}|{THOUSANDS}|{LAKHS})(?:\.[0-9]{{1,2}})?)"
    rf"(?: ?/[-=])?(?: ?{CURRENCY})?",
    re.IGNORECASE,
)
# A pattern for JSON Schema: the usual spellings of 0 to MAX_FEES. `parse_rupees` takes a few more.
USUAL_AMOUNT = (
    r"^\s*((Rs|PKR)\.? ?)?(0*[0-9]{1,6}|[1-9][0-9]{0,2},[0-9]{3}|[1-9],[0-9]{2},[0-9]{3})"
    r"(\.[0-9]{1,2})?( ?/-)?\s*$"
)


def round_rupees(amount: Decimal) -> Decimal:
    """`amount` (PKR) at 2 decimals, half up, as PostgreSQL's round(): 2.125 -> 2.13."""
    return amount.quantize(PAISA, rounding=ROUND_HALF_UP)


def format_rupees(amount: Decimal, paisa: bool = False) -> str:
    """`Rs 12,500` or `Rs 15,250.50`; with `paisa` always 2 decimals. CLDR en-PK and ur-PK."""
    amount = round_rupees(amount)
    decimals = 2 if paisa or amount % 1 else 0
    return f"Rs {amount:,.{decimals}f}"


def format_average(amount: Decimal) -> str:
    """`Rs 15,250.50`: averages always show their paisa."""
    return format_rupees(amount, paisa=True)


def format_count(count: int) -> str:
    """`1,204`, grouped as amounts are."""
    return f"{count:,}"


def parse_rupees(text: str) -> Decimal:
    """The amount (PKR, exactly 2 decimals, 0 to MAX_FEES) that a person typed.

    Raises ValueError, with what was found and what to type, on anything that isn't one plain
    amount or can be read two ways.
    """
    typed = tidy(text[: MAX_TYPED + 1])
    amount = AMOUNT.fullmatch(typed.translate(ASCII))
    if not amount or len(text) > MAX_TYPED or len(_digits_in(typed)) > 1:
        example = _("Type an amount such as 12500 or 12,500.50.")
        raise ValueError(f"{_problem(typed)} {example}")
    fees = Decimal(amount["number"].replace(",", ""))
    if fees > MAX_FEES:
        raise ValueError(_too_high(typed))
    return fees.quantize(PAISA)


def _digits_in(typed: str) -> list[str]:
    return [digits for digits in DIGITS if not set(digits).isdisjoint(typed)]


def _too_high(typed: str) -> str:
    words = _("Fees can be at most %(highest)s; found “%(typed)s”.")
    return words % {"highest": format_rupees(MAX_FEES), "typed": _shown(typed)}


def _problem(typed: str) -> str:
    """What stops `typed` from being an amount."""
    number = typed.translate(ASCII)
    if not typed:
        words = _("Fees are empty.")
    elif len(_digits_in(typed)) > 1:
        words = _("Fees mix English and Urdu digits; found “%(typed)s”.")
    elif re.search(r"^\W*[-−] ?[0-9]", re.sub(CURRENCY, "", number, flags=re.IGNORECASE)):
        words = _("Fees can't be below zero; found “%(typed)s”.")
    elif re.search(r"^[^.]*[0-9]\.[0-9]{3,}(?![0-9.,])", number):
        words = _("Fees have at most 2 decimals; found “%(typed)s”.")
    elif re.fullmatch(r"[0-9]*[.,][0-9.,]*", number):
        words = _("Fees can be read in more than one way; found “%(typed)s”.")
    elif re.fullmatch(r"0*[1-9][0-9]{6,}", number):  # too long to be read at all
        return _too_high(typed)
    else:
        words = _("Fees must be one amount; found “%(typed)s”.")
    return words % {"typed": _shown(typed)}


def _shown(typed: str) -> str:
    return typed if len(typed) <= MAX_SHOWN else f"{typed[: MAX_SHOWN - 1]}…"
