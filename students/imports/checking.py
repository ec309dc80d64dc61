"""Rows of a file beside the students: what would change, what can't, what looks like a slip.

One statement for each question, whatever the number of rows. `check` can be asked again: it says
how many rows have another answer than before.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q

from rules.money import format_rupees
from rules.text import SPACES
from students.imports.cells import exported
from students.imports.reading import FACTS, cell_of
from students.models import CityTotal, Import, ImportRow, Kind, State, Student
from students.similar import similar_to_new

MOST_CITIES = 300  # that are new: looked at, for "did you mean"
ENOUGH = 20  # students, for what is usual
TIMES = 10  # the usual fees
# While it is checked nobody else may take it up (`work.claimed`), and a page may call it off.
HOLD = "SELECT FROM students_import WHERE id = %s FOR KEY SHARE"
COUNTS = ("new", "changed", "same", "bad", "odd")
MORE = 2_000  # rows in memory at once

DIFFERS = " OR ".join(
    f"(r.{name} IS NOT NULL AND r.{name} IS DISTINCT FROM s.{name})" for name in FACTS
)
# A family by its name, where there is one of that name; what a number means.
FAMILIES = """
WITH called AS (
    SELECT lower(name) AS name, min(id) AS id, count(*) AS several
    FROM students_family GROUP BY 1
), judged AS (
    SELECT r.id, called.id AS family, CASE
        WHEN r.family_name IS NULL AND NOT EXISTS (
            SELECT FROM students_family AS f WHERE f.id = r.family) THEN 'no_family'
        WHEN called.several > 1 THEN 'several_families'
        WHEN r.family_name IS NOT NULL AND called.id IS NULL AND NOT %(may_add)s THEN 'no_right'
    END AS problem
    FROM students_importrow AS r LEFT JOIN called ON called.name = lower(r.family_name)
    WHERE r.imported_id = %(import)s AND r.kind <> 'bad'
        AND (r.family IS NOT NULL OR r.family_name IS NOT NULL)
)
UPDATE students_importrow AS r SET
    family = CASE WHEN r.family_name IS NULL THEN r.family
        WHEN problem IS NULL THEN judged.family END,
    kind = CASE WHEN problem IS NULL THEN r.kind ELSE 'bad' END,
    problems = CASE WHEN problem IS NULL THEN r.problems
        ELSE jsonb_build_array(jsonb_build_array('family', problem)) END
FROM judged WHERE r.id = judged.id
    AND (problem IS NOT NULL
        OR r.family_name IS NOT NULL AND r.family IS DISTINCT FROM judged.family)
RETURNING problem IS NOT NULL
"""
# Who has an ID: is he there, is he as the sheet says already, did somebody change him meanwhile?
STUDENTS = f"""
WITH judged AS (
    SELECT r.id, r.first, s.updated_at, CASE
        WHEN s.id IS NULL THEN 'gone'
        WHEN r.first < r.line THEN 'twice'
        WHEN NOT ({DIFFERS} OR r.family IS NOT NULL AND r.family IS DISTINCT FROM s.family_id
            OR r.family_name IS NOT NULL AND r.family IS NULL) THEN 'same'
        WHEN s.updated_at <> r.seen_at THEN 'stale'
        WHEN coalesce(r.left_on, s.left_on) < coalesce(r.joined_on, s.joined_on) THEN 'days'
        ELSE 'changed'
    END AS now
    FROM (
        SELECT *, min(line) OVER (PARTITION BY student) AS first FROM students_importrow
        WHERE imported_id = %(import)s AND student IS NOT NULL AND kind IN ('changed', 'same')
    ) AS r LEFT JOIN students_student AS s ON s.id = r.student
)
UPDATE students_importrow AS r SET
    kind = CASE WHEN now IN ('same', 'changed') THEN now ELSE 'bad' END,
    problems = CASE WHEN now IN ('same', 'changed') THEN NULL ELSE jsonb_build_array(
        jsonb_build_array(CASE now WHEN 'days' THEN 'left_on' ELSE 'id' END, now, judged.first))
    END,
    seen_at = coalesce(r.seen_at, judged.updated_at)
FROM judged WHERE r.id = judged.id AND (r.kind <> now OR r.seen_at IS NULL)
"""
# New rows that are alike, and those of whom there is one already; fathers tell them apart.
SLIPS = """
WITH fresh AS (
    SELECT id, line, name_key, city_key, father_name, fees, kind,
        first_value(line) OVER alike AS first, first_value(father_name) OVER alike AS first_father
    FROM students_importrow WHERE imported_id = %(import)s AND kind = 'new'
    WINDOW alike AS (PARTITION BY name_key, city_key ORDER BY line)
), found AS (
    SELECT id, jsonb_build_array('name', 'double', first) AS warning FROM fresh
    WHERE line > first
        AND coalesce(lower(father_name) = lower(first_father), true)
    UNION ALL
    SELECT fresh.id, jsonb_build_array('name', 'namesake', there.id) FROM fresh, LATERAL (
        SELECT s.id FROM students_student AS s
        WHERE s.city_key = fresh.city_key AND s.name_key = fresh.name_key
            AND coalesce(lower(nullif(s.father_name, '')) = lower(fresh.father_name), true)
        LIMIT 1
    ) AS there
    UNION ALL
    SELECT id, jsonb_build_array('fees', 'high', %(usual_words)s::text) FROM students_importrow
    WHERE imported_id = %(import)s AND kind IN ('new', 'changed') AND fees >= %(high)s
), told AS (SELECT id, jsonb_agg(warning) AS warnings FROM found GROUP BY id)
UPDATE students_importrow AS r SET warnings = told.warnings FROM told WHERE r.id = told.id
"""
MEDIAN = """
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY fees), count(fees) FROM students_importrow
WHERE imported_id = %s AND kind <> 'bad'
"""


def check(imported: Import, *, may_add_families: bool) -> None:
    """What each row would do; then it is READY to be confirmed."""
    with transaction.atomic(), connection.cursor() as cursor:
        unlimited()
        cursor.execute(HOLD, [imported.pk])
        compare(imported, may_add_families=may_add_families)
        say_what_is_there(imported)
        compare(imported, may_add_families=may_add_families)  # who is no longer refused
        warn(imported)
        imported.options["similar"] = similar(imported)
        count(imported)
        imported.step_done(State.READING, State.READY, *COUNTS)


def unlimited() -> None:
    """Many rows take longer than a page may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'")


def compare(imported: Import, *, may_add_families: bool) -> int:
    """How many rows would do something else than they would before."""
    values = {"import": imported.pk, "may_add": may_add_families}
    with connection.cursor() as cursor:
        cursor.execute(FAMILIES, values)
        differ = sum(refused for (refused,) in cursor.fetchall())
        cursor.execute(STUDENTS, values)
        return int(differ + cursor.rowcount)


def say_what_is_there(imported: Import) -> None:
    """A cell that says what an export would say is no change, and no error, whatever it says.

    What came into the database beside the forms may be spelt as they wouldn't take it.
    """
    rows = ImportRow.objects.filter(imported=imported, student__isnull=False)
    for some in in_turn(rows.filter(kind__in=[Kind.BAD, Kind.CHANGED])):
        students = Student.objects.in_bulk([row.student for row in some])
        there = [(row, students[row.student]) for row in some if row.student in students]
        settled = [row for row, student in there if settle(imported, row, student)]
        ImportRow.objects.bulk_update(settled, ["kind", "problems", *FACTS], batch_size=MORE)


def settle(imported: Import, row: ImportRow, student: Student) -> bool:
    """Whether something in it was no change, or no error."""
    cells = [key for key, code, *_ in row.problems or [] if code == "cell"]
    changes = [key for key in FACTS if getattr(row, key) not in (None, getattr(student, key))]
    if not cells and not changes:
        return False
    now = exported(student)
    same = {key for key in [*cells, *changes] if says(imported, row, key, now)}
    for key in same & set(changes):
        setattr(row, key, None)
    problems = [each for each in row.problems or [] if each[1] != "cell" or each[0] not in same]
    if row.problems and not problems:
        row.kind = Kind.CHANGED  # until they are compared again
    row.problems = problems or None
    return bool(same)


def says(imported: Import, row: ImportRow, key: str, now: dict[str, str]) -> bool:
    """Whether a cell is as an export would write it; line ends come back as others."""
    there, here = (SPACES.sub(" ", cell) for cell in (cell_of(imported, row, key), now[key]))
    return there == here


def in_turn(rows: Any) -> Any:
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:MORE]):
        yield some
        last = some[-1].pk


def warn(imported: Import) -> None:
    usual = usual_fees(imported)
    values = {
        "import": imported.pk,
        "usual_words": format_rupees(usual) if usual else "",
        "high": usual * TIMES if usual else 10**7,
    }
    with connection.cursor() as cursor:
        cursor.execute(SLIPS, values)


def usual_fees(imported: Import) -> Any:
    """The average of who is here, or else the median of the file; None: too few to say."""
    here = CityTotal.objects.totals()
    if here.students >= ENOUGH:
        return here.average
    with connection.cursor() as cursor:
        cursor.execute(MEDIAN, [imported.pk])
        median, rows = cursor.fetchone()
    return median if rows >= ENOUGH else None


def similar(imported: Import) -> list[dict[str, Any]]:
    """New places that look like known cities: {"city", "rows", "meant"}, most rows first."""
    rows = ImportRow.objects.filter(imported=imported, kind__in=[Kind.NEW, Kind.CHANGED])
    cities = rows.exclude(city=None).values("city").annotate(n=Count("pk")).order_by("-n", "city")
    found: list[dict[str, Any]] = []
    for city, n in cities.values_list("city", "n")[: 10 * MOST_CITIES]:
        meant = similar_to_new(str(city)) if len(found) < MOST_CITIES else []
        if meant:
            found.append({"city": city, "rows": n, "meant": meant})
    return found


def count(imported: Import) -> None:
    rows = ImportRow.objects.filter(imported=imported)
    kinds = {kind: Count("pk", filter=Q(kind=kind)) for kind in Kind.values}
    counts = rows.aggregate(**kinds, odd=Count("pk", filter=Q(warnings__isnull=False)))
    for name, number in counts.items():
        setattr(imported, name, number)
