import re
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.text import (
    APOSTROPHES,
    BLANK,
    DROPPED,
    FOLD_FROM,
    FOLD_TO,
    FOLDS,
    HYPHENS,
    UNSEEN,
    fold,
    has_urdu,
    tidy,
)

LETTERS = [chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]

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


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ﻋﻠﯽ ﺭﺿﺎ", "علی رضا"),
        ("ﻣﺤﻤﺪ ﻻﻝ", "محمد لال"),  # one shape of two letters
        ("ﷴ ﷲ", "محمد الله"),  # and of a word
        ("ﭘﺮﻭﯾﺰ", "پرویز"),
        ("ﻋﻠﯽ\u200cﺭﺿﺎ", "علی\u200cرضا"),
        ("ﺍ\u0653", "آ"),
        ("محمد ﷺ", "محمد ﷺ"),  # a sign: the phrase would not look the same
        ("Ｓａｎａ", "Ｓａｎａ"),
        ("Sa’ad Ali‑Khan", "Sa’ad Ali‑Khan"),
    ],
)
def test_tidy_stores_letters_for_their_shapes(typed, stored):
    assert tidy(typed) == stored


def test_tidy_leaves_nothing_of_what_is_unseen():
    unseen = re.compile(f"[{UNSEEN}]")
    assert [letter for letter in LETTERS if not tidy(letter)] == unseen.findall("".join(LETTERS))


def test_blank_is_what_python_calls_white_space_and_more():
    blank = re.compile(f"[{BLANK}]")
    assert [letter for letter in LETTERS if letter.isspace() and not blank.match(letter)] == []


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
        ("ﻋﻠﯽ ﺭﺿﺎ", "علی رضا"),
        ("ﻋﻠﻲ ﻻﻝ", "علی لال"),
        ("ﷴ", "محمد"),
        ("ﻣﹹﺤﻤﹷﱠﺪ", "محمد"),  # vowel marks as old fonts had them
        ("Sa’ad", "Sa'ad"),
        ("Sa‘ad", "Sa'ad"),
        ("Saʼad", "Sa'ad"),
        ("Saʿad", "Sa'ad"),
        ("Sa`ad", "Sa'ad"),
        ("Sa´ad", "Sa'ad"),
        ("Sa′ad", "Sa'ad"),
        ("Sa＇ad", "Sa'ad"),
        *[(f"Abdul{hyphen}Rehman", "abdul-rehman") for hyphen in HYPHENS + "－﹣"],
        ("Ｓａｎａ", "sana"),
        ("Rene\u0301", "RENÉ"),
        ("Rene\u200d\u0301", "RENÉ"),
        ("A\u200bli\u202e", "ali"),
        ("İREM", "irem"),
        ("I\u0307REM", "irem"),
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
    assert {pairs[letter] for letter in APOSTROPHES} == {"'"}
    assert {pairs[letter] for letter in HYPHENS} == {"-"}
    assert FOLD_FROM[len(FOLD_TO) :] == "".join(
        [*map(chr, range(0x064B, 0x0656)), "\u0670", "\u0640"]
    )


def test_no_letter_is_lowered_by_the_letters_around_it():
    """SQL's lower() looks at one letter at a time; Python's makes two of one, or heeds others."""
    known = [letter for letter in LETTERS if unicodedata.category(letter) not in {"Cn", "Co"}]
    assert [letter for letter in known if fold(letter) != "".join(map(fold, fold(letter)))] == []


@given(STORABLE | AWKWARD)
@example("ﹲ")
@example("ﱠ")
def test_what_is_stored_raw_is_found_as_if_it_had_been_typed(text):
    spaces = re.compile(f"[{BLANK}]+")
    assert spaces.sub("", fold(text)) == spaces.sub("", fold(tidy(text)))


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_way_of_fold_leads_where_the_long_one_does(text):
    seen = unicodedata.normalize("NFKC", re.sub(DROPPED, "", text))
    assert fold(text) == seen.translate(FOLDS).lower()


@pytest.mark.parametrize("text", ["علی", "Ali علی", "ﻋ", "ڈ"])
def test_has_urdu(text):
    assert has_urdu(text)


@pytest.mark.parametrize("text", ["", "Ali", "René", "۱۲۳", "،", "👩"])
def test_has_no_urdu(text):
    assert not has_urdu(text)
