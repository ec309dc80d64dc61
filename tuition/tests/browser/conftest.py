"""A real Chromium against a live server. Skipped, with the reason, where there is none."""

import os
import shutil

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from api.tests.factories import make_user
from tuition.tests.browser.pages import furnish

NAMES = [
    "chromium-headless-shell",  # the same engine without a window: half the processor time
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
]  # fmt: skip
SIZES = {"desktop": (1280, 900), "phone": (360, 740)}


def resized(page):
    """The page at each of SIZES, one after the other."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        yield size


def find_browser():
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    return next(filter(None, map(shutil.which, NAMES)), mac if os.path.exists(mac) else None)


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    path = find_browser()
    if not path:
        reason = f"no browser found: none of {', '.join(NAMES)} is on the PATH"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django would take for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-first-run", "--disable-gpu", *quiet, *as_root]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def live_server(django_db_setup):
    """The app as it is served, hashed static files by WhiteNoise included."""
    from django.test.testcases import LiveServerThread

    class WholeApp(LiveServerThread):
        def __init__(self, *args, **kwargs):
            kwargs["static_handler"] = lambda app: app
            super().__init__(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.testcases.LiveServerThread", WholeApp)
        server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def sample(transactional_db):
    """500 sample students, and one person for each role."""
    call_command("load_sample_students", verbosity=0)
    make_user(name="viewer", group="Viewers")
    make_user(name="staff", group="Editors", is_staff=True)
    make_user(name="admin", is_staff=True, is_superuser=True)
    make_user(name="cashier", group="Cashiers")
    make_user(name="manager", group="Managers")


@pytest.fixture
def open_page(chromium, live_server, sample):
    """Open a page in a fresh window, signed in if a name is given.

    At the end of the test no page may have broken the Content-Security-Policy, logged an error
    or thrown.
    """
    complaints = []
    contexts = []

    def listen(page):
        page.on("console", lambda message: complain(page, message))
        page.on("pageerror", lambda error: complaints.append(str(error)))

    def complain(page, message):
        # A page that is a 404 itself, or a call of the API that is refused, is the test's own
        # doing; a missing asset is not.
        url = message.location["url"]
        refused = "/api/" in url and "with a status of 4" in message.text
        if message.type == "error" and url != page.url and not refused:
            complaints.append(f"{message.text} {message.location['url']}")

    def open_page(path, *, user="", size="desktop", scheme="light", javascript=True, csp=True):
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            java_script_enabled=javascript,
            bypass_csp=not csp,
            base_url=live_server.url,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        listen(page)
        if user:
            client = Client()
            client.force_login(User.objects.get(username=user))
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session}
            context.add_cookies([cookie | {"url": live_server.url}])
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def visit(open_page, sample):
    """Open a page of pages.py and do its steps; `page.html` is what the server sent of it."""
    ids = furnish()

    def visit(shown, **kwargs):
        page = open_page("about:blank", user=shown.user, **kwargs)
        documents = []

        def keep(response):
            if response.request.resource_type == "document":
                documents.append(response)

        page.on("response", keep)
        page.goto(shown.path.format(**ids))
        if shown.steps:
            shown.steps(page)
        # What was led on from has no body.
        page.documents = [each for each in documents if not 300 <= each.status < 400]
        return page

    return visit
