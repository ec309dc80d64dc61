from datetime import date

import pytest


@pytest.fixture
def today(monkeypatch):
    """Call it with the office's day."""

    def set_today(text):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date.fromisoformat(text))

    return set_today
