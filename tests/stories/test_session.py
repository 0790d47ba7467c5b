"""How a session ends in the browser: told in time, put off by a key, and nothing typed is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from portal.demonstration import PASSWORD
from portal.models import User
from portal.sign_off import BEGAN
from reviews.models import Message, Request
from tests import make
from tests.stories.silence import everywhere, on_the_server, seen_ago

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "We changed the vendor.\nPlease call us before Friday."
STORED = "Object.keys(localStorage).concat(Object.keys(sessionStorage))"


@pytest.fixture
def here(alice: User) -> str:
    """Where Alice writes to CDSS."""
    return f"/proposals/{make.sent().reference}/messages/"


@pytest.fixture
def hers(page_of: Callable[..., Page], alice: User) -> BrowserContext:
    """Alice's browser, whose clock a test can put forward."""
    context = page_of(alice).context
    context.clock.install()
    return context


def opened(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    page.goto(path)
    return page


def warning(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Are you still there?")


def over(page: Page) -> Locator:
    return page.get_by_role("dialog", name="You were signed out")


def sign_in(page: Page, person: User) -> None:
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


class TestTheWarning:
    def test_it_comes_five_minutes_before_the_end_and_says_the_time_in_words(
        self, hers, alice, here
    ):
        page = opened(hers, here)
        everywhere(hers, alice, 24.5)
        expect(warning(page)).to_be_hidden()
        everywhere(hers, alice, 0.6)
        expect(warning(page)).to_be_visible()
        status = warning(page).get_by_role("status")
        expect(status).to_have_text("You will be signed out in 5 minutes.")
        for minutes in ("4 minutes", "3 minutes", "2 minutes", "1 minute"):
            everywhere(hers, alice, 1)
            expect(status).to_have_text(f"You will be signed out in {minutes}.")
        expect(warning(page).get_by_role("button", name="Sign out")).to_be_visible()

    @pytest.mark.parametrize("key", ["Enter", "Escape", "Space"])
    def test_one_key_stays_signed_in_and_the_focus_goes_back(self, hers, alice, here, key):
        page = opened(hers, here)
        page.get_by_label("Your message").focus()
        everywhere(hers, alice, 25.1)
        expect(warning(page).get_by_role("button", name="Stay signed in")).to_be_focused()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.keyboard.press(key)
        expect(warning(page)).to_be_hidden()
        expect(page.get_by_label("Your message")).to_be_focused()
        assert seen_ago(alice) < 30

    def test_it_can_be_put_off_again_and_again(self, hers, alice, here):
        page = opened(hers, here)
        for _ in range(4):
            everywhere(hers, alice, 25.1)
            expect(warning(page)).to_be_visible()
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                page.keyboard.press("Escape")
            expect(warning(page)).to_be_hidden()

    def test_staying_in_one_tab_keeps_all(self, hers, alice, here):
        one, other = opened(hers, here), opened(hers, "/help/")
        everywhere(hers, alice, 25.1)
        expect(warning(one)).to_be_visible()
        expect(warning(other)).to_be_visible()
        one.keyboard.press("Escape")
        expect(warning(one)).to_be_hidden()
        expect(warning(other)).to_be_hidden()
        everywhere(hers, alice, 20)
        expect(warning(other)).to_be_hidden()

    def test_a_page_opened_in_one_tab_counts_for_the_others(self, hers, alice, here):
        one, other = opened(hers, here), opened(hers, "/help/")
        everywhere(hers, alice, 20)
        other.reload()
        everywhere(hers, alice, 10)
        expect(warning(one)).to_be_hidden()
        everywhere(hers, alice, 15.1)
        expect(warning(one)).to_be_visible()

    def test_who_is_typing_is_not_asked(self, hers, alice, here):
        page = opened(hers, here)
        everywhere(hers, alice, 23)
        page.get_by_label("Your message").press_sequentially("We")
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            everywhere(hers, alice, 2.1)
        expect(warning(page)).to_be_hidden()
        assert seen_ago(alice) < 30

    def test_the_server_is_not_asked_before_and_asking_is_no_activity(self, hers, alice, here):
        page = opened(hers, here)
        asked = []
        about = "/accounts/session/"
        page.on("request", lambda one: asked.append(one.method) if about in one.url else None)
        for _ in range(8):
            everywhere(hers, alice, 3)
        assert asked == []
        everywhere(hers, alice, 1.1)
        expect(warning(page)).to_be_visible()
        assert asked == ["GET"]
        assert seen_ago(alice) > 25 * 60

    def test_after_twelve_hours_it_says_that_it_can_not_be_put_off(self, hers, alice, here):
        page = opened(hers, here)
        page.get_by_label("Your message").fill(TEXT)
        on_the_server(alice, 12 * 60 - 20, BEGAN)
        page.reload()
        everywhere(hers, alice, 15.1)
        expect(warning(page)).to_contain_text("can’t be put off")
        page.keyboard.press("Enter")
        expect(warning(page)).to_be_hidden()
        page.wait_for_function("document.querySelector('dialog').returnValue === 'read'")
        everywhere(hers, alice, 2)
        expect(warning(page)).to_be_hidden()
        everywhere(hers, alice, 3.1)
        expect(over(page)).to_be_visible()

    def test_signing_out_in_it_ends_all_tabs(self, hers, alice, here):
        one, other = opened(hers, here), opened(hers, "/help/")
        other.evaluate("localStorage.setItem(`cip:${document.body.dataset.person}:x`, 'text')")
        everywhere(hers, alice, 25.1)
        warning(one).get_by_role("button", name="Sign out").click()
        expect(over(other)).to_contain_text("You signed out in another window.")
        expect(one.get_by_role("heading", name="Sign in")).to_be_visible()
        assert one.evaluate(STORED) == other.evaluate(STORED) == []


class TestTheEnd:
    def test_it_covers_the_page_and_can_not_be_dismissed(self, hers, alice, here):
        page = opened(hers, here)
        everywhere(hers, alice, 31)
        expect(over(page)).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_be_hidden()
        expect(page.get_by_label("Your message")).to_be_hidden()
        for _ in range(3):
            page.keyboard.press("Escape")
        expect(over(page)).to_be_visible()
        expect(over(page).get_by_role("link", name="Sign in again")).to_be_focused()

    def test_it_comes_without_the_server_too(self, hers, alice, here):
        page = opened(hers, here)
        hers.set_offline(True)
        hers.clock.fast_forward(26 * 60_000)
        expect(warning(page)).to_be_visible()
        hers.clock.fast_forward(5 * 60_000)
        expect(over(page)).to_be_visible()

    def test_what_was_typed_in_a_message_is_there_after_signing_in(self, hers, alice, here):
        page = opened(hers, here)
        page.get_by_label("Your message").fill(TEXT)
        everywhere(hers, alice, 31)
        page.get_by_role("link", name="Sign in again").click()
        expect(page.get_by_text("nothing happened for 30 minutes")).to_be_visible()
        sign_in(page, alice)
        expect(page.get_by_text("What you typed is here again")).to_be_visible()
        expect(page.get_by_label("Your message")).to_have_value(TEXT)
        page.get_by_role("button", name="Send the message").click()
        expect(page.get_by_text("Please call us before Friday.")).to_be_visible()
        expect(page.get_by_label("Your message")).to_have_value("")
        assert Message.objects.get().text == TEXT
        assert page.evaluate(STORED) == []

    def test_and_in_the_answer_to_a_request(self, hers, alice):
        asked: Request = make.requested()
        page = opened(hers, f"/proposals/{asked.review.reference}/request/1/")
        page.locator("main textarea").first.fill(TEXT)
        everywhere(hers, alice, 31)
        page.get_by_role("link", name="Sign in again").click()
        sign_in(page, alice)
        expect(page.locator("main textarea").first).to_have_value(TEXT)

    def test_what_is_chosen_comes_back_too_and_a_password_never(self, hers, alice):
        page = opened(hers, f"/proposals/{make.draft(by=alice).reference}/send/")
        page.get_by_role("radio", name="Agree", exact=True).nth(2).check()
        everywhere(hers, alice, 31)
        page.get_by_role("link", name="Sign in again").click()
        sign_in(page, alice)
        expect(page.get_by_role("radio", name="Agree", exact=True).nth(2)).to_be_checked()
        expect(page.get_by_role("radio", name="Agree", exact=True).nth(1)).not_to_be_checked()
        page.goto("/accounts/password/change/")
        page.get_by_label("Your present password").fill("a secret of hers")
        everywhere(hers, alice, 31)
        expect(over(page)).to_be_visible()
        assert "a secret of hers" not in page.evaluate("JSON.stringify(sessionStorage)")

    def test_another_person_sees_nothing_of_it(self, hers, alice, amir, here):
        page = opened(hers, here)
        page.get_by_label("Your message").fill(TEXT)
        everywhere(hers, alice, 31)
        page.get_by_role("link", name="Sign in again").click()
        sign_in(page, amir)
        expect(page.get_by_label("Your message")).to_have_value("")
        expect(page.get_by_text("What you typed is here again")).to_be_hidden()
        assert page.evaluate(STORED) == []

    def test_signing_in_in_one_tab_opens_the_others_again(self, hers, alice, here):
        one, other = opened(hers, here), opened(hers, here)
        other.get_by_label("Your message").fill(TEXT)
        everywhere(hers, alice, 31)
        one.get_by_role("link", name="Sign in again").click()
        sign_in(one, alice)
        expect(over(other)).to_be_hidden()
        expect(other.get_by_label("Your message")).to_have_value(TEXT)
        other.get_by_role("button", name="Send the message").click()
        expect(other.get_by_text("Please call us before Friday.")).to_be_visible()

    def test_another_person_in_one_tab_opens_none(self, hers, alice, amir, here):
        one, other = opened(hers, "/help/"), opened(hers, here)
        other.get_by_label("Your message").fill(TEXT)
        everywhere(hers, alice, 31)
        one.get_by_role("link", name="Sign in again").click()
        sign_in(one, amir)
        expect(one.get_by_role("heading", name="Help", exact=True)).to_be_visible()
        expect(over(other)).to_be_visible()
        expect(other.get_by_label("Your message")).to_be_hidden()


class TestWithoutJavaScript:
    def test_what_was_sent_too_late_comes_back_after_signing_in(self, page_of, alice, here):
        page = page_of(alice, java_script_enabled=False)
        page.goto(here)
        page.get_by_label("Your message").fill(TEXT)
        on_the_server(alice, 31)
        page.get_by_role("button", name="Send the message").click()
        expect(page.get_by_text("What you typed is not lost")).to_be_visible()
        sign_in(page, alice)
        expect(page.get_by_role("heading", name="You were signed out before")).to_be_visible()
        expect(page.get_by_text("Please call us before Friday.")).to_be_visible()
        page.get_by_role("button", name="Go on with it").click()
        expect(page).to_have_url(re.compile(f"{here}$"))
        assert Message.objects.get().text == TEXT


class TestAdministration:
    def test_its_pages_warn_and_end_like_all_others(self, page_of, erin):
        context = page_of(erin).context
        context.clock.install()
        page = opened(context, "/admin/portal/barrierreport/")
        everywhere(context, erin, 25.1)
        expect(warning(page).get_by_role("button", name="Stay signed in")).to_be_focused()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.keyboard.press("Escape")
        expect(warning(page)).to_be_hidden()
        everywhere(context, erin, 31)
        expect(over(page)).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_be_hidden()


class TestLeaving:
    def test_who_leaves_a_message_half_written_finds_it_again(self, hers, here):
        page = opened(hers, here)
        page.get_by_label("Your message").fill(TEXT)
        page.get_by_role("link", name="Help").first.click()
        page.go_back()
        page.goto(here)
        expect(page.get_by_label("Your message")).to_have_value(TEXT)
        expect(page.get_by_text("What you typed is here again")).to_be_visible()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Your message is on its way to CDSS.")).to_be_visible()
        page.goto(here)
        expect(page.get_by_label("Your message")).to_have_value("")
        assert Message.objects.get().text == TEXT
