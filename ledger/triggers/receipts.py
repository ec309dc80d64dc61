"""Receipts: numbers without a gap, one for a reference, and each worth what it posted.

The counter's row is locked by whoever takes a number until he commits, so that a rollback leaves no
gap and of two with one reference the second sees the first. So a receipt is written last.
"""

from typing import Any

import pgtrigger

NUMBER = """
    INSERT INTO ledger_counter AS c (name, value) VALUES ('receipt', 1)
    ON CONFLICT (name) DO UPDATE SET value = c.value + 1 RETURNING value INTO NEW.number;
    IF NEW.reference <> '' THEN
        SELECT r.number INTO taken FROM ledger_receipt AS r
        WHERE r.method = NEW.method AND r.reference <> ''
            AND r.reference_key = upper(regexp_replace(NEW.reference, '[^[:alnum:]]+', '', 'g'))
            AND NOT EXISTS (SELECT FROM ledger_reversal AS v WHERE v.receipt_id = r.id)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'Receipt % has this reference.', taken
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'receipt_one_a_reference';
        END IF;
    END IF;
    RETURN NEW;
"""
NUMBERED = pgtrigger.Trigger(
    name="numbered",
    level=pgtrigger.Row,
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("taken", "bigint")],
    func=NUMBER,
)

SUM = """
    SELECT coalesce(sum(amount), 0) INTO posted FROM ledger_entry
    WHERE receipt_id = {receipt} AND kind IN ('payment', 'refund');
    SELECT total INTO printed FROM ledger_receipt WHERE id = {receipt};
    IF posted <> -printed THEN
        RAISE EXCEPTION 'A receipt is worth what it posted.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_adds_up';
    END IF;
    RETURN NULL;
"""


def adds_up(name: str, receipt: str, **more: Any) -> pgtrigger.Trigger:
    """Asked at the end of the transaction, when all of a receipt is there."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        declare=[("posted", "numeric"), ("printed", "numeric")],
        func=SUM.format(receipt=receipt),
        **more,
    )


ADDS_UP = adds_up("adds_up", "NEW.id")
BALANCED = adds_up(
    "adds_up",
    "NEW.receipt_id",
    condition=pgtrigger.Condition("(NEW.kind IN ('payment', 'refund'))"),
)

# Closing a drawer locks it, and so does this: none slips in.
OPEN_DRAWER = pgtrigger.Trigger(
    name="drawer_is_open",
    level=pgtrigger.Row,
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("(NEW.drawer_id IS NOT NULL)"),
    declare=[("closed", "timestamptz")],
    func="""
    SELECT closed_at INTO closed FROM ledger_drawer WHERE id = NEW.drawer_id FOR SHARE;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'This drawer is closed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'drawer_is_open';
    END IF;
    RETURN NEW;
    """,
)
