"""The ledger: entries, from which all that is owed is worked out, and what they come from."""

from ledger.models.challans import Challan
from ledger.models.concessions import Concession
from ledger.models.drawers import Drawer
from ledger.models.entries import Entry, EntryQuerySet, Kind
from ledger.models.receipts import Counter, Method, Receipt, ReceiptQuerySet, Reversal
from ledger.models.registers import Register, RegisterRow, RegisterState, What
from ledger.models.runs import FineRule, Run
from ledger.models.totals import DayTotal

__all__ = [
    "Challan",
    "Concession",
    "Counter",
    "DayTotal",
    "Drawer",
    "Entry",
    "EntryQuerySet",
    "FineRule",
    "Kind",
    "Method",
    "Receipt",
    "ReceiptQuerySet",
    "Register",
    "RegisterRow",
    "RegisterState",
    "Reversal",
    "Run",
    "What",
]
