"""Before an entry is written: which charge it belongs to, and whether it may stand against that.

A charge (a fee, a fine, what else was charged) belongs to itself; a payment, a concession, a waiver
and an adjustment to the charge that they name; a reversal to where belongs what it reverses. An
advance and a refund belong to none. `counts_as` is the kind of what a reversal undoes in the end.
"""

import pgtrigger

PLACE = """
    IF NEW.kind IN ('fee', 'other') OR (NEW.kind = 'opening' AND NEW.amount > 0) THEN
        NEW.charge_id := NEW.id;
        NEW.counts_as := NEW.kind;
        RETURN NEW;
    END IF;
    NEW.counts_as := NEW.kind;
    NEW.charge_id := NULL;
    IF NEW.against_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.kind IN ('fine', 'reversal') THEN -- of two at once the second sees the first
        PERFORM FROM students_balance WHERE student_id = NEW.student_id FOR UPDATE;
    END IF;
    SELECT id, student_id, kind, amount, charge_id, counts_as, run_id INTO named
    FROM ledger_entry WHERE id = NEW.against_id;
    IF NOT FOUND OR named.student_id <> NEW.student_id THEN
        RAISE EXCEPTION 'An entry stands against another of the same student.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_against_his_own';
    END IF;
    IF NEW.kind = 'reversal' THEN
        NEW.charge_id := named.charge_id;
        NEW.counts_as := named.counts_as;
        IF NEW.amount <> -named.amount OR named.kind = 'fee' THEN
            RAISE EXCEPTION 'A reversal is the exact opposite; a fee is mended by an adjustment.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_reversal_is_opposite';
        END IF;
        IF NOT ledger_stands(named.id) THEN
            RAISE EXCEPTION 'It was reversed before.'
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'entry_one_reversal';
        END IF;
        -- A fine that comes back needs its place to be free.
        SELECT CASE WHEN named.kind = 'reversal' AND named.counts_as = 'fine' THEN fine.against_id
            END INTO fee FROM ledger_entry AS fine WHERE fine.id = named.charge_id;
    ELSIF NEW.kind = 'fine' THEN
        NEW.charge_id := NEW.id;
        fee := named.id;
    ELSE
        NEW.charge_id := named.id;
    END IF;
    IF fee IS NOT NULL AND EXISTS (
        SELECT FROM ledger_entry AS other
        WHERE other.against_id = fee AND other.kind = 'fine' AND ledger_stands(other.id)
    ) THEN
        RAISE EXCEPTION 'A fee is fined once.'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'entry_one_fine';
    END IF;
    IF NEW.kind <> 'reversal' AND NOT (
        (NEW.kind = 'fine' AND named.kind = 'fee' AND named.run_id IS NOT NULL)
        OR (NEW.kind = 'concession' AND named.kind = 'fee')
        OR (NEW.kind IN ('waiver', 'adjustment', 'payment') AND named.charge_id = named.id)
    ) THEN
        RAISE EXCEPTION 'Such an entry can not stand against that one.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_against_a_charge';
    END IF;
    RETURN NEW;
"""
PLACE_ENTRIES = [
    pgtrigger.Trigger(
        name="place",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("named", "record"), ("fee", "bigint")],
        func=PLACE,
    )
]
