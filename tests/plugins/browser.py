"""A real browser for tests: the system's Chromium, driven by playwright against a live server.

A test that asks for `page_of` or `browser_context` is marked `browser` and is skipped, loudly,
where no Chromium is found; CI doesn't accept that skip.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from portal.models import User

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 60_000  # milliseconds, for what comes at once on an idle machine
DESKTOP = {"width": 1366, "height": 768}
NO_CHROMIUM = (
    "NO CHROMIUM FOUND, so nothing was tested in a browser: install one (on Debian: apt-get "
    "install chromium), or name it in CHROMIUM"
)


def chromium() -> str | None:
    """Where a Chromium is: what CHROMIUM names, or the first one found."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"browser_context", "page_of"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_CHROMIUM in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(NO_CHROMIUM, yellow=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run; each test gets contexts of its own in it."""
    path = chromium()
    if not path:
        pytest.skip(NO_CHROMIUM)
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # What must come, comes; on a busy machine later.
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=path)
        yield chrome
        chrome.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser_context(browser: Browser, live_server) -> Iterator[Callable[..., BrowserContext]]:
    """browser_context(**options) opens a fresh, signed-out browser at the live server.

    The options are playwright's: viewport, java_script_enabled, and so on.
    """
    opened: list[BrowserContext] = []

    def open_context(**options: Any) -> BrowserContext:
        context = browser.new_context(
            **{"base_url": live_server.url, "viewport": DESKTOP, "locale": "en-US"} | options
        )
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def page_of(browser_context: Callable[..., BrowserContext], live_server) -> Callable[..., Page]:
    """page_of(alice) is a page on which Alice is signed in already; page_of() a stranger's."""

    def open_page(person: User | None = None, **options: Any) -> Page:
        context = browser_context(**options)
        if person:
            client = Client()
            client.force_login(person)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies(
                [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
            )
        return context.new_page()

    return open_page
