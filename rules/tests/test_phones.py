import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.phones import PHONE_LENGTH, format_phone, parse_phone, phone_part


@pytest.mark.parametrize(
    ("typed", "digits", "shown"),
    [
        ("0300-1234567", "03001234567", "0300-1234567"),
        ("0300 123 4567", "03001234567", "0300-1234567"),
        (" 03001234567 ", "03001234567", "0300-1234567"),
        ("+92 300 1234567", "03001234567", "0300-1234567"),
        ("+92-300-1234567", "03001234567", "0300-1234567"),
        ("+92 (0)300 1234567", "03001234567", "0300-1234567"),
        ("0092 300 1234567", "03001234567", "0300-1234567"),
        ("923001234567", "03001234567", "0300-1234567"),
        ("3001234567", "03001234567", "0300-1234567"),
        ("۰۳۰۰۱۲۳۴۵۶۷", "03001234567", "0300-1234567"),
        ("(0300) 123.4567", "03001234567", "0300-1234567"),
        ("042-35761234", "04235761234", "04235761234"),
        ("+92 42 35761234", "04235761234", "04235761234"),
        ("35761234", "35761234", "35761234"),
        ("+44 20 7946 0958", "442079460958", "442079460958"),
        ("0044 20 7946 0958", "442079460958", "442079460958"),
        ("442079460958", "442079460958", "442079460958"),
        ("+32 2 555 12 12", "003225551212", "+3225551212"),  # its digits alone look like a mobile
        ("", "", ""),
        ("   ", "", ""),
    ],
)
def test_one_phone_many_spellings(typed, digits, shown):
    assert parse_phone(typed) == digits
    assert format_phone(digits) == shown
    assert parse_phone(digits) == digits
    assert parse_phone(shown) == digits


ONE = "Type one phone number, such as 0300-1234567; found “%s”."
MOBILE = "A mobile number has 11 digits, such as 0300-1234567; found “%s”."


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("0300-123456", MOBILE),
        ("0300-12345678", MOBILE),
        ("+92 300 123456", MOBILE),
        ("12345", ONE),
        ("0300-1234567 / 0321-1234567", ONE),
        ("ask the mother", ONE),
        ("0300-1234567 ext 5", ONE),
        ("++923001234567", ONE),
        ("0300+1234567", ONE),
        ("-", ONE),
        ("1" * 18, ONE),
    ],
)
def test_what_is_no_phone(typed, problem):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - its words are compared
        parse_phone(typed)
    assert str(refusal.value) == problem % typed


@pytest.mark.parametrize("typed", ["0300\x00", "\ud800"])
def test_what_cannot_be_stored(typed):
    with pytest.raises(ValueError, match="can't be stored"):
        parse_phone(typed)


@given(st.text(alphabet="+0123456789 -()./۰۳۹", max_size=30))
def test_what_is_kept_is_kept_again(typed):
    try:
        digits = parse_phone(typed)
    except ValueError:
        return
    assert digits == "" or (digits.isascii() and digits.isdigit() and len(digits) <= PHONE_LENGTH)
    assert parse_phone(digits) == digits
    assert parse_phone(format_phone(digits)) == digits


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("0300-1234567", "03001234567"),
        ("+92 300 1234567", "03001234567"),
        ("0300-12", "030012"),
        ("+92300", "0300"),
        ("4567", "4567"),
        ("۴۵۶۷", "4567"),
        ("456", ""),
        ("Ali", ""),
        ("", ""),
        ("Ali 4567", ""),
    ],
)
def test_part_of_a_phone(typed, part):
    assert phone_part(typed) == part
