"""Every page, on a desk and a phone, light and dark: axe, WCAG 2.2, the policy, sizes."""

import gzip
import re
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, get_resolver, resolve
from django.urls.resolvers import URLPattern

from tuition.tests.browser.conftest import resized
from tuition.tests.browser.pages import ADMIN, OURS

EVERY = [*OURS, *ADMIN]
GROUPS = [EVERY[start::12] for start in range(12)]  # side by side
MOST_BYTES = 60_000  # compressed


def violations(page, *, colours=True):
    """axe puts inline styles of its own into a page, which its policy forbids."""
    axe = Axe("" if page.evaluate("'axe' in window") else AXE_SCRIPT)
    rules = {"color-contrast": {"enabled": colours}, "target-size": {"enabled": True}}
    # Not preloaded: axe would look for what a style sheet imports beside the page.
    options = {"resultTypes": ["violations"], "rules": rules, "preload": False}
    found = axe.run(page, options=options).response["violations"]
    return {rule["id"]: [node["html"][:150] for node in rule["nodes"]][:3] for rule in found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("group", GROUPS, ids=range(12))
def test_axe_finds_nothing(visit, scheme, group):
    """On both sizes; ours also from right to left, where colours are the same."""
    found = {}
    for shown in group:
        page = visit(shown, scheme=scheme, csp=False)
        for size in resized(page):
            found[shown.name, size] = violations(page)
            if shown in OURS and scheme == "light":
                page.evaluate("document.documentElement.dir = 'rtl'")
                found[shown.name, size, "rtl"] = violations(page, colours=False)
                page.evaluate("document.documentElement.dir = 'ltr'")
        page.context.close()
    assert {where: what for where, what in found.items() if what} == {}


# What WCAG 1.4.12 lets a reader set.
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-block-end: 2em !important; }"""
CLIPPED = """() => [...document.querySelectorAll("a, button, label, th, td, dd, summary, h1, h2")]
    .filter((each) => each.offsetWidth > 2 && getComputedStyle(each).overflow === "hidden"
        && each.scrollWidth > each.clientWidth + 1)
    .map((each) => each.outerHTML.slice(0, 120))"""
WIDER = "document.documentElement.scrollWidth - innerWidth"
OBSCURED = """() => {
    const it = document.activeElement, box = it.getBoundingClientRect();
    const points = [[.5, .5], [.05, .1], [.95, .1], [.05, .9], [.95, .9]];
    const seen = points.some(([x, y]) => {
        const top = document.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
        return top && (it.contains(top) || top.contains(it));
    });
    return it === document.body || seen ? "" : it.outerHTML.slice(0, 150);
}"""


@pytest.mark.parametrize("group", GROUPS, ids=range(12))
def test_policy_size_reflow_and_spacing(visit, live_server, group):
    """No violation of the policy (the fixture's), nothing from elsewhere, under 60 KB."""
    wrong = []
    for shown in group:
        page = visit(shown)
        (document,) = page.documents[-1:]
        size = len(gzip.compress(document.body(), 6))
        policy = document.headers["content-security-policy"]
        asked = page.evaluate("performance.getEntriesByType('resource').map(each => each.name)")
        hosts = {urlsplit(each).netloc for each in asked} - {urlsplit(live_server.url).netloc}
        for fault, there in {
            f"{size} bytes": size > MOST_BYTES,
            policy: "unsafe" in policy or "default-src 'none'" not in policy,
            f"asks {hosts}": hosts,
            "no description": not page.locator("meta[name=description]").count(),
            "not one h1": page.locator("h1").count() != 1,
        }.items():
            wrong += [(shown.name, fault)] if there else []
        page.set_viewport_size({"width": 320, "height": 640})
        if page.evaluate(WIDER) > 0:
            wrong.append((shown.name, "wider than 320 px"))
        page.evaluate(
            """(css) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
                document.adoptedStyleSheets = [sheet]; }""",
            SPACING,
        )
        if page.evaluate(WIDER) > 0 or page.evaluate(CLIPPED):
            wrong.append((shown.name, "text spacing", page.evaluate(CLIPPED)))
        page.context.close()
    assert wrong == []


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("name", ["list filtered", "add refused", "statistics", "student", "API"])
def test_nothing_hides_what_has_the_focus(visit, name, size):
    page = visit(next(shown for shown in OURS if shown.name == name), size=size)
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(OBSCURED) == ""


NO_PAGES = {  # JSON, files, and what leads on
    "home", "average_fees", "statistics_csv", "changes_csv", "office_logo", "logout",
    "export_csv", "export_xlsx", "import_errors", "import_template", "openapi", "api_nothing",
    "live", "ready", "fee_defaulters_csv", "fee_defaulters_xlsx", "fee_reports_csv",
    "fee_reports_xlsx",
    "fee_register_template", "fee_drawer_one",
}  # fmt: skip


def test_every_page_is_in_the_list():
    names = set()
    for shown in EVERY:
        path = re.sub("{[a-z]+}", "1", shown.path.split("?")[0])
        with suppress(Resolver404):  # the page of what is missing
            names.add(resolve(path).url_name)

    def ours(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield pattern.name
            elif str(pattern.pattern) not in ("admin/", "api/"):
                yield from ours(pattern.url_patterns)

    assert {name for name in ours(get_resolver().url_patterns) if name} - names <= NO_PAGES
