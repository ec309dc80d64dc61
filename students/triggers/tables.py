"""PostgreSQL's transition tables: the rows that a statement wrote, and those that it took away."""

import pgtrigger


def referencing(**tables: str) -> pgtrigger.Referencing:
    """`new="added"`, `old="removed"`: by which names a trigger knows them."""
    return pgtrigger.Referencing(**tables)  # type: ignore[no-untyped-call]
