"""What programs send to the fee desk, as real types or refused. Amounts are PKR."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.charging import Terms, terms_of, usual_terms
from ledger.models import FineRule, Method, Run
from ledger.models.receipts import REFERENCE_LENGTH
from ledger.owed import ZERO
from ledger.receipts import Payment
from rules.days import format_day
from rules.fields import DayField, TidyCharField
from rules.money import MAX_AMOUNT, MAX_SHOWN, format_rupees, parse_amount
from rules.text import NAME_LENGTH
from students.models import Family, Student

REASON_LENGTH = 200
NO_SUCH_STUDENT = gettext_lazy("There is no such student.")
NO_SUCH_FAMILY = gettext_lazy("There is no such family.")


class MoneyField(forms.CharField):
    """An amount above 0, up to what the ledger holds, in any spelling of fees."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        typed = super().to_python(value)
        if not typed:
            return None
        try:
            amount = parse_amount(typed)
        except ValueError:
            amount = ZERO
        if not amount:
            words = _("Send an amount above 0, %(most)s at most; found “%(typed)s”.")
            told = words % {"most": format_rupees(MAX_AMOUNT), "typed": typed[:MAX_SHOWN]}
            raise ValidationError(told, code="invalid")
        return amount


class ParametersOfRunForm(forms.Form):
    """Of the address that charges a month."""

    dry_run = forms.RegexField("^(true|false)$", required=False)

    def clean_dry_run(self) -> str:
        said = str(self.cleaned_data["dry_run"])
        if "dry_run" in self.data and not said:  # who asked must not be taken at no word
            raise ValidationError(_("It is true or false."), code="required")
        return said

    @property
    def is_dry(self) -> bool:
        return bool(self.cleaned_data["dry_run"] == "true")


class ReceiptForm(forms.Form):
    """Money that came in, of one student or for the children of a family."""

    key = forms.UUIDField()
    student = forms.ModelChoiceField(
        Student.objects.all(), required=False, error_messages={"invalid_choice": NO_SUCH_STUDENT}
    )
    family = forms.ModelChoiceField(
        Family.objects.all(), required=False, error_messages={"invalid_choice": NO_SUCH_FAMILY}
    )
    amount = MoneyField()
    method = forms.ChoiceField(choices=Method.choices)
    reference = TidyCharField(max_length=REFERENCE_LENGTH, required=False)
    payer = TidyCharField(max_length=NAME_LENGTH, required=False)
    day = DayField(required=False)
    advance = forms.BooleanField(required=False)

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day and day > timezone.localdate():
            words = _("It is %(today)s: no money has come on a day after it.")
            raise ValidationError(words % {"today": format_day(timezone.localdate())})
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not {"student", "family"} & set(self.errors):
            if bool(data["student"]) == bool(data["family"]):
                words = _("Name a student or a family: one of the two.")
                self.add_error("student", ValidationError(words, code="required"))
            elif data["family"] and not data["family"].students.exists():
                self.add_error("family", _("This family has no children here."))
        if data.get("method") == Method.CHEQUE and not data.get("reference"):
            words = _("Of a cheque, send its bank and number.")
            self.add_error("reference", ValidationError(words, code="required"))
        return data

    def payment(self, **more: Any) -> Payment:
        """Today's, unless told."""
        sent = self.cleaned_data
        family = sent["family"]
        children = family.students.order_by("pk").values_list("pk", flat=True) if family else ()
        return Payment(
            key=sent["key"],
            students=list(children) if family else [sent["student"].pk],
            family=family and family.pk,
            amount=sent["amount"],
            method=sent["method"],
            reference=sent["reference"],
            payer=sent["payer"],
            advance=sent["advance"],
            **{"day": sent["day"] or timezone.localdate(), **more},
        )


class ReversalForm(forms.Form):
    reason = TidyCharField(max_length=REASON_LENGTH)
    cash_returned = forms.BooleanField(required=False)


class FineForm(forms.Form):
    """`{"kind": "per_day", "amount": "10.00", "cap": "300.00"}`."""

    kind = forms.ChoiceField(choices=[each for each in FineRule.choices if each[0] != "none"])
    amount = MoneyField()
    cap = MoneyField(required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        kind, cap = data.get("kind"), data.get("cap")
        if kind == FineRule.FLAT and cap:
            self.add_error("cap", _("A flat fine has no cap."))
        if kind == FineRule.PER_DAY and "cap" not in self.errors:
            if cap is None:
                words = _("A fine a day has a cap.")
                self.add_error("cap", ValidationError(words, code="required"))
            elif "amount" in data and cap < data["amount"]:
                self.add_error("cap", _("The cap is a day's fine or more."))
        return data


class TermsForm(forms.Form):
    """The terms of a month: what isn't sent is as it was charged, or as the settings say."""

    due_on = DayField(required=False)
    valid_until = DayField(required=False)

    def __init__(self, sent: dict[str, Any], run: Run | None, month: Any) -> None:
        super().__init__(sent)
        self.run, self.month = run, month

    def terms(self, fine: tuple[str, Decimal, Decimal] | None) -> Terms:
        """Of a form that is valid. `fine` is (rule, amount, cap); None when none was sent."""
        usual = usual_terms(self.month)
        terms = terms_of(self.run) if self.run else usual
        due_on, valid_until = self.cleaned_data["due_on"], self.cleaned_data["valid_until"]
        if due_on and not self.run:  # valid for as long as usual
            valid_until = valid_until or due_on + (usual.valid_until - usual.due_on)
        return Terms(due_on or terms.due_on, valid_until or terms.valid_until, *(fine or terms[2:]))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            terms = self.terms(None)
            if terms.due_on < self.month:
                self.add_error("due_on", _("The due day is in the month or later."))
            elif terms.valid_until < terms.due_on:
                self.add_error("valid_until", _("The last valid day is the due day or later."))
        return data
