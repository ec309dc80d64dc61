"""Django's sessions in the database, looked up with a statement that each connection knows.

Who signed in is signed out after SESSION_HOURS, and when he did nothing for SESSION_IDLE_HOURS.
"""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db import connection

SESSION = """
SELECT session_data FROM django_session
WHERE session_key = $1 AND expire_date > statement_timestamp()
"""
HOUR = 3600  # seconds
NOTED_EVERY = 300  # seconds: being here costs no more writes than that
BEGAN, SEEN = "began", "seen"  # in a session: seconds since 1970


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        rows = connection.fetch_prepared(SESSION, [self.session_key])  # type: ignore[attr-defined]
        if rows:
            return self.decode(rows[0][0])
        self._session_key = None
        return {}

    def cycle_key(self) -> None:
        """Django asks for it when somebody signs in."""
        super().cycle_key()
        self[BEGAN] = int(time.time())
        self.prolong()

    def prolong(self) -> None:
        """From now on he may do nothing for as long as that; the end of all stays where it is."""
        self[SEEN] = now = int(time.time())
        idle = settings.SESSION_IDLE_HOURS * HOUR + NOTED_EVERY
        end = self[BEGAN] + settings.SESSION_HOURS * HOUR
        self.set_expiry(max(min(idle, end - now), 1))

    def is_due(self) -> bool:
        """Whether somebody is signed in whose being here wasn't noted for a while."""
        return SESSION_KEY in self and time.time() - self.get(SEEN, 0) >= NOTED_EVERY
