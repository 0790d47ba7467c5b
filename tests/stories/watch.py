"""What is watched while a story is told: what a GET writes, and what the browser complains of."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.core.signals import request_finished, request_started
from django.db import connection
from playwright.sync_api import BrowserContext, ConsoleMessage, Request

# The state of a case: what the wings keep, and the letters. Sessions, the journal and visits may be
# written by a GET: that someone read a document, or has the case open, is recorded.
WRITES = re.compile(
    r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?'
    r"((?:proposals|reviews(?!_visit\b)|portal_notice)\w*)",
    re.IGNORECASE,
)


@contextmanager
def gets_change_nothing() -> Iterator[None]:
    """Fails at its end when any GET or HEAD meanwhile wrote to the state of a case."""
    faults: list[str] = []
    here = threading.local()

    def begin(environ: dict[str, Any], **_: Any) -> None:
        end()
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]

        def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if found := WRITES.match(sql):
                faults.append(f"{method} {path} wrote to {found[1]}")
            return execute(sql, params, many, context)

        if method in ("GET", "HEAD"):
            here.look = look
            connection.execute_wrappers.append(look)

    def end(**_: Any) -> None:
        if look := here.__dict__.pop("look", None):
            connection.execute_wrappers.remove(look)

    request_started.connect(begin)
    request_finished.connect(end)
    try:
        yield
    finally:
        request_started.disconnect(begin)
        request_finished.disconnect(end)
        end()
    assert not faults, "\n".join(faults)


def listen(context: BrowserContext, home: str, found: list[str]) -> None:
    """Adds to `found` what goes wrong in a browser from now on: errors in its console, among them
    all that the content policy stopped, and requests to any host but the portal's."""
    pages: set[str] = set()

    def request(asked: Request) -> None:
        if asked.is_navigation_request():
            pages.add(asked.url)
        if urlsplit(asked.url).netloc != urlsplit(home).netloc:
            found.append(f"a request to {asked.url}")

    def console(message: ConsoleMessage) -> None:
        # A page that answers 404, 409 or 422 is named in the console, too: no fault of the page.
        is_answer = message.text.startswith("Failed to load resource: the server responded with")
        if message.type == "error" and not (is_answer and message.location["url"] in pages):
            found.append(f"{message.location['url']}: {message.text}")

    context.on("request", request)
    context.on("console", console)
    context.on("weberror", lambda error: found.append(str(error.error)))
