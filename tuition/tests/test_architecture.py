"""docs/architecture.md is true: the roads that it draws are those that requests take."""

import re
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from api.tests.factories import make_token

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/architecture.md").read_text()
ROADS = {
    name: [line.split()[0] for line in stops.splitlines()]
    for name, stops in re.findall(r"```road (.+)\n((?:.+\n)+)```", PAGE)
}


def ours(code):
    """The file of this code as the page names it; "" for a package's, a test's, a migration's."""
    path = Path(code.co_filename)
    if not path.is_relative_to(ROOT) or not path.suffix:
        return ""
    path = path.relative_to(ROOT)
    odd = {"tests", "migrations", ".venv", "conftest.py", "manage.py"} & set(path.parts)
    return "" if odd or path.name == "settings.py" else str(path)


def road(call):
    """The files that a call passes, in the order in which it enters them."""
    stops = {}

    def note(frame, event, arg):
        if event == "call" and (file := ours(frame.f_code)):
            stops.setdefault(file)

    assert call().status_code == 200  # what is remembered is remembered now
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        assert call().status_code == 200
    finally:
        sys.setprofile(before)
    return list(stops)


@pytest.fixture
def samples(db):
    call_command("load_sample_students", verbosity=0)


def test_a_list_page(samples, admin):
    assert road(lambda: admin.get("/students/?city=Lahore")) == ROADS["list page"]


def test_an_average(samples, client):
    assert road(lambda: client.get("/students/average-fees/?city=Lahore")) == ROADS["average"]


def test_a_list_for_programs(samples):
    program = Client(headers={"Authorization": f"Bearer {make_token()}"})
    assert road(lambda: program.get("/api/students/?city=Lahore")) == ROADS["API list"]


def test_no_road_is_drawn_that_nobody_walks():
    assert set(ROADS) == {"list page", "average", "API list"}
