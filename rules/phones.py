"""Phone numbers: what people type of one, and the digits that are kept and compared."""

import re

from django.utils.translation import gettext as _

from rules.money import ASCII
from rules.text import tidy

PHONE_LENGTH = 17  # digits: 15 are the most that a number has (E.164), 00 may stand before them
PHONE_DIGITS = f"^([0-9]{{7,{PHONE_LENGTH}}})?$"  # a pattern: as they are kept
LEAST_SEARCHED = 4  # digits: fewer are in too many phones to be meant
MAX_TYPED = 40
PUNCTUATION = re.compile(r"[\s()./–-]")
# A pattern for JSON Schema: the usual spellings. `parse_phone` takes a few more.
USUAL_PHONE = r"^$|^(\+92|0092|92|0)?[ -]?3[0-9]{2}[ -]?[0-9]{7}$|^0[124-9][0-9]{1,3}-?[0-9]{5,8}$"
WRITTEN = re.compile(r"\+?[0-9]+")


def parse_phone(text: str) -> str:
    """The digits of the phone number that a person typed; "" of nothing.

    Pakistani mobiles become 03XXXXXXXXX, whether +92, 0092, 92, 0 or nothing stood before the 3
    (Excel drops the 0); other Pakistani numbers begin with the 0 of their area code when they were
    typed so. What comes from abroad keeps its country code. Raises ValueError with what was found
    and what to type.
    """
    typed = tidy(text[:MAX_TYPED])
    if not typed:
        return ""
    number = PUNCTUATION.sub("", typed.translate(ASCII))
    digits = _digits(number) if WRITTEN.fullmatch(number) and len(text) <= MAX_TYPED else ""
    mobile = digits.startswith("03") and len(digits) <= PHONE_LENGTH
    if not 7 <= len(digits) <= PHONE_LENGTH or (mobile and len(digits) != 11):
        words = (
            _("A mobile number has 11 digits, such as 0300-1234567; found “%(typed)s”.")
            if mobile
            else _("Type one phone number, such as 0300-1234567; found “%(typed)s”.")
        )
        raise ValueError(words % {"typed": typed})
    return digits


def _digits(number: str) -> str:
    abroad = re.match(r"\+|00", number)
    if abroad:
        number = number[abroad.end() :]
    if number.startswith("92") and (abroad or 11 <= len(number) <= 12):
        return "0" + number.removeprefix("92").removeprefix("0")
    if abroad:
        # Kept as digits, unless these alone would be read as a number of Pakistan.
        return number if _digits(number) == number else f"00{number}"
    if len(number) == 10 and number.startswith("3"):
        return f"0{number}"
    return number


def format_phone(digits: str) -> str:
    """`0300-1234567`; `+…` where 00 says that it is from abroad; others as they are kept."""
    if digits.startswith("03") and len(digits) == 11:
        return f"{digits[:4]}-{digits[4:]}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits


def phone_part(text: str) -> str:
    """The digits to look for in kept phones for what a person typed of one; "" if it is no part."""
    number = PUNCTUATION.sub("", text[:MAX_TYPED].translate(ASCII))
    if not WRITTEN.fullmatch(number):
        return ""
    try:
        return parse_phone(number)
    except ValueError:
        digits = re.sub(r"^(\+|00)92(?=3)", "0", number).lstrip("+")
    return digits if len(digits) >= LEAST_SEARCHED else ""
