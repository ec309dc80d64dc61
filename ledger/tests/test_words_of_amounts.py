"""Amounts in words, as receipts and challans print them."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from ledger.words import amount_in_words, what_for


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (
            "1234567",
            "twelve lakh, thirty-four thousand, five hundred and sixty-seven rupees only",
        ),
        ("0", "zero rupees only"),
        ("1", "one rupee only"),
        ("4000.00", "four thousand rupees only"),
        ("100001", "one lakh and one rupees only"),
        ("12.50", "twelve rupees and fifty paisa only"),
        ("1.01", "one rupee and one paisa only"),
        ("0.005", "zero rupees and one paisa only"),
        ("-3000", "minus three thousand rupees only"),
        (
            "99999999.99",
            "nine crore, ninety-nine lakh, ninety-nine thousand, nine hundred and ninety-nine"
            " rupees and ninety-nine paisa only",
        ),
    ],
)
def test_an_amount_in_words(amount, words):
    assert amount_in_words(Decimal(amount)) == words


@pytest.mark.parametrize("language", ["ur", "de"])
def test_a_language_without_lakh_and_crore_gets_the_english_ones(language):
    with override(language):
        assert amount_in_words(Decimal("100000")) == "one lakh rupees only"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("fee", "2026-05"), "Fee, May 2026"),
        (("fine", "2026-05"), "Fine, May 2026"),
        (("fine", None), "Fine"),
        (("advance", None), "Paid in advance"),
        (("refund", None), "Advance handed back"),
        (("opening", None, "from the old register"), "Owed from before"),
        (("other", None, "Exam fee"), "Exam fee"),
        (("other", None), "Other charge"),
    ],
)
def test_what_a_line_is_for(line, told):
    assert what_for(*line) == told
