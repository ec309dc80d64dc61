"""psql is a door to the ledger too, and finds the same guards."""

import subprocess

import pytest

from ledger.reconcile import differences
from ledger.tests.raw import World, balance
from tuition.postgres import tools


def psql(command):
    """What it complains of."""
    return tools.start("psql", "-Xqc", command, stdout=subprocess.DEVNULL).communicate()[1]


@pytest.mark.django_db(transaction=True)
def test_psql_changes_nothing_that_is_booked():
    world = World()
    for command in ("UPDATE ledger_entry SET amount = 1", "DELETE FROM ledger_entry"):
        assert b"What is booked stays" in psql(command)
    assert balance(world.student) == "5000.00"


@pytest.mark.django_db(transaction=True)
def test_what_psql_books_is_counted():
    world = World()
    assert (
        psql(
            "INSERT INTO ledger_entry (student_id, kind, amount, day, by)"
            f" VALUES ({world.student.pk}, 'opening', -100, current_date, 'psql')"
        )
        == b""
    )
    assert balance(world.student) == "4900.00"
    assert differences() == []
