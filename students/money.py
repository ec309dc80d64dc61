"""Amounts in PKR: the one rounding, the one way to show and the one way to read them."""

import re
from decimal import ROUND_HALF_UP, Decimal

from students.text import tidy

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
EXAMPLE = "Type an amount such as 12500 or 12,500.50."


def round_rupees(amount: Decimal) -> Decimal:
    """`amount` (PKR) at 2 places, half up, as PostgreSQL's round(): 2.125 -> 2.13."""
    return amount.quantize(PAISA, rounding=ROUND_HALF_UP)


def format_rupees(amount: Decimal, paisa: bool = False) -> str:
    """`Rs 12,500` or `Rs 15,250.50`; with `paisa` always 2 places. CLDR en-PK and ur-PK."""
    amount = round_rupees(amount)
    places = 2 if paisa or amount % 1 else 0
    return f"Rs {amount:,.{places}f}"


def parse_rupees(text: str) -> Decimal:
    """The amount (PKR, exactly 2 places, 0 to MAX_FEES) that a person typed.

    Raises ValueError, with what was found and what to type, on anything that isn't one plain
    amount or can be read two ways.
    """
    typed = tidy(text[: MAX_TYPED + 1])
    amount = AMOUNT.fullmatch(typed.translate(ASCII))
    if not amount or len(text) > MAX_TYPED or len(_digits_in(typed)) > 1:
        raise ValueError(f"{_problem(typed)} {EXAMPLE}")
    fees = Decimal(amount["number"].replace(",", ""))
    if fees > MAX_FEES:
        raise ValueError(f"Fees can be at most {format_rupees(MAX_FEES)}; found {_shown(typed)}.")
    return fees.quantize(PAISA)


def _digits_in(typed: str) -> list[str]:
    return [digits for digits in DIGITS if not set(digits).isdisjoint(typed)]


def _problem(typed: str) -> str:
    """What stops `typed` from being an amount."""
    number = typed.translate(ASCII)
    if not typed:
        return "Fees are empty."
    if len(_digits_in(typed)) > 1:
        return f"Fees mix English and Urdu digits; found {_shown(typed)}."
    if re.search(r"^\W*[-−] ?[0-9]", re.sub(CURRENCY, "", number, flags=re.IGNORECASE)):
        return f"Fees can't be below zero; found {_shown(typed)}."
    if re.search(r"^[^.]*[0-9]\.[0-9]{3,}(?![0-9.,])", number):
        return f"Fees have at most 2 decimals; found {_shown(typed)}."
    if re.fullmatch(r"[0-9]*[.,][0-9.,]*", number):
        return f"Fees can be read in more than one way; found {_shown(typed)}."
    return f"Fees must be one amount; found {_shown(typed)}."


def _shown(typed: str) -> str:
    return f"“{typed if len(typed) <= MAX_SHOWN else typed[: MAX_SHOWN - 1] + '…'}”"
