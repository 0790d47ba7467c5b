"""What a page costs in a real browser: requests, bytes on the way, when it is read, what jumps.

The system's Chromium opens each page of the served benchmark with an empty cache and then once
more. The budgets are those a county's old computer and thin line can bear.
"""

import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
NO_BROWSER = (
    "NO CHROMIUM FOUND, so nothing was measured in a browser: install one (on Debian: apt-get "
    "install chromium), or name it in CHROMIUM."
)
# Largest contentful paint and the sum of layout shifts, as the browser noted them.
NOTED = """() => new Promise((done) => {
  let painted = 0, shifted = 0;
  const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
    .observe({ type, buffered: true });
  watch("largest-contentful-paint", (one) => { painted = one.startTime; });
  watch("layout-shift", (one) => { if (!one.hadRecentInput) shifted += one.value; });
  setTimeout(() => done([painted, shifted]), 200);
})"""


@dataclass(frozen=True)
class Seen:
    """A page as the browser saw it; `transfer` in bytes with headers, both counts of an empty
    cache, and `warm_requests` when it is opened again."""

    requests: int
    transfer: int
    warm_requests: int
    lcp_ms: float
    cls: float


BUDGETS = Seen(requests=5, transfer=60 * 1024, warm_requests=1, lcp_ms=1200, cls=0.05)
STATIC = {"css": 30 * 1024, "js": 20 * 1024}


def measure(places: Mapping[str, tuple[str, str]], home: str) -> dict[str, Seen]:
    """Each place by name; a place is an address and the session of whoever opens it."""
    path = chromium()
    if path is None:
        print(f"\n{NO_BROWSER}", file=sys.stderr)
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        try:
            return {
                name: seen(browser, home, url, session) for name, (url, session) in places.items()
            }
        finally:
            browser.close()


def chromium() -> str | None:
    """The Chromium that the tests use, too; None where there is none, or nothing to drive it."""
    try:
        from tests.plugins.browser import chromium as found
    except ModuleNotFoundError:
        return None
    return found()


def seen(browser: Any, home: str, url: str, session: str) -> Seen:
    """The median of several visits, each in a fresh browser."""
    visits = [visit(browser, home, url, session) for _ in range(RUNS)]
    middle = [statistics.median(figures) for figures in zip(*visits, strict=True)]
    requests, transfer, warm, painted, shifted = middle
    return Seen(int(requests), int(transfer), int(warm), round(painted, 1), round(shifted, 4))


def visit(browser: Any, home: str, url: str, session: str) -> tuple[float, ...]:
    context = browser.new_context(base_url=home, viewport={"width": 1366, "height": 768})
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": home}
    context.add_cookies([cookie])
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    asked, cached, sizes = set(), set(), []
    line.on("Network.requestWillBeSent", lambda event: asked.add(event["requestId"]))
    line.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    line.on("Network.responseReceived", lambda event: cached.update(from_disk(event)))
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    answer = page.goto(url, wait_until="networkidle")
    if answer.status != 200:
        raise SystemExit(f"{url} answers {answer.status} to the browser.")
    cold, transfer = len(asked - cached), sum(sizes)
    painted, shifted = page.evaluate(NOTED)
    for noted in (asked, cached, sizes):
        noted.clear()
    # From elsewhere and back, as a person comes again: a reload would ask for everything.
    page.goto("about:blank")
    page.goto(url)
    warm = len(asked - cached)
    context.close()
    return cold, transfer, warm, painted, shifted


def from_disk(event: Mapping[str, Any]) -> list[str]:
    """The request that an answer from the cache belongs to; none for one from the server."""
    return [event["requestId"]] if event["response"].get("fromDiskCache") else []


def show(figures: Mapping[str, Seen]) -> None:
    """The figures in a table, what is over its budget marked."""
    names = list(BUDGETS.__dataclass_fields__)
    print(f"\n{'in the browser':16}" + "".join(f"{name:>15}" for name in names))
    for page, one in figures.items():
        cells = [getattr(one, name) for name in names]
        marks = ["!" if over(one, name) else "" for name in names]
        print(
            f"{page:16}"
            + "".join(f"{f'{cell:,}{mark}':>15}" for cell, mark in zip(cells, marks, strict=True))
        )
    print(f"{'budget':16}" + "".join(f"{getattr(BUDGETS, name):>15,}" for name in names))
    for kind, budget in STATIC.items():
        size = static_size(kind)
        print(f"{f'all .{kind}':16}{size:,}{'!' if size > budget else ''} of {budget:,} bytes")


def over(one: Seen, name: str) -> bool:
    return getattr(one, name) > getattr(BUDGETS, name)


def static_size(kind: str) -> int:
    """Bytes of all style sheets, or of all scripts, as they are written."""
    return sum(path.stat().st_size for path in (ROOT / "static").glob(f"*.{kind}"))
