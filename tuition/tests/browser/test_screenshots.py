"""The contact sheet: every page on a desk and a phone, light and dark, to be looked at."""

import re
from html import escape
from pathlib import Path

import pytest
from django.conf import settings

from tuition.tests.browser.pages import ADMIN, OURS

FOLDER = Path(settings.BASE_DIR) / "screenshots"
SIZES = {"desktop": (1440, 900), "phone": (360, 740)}
SCHEMES = ["light", "dark"]
EVERY = [*OURS, *ADMIN]
SHEET = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tuition, every page</title>
<style>body {{ font: 1rem system-ui; background: #888; }} section {{ display: flex; gap: 1rem;
align-items: start; overflow: auto; }} img {{ max-height: 60rem; }}</style>
{}
</html>"""


def file_of(shown, size, scheme):
    return f"{re.sub(r'[^a-z0-9]+', '-', shown.name.lower())}-{size}-{scheme}.png"


@pytest.mark.screenshots
@pytest.mark.parametrize("shown", EVERY, ids=lambda shown: shown.name)
def test_screenshots(visit, shown):
    FOLDER.mkdir(exist_ok=True)
    for scheme in SCHEMES:
        page = visit(shown, scheme=scheme)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=FOLDER / file_of(shown, size, scheme), full_page=True)
        page.context.close()


@pytest.mark.screenshots
def test_the_sheet():
    FOLDER.mkdir(exist_ok=True)
    sections = []
    for shown in EVERY:
        pictures = "".join(
            f'<img src="{file_of(shown, size, scheme)}" alt="{size}, {scheme}" loading="lazy">'
            for size in SIZES
            for scheme in SCHEMES
        )
        sections.append(f"<h2>{escape(shown.name)}</h2><section>{pictures}</section>")
    (FOLDER / "index.html").write_text(SHEET.format("\n".join(sections)))
