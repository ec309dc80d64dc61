"""Days as the office writes them: dd/mm/yyyy on screen and paper; ISO 8601 in JSON."""

import re
from datetime import date

from django.utils.translation import gettext as _

from rules.money import ASCII
from rules.text import tidy

FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)  # beyond these it is a slip of the fingers
MAX_TYPED = 40
DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")

# A pattern for JSON Schema: days that there are in every month of the years that are taken.
USUAL_DAY = "^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"


def parse_day(text: str) -> date:
    """The day that a person typed: 05/12/2026, 5-12-2026, ۰۵/۱۲/۲۰۲۶ or 2026-12-05.

    Raises ValueError with what was found and what to type.
    """
    typed = tidy(text[:MAX_TYPED])
    written = typed.translate(ASCII)
    if found := DAY_FIRST.fullmatch(written):
        day, month, year = map(int, found.groups())
    elif found := ISO.fullmatch(written):
        year, month, day = map(int, found.groups())
    else:
        raise ValueError(_("Type a day such as 05/12/2026; found “%(typed)s”.") % {"typed": typed})
    try:
        parsed = date(year, month, day)
    except ValueError:
        words = _("There is no day “%(typed)s”: type it as day/month/year.")
        raise ValueError(words % {"typed": typed}) from None
    if not FIRST <= parsed <= LAST:
        words = _("Type a day from 1900 on; found “%(typed)s”.")
        raise ValueError(words % {"typed": typed})
    return parsed


def format_day(day: date) -> str:
    """`05/12/2026`."""
    return f"{day:%d/%m}/{day.year:04}"
