import pytest
from django.test import Client

from api.tests.factories import make_token
from students.tests.factories import make_student


@pytest.fixture
def reader(db):
    return Client(headers={"Authorization": f"Bearer {make_token(name='reader')}"})


@pytest.fixture
def writer(db):
    return Client(headers={"Authorization": f"Bearer {make_token(name='writer', can_edit=True)}"})


@pytest.fixture
def three(db):
    make_student(name="Ali", city="Lahore", fees="5000")
    make_student(name="Sana", city="Karachi", fees="7.50")
    make_student(name="علی", city="Islamabad", fees="7000")
