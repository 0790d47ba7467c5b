"""Two colleagues in one section: both texts, the choice, what is set aside; contacts filled in."""

from collections.abc import Iterator

from playwright.sync_api import Page

from tests import make
from tests.stories.scenes import Stage, State, go, of_county, scene

SAVE = "Save and continue"


def second(stage: Stage, path: str, name: str, hers: str, his: str) -> Page:
    """The page that Alice gets, who saves after Amir.

    The browser notes the script's refused save in its console; that is no complaint of the page's.
    """
    heard = len(stage.complaints)
    page = stage.open("alice", path)
    stage.press("amir", path, SAVE, **{name: his})
    # Typed before it, hers would be saved first by itself where his takes more than a second.
    page.locator(f"#id_{name}").fill(hers)
    go(page, "button", SAVE)
    page.get_by_role("heading", name="What both of you changed").wait_for()
    del stage.complaints[heard:]
    return page


@scene
def two_colleagues(stage: Stage) -> Iterator[State]:
    draft = make.draft(by=make.someone("alice"))
    edit = f"{of_county(draft)}edit/"
    hers, his = "Alice's words are long.\nAnd a second line.", "Amir's words are short."
    page = second(stage, f"{edit}purpose/", "purpose", hers, his)
    yield "both texts", page
    page.get_by_role("radio", name="Keep Amir Haddad’s").check()
    go(page, "button", SAVE)
    page = stage.open("alice", f"{edit}purpose/")
    page.get_by_text("Texts set aside (1)").click()
    assert page.locator("#id_purpose").input_value() == his
    assert page.get_by_text("And a second line.").is_visible()
    yield "a text set aside", page
    rows = second(stage, f"{edit}data/", "in-0-what", "Alice's list", "Amir's list")
    yield "both rows", rows
    date, other = "March 1, 2027", "March 2, 2027"
    yield "both dates", second(stage, f"{edit}how/", "privacy_program_date", date, other)
    yield "who worked on what", stage.open("alice", of_county(draft))


@scene
def known_contacts(stage: Stage) -> Iterator[State]:
    make.draft(by=make.someone("alice"))
    draft = make.draft(by=make.someone("alice"), technical_name="Somebody else")
    page = stage.open("amir", f"{of_county(draft)}edit/contacts/")
    page.locator("#id_known-technical").select_option(label="Theo Marsh, Systems Analyst")
    go(page, "button", "Fill in the technical contact")
    page.wait_for_function("document.activeElement.id === 'id_technical_name'")
    assert page.locator("#id_technical_name").input_value() == "Theo Marsh"
    yield "contact filled in", page
    go(page, "button", "Fill in the program contact")
    yield "no contact chosen", page
