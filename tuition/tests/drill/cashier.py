"""One cashier of the drill: takes, undoes and gives up, and writes down what was acknowledged."""

import random
import time
import uuid
from contextlib import suppress
from decimal import Decimal

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from ledger.models import Receipt
from ledger.receipts import By, Payment, take
from ledger.refusals import Refused
from ledger.reversals import reverse
from tuition.tests.drill.cashiers import FEW


class GivenUp(Exception):  # noqa: N818 - nothing broke
    pass


def work(seed, seconds, journal):
    """A line before each step, and one after it."""
    dice, end, by = random.Random(seed), time.monotonic() + seconds, By(f"cashier {seed}")
    with open(journal, "a", buffering=1) as book:
        while time.monotonic() < end:
            with suppress(Refused):
                step(dice, book, by)
        connection.close()


def step(dice, book, by):
    money = some_money(dice)
    if dice.random() < 0.15:
        book.write(f"undone {money.key}\n")
        with suppress(GivenUp, DatabaseError, InterfaceError):
            give_up(money, by)
    elif dice.random() < 0.15:
        undo(dice, book, by)
    else:
        pay(money, book, by)


def some_money(dice):
    students = sorted(dice.sample(range(1, FEW + 1), dice.choice([1, 1, 2, 3])))
    key = uuid.UUID(int=dice.getrandbits(128))
    method = dice.choice(["cash", "bank"])
    return Payment(
        key=key,
        students=students,
        amount=Decimal(dice.randrange(1, 500_000)) / 100,
        method=method,
        day=timezone.localdate(),
        reference=str(key)[:30] if method == "bank" else "",
        advance=dice.random() < 0.7,
    )


def pay(money, book, by):
    """Whoever gets no answer asks again by the same key, until there is one."""
    book.write(f"sent {money.key}\n")
    while True:
        try:
            receipt, _new = take(money, by)
        except (DatabaseError, InterfaceError) as error:
            book.write(f"lost {type(error).__name__} {error.args[:1]}\n".replace("\n", " ") + "\n")
            with suppress(Exception):
                connection.close()
            time.sleep(0.2)
            continue
        except Refused:
            book.write(f"refused {money.key}\n")
            raise
        book.write(f"taken {money.key} {receipt.number}\n")
        return


def give_up(money, by):
    """All of a receipt, its number too, and then not."""
    with transaction.atomic():
        take(money, by)
        raise GivenUp


def undo(dice, book, by):
    try:
        receipt = Receipt.objects.standing().filter(number__gte=dice.randrange(1, 500)).first()
        if receipt:
            reverse(receipt, reason="bounced", cash_returned=False, by=by)
            book.write(f"reversed {receipt.key}\n")
    except (DatabaseError, InterfaceError):
        with suppress(Exception):
            connection.close()
