"""Two colleagues in one section: both texts, the choice, what is set aside; contacts filled in."""

from collections.abc import Iterator

from tests import make
from tests.stories.scenes import Stage, State, go, of_county, scene

SAVE = "Save and continue"


@scene
def two_colleagues(stage: Stage) -> Iterator[State]:
    draft = make.draft(by=make.someone("alice"))
    edit = f"{of_county(draft)}edit/"
    page = stage.open("alice", f"{edit}purpose/")
    page.locator("#id_purpose").fill("Alice's words, which are long.\nAnd a second line.")
    stage.press("amir", f"{edit}purpose/", SAVE, purpose="Amir's words, which are short.")
    go(page, "button", SAVE)
    yield "both texts", page
    page.get_by_role("radio", name="Keep Amir Haddad’s").check()
    go(page, "button", SAVE)
    page = stage.open("alice", f"{edit}purpose/")
    page.get_by_text("Texts set aside (1)").click()
    assert page.locator("#id_purpose").input_value() == "Amir's words, which are short."
    assert page.get_by_text("And a second line.").is_visible()
    yield "a text set aside", page
    page = stage.open("alice", f"{edit}data/")
    page.locator("#id_in-0-what").fill("Alice's list")
    stage.press("amir", f"{edit}data/", SAVE, **{"in-0-what": "Amir's list"})
    go(page, "button", SAVE)
    yield "both rows", page
    page = stage.open("alice", f"{edit}how/")
    page.locator("#id_privacy_program_date").fill("March 1, 2027")
    stage.press("amir", f"{edit}how/", SAVE, privacy_program_date="March 2, 2027")
    go(page, "button", SAVE)
    yield "both dates", page
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
