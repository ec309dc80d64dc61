"""Who may open which page of the fee desk, and under whose name he books."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponseBase

from ledger.receipts import By

SEE = ["students.view_student", "ledger.view_entry"]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def may(*rights: str) -> Callable[[View], View]:
    return permission_required([*SEE, *rights], raise_exception=True)


see_money = may()
take_money = may("ledger.add_receipt")
charge_months = may("ledger.run")
reverse_receipts = may("ledger.reverse")
adjust = may("ledger.adjust")
see_reports = may("ledger.report")


def by_of(request: HttpRequest) -> By:
    """What is booked says that this person did it."""
    return By(request.user.get_username(), request.user)  # type: ignore[arg-type]
