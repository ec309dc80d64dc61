"""Who may open which page of the fee desk: rows of the table in test_accounts.py."""

from django.contrib.auth.models import User

from ledger.imports.reading import read
from ledger.tests.factories import BY, charged, make_drawer, pay

# anonymous, nobody, viewer, editor, admin, deactivated, cashier, manager
SEE = [302, 403, 403, 403, 200, 302, 200, 200]
MANAGE = [302, 403, 403, 403, 200, 302, 403, 200]
# Address, method -> status for each. {pk} is a student's number, {family} his family's, {receipt} a
# receipt's, {drawer} a drawer's, {register} a sheet's.
MONEY: dict[tuple[str, str], list[int]] = {
    # the desk
    ("/fees/", "GET"): SEE,
    ("/fees/", "POST"): [302, 405, 405, 405, 405, 302, 405, 405],
    **{
        (f"/fees/{page}/", method): SEE
        for page in ("students/{pk}", "families/{family}")
        for method in ("GET", "POST")
    },
    # who owes
    ("/fees/defaulters/", "GET"): SEE,
    ("/fees/defaulters.csv", "GET"): SEE,
    ("/fees/defaulters.xlsx", "GET"): SEE,
    # what managers do
    ("/fees/runs/", "GET"): MANAGE,
    ("/fees/runs/2026-05/", "GET"): MANAGE,
    ("/fees/runs/2026-05/", "POST"): [302, 403, 403, 403, 302, 302, 403, 302],
    **{
        (f"/fees/students/{{pk}}/{page}/", method): MANAGE
        for page in ("charge", "concessions")
        for method in ("GET", "POST")
    },
    ("/fees/reports/", "GET"): MANAGE,
    ("/fees/reports.csv", "GET"): MANAGE,
    ("/fees/reports.xlsx", "GET"): MANAGE,
    # paper and cash
    ("/fees/receipts/{receipt}/", "GET"): SEE,
    ("/fees/receipts/{receipt}/", "POST"): [302, 405, 405, 405, 405, 302, 405, 405],
    **{("/fees/receipts/{receipt}/reverse/", method): MANAGE for method in ("GET", "POST")},
    **{
        (f"/fees/{page}/", method): SEE
        for page in ("students/{pk}/refund", "drawer", "drawers/{drawer}")
        for method in ("GET", "POST")
    },
    # the old register
    **{(f"/fees/register/{page}", "GET"): MANAGE for page in ("", "{register}/")},
    **{(f"/fees/register/{page}", "POST"): MANAGE for page in ("", "{register}/")},
    ("/fees/register/template.xlsx", "GET"): MANAGE,
    ("/fees/challans/", "GET"): SEE,
    ("/fees/challans/", "POST"): [302, 403, 403, 403, 302, 302, 302, 302],  # to the sheets
}


def money(student):
    """What the addresses name."""
    charged("2026-05")
    cashier = User.objects.filter(username="cashier").first() or User.objects.get()
    return {
        "receipt": pay(student, "1000", method="bank").number,
        "drawer": make_drawer(cashier, "100").pk,
        "register": read("openings", "old.csv", b"name,owed\nAli,5\n", BY).pk,
    }
