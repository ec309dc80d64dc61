import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.text import FOLD_FROM, FOLD_TO, fold, has_urdu, tidy

STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
# What the rules are about, so that they meet in every order.
AWKWARD = st.text("aé\u0301 \t\xa0\u200b\u200c\u200d\u202e\ufeff\ufe0fاآی\u0653\u0654\u064e👩💻")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ali Raza", "Ali Raza"),
        ("  Ali \t\r\n Raza ", "Ali Raza"),
        ("\xa0Ali\u2003\u3000Raza\u2028", "Ali Raza"),
        ("Ali\x00Raza".replace("\x00", "\x07"), "Ali Raza"),
        ("\x1b[31mAli\x9f", "[31mAli"),
        ("\u2800Ali\u2800", "Ali"),
        ("\ufeffAli\u200b Ra\xadza\u2060", "Ali Raza"),
        ("\u202eazaR\u202c \u2066Ali\u2069\u200e\u200f\u061c", "azaR Ali"),
        ("A\u034fl\u3164i\U000e0041\ufe0f", "Ali"),
        ("A\u200cli\u200d", "Ali"),
        ("Rene\u0301", "Ren\xe9"),
        ("Rene\u200d\u0301", "Ren\xe9"),
        ("\u200b \u2060", ""),
        ("", ""),
        ("=1+1", "=1+1"),
    ],
)
def test_tidy(typed, stored):
    assert tidy(typed) == stored


def test_tidy_keeps_zwnj_inside_an_urdu_word_only():
    assert tidy("\u200cعلی\u200cرضا\u200c") == "علی\u200cرضا"
    assert tidy("علی\u200c\u200d\u200cرضا") == "علی\u200cرضا"
    assert tidy("علی\u200c رضا") == "علی رضا"
    assert tidy("ا\u200c\u0653\u200cب") == "آب"


def test_tidy_keeps_zwj_inside_an_emoji_only():
    assert tidy("👩\u200d💻") == "👩\u200d💻"
    assert tidy("👩🏽\u200d⚕\ufe0f") == "👩🏽\u200d⚕"
    assert tidy("\u200d👩\u200d a") == "👩 a"


def test_tidy_keeps_marks_that_are_seen():
    assert tidy("\u06dd\u0600") == "\u06dd\u0600"
    assert tidy("e" + "\u0323" * 200) == "\u1eb9" + "\u0323" * 199


@pytest.mark.parametrize("typed", ["Ali\0", "\ud800", "Ali \udfff"])
def test_tidy_refuses_what_cannot_be_stored(typed):
    with pytest.raises(ValueError, match=r"^This text holds a character that can't be stored\."):
        tidy(typed)


@given(STORABLE | AWKWARD)
@example("\u2800\u200d\u2800")
@example("\u0300\u200c\u064b\u200cب")  # marks that NFC puts in another order
def test_tidy_twice_is_tidy_once(typed):
    assert tidy(tidy(typed)) == tidy(typed)


@given(STORABLE | AWKWARD)
def test_tidy_makes_composed_and_decomposed_text_one(typed):
    assert tidy(unicodedata.normalize("NFD", typed)) == tidy(typed)


@given(STORABLE | AWKWARD)
def test_tidy_is_one_trimmed_line(typed):
    assert tidy(typed) == " ".join(tidy(typed).split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي", "علی"),
        ("عيسى", "عیسیٰ"),
        ("كامران", "کامران"),
        ("فاطمة", "فاطمہ"),
        ("فاطمه", "فاطمہ"),
        ("آمنہ", "امنہ"),
        ("أحمد", "احمد"),
        ("رؤف", "روف"),
        ("عائشہ", "عایشہ"),
        ("عائشہ", "عا\u06cc\u0654شہ"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("علی\u200cرضا", "علیرضا"),
        ("ALI Raza", "ali raza"),
        ("İREM", "irem"),
        ("ΝΙΚΟΣ", "νικος"),
    ],
)
def test_fold_makes_spellings_equal(one, other):
    assert fold(one) == fold(other)


def test_fold_keeps_letters_apart():
    assert fold("بھائی") != fold("بہائی")  # do-chashmi heh is a letter of its own
    assert fold("لڑکے") != fold("لڑکی")


def test_folding_tables_pair_each_letter_once():
    assert len(set(FOLD_FROM)) == len(FOLD_FROM)
    assert len(FOLD_TO) < len(FOLD_FROM)
    pairs = dict(zip(FOLD_FROM, FOLD_TO, strict=False))
    assert pairs["\u064a"] == pairs["\u0649"] == pairs["\u0626"] == "\u06cc"
    assert pairs["\u0643"] == pairs["\u06aa"] == "\u06a9"
    assert {pairs[letter] for letter in "\u0647\u06c0\u0629\u06c3\u06d5\u06c2"} == {"\u06c1"}
    assert {pairs[letter] for letter in "\u0622\u0623\u0625\u0671"} == {"\u0627"}
    assert pairs["\u0624"] == "\u0648"
    assert pairs["\u06d3"] == "\u06d2"
    assert FOLD_FROM[len(FOLD_TO) :] == "".join(
        [*map(chr, range(0x064B, 0x0656)), "\u0670", "\u0640", "\u200c"]
    )


def test_fold_lowers_letter_by_letter_as_sql_does():
    letters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    assert all(len(fold(letter)) <= 1 for letter in letters)


@given(STORABLE)
def test_fold_is_the_same_for_parts_and_whole(text):
    assert fold(text) == "".join(map(fold, text))


@pytest.mark.parametrize("text", ["علی", "Ali علی", "ﻋ", "ڈ"])
def test_has_urdu(text):
    assert has_urdu(text)


@pytest.mark.parametrize("text", ["", "Ali", "René", "۱۲۳", "،", "👩"])
def test_has_no_urdu(text):
    assert not has_urdu(text)
