"""Flask and Jinja: Tuition's list page as a good engineer would write it, for the same rows.

Fifty rows, how many students and how much they pay, every city to choose with its count, links to
sort by and to other pages. Plain SQL on a table of its own, `page_student`, with an index for each
order; counts and sums are worked out when they are asked for, in one statement.
"""

from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_app import app, database

PER_PAGE = 50
ORDERS = {
    "name": "name, id",
    "-name": "name DESC, id DESC",
    "city": "city, name, id",
    "-city": "city DESC, name DESC, id DESC",
    "fees": "fees, id",
    "-fees": "fees DESC, id DESC",
}
COLUMNS = {"name": "Name", "city": "City", "fees": "Monthly fees"}
CITIES = "SELECT city, count(*), sum(fees) FROM page_student GROUP BY city ORDER BY 2 DESC, 1"
ROWS = """
SELECT id, name, city, fees, father_name, class_name
FROM page_student {where} ORDER BY {order} LIMIT %s OFFSET %s
"""


@app.get("/pages/students")
def students_page() -> ResponseReturnValue:
    chosen, sort = request.args.getlist("city"), request.args.get("sort", "name")
    page = request.args.get("page", 1, type=int)
    if sort not in ORDERS or page < 1:
        abort(400)
    with database() as cursor:
        cursor.execute(CITIES)
        cities = cursor.fetchall()
        here = [(count, fees) for city, count, fees in cities if not chosen or city in chosen]
        count, total = sum(count for count, _ in here), sum((fees for _, fees in here), Decimal())
        pages = max(1, ceil(count / PER_PAGE))
        if page > pages:
            return redirect(address(chosen, sort, pages))
        where = "" if not chosen else "WHERE city = %s" if len(chosen) == 1 else "WHERE city IN %s"
        values = [] if not chosen else chosen if len(chosen) == 1 else [tuple(chosen)]
        rows = ROWS.format(where=where, order=ORDERS[sort])
        cursor.execute(rows, [*values, PER_PAGE, (page - 1) * PER_PAGE])
        students = cursor.fetchall()
    return render_template(
        "students.html",
        students=students,
        cities=cities,
        chosen=chosen,
        count=count,
        total=total,
        average=(total / count).quantize(Decimal("0.01"), ROUND_HALF_UP) if count else None,
        sort=sort,
        sorts=[
            (name, label, address(chosen, f"-{name}" if sort == name else name))
            for name, label in COLUMNS.items()
        ],
        page=page,
        links=[(number, address(chosen, sort, number)) for number in around(page, pages)],
        first_row=(page - 1) * PER_PAGE + 1,
        address=address,
    )


def around(page: int, pages: int) -> list[int]:
    """The first, the last, this one and its neighbours."""
    return sorted({1, pages, *range(max(1, page - 1), min(pages, page + 1) + 1)})


def address(city: list[str], sort: str = "name", page: int = 1) -> str:
    query: dict[str, Any] = {"city": city}
    query |= {"sort": sort} if sort != "name" else {}
    query |= {"page": page} if page > 1 else {}
    found = urlencode(query, doseq=True)
    return f"/pages/students?{found}" if found else "/pages/students"


@app.template_filter()
def rupees(amount: Decimal, places: int = 0) -> str:
    return f"Rs {amount:,.{2 if amount % 1 else places}f}"


@app.template_filter()
def thousands(count: int) -> str:
    return f"{count:,}"
