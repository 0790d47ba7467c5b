"""Whatever ends in the middle of a section, at most two seconds of typing are lost.

The connection, the server, the session, the browser's tab, the answer on its way: each is cut off
in a real browser while somebody types. What the server has not got is on the device.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, Route, expect

from portal.demonstration import PASSWORD
from portal.models import User
from proposals.models import Proposal
from tests import make
from tests.processes import WebServer, until
from tests.stories.typing import (
    AT_MOST,
    Writer,
    holds_the_first_save,
    is_kept,
    is_stored,
    kept_on_device,
    nothing_is_kept,
    section_of,
    stored,
)

pytestmark = pytest.mark.django_db(transaction=True)

AGAIN = "form > .notice"


@pytest.fixture
def draft(alice: User, amir: User) -> Proposal:
    return Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="Caseload Compass")


@pytest.fixture
def sits_down(page_of: Callable[..., Page], draft: Proposal) -> Callable[..., Writer]:
    """sits_down(amir) is Amir with the section before him."""

    def open_section(person: User, key: str = "purpose", box: str = "purpose") -> Writer:
        page = page_of(person)
        page.goto(section_of(draft, key))
        return Writer(page, box)

    return open_section


def comes_back(writer: Writer, draft: Proposal) -> Page:
    """Opens the section in a new tab of the same browser."""
    page = writer.page.context.new_page()
    page.goto(section_of(draft))
    writer.page = page
    return page


# The connection


def test_the_connection_is_cut_while_one_types(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.types(3)
    writer.page.context.set_offline(True)
    cut = time.monotonic()
    writer.types(2.5)
    assert writer.lost(stored(draft), cut) <= writer.may_lose(cut)
    writer.is_told("Not saved: no connection. Kept on this computer. Trying again …")
    expect(writer.page.locator("#spoken")).to_contain_text("Not saved: no connection")
    writer.types(1)
    writer.page.context.set_offline(False)
    is_stored(writer.page, draft, writer.text)
    writer.is_told("Saved")
    expect(writer.page.locator("#spoken")).to_contain_text("Saved")
    nothing_is_kept(writer.page)
    expect(writer.control).to_be_focused()


def test_without_a_connection_a_button_keeps_the_page(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.page.context.set_offline(True)
    writer.types(1)
    save = writer.page.get_by_role("button", name="Save and continue")
    for _ in range(2):
        save.click()
        writer.is_told("Not saved: no connection.")
        writer.has_it_all()
    writer.page.context.set_offline(False)
    with writer.page.expect_navigation():
        save.click()
    assert stored(draft) == writer.text.strip()


def test_an_answer_that_is_lost_on_its_way_makes_no_conflict_with_oneself(sits_down, amir, draft):
    writer = sits_down(amir)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if len(lost) < 2:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    writer.page.route("**/autosave/", lose)
    writer.types(7)
    is_stored(writer.page, draft, writer.text)
    assert len(lost) == 2
    assert all('"version"' in answer for answer in lost), "the server had saved it each time"
    writer.is_told("Saved")


def test_a_page_of_a_network_in_between_is_not_taken_for_saved(sits_down, amir, draft):
    writer = sits_down(amir)
    portal_page = {"status": 200, "content_type": "text/html", "body": "<h1>Accept our terms</h1>"}
    writer.page.route("**/autosave/", lambda route: route.fulfill(**portal_page))
    writer.types(3)
    writer.is_told("Not saved: no connection.")
    writer.page.unroute("**/autosave/")
    is_stored(writer.page, draft, writer.text)


# The server


@pytest.fixture
def server(tmp_path: Path, amir: User) -> Iterator[WebServer]:
    amir.password = make_password(PASSWORD, hasher=PBKDF2PasswordHasher())
    amir.save()
    server = WebServer(tmp_path)
    yield server
    server.kill()


def sign_in(page: Page, person: User) -> None:
    page.locator("[name=login]").fill(person.email)
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


@pytest.mark.process
def test_the_server_is_killed_while_one_types(browser_context, server, amir, draft):
    page = browser_context(base_url=server.url).new_page()
    page.goto(section_of(draft))
    sign_in(page, amir)
    writer = Writer(page, "purpose")
    for _ in range(2):
        writer.types(2.7)
        server.kill()
        killed = time.monotonic()
        assert writer.lost(stored(draft), killed) <= writer.may_lose(killed)
        writer.types(2.5)
        writer.is_told("Not saved: no connection. Kept on this computer.")
        server.start()
        is_stored(page, draft, writer.text)
    writer.is_told("Saved")
    assert Proposal.objects.get(pk=draft.pk).states.get(section="purpose").saved_by == amir


@pytest.mark.process
def test_a_server_that_hangs_holds_nothing_up_for_good(browser_context, server, amir, draft):
    page = browser_context(base_url=server.url).new_page()
    page.goto(section_of(draft))
    sign_in(page, amir)
    writer = Writer(page, "purpose")
    os.killpg(server.popen.pid, signal.SIGSTOP)
    try:
        writer.types(2.5)
        writer.is_told("Not saved: no connection.")
    finally:
        os.killpg(server.popen.pid, signal.SIGCONT)
    writer.types(1)
    is_stored(page, draft, writer.text)


# The session


def test_the_session_ends_and_one_signs_in_in_another_window(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.types(2.5)
    Session.objects.all().delete()
    ended, typed = time.monotonic(), len(writer.text)
    assert writer.lost(stored(draft), ended) <= writer.may_lose(ended)
    writer.types(2.5)
    writer.is_told("Not saved: you are signed out. Sign in in another window")
    assert len(stored(draft)) <= typed, "saved after the session ended"
    other = writer.page.context.new_page()
    other.goto("/")
    sign_in(other, amir)
    is_stored(writer.page, draft, writer.text)
    writer.is_told("Saved")


def test_or_in_the_same_window(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.types(2.5)
    writer.page.context.clear_cookies()
    writer.types(2.5)
    writer.is_told("Not saved: you are signed out.")
    with writer.page.expect_navigation():
        writer.page.get_by_role("button", name="Save and continue").click()
    sign_in(writer.page, amir)
    assert section_of(draft) in writer.page.url
    expect(writer.page.locator(AGAIN)).to_be_visible()
    writer.has_it_all()
    is_stored(writer.page, draft, writer.text)


def test_a_colleague_who_signs_in_at_the_same_computer_gets_nothing_of_it(
    sits_down, alice, amir, draft
):
    writer = sits_down(amir)
    writer.types(2.2)
    writer.is_told("Saved")
    before = stored(draft)
    writer.page.context.clear_cookies()
    writer.types(2.5)
    other = writer.page.context.new_page()
    other.goto("/")
    sign_in(other, alice)
    other.goto(section_of(draft))
    expect(other.locator(AGAIN)).to_have_count(0)
    expect(other.locator("#id_purpose")).to_have_value(before)
    # The window behind asks again, now with the colleague's cookies, which is no activity of
    # theirs, and sends nothing.
    sent = []
    writer.page.on("request", lambda one: sent.append(one) if "autosave" in one.url else None)
    for _ in range(3):
        other.wait_for_timeout(1000)
        with writer.page.expect_response(lambda answer: "/session/" in answer.url) as asked:
            writer.page.evaluate("dispatchEvent(new Event('online'))")
        assert asked.value.json()["person"] != writer.page.evaluate("document.body.dataset.person")
    assert sent == []
    assert stored(draft) == before


# The tab


def test_a_tab_is_closed_with_the_last_words_unsaved(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.types(3)
    writer.page.close()
    closed = time.monotonic()
    until(lambda: writer.lost(stored(draft), closed) <= AT_MOST)


def test_a_tab_crashes_and_the_device_has_the_rest(page_of, amir, draft):
    page = page_of(amir)
    spare = page.context.new_page()
    spare.goto("/help/")
    page.bring_to_front()
    others = renderers(page)
    page.goto(section_of(draft))
    writer = Writer(page, "purpose")
    writer.types(2)
    writer.is_told("Saved")
    # What is typed now doesn't reach the server in time.
    page.route("**/autosave/", lambda route: None)
    writer.types(0.5)
    is_kept(page, writer.text)
    for process in renderers(page) - others:
        os.kill(process, signal.SIGKILL)
    spare.goto(section_of(draft))
    writer.page = spare
    expect(spare.locator(AGAIN)).to_contain_text("What you typed at")
    writer.has_it_all()
    is_stored(spare, draft, writer.text)
    writer.is_told("Saved")
    spare.reload()
    expect(spare.locator(AGAIN)).to_have_count(0)


def renderers(page: Page) -> set[int]:
    """The processes behind the browser's tabs."""
    session = page.context.browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return {int(one["id"]) for one in found if one["type"] == "renderer"}


def test_a_tab_is_closed_without_a_connection_and_opened_again(sits_down, amir, draft):
    writer = sits_down(amir)
    context = writer.page.context
    context.set_offline(True)
    writer.types(3)
    writer.page.close()
    context.set_offline(False)
    assert stored(draft) == ""
    page = comes_back(writer, draft)
    expect(page.locator(AGAIN)).to_contain_text("What you typed at")
    writer.has_it_all()
    is_stored(page, draft, writer.text)
    nothing_is_kept(page)


def test_who_follows_a_link_waits_until_all_is_saved(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.types(1)
    with writer.page.expect_navigation():
        writer.page.get_by_role("link", name="Task list").click()
    assert stored(draft) == writer.text.strip()
    nothing_is_kept(writer.page)


def test_so_does_who_signs_out(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.types(1)
    with writer.page.expect_navigation():
        writer.page.get_by_role("button", name="Sign out").first.click()
    assert stored(draft) == writer.text.strip()


def test_a_button_waits_for_a_save_on_its_way(sits_down, amir, draft):
    writer = sits_down(amir)
    page, held = writer.page, holds_the_first_save(writer.page)
    writer.types(2)
    while not held:
        page.wait_for_timeout(100)
    assert len(held) == 1, "a save is on its way"
    for _ in range(2):
        page.evaluate("document.querySelector('[name=then]').click()")
    page.wait_for_timeout(300)
    assert page.url.endswith(section_of(draft))
    with page.expect_navigation():
        held[0].continue_()
    assert page.url.endswith(f"/proposals/{draft.reference}/")
    assert stored(draft) == writer.text.strip()
    assert draft.states.get(section="purpose").version == 2


# Rows that were not saved


def test_rows_come_back_though_the_page_has_fewer(sits_down, amir, draft):
    writer = sits_down(amir, "data", "in-0-what")
    page = writer.page
    page.locator("#id_in-0-what").fill("First")
    for number in (1, 2):
        with page.expect_navigation():
            page.get_by_role("button", name="Add another data in").click()
        page.locator(f"#id_in-{number}-what").fill(f"Row {number}")
    page.context.set_offline(True)
    page.locator("#id_in-1-what").fill("")
    page.locator("#id_in-2-where").fill("DDL")
    is_kept(page, "DDL")
    page.close()
    page.context.set_offline(False)
    page = writer.page.context.new_page()
    page.goto(section_of(draft, "data"))
    expect(page.locator("#id_in-1-where")).to_have_value("DDL")
    page.wait_for_load_state()
    expect(page.locator("#id_in-1-what")).to_have_value("Row 2")
    flows = [(flow.what, flow.where) for flow in draft.flows.all()]
    assert flows == [("First", ""), ("Row 2", "DDL")]


@pytest.mark.parametrize("script", [True, False])
def test_the_focus_goes_to_the_row_that_is_new_or_moved_up(script, page_of, amir, draft):
    page = page_of(amir, java_script_enabled=script)
    page.goto(section_of(draft, "data"))
    page.locator("#id_in-0-what").fill("First")
    for number, text in ((1, "Second"), (2, "Third")):
        press(page, "Add another data in")
        expect(page.locator(f"#id_in-{number}-what")).to_be_focused()
        page.keyboard.type(text)
    press(page, "Remove Data in 2")
    expect(page.locator("#id_in-1-what")).to_be_focused()
    expect(page.locator("#id_in-1-what")).to_have_value("Third")
    press(page, "Remove Data in 2")
    expect(page.locator("#id_in-0-what")).to_be_focused()
    assert [flow.what for flow in draft.flows.all()] == ["First"]


@pytest.mark.parametrize("script", [True, False])
def test_enter_in_a_row_removes_nothing(script, page_of, amir, draft):
    page = page_of(amir, java_script_enabled=script)
    page.goto(section_of(draft, "data"))
    page.locator("#id_in-0-what").fill("First")
    with page.expect_navigation():
        page.locator("#id_in-0-what").press("Enter")
    assert "/edit/users/" in page.url
    assert [flow.what for flow in draft.flows.all()] == ["First"]


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


# Two at once


def test_two_colleagues_write_at_once_and_both_texts_are_shown(sits_down, alice, amir, draft):
    hers, his = sits_down(alice), sits_down(amir)
    hers.types(2.2)
    is_stored(hers.page, draft, hers.text)
    his.types(2.5)
    his.is_told("Not saved. Alice Nakamura saved this section today at")
    his.types(2.5)
    assert stored(draft) == hers.text.strip(), "a colleague's text is not overwritten"
    press(his.page, "Save and continue")
    group = his.page.get_by_role("group", name="Purpose and function")
    expect(group).to_contain_text(hers.text.strip())
    typed = his.text.strip()
    expect(group).to_contain_text(typed)
    # The writer chooses; until then nothing is saved, and the device keeps what is typed.
    his.text = his.control.input_value()
    assert his.text.strip() == typed
    his.types(2.5)
    assert stored(draft) == hers.text.strip()
    his.page.close()
    page = comes_back(his, draft)
    his.has_it_all()
    his.is_told("Not saved. Alice Nakamura saved this section")
    press(page, "Save and continue")
    press(page, "Save and continue")
    assert stored(draft) == his.text.strip()
    page.goto(section_of(draft))
    expect(page.locator(AGAIN)).to_have_count(0)


def test_what_comes_back_overwrites_no_colleague(sits_down, alice, amir, draft):
    his = sits_down(amir)
    his.page.context.set_offline(True)
    his.types(1)
    his.page.close()
    draft.save_section("purpose", {"purpose": "Hers"}, by=alice, seen=0)
    his.page.context.set_offline(False)
    comes_back(his, draft)
    his.has_it_all()
    his.is_told("Not saved. Alice Nakamura saved this section")
    assert stored(draft) == "Hers"


# What the page says, and keeps


def test_the_first_save_is_spoken_and_later_ones_are_not(sits_down, amir, draft):
    writer = sits_down(amir)
    spoken = writer.page.locator("#spoken")
    writer.types(0.5)
    writer.is_told("Saving …")
    writer.is_told("Saved")
    expect(spoken).to_contain_text("Saved")
    writer.page.evaluate("document.getElementById('spoken').textContent = ''")
    writer.types(0.5)
    writer.is_told("Saving …")
    writer.is_told("Saved")
    expect(spoken).to_have_text("")
    expect(writer.control).to_be_focused()


def test_help_appears_while_one_writes_and_moves_no_focus(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.control.press_sequentially("A macro logs in", delay=20)
    expect(writer.page.locator("#help_purpose")).to_contain_text("CDSS may ask about macro")
    expect(writer.page.locator("#spoken")).to_contain_text("CDSS may ask about macro")
    expect(writer.control).to_be_focused()
    writer.control.fill("Staff type it in")
    expect(writer.page.locator("#help_purpose")).to_be_empty()


def test_case_data_is_warned_of_and_kept_nowhere(sits_down, amir, draft):
    writer = sits_down(amir)
    page, box = writer.page, writer.page.get_by_role("checkbox", name="This is not a Social")
    held = holds_the_first_save(page)
    page.locator("#id_business_needs").fill("Fewer late cases")
    writer.control.fill("Ann has 123-45-6789 here")
    is_kept(page, "Fewer late cases")
    while not held:
        page.wait_for_timeout(100)
    assert "123-45-6789" not in kept_on_device(page)
    held[0].continue_()
    writer.is_told("Not saved: “Purpose and function”. All else is saved.")
    warning = "“Purpose and function” is not saved. Take out the number"
    expect(page.locator("#help_purpose")).to_contain_text(warning)
    expect(page.locator("#spoken")).to_contain_text(warning)
    expect(writer.control).to_have_attribute("aria-invalid", "true")
    expect(writer.control).to_have_accessible_description(
        "What the tool does, for someone who has never seen it. "
        + warning
        + ": it looks like a Social Security number"
    )
    proposal = Proposal.objects.get(pk=draft.pk)
    assert (proposal.purpose, proposal.business_needs) == ("", "Fewer late cases")
    writer.control.fill("Ann has case number 1234567")
    expect(page.locator("#help_purpose")).to_contain_text("it looks like a case number")
    writer.control.press_sequentially("8")
    page.wait_for_timeout(400)
    assert "1234567" not in kept_on_device(page)
    writer.is_told("Saved")
    expect(writer.control).not_to_have_attribute("aria-invalid", "true")
    writer.control.fill("Ann has case number 1234567")
    box.check()
    writer.is_told("Saved")
    assert stored(draft) == "Ann has case number 1234567"


def test_a_refusal_of_a_button_goes_once_the_text_is_mended(sits_down, amir, draft):
    writer = sits_down(amir)
    writer.control.fill("Ann has 123-45-6789 here")
    press(writer.page, "Save and continue")
    expect(writer.page.locator("#id_purpose_error")).to_be_visible()
    writer.control.fill("Ann works here")
    writer.is_told("Saved")
    expect(writer.page.locator("#id_purpose_error")).to_have_count(0)
    assert stored(draft) == "Ann works here"


def test_it_counts_what_is_left_from_four_fifths_on(sits_down, amir):
    writer = sits_down(amir)
    field = writer.page.locator(".field", has=writer.control)
    writer.control.fill("x" * 3199)
    expect(field).not_to_contain_text("left")
    # The first save is spoken, the later ones are not.
    expect(writer.page.locator("#spoken")).to_contain_text("Saved")
    writer.control.fill("x" * 3880)
    expect(field).to_contain_text("You have 120 characters left")
    expect(writer.page.locator("#spoken")).to_contain_text("You have 120 characters left")
    writer.control.fill("x" * 3999 + "   ")
    expect(field).to_contain_text("You have 1 character left")
    writer.control.fill("é" * 4012)
    expect(field).to_contain_text("12 characters too many")


def test_what_is_older_than_half_a_day_is_not_brought_back(sits_down, amir, draft):
    writer = sits_down(amir)
    context = writer.page.context
    context.set_offline(True)
    writer.types(0.5)
    is_kept(writer.page, writer.text)
    writer.page.evaluate(
        """() => {
          const [key] = Object.keys(localStorage).filter((one) => one.includes(":kept:"));
          const entry = JSON.parse(localStorage[key]);
          localStorage[key + "0"] = JSON.stringify({ ...entry, at: Date.now() - 13 * 3600e3 });
        }"""
    )
    writer.page.evaluate("for (const one of document.forms) one.reset()")
    writer.page.close()
    context.set_offline(False)
    page = comes_back(writer, draft)
    expect(page.locator(AGAIN)).to_have_count(0)
    expect(writer.control).to_have_value("")
    nothing_is_kept(page)


def test_without_a_place_to_keep_it_on_the_device_the_page_still_saves(page_of, amir, draft):
    page = page_of(amir)
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw 1; } })")
    page.goto(section_of(draft))
    writer = Writer(page, "purpose")
    writer.types(0.5)
    is_stored(page, draft, writer.text)


def test_a_text_of_sixty_thousand_letters_is_saved_too(sits_down, amir, draft):
    """More than a browser sends after its page is gone; the rest of the way is the same."""
    writer = sits_down(amir, "how", "hosting")
    for name in ("technical_component", "hosting", "data_location", "retention"):
        writer.page.locator(f"#id_{name}").fill("x " * 9000)
    writer.is_told("Saved")
    assert len(stored(draft, "retention")) == 17_999
