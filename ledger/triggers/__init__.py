"""What PostgreSQL itself holds of the ledger, whoever writes to it.

Two functions work out everything that is owed (migrations/0002_what_is_owed.py holds them):
`ledger_charges(students)` a row for each charge of these students, and one for what names none;
`ledger_owed(students)` a row for each of them. Pages, paper, programs and the kept balances all
ask these two, so that no two can disagree.
"""

from ledger.triggers.balances import KEEP_BALANCES
from ledger.triggers.entries import PLACE_ENTRIES
from ledger.triggers.kept import append_only
from ledger.triggers.receipts import ADDS_UP, BALANCED, NUMBERED, OPEN_DRAWER

__all__ = [
    "ADDS_UP",
    "BALANCED",
    "KEEP_BALANCES",
    "NUMBERED",
    "OPEN_DRAWER",
    "PLACE_ENTRIES",
    "append_only",
]
