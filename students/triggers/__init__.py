"""What PostgreSQL does itself, in the transaction that changes a student."""

from students.triggers.balances import MOVE_BALANCE
from students.triggers.history import KEEP_HISTORY, KEPT_FOR_GOOD, TOUCH, TRACKED
from students.triggers.totals import KEEP_TOTALS

__all__ = ["KEEP_HISTORY", "KEEP_TOTALS", "KEPT_FOR_GOOD", "MOVE_BALANCE", "TOUCH", "TRACKED"]
