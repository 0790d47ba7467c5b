"""The queue in a real browser: rows ticked at once and assigned by keyboard alone; the way back."""

import pytest
from playwright.sync_api import expect

from portal.models import Role
from reviews.models import Review
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def three(transactional_db) -> list[Review]:
    make.person("miguel@cdss.example.gov", role=Role.REVIEWER, name="Miguel Santos")
    return [make.sent() for _ in range(3)]


def test_all_rows_of_the_page_are_ticked_by_one_button_and_assigned(page_of, three):
    page = page_of(make.someone("carol"))
    page.goto("/reviews/?view=unassigned")
    boxes = page.locator("[name=pick]")
    expect(boxes).to_have_count(3)
    expect(page.locator("[name=pick]:checked")).to_have_count(0)
    button = page.get_by_role("button", name="Select all on this page")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=pick]:checked")).to_have_count(3)
    page.keyboard.press("Tab")
    page.keyboard.type("Miguel")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Assigned to Miguel Santos: CIP-")).to_be_visible()
    assert set(Review.objects.values_list("assignee__name", flat=True)) == {"Miguel Santos"}


def test_a_box_bears_the_name_of_its_row_and_is_ticked_by_keyboard(page_of, three):
    page = page_of(make.someone("carol"))
    page.goto("/reviews/?view=unassigned")
    box = page.get_by_role("checkbox", name=f"Select {three[1].reference}")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_label("With selected, assign to").select_option(label="Miguel Santos")
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page.get_by_text(f"Assigned to Miguel Santos: {three[1].reference}.")).to_be_visible()
    assert Review.objects.filter(assignee__name="Miguel Santos").count() == 1


def test_without_script_nothing_is_offered_that_would_not_work(client_of, three):
    answer = client_of(make.someone("carol")).get("/reviews/?view=unassigned")
    assert b'data-tick="pick" hidden' in answer.content


def test_the_browser_says_from_which_queue_a_proposal_was_opened(page_of, three):
    page = page_of(make.someone("carol"))
    page.goto("/reviews/?view=unassigned&county=01")
    page.get_by_role("link", name=three[1].reference).click()
    page.locator(".tabs").get_by_role("link", name="Notes").click()
    page.locator(".crumbs").get_by_role("link", name="Unassigned").click()
    page.wait_for_url("**/reviews/?view=unassigned&county=01")
