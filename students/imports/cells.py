"""What each cell says, by the rules of the student's form; each spelling is looked at once."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rules.money import ASCII
from rules.text import NAME_LENGTH, UNSTORABLE_WORDS, tidy
from students.columns import KEYS
from students.forms import StudentForm
from students.models import Student

LONGEST_ID = 18  # digits
MOST_REMEMBERED = 50_000  # spellings, in one column
# What a formula leaves that went wrong, in any sheet.
BROKEN = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
BAD = object()  # what a cell says that can't be taken; `problem` says why


class Column(dict[str, Any]):
    """Cell -> what it says: a value, None where it is blank, or BAD."""

    def __init__(self, parse: Callable[[str], Any]) -> None:
        self.parse = parse

    def __missing__(self, cell: str) -> Any:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        try:
            value = self.parse(cell)
        except ValidationError:
            value = BAD
        self[cell] = value
        return value


def columns(cities: dict[str, str] | None = None) -> dict[str, Column]:
    """By key. `cities` are those that a person meant by others."""
    meant = cities or {}
    parsed = {key: Column(parser(key)) for key in KEYS}
    if meant:
        city = parser("city")

        def parse(cell: str) -> Any:
            found = city(cell)
            return meant.get(found, found)

        parsed["city"] = Column(parse)
    return parsed


def parser(key: str) -> Callable[[str], Any]:
    own = {"id": parse_id, "updated_at": parse_seen_at, "family": parse_family}
    return careful(own.get(key) or form_parser(key))


def careful(value: Callable[[str], Any]) -> Callable[[str], Any]:
    """`value`, of a cell in which there is something: not what a formula left that failed."""

    def parse(cell: str) -> Any:
        if is_blank(cell):
            return None
        if cell.strip() in BROKEN:
            raise ValidationError(
                _("The formula of this cell failed (%(error)s): type what it should say.")
                % {"error": cell.strip()}
            )
        return value(cell)

    return parse


def is_blank(cell: str) -> bool:
    if cell.isascii() and cell.isprintable():
        return not cell.strip()
    try:
        return not tidy(cell)
    except ValueError:  # what can't be stored, its field says
        return False


def form_parser(key: str) -> Callable[[str], Any]:
    """What the student's form would make of it, and then the model where that does more."""
    field = StudentForm.base_fields[key]
    column = Student._meta.get_field(key)
    if key in ("city", "fees"):
        return lambda cell: column.clean(field.clean(cell), None)  # type: ignore[union-attr]
    return field.clean


def parse_id(cell: str) -> int:
    number = whole_number(cell)
    if not number:
        words = _("The ID is a number that Tuition gave a student; leave it empty for a new one.")
        raise ValidationError(words)
    return number


def whole_number(cell: str) -> int | None:
    """As an ID can be; 0 where it is too long for one."""
    number = tidy(cell).translate(ASCII)
    if not (number.isascii() and number.isdecimal()):
        return None
    return int(number) if len(number.lstrip("0")) <= LONGEST_ID else 0


def parse_family(cell: str) -> int | str:
    """Its number, or its name, as pages show it or plain."""
    number = whole_number(cell)
    if number is not None:
        return number  # which there may be, or not: 0 is nobody's
    name = tidy(cell)
    name = name.rpartition(" · ")[0] or name
    if len(name) > NAME_LENGTH:
        words = _("The name of a family has at most %(most)s letters.")
        raise ValidationError(words % {"most": NAME_LENGTH})
    return name


def parse_seen_at(cell: str) -> datetime:
    try:
        seen_at = datetime.fromisoformat(tidy(cell))
    except ValueError:
        seen_at = None
    if seen_at is None or seen_at.tzinfo is None or not 2000 <= seen_at.year < 2999:
        words = _("Leave this as it was exported, or leave out the whole column.")
        raise ValidationError(words)
    return seen_at.astimezone(UTC)


def problem(key: str, cell: str) -> str:
    """Why a cell is BAD, and what to type; in the language of whoever reads it."""
    try:
        parser(key)(cell)
    except ValidationError as error:
        return " ".join(error.messages)
    return str(UNSTORABLE_WORDS)  # it was kept without the character


def sheet_phone(digits: str) -> str:
    """A phone that no spreadsheet takes for a number: it would drop the 0, and round long ones."""
    start = 6 if digits.startswith("00") else 4
    if digits.startswith("0") or len(digits) > 11:
        return f"{digits[:start]}-{digits[start:]}"
    return digits


def exported(student: Student) -> dict[str, str]:
    """The facts of a student as the cells of an export have them."""
    days = {"joined_on": student.joined_on, "left_on": student.left_on}
    return {
        "name": student.name,
        "father_name": student.father_name,
        "city": student.city,
        "fees": str(student.fees),
        "phone": sheet_phone(student.phone),
        "class_name": student.class_name,
        **{key: day.isoformat() if day else "" for key, day in days.items()},
        "family": str(student.family_id or ""),
        "id": str(student.pk),
        "updated_at": student.updated_at.isoformat(" "),
    }
