"""A proposal that came by email is logged by keyboard alone in less than three minutes.

The time is reckoned, not measured, so that no slow machine decides: so long per key for someone
who doesn't type fast, so long to think at each control, so long to find a file.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from portal import clock
from portal.wording import plain_day, time_of_day
from reviews.models import Review
from reviews.moves import Status
from tests import make
from tests.stories.hands import Keys
from tests.stories.test_the_whole_job import sign_in, without_a_mouse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.acl("ACL-1")]

A_KEY, A_THOUGHT, A_FILE, A_PAGE = 0.28, 1.35, 15, 2
THREE_MINUTES = 180
# With a county that wrote before, every contact is filled in, and the file lies at hand.
MOST_STOPS = 60


class Counted(Keys):
    """A keyboard that reckons how long a person is at it."""

    def __init__(self, page) -> None:
        super().__init__(page)
        self.keys = self.thoughts = self.files = self.pages = 0
        press, type_ = page.keyboard.press, page.keyboard.type

        def pressed(*args, **more) -> None:
            self.keys += 1
            press(*args, **more)

        def typed(text, **more) -> None:
            self.keys += len(text)
            type_(text, **more)

        page.keyboard.press, page.keyboard.type = pressed, typed

    def goes_to(self, control):
        self.thoughts += 1
        return super().goes_to(control)

    def _go(self, control) -> None:
        self.pages += 1
        super()._go(control)

    def _attach(self, control, file: Path) -> None:
        self.files += 1
        super()._attach(control, file)

    @property
    def seconds(self) -> float:
        at_once = self.keys * A_KEY + self.thoughts * A_THOUGHT
        return at_once + self.files * A_FILE + self.pages * A_PAGE


def test_the_proposal_of_a_county_that_wrote_before(browser_context, live_server, carol, tmp_path):
    make.sent(tool_name="Timesheet Check")
    email = tmp_path / "email.txt"
    email.write_text("Please find our proposal for the Visit Planner.")
    received = clock.pacific(clock.now() - timedelta(days=2))
    carols = Counted(without_a_mouse(browser_context().new_page()))
    sign_in(carols, "carol@cdss.example.gov")
    carols.follows("Log a proposal")
    carols.sees("Log a proposal")
    carols.keys = carols.thoughts = carols.stops = 0
    carols.chooses("How did it arrive?", "By email")
    carols.picks("County", "Alameda County")
    carols.presses("Fill in its contacts")
    carols.reads("Received from it lately")
    carols.writes("Day of receipt", plain_day(received.date()))
    carols.writes("Time of receipt", time_of_day(received))
    carols.attaches("The county's email or letter", email)
    carols.writes("Name of the system or tool", "Visit Planner")
    carols.presses("Log it and ask for what is missing")
    assert carols.seconds < THREE_MINUTES, f"{carols.seconds:.0f} seconds, {carols.keys} keys"
    assert carols.stops <= MOST_STOPS, carols.stops
    assert not carols.unseen
    carols.sees("Request documents")
    carols.reads("Drafted for you to read")
    carols.presses("Send the request")
    carols.reads("Requested. The county gets a letter.")
    review = Review.objects.latest("pk")
    assert (review.where, review.assignee) == (Status.DOCUMENTS_REQUESTED, carol)
    assert clock.pacific_date(review.received_at) == received.date()
    current = review.correspondents.current()
    assert current.get(part="program contact").email == "alice@alameda.example.gov"
