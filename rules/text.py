"""What people type as text: tidy to store, folded to search."""

import re
import unicodedata
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

NAME_LENGTH = 100  # what the database's column holds

ARABIC_LETTERS = (
    "\u0620-\u064a\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff\u0750-\u077f\u08a0-\u08c9"
)
EMOJI = "\u2190-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
UNSTORABLE_WORDS = gettext_lazy(
    "This text holds a character that can't be stored. Type it again by hand."
)

# White space of every script, control characters, and U+2800, a Braille cell without dots. Written
# out, because PostgreSQL's idea of white space is its locale's.
BLANK = "\x01-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
SPACES = re.compile(f"[{BLANK}]+")

# Unicode's default-ignorable code points (DerivedCoreProperties.txt) and the interlinear marks:
# nobody sees them, so two names that look alike would differ. The two joiners have their own rule.
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
INVISIBLE = re.compile(f"[{IGNORABLE}]")

# What `tidy` leaves nothing of: inside the brackets of a pattern, of Python, SQL or JSON Schema.
UNSEEN = IGNORABLE + BLANK + "\u200c\u200d"
# A pattern for JSON Schema: something that can be seen, and no NUL. What is left once it is tidied.
VISIBLE = rf"^[^\x00]*[^\x00{UNSEEN}][^\x00]*$"

# ZWNJ is spelling between two letters of the Arabic script, ZWJ is spelling between two emoji.
JOINERS = re.compile(
    f"(?<=[{ARABIC_LETTERS}])\u200d*(\u200c)[\u200c\u200d]*(?=[{ARABIC_LETTERS}])"
    f"|(?<=[{EMOJI}])\u200c*(\u200d)[\u200c\u200d]*(?=[{EMOJI}])"
    "|[\u200c\u200d]+"
)

# Letters as old fonts and PDFs had them: a code point for each shape, or for several letters. Not
# the signs for whole phrases (ﷺ, ﷻ, ﷼), which look like no letters.
SHAPES = re.compile("[\ufb50-\ufbb1\ufbd3-\ufc5d\ufc64-\ufdc7\ufdf0-\ufdf9\ufe80-\ufefc]+")

# What folding drops before anything else: what can't be seen, and vowel marks as old fonts had them
# (NFKC would make a space and a mark of each).
DROPPED = f"[{IGNORABLE}\u200c\u200d\ufc5e-\ufc63\ufe70-\ufe74\ufe76-\ufe7f]"

# For SQL's translate(): letters past the end of FOLD_TO are deleted. One Urdu letter has several
# code points, by keyboard: yeh, kaf, heh, alef, waw, barree yeh. U+0626 (yeh with hamza) folds as
# U+0624 (waw with hamza) does, because it is also typed as U+06CC + U+0654, which NFC doesn't
# compose. U+06BE (do-chashmi heh) is a letter of its own. The three after them are here because
# Python's lower() makes two letters of one, and looks at where in a word another stands; SQL's
# doesn't. Then what phones and word processors make of an apostrophe and of a hyphen.
GRAVE, ACUTE = "`", "\u00b4"  # typed for an apostrophe too
APOSTROPHES = GRAVE + "\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u2032"
HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2212"
FOLD_TO = (
    "ییی" "کک" "ہہہہہہ" "اااا" "و" "ے" "iσσ" + "'" * len(APOSTROPHES) + "-" * len(HYPHENS)
)  # fmt: skip
FOLD_FROM = (
    "\u064a\u0649\u0626" "\u0643\u06aa" "\u0647\u06c0\u0629\u06c3\u06d5\u06c2"
    "\u0622\u0623\u0625\u0671" "\u0624" "\u06d3" "İΣς" + APOSTROPHES + HYPHENS +
    # Deleted: vowel marks, madda and hamza above and below, superscript alef, tatweel.
    "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0654\u0655\u0670\u0640"
)  # fmt: skip
FOLDS = str.maketrans(FOLD_FROM[: len(FOLD_TO)], FOLD_TO, FOLD_FROM[len(FOLD_TO) :])
KEY_LENGTH = 100  # of a folded text: ﷺ is 18 letters, an index and a bookmark have their limits

URDU = re.compile(f"[{ARABIC_LETTERS}\ufb50-\ufdfb\ufe70-\ufefc]")


def tidy(value: str) -> str:
    """`value` in NFC, on one line, single-spaced and trimmed, without invisible characters.

    ZWNJ stays inside a word of the Arabic script, ZWJ inside an emoji. Shapes of Arabic letters
    become the letters: these look the same, have the font's own shapes, and are what others search
    for. Raises ValueError on what PostgreSQL can't store: NUL and lone surrogates.
    """
    if UNSTORABLE.search(value):
        raise ValueError(str(UNSTORABLE_WORDS))
    if value.isascii():
        return SPACES.sub(" ", value).strip(" ")
    value = SHAPES.sub(lambda shapes: unicodedata.normalize("NFKC", shapes[0]), value)
    value = unicodedata.normalize("NFC", INVISIBLE.sub("", value))
    value = JOINERS.sub(lambda joiner: joiner[1] or joiner[2] or "", value)
    # Again NFC: a letter and its accent may have had a joiner between them.
    return unicodedata.normalize("NFC", SPACES.sub(" ", value).strip(" "))


def fold(value: str) -> str:
    """`value` as searches compare it; `students.models.keys.folded` is the same in SQL.

    NFKC makes letters of their old shapes, of ligatures and of full-width letters. The acute goes
    before it, or would become an accent without its letter.
    """
    if value.isascii():
        return value.replace(GRAVE, "'").lower()
    value = re.sub(DROPPED, "", value).replace(ACUTE, "'")
    return unicodedata.normalize("NFKC", value).translate(FOLDS).lower()


def has_urdu(value: str) -> bool:
    """Whether `value` holds a letter of the Arabic script, and so wants lang="ur"."""
    return URDU.search(value) is not None


def lang_of(value: str) -> str:
    """What `lang` says of a name: "ur", or "" where the page's own language will do."""
    return "ur" if has_urdu(value) else ""


def bdi(name: str) -> SafeString:
    """A name of either direction inside a line of the other: `<bdi lang="ur">علی</bdi>`."""
    start = '<bdi lang="ur">' if has_urdu(name) else "<bdi>"
    return SafeString(f"{start}{escape(name)}</bdi>")
