"""COPY of rows that are tidy already."""

import csv
import io
from collections.abc import Callable, Iterable
from itertools import islice

from django.db import connection, transaction

from students.models import Family
from students.samples import Sample

BATCH = 10_000
COPY = """
COPY students_student (name, city, fees, father_name, phone, class_name, joined_on, family_id)
FROM STDIN (FORMAT csv, FORCE_NOT_NULL (father_name, phone, class_name))
"""


def copy_students(rows: Iterable[Sample], progress: Callable[[int], object]) -> int:
    """COPY rows that are tidy already into the table, all or nothing; how many there were.

    `progress` is told the size of each batch that went in. A family is made of its first child.
    """
    total, families = 0, dict[int | None, int | None]({None: None})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # many rows take longer than a page may
        rows = iter(rows)
        while batch := list(islice(rows, BATCH)):
            new = {
                row.family: Family(name=row.father_name, phone=row.phone)
                for row in batch
                if row.family not in families
            }
            Family.objects.bulk_create(new.values())
            families |= {number: family.pk for number, family in new.items()}
            text = io.StringIO()
            csv.writer(text).writerows((*row[:-1], families[row.family]) for row in batch)
            text.seek(0)
            cursor.copy_expert(COPY, text)
            total += len(batch)
            progress(len(batch))
    return total
