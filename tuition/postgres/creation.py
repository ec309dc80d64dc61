from __future__ import annotations

from django.db import DatabaseError
from django.db.backends.postgresql import creation

UTF8 = "TEMPLATE template0 ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' LC_COLLATE 'C.UTF-8'"


class DatabaseCreation(creation.DatabaseCreation):
    """Test databases that know letters, also on a cluster made while LANG was unset."""

    def sql_table_creation_suffix(self) -> str:
        chosen: str = super().sql_table_creation_suffix()
        if chosen:
            return chosen
        # Creating a collation is how to ask a server whether its libc has a locale; this one
        # goes with the session.
        probe = "CREATE COLLATION pg_temp.tuition (provider = libc, locale = 'C.UTF-8')"
        try:
            with self.connection._nodb_cursor() as cursor:
                cursor.execute(probe)
        except DatabaseError:
            return ""
        return f"WITH {UTF8}"
