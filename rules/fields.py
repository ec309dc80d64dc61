"""Text, cities and amounts made tidy at every door: the model fields and the form fields."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rules import days, money, phones, text
from rules.cities import CITY_LENGTH, canonical_city, comparable

MOST_CITIES = 50  # in one filter


class TidyField(models.CharField):  # type: ignore[type-arg]
    """Text stored tidy whichever way it comes: save(), bulk_create(), update(), filter().

    `tidy` raises ValueError on what can't be stored at all (NUL, lone surrogates).
    """

    tidy: Callable[[str], str] = staticmethod(text.tidy)

    def to_python(self, value: Any) -> Any:
        try:
            return self.tidy(value) if isinstance(value, str) else super().to_python(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(self.tidy(value) if isinstance(value, str) else value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = self.tidy(value)
            setattr(model_instance, self.attname, value)
        return value


class CityField(TidyField):
    """A city under its one name: "lahore ", "LHR" and "لاہور" are stored, and found, as Lahore."""

    tidy = staticmethod(canonical_city)


class PhoneField(TidyField):
    """A phone by its digits: "0300-1234567" and "+92 300 1234567" are stored, and found, alike."""

    tidy = staticmethod(phones.parse_phone)


class TidyCharField(forms.CharField):
    """What a person typed, tidied."""

    def to_python(self, value: Any) -> str:
        try:
            return text.tidy(super().to_python(value) or "")
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None


class QuickInput(forms.TextInput):
    """Django's, written at once: it would pass two templates."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        text = self.format_value(value)
        said = "" if text is None else format_html(' value="{}"', text)
        own = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<input type="{}" name="{}"{}{}>', self.input_type, name, said, own)


class PhoneCharField(TidyCharField):
    """A phone as people type it -> its digits; shown as 0300-1234567."""

    widget = QuickInput(attrs={"type": "tel", "autocomplete": "off"})

    def to_python(self, value: Any) -> str:
        try:
            return phones.parse_phone(super().to_python(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return phones.format_phone(value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((initial or "") != self.to_python(data))
        except ValidationError:
            return True


class DayField(forms.CharField):
    """A day as people type it (05/12/2026) -> date; None of nothing."""

    widget = QuickInput(attrs={"autocomplete": "off"})

    def to_python(self, value: Any) -> date | None:  # type: ignore[override]
        if isinstance(value, date):
            return value
        typed = super().to_python(value)
        if not typed:
            return None
        try:
            return days.parse_day(typed)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return days.format_day(value) if isinstance(value, date) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True


class RupeesField(forms.CharField):
    """PKR as people type it (`12,500`, `Rs 12,500/-`, `۱۲۵۰۰`) -> Decimal with 2 decimals."""

    widget = QuickInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    parse: Callable[[str], Decimal] = staticmethod(money.parse_rupees)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        typed = super().to_python(value)
        if not typed:
            return None
        try:
            return self.parse(typed)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return money.format_rupees(value).removeprefix("Rs ")
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True


class CashField(RupeesField):
    """Any sum of money, PKR: more than the fees of a student may be. 0 is one."""

    parse = staticmethod(money.parse_amount)


class AmountField(CashField):
    """What is paid or charged at once, PKR above 0."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        amount = super().to_python(value)
        if amount == 0:
            raise ValidationError(_("Type an amount above zero."), code="zero")
        return amount


class CitiesField(forms.Field):
    """Repeatable `city=`, any known spelling -> distinct canonical names, in the order given."""

    widget = forms.SelectMultiple
    max_length = CITY_LENGTH  # of each

    def to_python(self, value: Any) -> list[str]:
        if len(value or []) > MOST_CITIES:
            words = _("Choose at most %(limit)s cities at once.") % {"limit": MOST_CITIES}
            raise ValidationError(words, code="too_many")
        cities: dict[str, str] = {}
        for typed in value or []:
            city = canonical_city(TidyCharField(required=False).clean(typed))
            if typed and not city:  # nothing that shows: not the same as no city
                raise ValidationError(_("Name a city, or choose none."), code="blank")
            if len(city) > CITY_LENGTH:
                words = _("A city has at most %(limit)s characters; this has %(length)s.")
                raise ValidationError(
                    words % {"limit": CITY_LENGTH, "length": len(city)}, code="max_length"
                )
            if city:
                cities.setdefault(comparable(city), city)
        return list(cities.values())


class WholeNumberField(forms.IntegerField):
    """ASCII digits, however many: `int()` would also take `1_0`, `+5` and Urdu digits."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        number = re.fullmatch("(-?)0*([0-9]+)", str(value))
        if not number:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(number[1] + number[2][:20])  # with more digits it is too large in any case
