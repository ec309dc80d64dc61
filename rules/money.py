"""Amounts in PKR: the one rounding, the one way to show and the one way to read them."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from rules.text import tidy

MAX_FEES = Decimal("999999.99")
MAX_AMOUNT = Decimal("99999999.99")  # of what is paid or charged at once
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
    """`Rs 12,500` or `Rs 15,250.50`; with `paisa` always 2 decimals. CLDR en-PK and ur-PK.

    Below zero the sign stands in front: `-Rs 100`.
    """
    amount = round_rupees(amount)
    decimals = 2 if paisa or amount % 1 else 0
    sign = "-" if amount < 0 else ""
    return f"{sign}Rs {abs(amount):,.{decimals}f}"


def format_average(amount: Decimal) -> str:
    """`Rs 15,250.50`: averages always show their paisa."""
    return format_rupees(amount, paisa=True)


def format_count(count: int) -> str:
    """`1,204`, grouped as amounts are."""
    return f"{count:,}"


def parse_rupees(text: str) -> Decimal:
    """The fees (PKR, exactly 2 decimals, 0 to MAX_FEES) that a person typed.

    Raises ValueError, with what was found and what to type, on anything that isn't one plain
    amount or can be read two ways.
    """
    return _parsed(text, MAX_FEES, _fees_words())


def parse_amount(text: str) -> Decimal:
    """Money (PKR, exactly 2 decimals, 0 to MAX_AMOUNT) that a person typed; else as above."""
    return _parsed(text, MAX_AMOUNT, _amount_words())


def _parsed(text: str, most: Decimal, words: dict[str, str]) -> Decimal:
    typed = tidy(text[: MAX_TYPED + 1])
    amount = AMOUNT.fullmatch(typed.translate(ASCII))
    if not amount or len(text) > MAX_TYPED or len(_digits_in(typed)) > 1:
        example = _("Type an amount such as 12500 or 12,500.50.")
        raise ValueError(f"{_problem(typed, most, words)} {example}")
    found = Decimal(amount["number"].replace(",", ""))
    if found > most:
        raise ValueError(_told(words["high"], typed, most))
    return found.quantize(PAISA)


def _digits_in(typed: str) -> list[str]:
    return [digits for digits in DIGITS if not set(digits).isdisjoint(typed)]


def _told(words: str, typed: str, most: Decimal) -> str:
    return words % {"highest": format_rupees(most), "typed": _shown(typed)}


def _problem(typed: str, most: Decimal, words: dict[str, str]) -> str:
    """What stops `typed` from being an amount."""
    number = typed.translate(ASCII)
    if not typed:
        code = "empty"
    elif len(_digits_in(typed)) > 1:
        code = "mixed"
    elif re.search(r"^\W*[-−] ?[0-9]", re.sub(CURRENCY, "", number, flags=re.IGNORECASE)):
        code = "below"
    elif re.search(r"^[^.]*[0-9]\.[0-9]{3,}(?![0-9.,])", number):
        code = "fine"
    elif re.fullmatch(r"[0-9]*[.,][0-9.,]*", number):
        code = "vague"
    elif re.fullmatch(r"0*[1-9][0-9]{6,}", number) and len(number.lstrip("0")) > len(f"{most:.0f}"):
        code = "high"  # too long to be read at all
    else:
        code = "other"
    return _told(words[code], typed, most)


def _fees_words() -> dict[str, str]:
    return {
        "empty": _("Fees are empty."),
        "mixed": _("Fees mix English and Urdu digits; found “%(typed)s”."),
        "below": _("Fees can't be below zero; found “%(typed)s”."),
        "fine": _("Fees have at most 2 decimals; found “%(typed)s”."),
        "vague": _("Fees can be read in more than one way; found “%(typed)s”."),
        "high": _("Fees can be at most %(highest)s; found “%(typed)s”."),
        "other": _("Fees must be one amount; found “%(typed)s”."),
    }


def _amount_words() -> dict[str, str]:
    return {
        "empty": _("The amount is empty."),
        "mixed": _("The amount mixes English and Urdu digits; found “%(typed)s”."),
        "below": _("The amount can't be below zero; found “%(typed)s”."),
        "fine": _("The amount has at most 2 decimals; found “%(typed)s”."),
        "vague": _("The amount can be read in more than one way; found “%(typed)s”."),
        "high": _("The amount can be at most %(highest)s; found “%(typed)s”."),
        "other": _("This must be one amount; found “%(typed)s”."),
    }


def _shown(typed: str) -> str:
    return typed if len(typed) <= MAX_SHOWN else f"{typed[: MAX_SHOWN - 1]}…"
