"""Who moves to another city takes his balance along, so that defaulters are found by city."""

import pgtrigger

MOVE_BALANCE = pgtrigger.Trigger(
    name="balance_moves",
    level=pgtrigger.Row,
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("(OLD.city_key IS DISTINCT FROM NEW.city_key)"),
    func="""
    UPDATE students_balance SET city_key = NEW.city_key WHERE student_id = NEW.id;
    RETURN NULL;
    """,
)
