"""A person at a keyboard who types on whatever happens, and what of it is stored at a moment."""

import re
import time
from dataclasses import dataclass, field

from django.urls import reverse
from playwright.sync_api import Locator, Page, Request, Route, expect

from proposals.models import Proposal

BEAT = 0.06  # seconds from key to key: a quick typist
AT_MOST = 2.0  # seconds of typing that may be lost, as the counties are promised
USUAL = 0.2  # seconds that a save takes here at most, where the machine has nothing else to do
# By how many milliseconds at most a timer of the page came too late.
LATE = """() => {
  let last = performance.now();
  window.late = 0;
  setInterval(() => {
    const now = performance.now();
    window.late = Math.max(window.late, now - last - 50);
    last = now;
  }, 50);
}"""


@dataclass
class Writer:
    """Types into one text box, and knows when each letter was typed."""

    page: Page
    box: str
    text: str = ""
    typed_at: list[float] = field(default_factory=list)
    on_the_way: dict[Request, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.evaluate(LATE)
        self.page.on("request", self._sets_out)
        self.page.on("response", lambda answer: self._arrives(answer.request))
        self.page.on("requestfailed", lambda request: self.on_the_way.pop(request, None))

    def _sets_out(self, request: Request) -> None:
        if "/autosave/" in request.url:
            self.on_the_way[request] = time.monotonic()

    def _arrives(self, request: Request) -> None:
        if request in self.on_the_way:
            self.took.append(time.monotonic() - self.on_the_way.pop(request))

    @property
    def control(self) -> Locator:
        return self.page.locator(f"#id_{self.box}")

    def types(self, seconds: float) -> None:
        """Goes on typing, at the end of what stands there."""
        self.control.focus()
        self.page.keyboard.press("Control+End")
        # From here on: a browser that was slow to let somebody write took nothing of this.
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            number = len(self.text)
            letter = " " if number % 6 == 5 else chr(ord("a") + number * 7 % 26)
            self.page.keyboard.type(letter)
            self.text += letter
            self.typed_at.append(time.monotonic())
            self.page.wait_for_timeout(BEAT * 1000)

    def lost(self, stored: str, when: float) -> float:
        """For how many seconds before `when` typing is missing from what is stored."""
        kept = len(stored)
        assert self.text.startswith(stored), f"{stored!r} is no beginning of {self.text!r}"
        missing = [at for at in self.typed_at[kept:] if at <= when]
        return when - missing[0] if missing else 0.0

    def may_lose(self, when: float) -> float:
        """How many seconds of typing may be missing then: as promised, and for how much longer
        than usual a busy machine held up the saves, of which one waits for the other, or a timer.
        """
        waiting = [when - since for since in self.on_the_way.values() if since < when]
        save = max([*self.took, *waiting], default=0)
        late = self.page.evaluate("window.late") / 1000
        return AT_MOST + 2 * max(0, save - USUAL) + max(0, late - USUAL)

    def has_it_all(self) -> None:
        """All that was typed stands in the box; what is stored lost the spaces at its end."""
        expect(self.control).to_have_value(re.compile(rf"{re.escape(self.text.strip())}\s*"))

    def is_told(self, words: str, seconds: float = 60) -> None:
        """Reads it beside the buttons."""
        expect(self.page.locator("#saved")).to_contain_text(words, timeout=seconds * 1000)


def stored(draft: Proposal, name: str = "purpose") -> str:
    return getattr(Proposal.objects.get(pk=draft.pk), name)


def section_of(draft: Proposal, key: str = "purpose") -> str:
    return reverse("section", args=[draft.reference, key])


def is_stored(page: Page, draft: Proposal, text: str, seconds: float = 60) -> None:
    """Waits until just this text is stored."""
    end = time.monotonic() + seconds
    while stored(draft) != text.strip():
        assert time.monotonic() < end, f"stored: {stored(draft)!r}; typed: {text!r}"
        page.wait_for_timeout(100)


def kept_on_device(page: Page) -> str:
    """All that the browser keeps of what was typed."""
    return page.evaluate("JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})")


def holds_the_first_save(page: Page) -> list[Route]:
    """The saves that set out, of which the first is on its way until it is told to go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    page.route("**/autosave/", hold)
    return held


def is_kept(page: Page, text: str) -> None:
    """Waits until the browser keeps this text, which it does soon after it was typed."""
    page.wait_for_function(
        "(text) => Object.values(localStorage).some((one) => one.includes(text))", arg=text
    )


def nothing_is_kept(page: Page) -> None:
    """Waits until the browser keeps nothing any more: the answer that it is stored has come."""
    page.wait_for_function("() => !Object.keys(localStorage).some((one) => one.includes(':kept:'))")
