"""What paying late costs, as settings, commands and forms write it."""

import re
from decimal import Decimal

TAKES = "none, flat:100 (rupees, once), or per-day:10:300 (rupees a day, up to a most)"
AMOUNT = r"([0-9]{1,6}(?:\.[0-9]{1,2})?)"
FLAT = re.compile(f"flat:{AMOUNT}")
PER_DAY = re.compile(f"per[-_]day:{AMOUNT}:{AMOUNT}")


def parse_fine(text: str) -> tuple[str, Decimal, Decimal]:
    """(rule, PKR, PKR at most) of `none`, `flat:100` or `per-day:10:300`; ValueError otherwise."""
    text, zero = text.strip().lower(), Decimal("0.00")
    if text == "none":
        return "none", zero, zero
    if found := FLAT.fullmatch(text):
        rule, amount, cap = "flat", Decimal(found[1]), zero
    elif found := PER_DAY.fullmatch(text):
        rule, amount, cap = "per_day", Decimal(found[1]), Decimal(found[2])
        if cap < amount:
            raise ValueError(text)
    else:
        raise ValueError(text)
    if not amount:
        raise ValueError(text)
    return rule, amount.quantize(Decimal("0.01")), cap.quantize(Decimal("0.01"))
