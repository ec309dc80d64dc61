from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.money import MAX_FEES, format_rupees, parse_amount, parse_rupees, round_rupees

EXAMPLE = " Type an amount such as 12500 or 12,500.50."
FEES = st.decimals(0, MAX_FEES, places=2)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("2.125", "2.13"),
        ("2.135", "2.14"),
        ("2.1249999999", "2.12"),
        ("0", "0.00"),
        ("7", "7.00"),
        ("-2.125", "-2.13"),
        ("999999999999999.995", "1000000000000000.00"),
    ],
)
def test_round_half_up(exact, rounded):
    assert str(round_rupees(Decimal(exact))) == rounded


@pytest.mark.parametrize(
    ("amount", "shown", "with_paisa"),
    [
        ("0", "Rs 0", "Rs 0.00"),
        ("500.00", "Rs 500", "Rs 500.00"),
        ("12500", "Rs 12,500", "Rs 12,500.00"),
        ("15250.5", "Rs 15,250.50", "Rs 15,250.50"),
        ("0.01", "Rs 0.01", "Rs 0.01"),
        ("2.125", "Rs 2.13", "Rs 2.13"),
        ("1.999", "Rs 2", "Rs 2.00"),
        ("1E+6", "Rs 1,000,000", "Rs 1,000,000.00"),
        ("123456789.99", "Rs 123,456,789.99", "Rs 123,456,789.99"),
    ],
)
def test_format(amount, shown, with_paisa):
    assert format_rupees(Decimal(amount)) == shown
    assert format_rupees(Decimal(amount), paisa=True) == with_paisa


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("12500", "12500.00"),
        (" 12,500 ", "12500.00"),
        ("\xa012,500\u202f", "12500.00"),
        ("\u200f۱۲۵۰۰\u200e", "12500.00"),
        ("Rs 12,500/-", "12500.00"),
        ("Rs.12500", "12500.00"),
        ("Rs. 12500", "12500.00"),
        ("rs 12500/=", "12500.00"),
        ("PKR 12500.50", "12500.50"),
        ("12500 PKR", "12500.00"),
        ("12500 rupees", "12500.00"),
        ("₨12,500", "12500.00"),
        ("۱۲۵۰۰", "12500.00"),
        ("۱۲،۵۰۰ روپے", "12500.00"),
        ("١٢٬٥٠٠٫٥", "12500.50"),
        ("1,25,000", "125000.00"),
        ("125,000", "125000.00"),
        ("0", "0.00"),
        ("0.5", "0.50"),
        ("00500", "500.00"),
        ("999,999.99", "999999.99"),
        ("9,99,999.99", "999999.99"),
    ],
)
def test_parse(typed, amount):
    assert str(parse_rupees(typed)) == amount


@pytest.mark.parametrize("typed", ["", " ", "\u200b"])
def test_parse_refuses_nothing(typed):
    assert refusal(typed) == "Fees are empty." + EXAMPLE


@pytest.mark.parametrize("typed", ["-1", "-0", "- 500", "Rs -500", "Rs. -500", "−5", "-0.005"])
def test_parse_refuses_less_than_zero(typed):
    assert refusal(typed) == f"Fees can't be below zero; found “{typed}”." + EXAMPLE


@pytest.mark.parametrize("typed", ["0.005", "12.500", "Rs 1.0000/-", "1,000.125"])
def test_parse_refuses_parts_of_a_paisa(typed):
    assert refusal(typed) == f"Fees have at most 2 decimals; found “{typed}”." + EXAMPLE


@pytest.mark.parametrize(
    "typed",
    ["12,50", "1.000,50", "1,2,3", "0,500", "12,5000", "1,25,00", "1250,000", "1.2.3", "5.", ".5"],
)
def test_parse_refuses_what_reads_two_ways(typed):
    assert refusal(typed) == f"Fees can be read in more than one way; found “{typed}”." + EXAMPLE


@pytest.mark.parametrize("typed", ["1۲", "۱٢", "٣3 PKR"])
def test_parse_refuses_mixed_digits(typed):
    assert refusal(typed) == f"Fees mix English and Urdu digits; found “{typed}”." + EXAMPLE


@pytest.mark.parametrize(
    "typed",
    [
        *["NaN", "sNaN", "Infinity", "inf", "1e400", "1E+04", "1_000", "0x1F", "+5", "(500)"],
        *[
            "500 600",
            "500-600",
            "500/600",
            "12 500",
            "abc",
            "five hundred",
            "Rs",
            "/-",
            "$5",
            "५००",
        ],
        *["=500", "500;", "১২", "¹²", "②"],
    ],
)
def test_parse_refuses_what_is_no_amount(typed):
    assert refusal(typed) == f"Fees must be one amount; found “{typed}”." + EXAMPLE


@pytest.mark.parametrize("typed", ["1000000", "1,000,000.00", "10,00,000", "9" * 40])
def test_parse_refuses_more_than_the_column_holds(typed):
    assert refusal(typed) == f"Fees can be at most Rs 999,999.99; found “{typed}”."


def test_parse_echoes_at_most_40_characters():
    assert refusal("x" * 41) == f"Fees must be one amount; found “{'x' * 39}…”." + EXAMPLE
    assert (
        refusal("9" * 101) == f"Fees can be at most Rs 999,999.99; found “{'9' * 39}…”." + EXAMPLE
    )
    assert refusal("0" * 101) == f"Fees must be one amount; found “{'0' * 39}…”." + EXAMPLE


def test_parse_refuses_what_cannot_be_stored():
    assert (
        refusal("5\0") == "This text holds a character that can't be stored. Type it again by hand."
    )


@pytest.mark.parametrize("piece", ["9", "1,", "۱", "Rs ", "-", " ", "1.", "\u200c", "\u0301"])
def test_parse_of_a_huge_text_is_quick(piece):
    start = perf_counter()
    refusal(piece * 10_000_000)
    assert perf_counter() - start < 0.5


@given(FEES)
def test_parse_reads_what_format_shows(fees):
    assert str(parse_rupees(format_rupees(fees))) == str(fees)
    assert str(parse_rupees(format_rupees(fees, paisa=True))) == str(fees)


@given(st.text() | st.text("0123456789۱۲.,-_eE Rs/+"))
def test_parse_gives_fees_or_a_reason(typed):
    try:
        fees = parse_rupees(typed)
    except ValueError as error:
        assert str(error).endswith(".")  # noqa: PT017 - either outcome is right
    else:
        assert 0 <= fees <= MAX_FEES
        assert fees.as_tuple().exponent == -2


def refusal(typed: str) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_rupees(typed)
    return str(caught.value)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("12,50,000", "1250000.00"), ("Rs 99999999.99", "99999999.99"), ("۱۲۵۰۰", "12500.00")],
)
def test_parse_amount(typed, amount):
    assert str(parse_amount(typed)) == amount


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "The amount is empty."),
        ("-1", "The amount can't be below zero; found “-1”."),
        ("0.005", "The amount has at most 2 decimals; found “0.005”."),
        ("12,50", "The amount can be read in more than one way; found “12,50”."),
        ("12۵", "The amount mixes English and Urdu digits; found “12۵”."),
        ("abc", "This must be one amount; found “abc”."),
        ("NaN", "This must be one amount; found “NaN”."),
    ],
)
def test_parse_amount_refuses(typed, words):
    with pytest.raises(ValueError, match=r"Type an amount") as refusal:
        parse_amount(typed)
    assert str(refusal.value) == f"{words} Type an amount such as 12500 or 12,500.50."


def test_parse_amount_refuses_too_much():
    with pytest.raises(ValueError, match=r"The amount can be at most Rs 99,999,999\.99; found"):
        parse_amount("100000000")
