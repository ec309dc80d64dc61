"""The functions by which everything that is owed is worked out; see ledger/triggers/__init__.py."""

from django.db import migrations

# A row for each charge of these students, and one (charge_id null) for what names no charge.
#   run_id: of a fee that a month's run charged
#   net: what was charged in the end, payments aside
#   balance: what payments named there have left of it; paid: by them
#   advance: the student's: what was paid and stands against nothing, and what lessened charges no
#     longer need; it goes to fees by (due_on, id), then to fines
#   unpaid: what is owed of it after that
CHARGES = """
CREATE FUNCTION ledger_charges(of_students bigint[])
RETURNS TABLE (
    student_id bigint, charge_id bigint, is_fine boolean, due_on date, run_id bigint,
    balance numeric, net numeric, paid numeric, advance numeric, unpaid numeric
)
LANGUAGE sql STABLE AS $$
    WITH sums AS (
        SELECT e.student_id, e.charge_id, sum(e.amount) AS balance,
            coalesce(bool_or(e.kind = 'fine' AND e.id = e.charge_id), false) AS is_fine,
            min(e.due_on) FILTER (WHERE e.id = e.charge_id) AS due_on,
            min(e.run_id) FILTER (WHERE e.id = e.charge_id AND e.kind = 'fee') AS run_id,
            coalesce(sum(e.amount) FILTER (WHERE e.counts_as NOT IN ('payment', 'refund')), 0)
                AS net,
            coalesce(-sum(e.amount) FILTER (WHERE e.counts_as IN ('payment', 'refund')), 0)
                AS paid
        FROM ledger_entry AS e WHERE e.student_id = ANY(of_students)
        GROUP BY e.student_id, e.charge_id
    ), piled AS (
        SELECT s.*,
            -sum(CASE WHEN s.charge_id IS NULL THEN s.balance ELSE least(s.balance, 0) END)
                OVER (PARTITION BY s.student_id) AS advance,
            sum(CASE WHEN s.charge_id IS NULL THEN 0 ELSE greatest(s.balance, 0) END)
                OVER (PARTITION BY s.student_id ORDER BY s.is_fine, s.due_on, s.charge_id) AS upto
        FROM sums AS s
    )
    SELECT p.student_id, p.charge_id, p.is_fine, p.due_on, p.run_id, p.balance, p.net, p.paid,
        p.advance,
        CASE WHEN p.charge_id IS NULL OR p.balance <= 0 THEN 0.00
            ELSE greatest(least(p.balance, p.upto - p.advance), 0.00) END
    FROM piled AS p
$$
"""
# A row for each of these students who has entries; the least net of a charge, and the advance,
# are never below 0.
OWED = """
CREATE FUNCTION ledger_owed(of_students bigint[])
RETURNS TABLE (
    student_id bigint, balance numeric, fees_owed numeric, fines_owed numeric, paid numeric,
    owed_since date, net numeric, advance numeric
)
LANGUAGE sql STABLE AS $$
    SELECT c.student_id, sum(c.balance),
        coalesce(sum(c.unpaid) FILTER (WHERE NOT c.is_fine), 0.00),
        coalesce(sum(c.unpaid) FILTER (WHERE c.is_fine), 0.00),
        sum(c.paid),
        min(c.due_on) FILTER (WHERE NOT c.is_fine AND c.unpaid > 0),
        min(c.net) FILTER (WHERE c.charge_id IS NOT NULL),
        min(c.advance)
    FROM ledger_charges(of_students) AS c GROUP BY c.student_id
$$
"""
# Whether an entry was not reversed, or its reversal was.
STANDS = """
CREATE FUNCTION ledger_stands(entry bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM ledger_entry AS r
        WHERE r.against_id = entry AND r.kind = 'reversal' AND ledger_stands(r.id)
    );
END
$$
"""
# PKR, of a run's rule, for who pays on this day what was due on that one. It never falls as days
# pass, and never goes beyond its cap.
FINE = """
CREATE FUNCTION ledger_fine(rule text, amount numeric, cap numeric, due_on date, day date)
RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN day <= due_on OR rule = 'none' THEN 0.00
        WHEN rule = 'flat' THEN amount
        ELSE least(amount * (day - due_on), cap) END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_ledger")]

    operations = [
        migrations.RunSQL(CHARGES, "DROP FUNCTION ledger_charges(bigint[])"),
        migrations.RunSQL(OWED, "DROP FUNCTION ledger_owed(bigint[])"),
        migrations.RunSQL(STANDS, "DROP FUNCTION ledger_stands(bigint)"),
        migrations.RunSQL(FINE, "DROP FUNCTION ledger_fine(text, numeric, numeric, date, date)"),
    ]
