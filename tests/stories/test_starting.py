"""From "do I need one?" to a draft, a copy of it, and both found again: by keyboard alone, and
without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from portal.models import User
from proposals.models import Proposal
from tests.stories.hands import Hands, Keys, Pointer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["keyboard", "no script"])
def hands(request, page_of: Callable[..., Page], alice: User) -> Hands:
    if request.param == "keyboard":
        return Keys(page_of(alice))
    return Pointer(page_of(alice, java_script_enabled=False))


def test_a_county_starts_by_the_guide_copies_and_finds_both(hands, alice):
    hands.opens("/")
    hands.follows("Do I need a proposal?")
    hands.chooses("What is it?", "A new system, application or tool")
    hands.presses("Continue")
    hands.chooses("Will it take data from CMIPS, or put data into CMIPS?", "Yes")
    hands.presses("Continue")
    hands.presses("Continue")
    hands.sees("Error: How will data get from CMIPS to it")
    ways = "How will data get from CMIPS to it, or from it to CMIPS?"
    hands.ticks("It imports CMIPS Data Download (DDL) files", ways)
    hands.ticks("It writes to CMIPS by itself", ways)
    hands.presses("Continue")
    hands.chooses("Has development or purchase begun?", "No")
    hands.presses("Continue")
    hands.sees("Yes, start a proposal")
    hands.reads("CDSS does not allow “It writes to CMIPS by itself”")
    hands.follows(f"Change {ways}")
    hands.presses("Continue")
    hands.sees("Yes, start a proposal")
    hands.writes("Name of the system or tool (optional)", "Visit Planner")
    hands.presses("Start the proposal")
    hands.sees("Task list – Visit Planner")
    draft = Proposal.objects.get()
    assert (draft.tool_state, draft.work_begun) == ("new", "no")
    assert draft.cmips_methods == ["ddl", "writes"]
    hands.follows("Copy it into a new proposal")
    hands.presses("Copy it into a new draft")
    hands.sees("Task list – Visit Planner (CIP-")
    hands.reads("Copied from")
    hands.opens("/proposals/")
    hands.writes("Words in tool, vendor, purpose or reference", "planner")
    hands.picks("Status", "Draft")
    hands.presses("Filter")
    hands.reads("2 proposals")
    hands.follows("Words: planner (remove this filter)")
    hands.reads("Status: Draft")
    assert not getattr(hands, "unseen", [])
