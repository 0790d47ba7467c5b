"""How a person works a page in a browser: by keyboard alone, or by pointing.

Both know a control by what is said of it, its role and its name, and by nothing else. Whoever
tells a story says what is done; the hands say how.
"""

from pathlib import Path
from re import Pattern

from playwright.sync_api import ElementHandle, FileChooser, Locator, Page, expect

SERVICE = " – CMIPS interface proposals"
STOPS = 200
OPTIONS = 60
A_MOMENT = 200  # milliseconds
LOOKS = 10
PATIENCE = 50

# Where the keyboard is now: whether it has arrived, and whether a person could see it there.
LOOK = """
(wanted) => {
  const here = document.activeElement;
  const style = getComputedStyle(here);
  const box = here.getBoundingClientRect();
  const bar = document.querySelector(".bar");
  const edges = bar?.getBoundingClientRect();
  const stuck = bar && edges.top <= 0 && edges.bottom > 0 && !bar.contains(here);
  const top = stuck ? edges.bottom : 0;
  const fits = box.height <= innerHeight - top;
  const shows = (x, y) => {
    const seen = document.elementFromPoint(x, y);
    return seen && (here === seen || here.contains(seen));
  };
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const from = Math.max(box.top, top), to = Math.min(box.bottom, innerHeight);
  const spots = [0.1, 0.5, 0.9].flatMap((a) => [0.2, 0.5, 0.8].map((b) =>
    [left + (right - left) * a, from + (to - from) * b]));
  const isPage = here === document.body || here.id === "main";
  return {
    arrived: here === wanted,
    group: wanted.type === "radio" && here.type === "radio" && here.name === wanted.name,
    name: `${here.tagName.toLowerCase()} “${(here.innerText || here.name || here.id).trim()}”`,
    faults: isPage ? [] : [
      (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) && "shows no focus",
      stuck && fits && box.top < top - 1 && "lies under the bar",
      !spots.some(([x, y]) => shows(x, y)) && "is out of sight",
    ].filter(Boolean),
  };
}
"""
IS_AHEAD = """
(wanted) => {
  const here = document.activeElement;
  return here === document.body
    || Boolean(here.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_FOLLOWING);
}
"""


class Hands:
    """What both kinds of hands can do; `told` names the titles of the pages they came to."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.told: list[str] = []

    # What is on the page

    def opens(self, address: str) -> None:
        """Types an address into the browser."""
        self.page.goto(address)
        self._arrive()

    def sees(self, title: str | Pattern[str]) -> None:
        """The page that should be there is there: its title begins so."""
        found = self.page.title()
        begins = found.startswith(title) if isinstance(title, str) else title.match(found)
        assert begins, f"expected {title!r}, but the page is {found!r} at {self.page.url}"

    def reads(self, words: str) -> None:
        """The page says so, where a person can see it."""
        expect(self.page.get_by_text(words).first).to_be_visible()

    def control(self, role: str, name: str | Pattern[str], nth: int = 0) -> Locator:
        """A control by its role and whole name; the `nth` of those that share it."""
        return self.page.get_by_role(role, name=name, exact=True).nth(nth)

    def choice(self, role: str, group: str, name: str, nth: int = 0) -> Locator:
        """One of the choices under a legend; `nth` of the groups that share the legend."""
        legend = self.page.locator("legend").get_by_text(group, exact=True)
        fieldset = self.page.locator("fieldset").filter(has=legend).nth(nth)
        return fieldset.get_by_role(role, name=name, exact=True)

    def _arrive(self) -> None:
        title = self.page.title()
        assert title.endswith(SERVICE), f"{self.page.url} is called {title!r}"
        headings = self.page.get_by_role("heading", level=1).count()
        assert headings == 1, f"{title!r} has {headings} main headings"
        self.told.append(title)

    # What is done

    def follows(self, link: str | Pattern[str], nth: int = 0) -> None:
        """Goes where a link leads."""
        self._go(self.control("link", link, nth))

    def presses(self, button: str, nth: int = 0) -> None:
        """Presses a button that sends something."""
        self._go(self.control("button", button, nth))

    def writes(self, label: str, text: str, nth: int = 0) -> None:
        """Puts a text where another may have been."""
        self._write(self.control("textbox", label, nth), text)

    def chooses(self, group: str, name: str, nth: int = 0) -> None:
        """Chooses one answer of several."""
        self._choose(self.choice("radio", group, name, nth))

    def chooses_everywhere(self, name: str) -> None:
        """Chooses the answer of that name in every group that has it."""
        for number in range(self.page.get_by_role("radio", name=name, exact=True).count()):
            self._choose(self.control("radio", name, number))

    def ticks(self, box: str, group: str = "") -> None:
        """Ticks a box, under a legend if it has one."""
        self._tick(self.choice("checkbox", group, box) if group else self.control("checkbox", box))

    def picks(self, label: str, option: str, nth: int = 0) -> None:
        """Picks one option of a list that folds out."""
        self._pick(self.control("combobox", label, nth), option)

    def attaches(self, label: str, file: Path) -> None:
        """Names a file to send."""
        self._attach(self.page.get_by_label(label, exact=True).first, file)

    def _go(self, control: Locator) -> None:
        raise NotImplementedError

    def _write(self, control: Locator, text: str) -> None:
        raise NotImplementedError

    def _choose(self, control: Locator) -> None:
        raise NotImplementedError

    def _tick(self, control: Locator) -> None:
        raise NotImplementedError

    def _pick(self, control: Locator, option: str) -> None:
        raise NotImplementedError

    def _attach(self, control: Locator, file: Path) -> None:
        raise NotImplementedError


class Keys(Hands):
    """The keyboard alone. At every stop the focus must be seen, and no bar may lie over it."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.stops = 0
        self.unseen: list[str] = []
        # From the beginning: asked for at the last moment, a window of the system comes first.
        self.choosers: list[FileChooser] = []
        page.on("filechooser", lambda chooser: self.choosers.append(chooser))

    def goes_to(self, control: Locator) -> ElementHandle:
        """Tabs until the control has the focus, backward if it stands before."""
        wanted = control.element_handle()
        key = "Tab" if wanted.evaluate(IS_AHEAD) else "Shift+Tab"
        passed: list[str] = []
        for _ in range(STOPS):
            here = wanted.evaluate(LOOK)
            if here["arrived"] or here["group"]:
                return wanted
            self.page.keyboard.press(key)
            here = self._look(wanted)
            passed.append(here["name"])
        stops = ", ".join(dict.fromkeys(passed))
        raise AssertionError(f"{control} can't be reached by {key} on {self.page.url}: {stops}")

    def _look(self, wanted: ElementHandle) -> dict:
        """Where the keyboard is now; a stop that stays out of sight is noted."""
        self.stops += 1
        here = wanted.evaluate(LOOK)
        for _ in range(LOOKS):
            if not here["faults"]:
                break
            # A browser may take a moment to scroll to where the focus went.
            self.page.wait_for_timeout(A_MOMENT)
            here = wanted.evaluate(LOOK)
        self.unseen += [f"{self.page.title()}: {here['name']} {one}" for one in here["faults"]]
        return here

    def skips_to_the_content(self) -> None:
        """The first stop of a page leads past the navigation."""
        self.page.keyboard.press("Tab")
        expect(self.control("link", "Skip to the main content")).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()

    def _go(self, control: Locator) -> None:
        self.goes_to(control)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self._arrive()

    def _write(self, control: Locator, text: str) -> None:
        self.goes_to(control)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)
        expect(control).to_have_value(text)

    def _choose(self, control: Locator) -> None:
        wanted = self.goes_to(control)
        for _ in range(OPTIONS):
            if wanted.evaluate(LOOK)["arrived"]:
                break
            self.page.keyboard.press("ArrowDown")
        if not control.is_checked():
            self.page.keyboard.press("Space")
        expect(control).to_be_checked()

    def _tick(self, control: Locator) -> None:
        self.goes_to(control)
        if not control.is_checked():
            self.page.keyboard.press("Space")
        expect(control).to_be_checked()

    def _pick(self, control: Locator, option: str) -> None:
        wanted = self.goes_to(control)
        for _ in range(OPTIONS):
            if wanted.evaluate("(list) => list.selectedOptions[0].text.trim()") == option:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"“{option}” can't be picked in {control} by the arrow keys")

    def _attach(self, control: Locator, file: Path) -> None:
        self.goes_to(control)
        self.page.keyboard.press("Enter")
        for _ in range(PATIENCE):
            if self.choosers:
                break
            self.page.wait_for_timeout(A_MOMENT)
        assert self.choosers, f"Enter opens no list of files at {control}"
        self.choosers.pop().set_files(file)


class Pointer(Hands):
    """A mouse, a finger or a switch: whatever can point. It works without JavaScript."""

    def _go(self, control: Locator) -> None:
        with self.page.expect_navigation():
            control.click()
        self._arrive()

    def _write(self, control: Locator, text: str) -> None:
        control.fill(text)

    def _choose(self, control: Locator) -> None:
        control.check()

    def _tick(self, control: Locator) -> None:
        control.check()

    def _pick(self, control: Locator, option: str) -> None:
        control.select_option(label=option)

    def _attach(self, control: Locator, file: Path) -> None:
        control.set_input_files(file)
