"""The main job from end to end for people whose screen is not like others'.

The story of `test_the_whole_job`, told on a screen 320 pixels wide, with text twice as large, and
in the high-contrast colours of the system. Each page on the way is looked at: nothing scrolls
sideways, no text is cut off, nothing lies over a control, and the focus can be seen.
"""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from portal.models import User
from reviews.models import Review
from tests import make
from tests.stories.hands import Pointer
from tests.stories.test_the_whole_job import people, tell  # noqa: F401  the same three people
from tests.stories.watch import listen

pytestmark = pytest.mark.django_db(transaction=True)

# A style of the reader's own, as a browser's settings would add it.
TWICE_AS_LARGE = """
const own = new CSSStyleSheet();
own.replaceSync("html { font-size: 200% !important }");
document.adoptedStyleSheets = [own];
"""
# The spacing that text must bear without loss (WCAG 2.2, success criterion 1.4.12).
WIDE_SPACING = """
const own = new CSSStyleSheet();
own.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
document.adoptedStyleSheets = [own];
"""

# What a person would stumble over on the page as it is on the screen.
STUMBLES = """
() => {
  const found = [];
  const said = (one) => (one.innerText || one.name || "").trim().slice(0, 40);
  const called = (one) => `${one.tagName.toLowerCase()}.${one.className} “${said(one)}”`;
  const shown = (one) => one.checkVisibility({ visibilityProperty: true })
    && !one.closest(".vh, [class^=skip], svg, details:not([open]) > :not(summary)");
  const all = [...document.querySelectorAll("body *")].filter(shown);
  const wide = document.scrollingElement.scrollWidth;
  if (wide > document.documentElement.clientWidth) {
    const over = all.filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
    found.push(`scrolls sideways, ${wide} px: ${over.slice(0, 3).map(called)}`);
  }
  for (const one of all) {
    const style = getComputedStyle(one);
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || /^(INPUT|TEXTAREA|SELECT|OPTION)$/.test(one.tagName)) continue;
    const cut = (way, inner, outer) => !/visible|auto|scroll/.test(style[way]) && inner > outer + 1;
    if (cut("overflowX", one.scrollWidth, one.clientWidth)
      || cut("overflowY", one.scrollHeight, one.clientHeight))
      found.push(`cuts off ${called(one)}`);
  }
  const reached = document.querySelector("dialog:modal") ?? document;
  for (const one of reached.querySelectorAll("a[href], button, input, select, textarea, summary")) {
    if (!shown(one) || one.type === "hidden") continue;
    one.scrollIntoView({ block: "center" });
    const box = one.getClientRects()[0];
    if (!box) continue;
    const on = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!on || !(one.contains(on) || on.contains(one) || on.control === one)) {
      found.push(`something lies over ${called(one)}: ${on && called(on)}`);
    }
  }
  scrollTo(0, 0);
  return found;
}
"""
# Whether the focus is drawn in a way that forced colours keep: shadows and backgrounds vanish.
FOCUS = """
(one) => {
  one.focus();
  const style = getComputedStyle(one);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}
"""


class Careful(Pointer):
    """Looks at each page before going on, and at the focus of each control that is used."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.stumbles: list[str] = []
        self.looked = 0

    def _arrive(self) -> None:
        super()._arrive()
        self.look()

    def look(self) -> None:
        self.looked += 1
        self.stumbles += [f"{self.page.title()}: {one}" for one in self.page.evaluate(STUMBLES)]

    def _go(self, control: Locator) -> None:
        # What was typed and chosen may have made the page longer or wider.
        self.look()
        self._focus(control)
        super()._go(control)

    def _write(self, control: Locator, text: str) -> None:
        self._focus(control)
        super()._write(control, text)

    def _focus(self, control: Locator) -> None:
        # Browsers draw the focus for those who use the keyboard: any key will do.
        self.page.keyboard.press("Escape")
        if not control.evaluate(FOCUS):
            self.stumbles.append(f"{self.page.title()}: {control} shows no focus")


def told(
    browser_context: Any, home: str, folders: tuple[Any, Any], script: str = "", **options: Any
) -> None:
    """The whole story, and that nobody stumbled."""
    complaints: list[str] = []
    everyone: list[Careful] = []

    def sit_down() -> Careful:
        context = browser_context(**options)
        if script:
            context.add_init_script(script)
        listen(context, home, complaints)
        everyone.append(Careful(context.new_page()))
        return everyone[-1]

    tell(sit_down, *folders)
    stumbles = [one for person in everyone for one in person.stumbles]
    assert not stumbles, "\n".join(dict.fromkeys(stumbles))
    assert not complaints
    assert sum(person.looked for person in everyone) > 50, "hardly a page was looked at"


def test_on_a_screen_320_pixels_wide(browser_context, live_server, people, mail_folder, tmp_path):  # noqa: F811
    size = {"width": 320, "height": 640}
    told(browser_context, live_server.url, (mail_folder, tmp_path), viewport=size)


def test_with_text_twice_as_large(browser_context, live_server, people, mail_folder, tmp_path):  # noqa: F811
    told(browser_context, live_server.url, (mail_folder, tmp_path), TWICE_AS_LARGE)


def test_with_wide_spacing_of_text(browser_context, live_server, people, mail_folder, tmp_path):  # noqa: F811
    told(browser_context, live_server.url, (mail_folder, tmp_path), WIDE_SPACING)


def test_in_forced_colors(browser_context, live_server, people, mail_folder, tmp_path):  # noqa: F811
    told(
        browser_context,
        live_server.url,
        (mail_folder, tmp_path),
        forced_colors="active",
        reduced_motion="reduce",
    )


LONG = "Wilhelmina Featherstonehaugh-Montgomery"
# Whether something stands beyond the right edge, and in how many lines the days of the register.
OVER = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
LINES = """
() => Math.max(...[...document.querySelectorAll("#periods [data-label=Due]")].map((day) => {
  const words = document.createRange();
  words.selectNodeContents(day);
  return words.getClientRects().length;
}))
"""


@pytest.mark.parametrize(
    ("width", "script"), [(1366, ""), (1366, TWICE_AS_LARGE), (900, ""), (720, ""), (375, "")]
)
def test_the_longest_names_fit_in_queue_and_register(page_of, carol, width, script):
    User.objects.filter(pk=carol.pk).update(name=LONG)
    prohibited = {"cmips_methods": ["writes"], "work_begun": "developing"}
    make.in_review(by=carol, **prohibited)
    make.requested()
    make.decided(make.in_review(by=carol))
    Review.objects.update(assignee=carol)
    page = page_of(carol, viewport={"width": width, "height": 768})
    page.add_init_script(script)
    for address in ("/reviews/?view=all", "/register/"):
        page.goto(address)
        assert page.evaluate(OVER) <= 0, address
    if width >= 900:
        assert page.evaluate(LINES) == 1


@pytest.mark.parametrize(
    ("broken", "stumble"),
    [
        ("main.style.minWidth = '400px'", "scrolls sideways"),
        ("h1.style.cssText = 'height: 1em; overflow: hidden; width: 2em'", "cuts off h1"),
        (
            "const lid = document.createElement('div'); main.append(lid);"
            + " lid.style.cssText = 'position: fixed; inset: 0'",
            "something lies over",
        ),
    ],
)
def test_a_stumble_would_be_found(broken, stumble, browser_context):
    page = browser_context(viewport={"width": 320, "height": 640}).new_page()
    page.goto("/accounts/login/")
    assert page.evaluate(STUMBLES) == []
    page.evaluate(
        "() => { const main = document.querySelector('main'), h1 = document.querySelector('h1'); "
        f"{broken}; }}"
    )
    assert any(stumble in one for one in page.evaluate(STUMBLES))
