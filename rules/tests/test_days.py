from datetime import date

import pytest

from rules.days import format_day, parse_day


@pytest.mark.parametrize(
    "typed", ["05/12/2026", "5/12/2026", "5-12-2026", "05.12.2026", " 2026-12-05 ", "۰۵/۱۲/۲۰۲۶"]
)
def test_one_day_many_spellings(typed):
    assert parse_day(typed) == date(2026, 12, 5)


def test_as_shown():
    assert format_day(date(2026, 12, 5)) == "05/12/2026"
    assert parse_day(format_day(date(2026, 12, 5))) == date(2026, 12, 5)


WHAT = "Type a day such as 05/12/2026; found “%s”."
NONE = "There is no day “%s”: type it as day/month/year."
EARLY = "Type a day from 1900 on; found “%s”."


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("today", WHAT),
        ("5/12/26", WHAT),
        ("5/12", WHAT),
        ("12/2026", WHAT),
        ("2026/12/05", WHAT),
        ("05/12/2026 10:00", WHAT),
        ("31/02/2026", NONE),
        ("12/31/2026", NONE),  # as Americans write it
        ("00/01/2026", NONE),
        ("2026-02-30", NONE),
        ("05/12/0026", EARLY),
        ("01/01/3000", EARLY),
        ("05/12/0000", NONE),
    ],
)
def test_what_is_no_day(typed, problem):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - its words are compared
        parse_day(typed)
    assert str(refusal.value) == problem % typed
