"""What the ledger refuses as things stand: pages say it beside the form, programs get a 409."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _


class Refused(Exception):  # noqa: N818 - nothing broke
    """`code` for programs; `str` for people; `more` are members that the problem adds."""

    def __init__(self, code: str, words: Any, **more: Any) -> None:
        super().__init__(words)
        self.code, self.words, self.more = code, words, more

    def __str__(self) -> str:
        return str(self.words)


# What PostgreSQL refuses, by the name of its constraint: that which no form can know, because
# somebody else was quicker.
WORDS = {
    "entry_takes_off_too_much": _("More would be taken off than was charged."),
    "entry_hands_back_too_much": _(
        "More would be handed back than was paid in advance: look at the statement again."
    ),
    "entry_one_reversal": _("It was reversed before."),
    "entry_one_fine": _("This fee has been fined."),
    "receipt_one_a_reference": _("Another receipt has this reference."),
    "drawer_is_open": _("This drawer has been closed: open one."),
    "drawer_one_open": _("You have an open drawer."),
    "ledger_reversal_receipt_id_key": _("This receipt was reversed before."),
}


@contextmanager
def refusing() -> Iterator[None]:
    """Raises Refused for what PostgreSQL refuses of the above."""
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name not in WORDS:
            raise
        raise Refused(name, WORDS[name]) from None
