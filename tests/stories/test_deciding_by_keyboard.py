"""A reviewer decides a clean proposal by keyboard alone: how many keys that takes, counted.

At one key in a third of a second ninety take half a minute, and leave a minute and a half of
the two to read the answers and the letter.
"""

import pytest
from playwright.sync_api import Locator, Page, expect

from reviews.checklist import RULES
from reviews.models import Decision, Finding, Review
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

# From the queue, with every row of the checklist answered; and with the checklist done before.
KEYS_WITH_CHECKLIST = 90
KEYS_FROM_FINDINGS = 55
STOPS = 120


class Keyboard:
    """A page worked by its keyboard; every key counts, also each of a typed word."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key)

    def go_to(self, control: Locator) -> None:
        """Tab until the control has the focus, as someone does who sees where it is."""
        for _ in range(STOPS):
            if control.evaluate("one => one === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"{control} is not reached in {STOPS} stops")

    def into_main(self) -> None:
        """Past the links that stand on every page."""
        self.press("Tab")
        self.press("Enter")

    def follow(self, control: Locator) -> None:
        self.go_to(control)
        with self.page.expect_navigation():
            self.press("Enter")


def opened(page: Page, review: Review) -> Keyboard:
    """The queue, and from it the proposal."""
    page.goto("/reviews/?view=mine")
    keyboard = Keyboard(page)
    keyboard.into_main()
    keyboard.follow(page.locator(f"main a[href='/reviews/{review.reference}/']").first)
    return keyboard


def sent_to_the_approver(keyboard: Keyboard, review: Review) -> Decision:
    """On the page of the decision, whose letter is written: to its button."""
    page = keyboard.page
    expect(page.get_by_role("heading", name="Decide", level=1)).to_be_visible()
    expect(page.locator(".letter")).to_contain_text("CDSS approves it.")
    keyboard.into_main()
    keyboard.go_to(page.get_by_role("link", name="Go to the end of the form"))
    keyboard.press("Enter")
    keyboard.follow(page.get_by_role("button", name="Send to Dana Okafor"))
    expect(page.get_by_role("status")).to_contain_text("Sent to Dana Okafor, who gets an email.")
    return Decision.objects.get(review=review)


@pytest.fixture
def review(carol, dana) -> Review:
    return make.in_review(by=carol)


def test_with_every_row_of_the_checklist_answered(page_of, carol, review):
    keyboard = opened(page_of(carol), review)
    page = keyboard.page
    keyboard.into_main()
    keyboard.go_to(page.get_by_role("link", name="Skip to the checklist"))
    keyboard.press("Enter")
    for rule in RULES:
        group = page.get_by_role("group", name=rule.label, exact=True)
        keyboard.go_to(group.get_by_role("radio").first)
        keyboard.press("Space")
    keyboard.follow(page.get_by_role("button", name="Save and decide"))
    decision = sent_to_the_approver(keyboard, review)
    assert decision.outcome == "approved" and len(decision.reasons) == len(RULES)
    assert keyboard.keys <= KEYS_WITH_CHECKLIST, keyboard.keys


def test_with_the_checklist_done_before(page_of, carol, review):
    values = {rule.key: {"choice": "meets", "note": ""} for rule in RULES}
    Finding.objects.save_checklist(review, by=carol, values=values)
    keyboard = opened(page_of(carol), review)
    keyboard.follow(keyboard.page.get_by_role("link", name="Decide", exact=True).first)
    keyboard.into_main()
    keyboard.follow(keyboard.page.get_by_role("link", name="Fill in from the checklist"))
    sent_to_the_approver(keyboard, review)
    assert keyboard.keys <= KEYS_FROM_FINDINGS, keyboard.keys


def test_enter_in_a_field_sends_the_letter_that_is_written(page_of, carol, review):
    values = {rule.key: {"choice": "meets", "note": ""} for rule in RULES}
    Finding.objects.save_checklist(review, by=carol, values=values)
    page = page_of(carol)
    page.goto(f"/reviews/{review.reference}/recommend/?from=checklist")
    keyboard = Keyboard(page)
    keyboard.into_main()
    keyboard.follow(page.get_by_role("radio", name="Approve", exact=True))
    assert Decision.objects.get().reasons
