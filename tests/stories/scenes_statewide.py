"""Scenes of the statewide page: nothing yet, all counties, one county, odd and future months."""

from collections.abc import Iterator
from datetime import timedelta

from portal import clock, outbox
from tests import make
from tests.stories.scenes import Stage, State, scene


@scene
def the_whole_state(stage: Stage) -> Iterator[State]:
    yield "statewide, nothing yet", stage.open("carol", "/statewide/")
    with clock.travel(clock.now() - timedelta(days=40)):
        make.sent(cmips_methods=["writes", "direct"])
        late = make.in_review()
        asked = make.requested()
    with clock.travel(clock.now() - timedelta(days=28)):
        make.logged()
        make.decided(make.responded(asked), conditions=[make.condition()])
    make.decided(late)
    outbox.deliver_due()
    yield "statewide", stage.open("carol", "/statewide/")
    page = stage.open("carol", "/statewide/?all=1&count=plain")
    for summary in page.locator("main summary").all():
        summary.click()
    yield "statewide, all counties, everything open, plain days", page
    yield "statewide, one county", stage.open("frank", "/statewide/?county=01")
    yield "statewide, a county without any", stage.open("frank", "/statewide/?county=02")
    yield "statewide, odd months", stage.open("carol", "/statewide/?from=2026-13&to=soon&county=x")
    yield "statewide, months ahead", stage.open("carol", "/statewide/?from=2090-01")
