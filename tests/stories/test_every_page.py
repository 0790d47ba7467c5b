"""Every page of the main job, in its error states too, as the browser has it.

The rules of accessibility find nothing on a desk's screen and on a telephone's; there and at 320
pixels, with the spacing that text must bear, nothing scrolls sideways, is cut off or lies over a
control; nothing moves for those who ask for that. Headings skip no level, the title says that
something is wrong, and the focus is where it is told. Nothing is wrong in the console, and no
other host is asked.
"""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.plugins.browser import DESKTOP
from tests.stories import (  # noqa: F401  add their scenes
    scenes_admin,
    scenes_asking,
    scenes_colleagues,
    scenes_decisions,
    scenes_documents,
    scenes_keeping,
    scenes_letters,
    scenes_queue,
    scenes_register,
    scenes_requests,
    scenes_review,
    scenes_session,
    scenes_similar,
    scenes_starting,
    scenes_statewide,
)
from tests.stories.scenes import SCENES, Stage
from tests.stories.test_every_size import STUMBLES, WIDE_SPACING

pytestmark = pytest.mark.django_db(transaction=True)

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
# A browser may fade a button in from its own colors; what counts is where that ends.
FIND = """
async (options) => {
  await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  return (await axe.run(options)).violations;
}
"""
TELEPHONE = {"width": 375, "height": 812}
NARROWEST = {"width": 320, "height": 800}
TOO_WIDE = """
() => [...document.querySelectorAll("body *")]
  .filter((one) => !one.closest(".scroll, .vh, svg") && getComputedStyle(one).clipPath === "none")
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => `${one.tagName.toLowerCase()}.${one.className} “${one.textContent.slice(0, 30)}”`)
"""
# What is heard wrong, or not at all, though every rule is kept.
HEARD = """
() => {
  const found = [];
  const words = (one) => one.innerText.trim().slice(0, 40);
  let last = 1;
  for (const one of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    if (one.closest("dialog") || !one.checkVisibility()) continue;
    const level = Number(one.tagName[1]);
    if (level > last + 1) found.push(`from h${last} to h${level}: “${words(one)}”`);
    last = level;
  }
  const errors = document.querySelector("main .errors");
  const wrong = errors ?? document.querySelector("main .notice.error");
  const isTold = document.title.startsWith("Error: ");
  if ((errors && !isTold) || (isTold && !wrong)) found.push(`is called “${document.title}”`);
  const dialog = document.querySelector("dialog:modal");
  const place = dialog ?? errors;
  if (place && !place.contains(document.activeElement)) found.push(`no focus: “${words(place)}”`);
  return found;
}
"""
STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"
MOVES = """
() => [...document.querySelectorAll("body *")]
  .filter((one) => /[1-9]/.test(getComputedStyle(one).transitionDuration
    + getComputedStyle(one).animationDuration))
  .map((one) => `${one.tagName.toLowerCase()}.${one.className}`)
"""


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_found_on_any_page_of(name, subtests, stage):
    seen: set[str] = set()
    for state, page in SCENES[name](stage):
        assert state not in seen, f"two states are called {state}"
        seen.add(state)
        with subtests.test(state):
            found = faults(page)
            if named := re.search(r"\b4\d\d\b", state):
                assert page.evaluate(STATUS) == int(named[0]), f"{state} is another page"
            assert not found, f"{state}, {page.url}\n" + "\n".join(found)
    with subtests.test("the browser complains of nothing"):
        assert not stage.complaints


def test_a_fault_would_be_found(stage):
    """The control: neither the rules nor the ears are blind."""
    page = stage.open("", "/accounts/login/")
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('h1').style.minWidth = '340px'")
    page.evaluate("document.querySelector('h1').style.transitionDuration = '1s'")
    page.evaluate("document.querySelector('main').append(new Image())")
    page.evaluate("document.querySelector('main img').src = 'http://127.0.0.1:9/a.png'")
    page.evaluate("document.querySelector('main').append(document.createElement('h4'))")
    page.evaluate("document.querySelector('main').firstElementChild.className = 'errors'")
    found = " ".join(faults(page))
    assert "1366 wide, label: #id_login" in found
    assert "375 wide, label: #id_login" in found
    assert "px at 320" in found
    assert "spaced, at 320: scrolls sideways" in found
    assert "moves: h1" in found
    assert "from h1 to h4" in found
    assert "is called “Sign in" in found
    assert "no focus: “Sign in" in found
    assert any("Content Security Policy" in one for one in stage.complaints)


@pytest.fixture
def stage(page_of: Callable[..., Page], live_server) -> Stage:
    return Stage(page_of, live_server.url)


def faults(page: Page) -> list[str]:
    """What is wrong with the page on the screen, at three widths."""
    found = page.evaluate(HEARD)
    page.evaluate(AXE_SCRIPT)
    for screen in (DESKTOP, TELEPHONE):
        page.set_viewport_size(screen)
        for broken in page.evaluate(FIND, OPTIONS):
            nodes = [" ".join(map(str, one["target"])) for one in broken["nodes"]]
            found.append(f"{screen['width']} wide, {broken['id']}: {', '.join(nodes)}")
    page.set_viewport_size(NARROWEST)
    width = page.evaluate("document.scrollingElement.scrollWidth")
    if width > NARROWEST["width"]:
        found.append(f"{width} px at 320: {page.evaluate(TOO_WIDE)[:4]}")
    page.evaluate(WIDE_SPACING)
    for screen in (DESKTOP, NARROWEST):
        page.set_viewport_size(screen)
        found += [f"spaced, at {screen['width']}: {one}" for one in page.evaluate(STUMBLES)]
    page.evaluate("document.adoptedStyleSheets = []")
    page.emulate_media(reduced_motion="reduce")
    found += [f"moves: {one}" for one in dict.fromkeys(page.evaluate(MOVES))]
    page.emulate_media(reduced_motion="no-preference")
    page.set_viewport_size(DESKTOP)
    return found
