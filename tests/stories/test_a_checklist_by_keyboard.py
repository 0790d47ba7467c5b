"""A reviewer fills the checklist with the keyboard alone, row after row, and keeps the place."""

import pytest
from playwright.sync_api import Page

from reviews.checklist import RULES
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

FOCUSED = "() => document.activeElement.name ?? ''"
MOST_STOPS = 3


def to_next_row(page: Page, name: str) -> int:
    """Tab until another control of that name has the focus; how many stops it took."""
    for stops in range(1, 20):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return stops
    raise AssertionError(f"{name} is not reached")


def test_eleven_rows_take_a_key_each_and_three_stops_between(page_of, carol):
    review = make.in_review()
    page = page_of(carol)
    page.goto(f"/reviews/{review.reference}/")
    page.locator(f"input[name={RULES[0].key}-choice]").first.focus()
    stops = []
    for place, rule in enumerate(RULES):
        if place:
            stops.append(to_next_row(page, f"{rule.key}-choice"))
        page.keyboard.press("Space")
        if rule.key == "research":
            for _ in range(3):
                page.keyboard.press("ArrowRight")
    assert max(stops) <= MOST_STOPS
    button = page.get_by_role("button", name="Save checklist")
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
    assert button.evaluate("(one) => one === document.activeElement")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("#checklist")
    page.get_by_text("11 of 11 answered").wait_for()
    chosen = {finding.rule: finding.choice for finding in review.findings.all()}
    assert chosen == {rule.key: "meets" for rule in RULES} | {"research": "not_applicable"}


def test_a_note_opens_with_the_keyboard_and_stays_open_with_its_words(page_of, carol):
    review = make.in_review()
    page = page_of(carol)
    page.goto(f"/reviews/{review.reference}/")
    page.locator("summary", has_text="Add a note on PSCI").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("No evidence of remote wipe.")
    with page.expect_navigation():
        page.get_by_role("button", name="Save checklist").press("Enter")
    note = page.get_by_label("Note on “PSCI")
    assert note.is_visible()
    assert note.input_value() == "No evidence of remote wipe."
