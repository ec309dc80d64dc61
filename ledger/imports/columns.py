"""The columns of an old register, declared once: for reading, template and pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from ledger.models import What
from students.columns import BY_KEY as STUDENTS
from students.headings import Column, Headings

WHO = [
    Column(
        "id", _("Student’s number"), "number", 16,
        "id, student id, tuition id, students number, student number, student no,"
        " نمبر طالب علم, طالب علم نمبر",
        _("As Tuition shows it. Empty: he is found by his name."), ("", ""),
    ),
    STUDENTS["name"],
    STUDENTS["father_name"],
    STUDENTS["phone"],
]  # fmt: skip
NOTE = Column(
    "note", _("Note"), "text", 30,
    "note, notes, remark, remarks, comment, comments, narration, details, نوٹ, کیفیت, تفصیل",
    _("It stands on the statement."), ("Old register, page 12", ""),
)  # fmt: skip
BY_WHAT: dict[str, list[Column]] = {
    What.OPENINGS: [
        *WHO,
        Column(
            "amount", _("Owed"), "amount", 14,
            "owed, owes, amount, balance, opening balance, opening, dues, due, arrears,"
            " outstanding, pending, remaining, baqaya, baqi, بقایا, بقایاجات, باقی, رقم",
            _("In rupees: 12500 or 12,500.50; -500 was paid ahead, 0 is left out."),
            ("12500", ""),
        ),
        Column(
            "advance", _("Paid ahead"), "amount", 14,
            "paid ahead, advance, advance paid, credit, paid in advance, peshgi, پیشگی, ایڈوانس",
            _("Instead of what is owed: what was paid and nothing needed yet."), ("", "3000"),
        ),
        Column(
            "due_on", _("Due on"), "day", 12,
            "due on, due date, due since, owed since, since, date, tareekh, تاریخ,"
            " آخری تاریخ, واجب الادا تاریخ",
            _("Since when it is owed, day/month/year. Empty: today."), ("2026-03-10", ""),
        ),
        NOTE,
    ],
    What.PAYMENTS: [
        *WHO,
        Column(
            "amount", _("Amount"), "amount", 14,
            "amount, paid, amount paid, payment, received, amount received, fees paid, fee paid,"
            " deposit, raqam, رقم, ادا شدہ, وصولی, وصول شدہ رقم, ادائیگی",
            _("What was paid, in rupees: 12500 or 12,500.50."), ("5000", "7500"),
        ),
        Column(
            "day", _("Day"), "day", 12,
            "day, date, paid on, payment date, date of payment, receipt date, date paid,"
            " received on, tareekh, تاریخ, ادائیگی کی تاریخ, تاریخ ادائیگی",
            _("On which it was paid, day/month/year."), ("2026-03-05", "2026-03-06"),
        ),
        Column(
            "method", _("How"), "text", 12,
            "how, method, payment method, mode, payment mode, mode of payment, paid via,"
            " via, zariya, طریقہ, ذریعہ, ادائیگی کا طریقہ",
            _("cash, bank, Easypaisa, JazzCash or cheque. Empty: cash."), ("cash", "bank"),
        ),
        Column(
            "reference", _("Reference"), "text", 18,
            "reference, ref, reference no, ref no, transaction id, transaction no, trx id,"
            " cheque no, cheque number, حوالہ, حوالہ نمبر, چیک نمبر",
            _("Of a transfer its number; of a cheque its bank and number."), ("", "HBL 48213"),
        ),
        Column(
            "payer", _("Paid by"), "text", 20,
            "paid by, payer, payer name, from, received from, depositor, جمع کنندہ, ادا کنندہ",
            _("Who brought it."), ("", "Muhammad Aslam"),
        ),
    ],
}  # fmt: skip
HEADINGS = {what: Headings(columns) for what, columns in BY_WHAT.items()}


def label(what: str, key: str) -> Any:
    """Of a column, or of what stands beside all of them."""
    return next((column.head for column in BY_WHAT[what] if column.key == key), _("Row"))


def missing(what: str, keys: Any) -> list[str]:
    """Labels of what no row could do without and no heading says."""
    wanted = [("name", "id"), ("amount", "advance")] if what == What.OPENINGS else [
        ("name", "id"), ("amount",), ("day",)
    ]  # fmt: skip
    return [str(label(what, some[0])) for some in wanted if not set(some) & set(keys)]
