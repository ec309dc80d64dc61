import pytest
from django.test import Client

from api.tests.factories import make_token


@pytest.fixture
def program(db):
    """May see and take money."""
    key = make_token(name="website", can_edit=True, can_money=True)
    return Client(headers={"Authorization": f"Bearer {key}"})
