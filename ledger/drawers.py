"""The cash that somebody answers for: opened with a float, closed with a count.

A drawer holds what its cashier takes, hands back and returns while it is open, but for what comes
through the bank: that never passes his desk. A program has none.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.models import Drawer, Method, Receipt, Reversal
from ledger.owed import ZERO
from ledger.receipts import booked_under, no_drawer
from ledger.refusals import Refused, refusing


def drawer_for(user: User, method: str, key: UUID | None = None) -> int | None:
    """Where this money goes; None for the bank's. Raises Refused: cash needs an open drawer.

    What was booked under the page's `key` lies where it lies, whatever was closed since.
    """
    if method == Method.BANK or (key and booked_under(key)):
        return None
    drawer = Drawer.objects.open_of(user)
    if not drawer and method == Method.CASH:
        raise no_drawer()
    return drawer.pk if drawer else None


def open_drawer(user: User, cash: Decimal) -> Drawer:
    """Raises Refused when he has one open."""
    with refusing(), transaction.atomic():
        return Drawer.objects.create(cashier=user, opening_cash=cash)


def expected(drawer: Drawer) -> dict[str, Decimal]:
    """By method, PKR: what must be there, the float and what was undone counted in."""
    sums = dict(drawer.receipts.order_by().values_list("method").annotate(sum=Sum("total")))
    found = {method: Decimal(sums.get(method, ZERO)) for method in Method.values}
    del found[Method.BANK]
    undone = drawer.reversals.order_by().values_list("cash_returned", "receipt__method")
    for returned, method, total in undone.annotate(sum=Sum("receipt__total")):
        found[Method.CASH if returned else method] -= total
    found[Method.CASH] += drawer.opening_cash
    return found


def taken(first: date, last: date) -> dict[str, Decimal]:
    """By method, PKR: what came in on these days, less what was undone or handed back on them."""
    received = Receipt.objects.filter(day__range=(first, last)).order_by().values_list("method")
    sums = dict.fromkeys(Method.values, ZERO) | dict(received.annotate(sum=Sum("total")))
    undone = Reversal.objects.filter(day__range=(first, last)).order_by()
    by_way = undone.values_list("cash_returned", "receipt__method")
    for returned, method, total in by_way.annotate(sum=Sum("receipt__total")):
        sums[Method.CASH if returned else method] -= total
    return sums


def close_drawer(drawer: Drawer, *, counted: Decimal, note: str, user: User) -> Drawer:
    """Raises Refused: closed before, or a difference without a note."""
    with transaction.atomic():
        locked = Drawer.objects.select_for_update().get(pk=drawer.pk)
        if locked.closed_at:
            raise Refused("drawer_is_closed", _("This drawer has been closed."))
        found = expected(locked)
        if counted != found[Method.CASH] and not note:
            raise Refused("difference", _("The count differs: say why in the note."))
        locked.expected = {method: str(amount) for method, amount in found.items()}
        locked.counted, locked.note = counted, note
        locked.closed_at, locked.closed_by = timezone.now(), user
        values: list[Any] = ["expected", "counted", "note", "closed_at", "closed_by"]
        locked.save(update_fields=values)
    return locked
