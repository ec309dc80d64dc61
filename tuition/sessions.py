"""Django's sessions in the database, looked up with a statement that each connection knows."""

from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection

SESSION = """
SELECT session_data FROM django_session
WHERE session_key = $1 AND expire_date > statement_timestamp()
"""


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        rows = connection.fetch_prepared(SESSION, [self.session_key])  # type: ignore[attr-defined]
        if rows:
            return self.decode(rows[0][0])
        self._session_key = None
        return {}
