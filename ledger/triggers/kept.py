"""What is booked stays: PostgreSQL refuses to change a row of money, or to take it away."""

import pgtrigger


def append_only(*columns: str) -> list[pgtrigger.Trigger]:
    """Refuses UPDATE (of these columns, or of all), DELETE and TRUNCATE."""
    update = pgtrigger.UpdateOf(*columns) if columns else pgtrigger.Update  # type: ignore[no-untyped-call]
    return [
        refuse("kept", update),
        refuse("stays", pgtrigger.Delete),
        refuse("kept_whole", pgtrigger.Truncate),
    ]


def refuse(name: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=operation,
        func=(
            "RAISE EXCEPTION 'What is booked stays: it is mended by an entry against it.'"
            " USING ERRCODE = 'restrict_violation';"
        ),
    )
