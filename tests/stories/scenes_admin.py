"""The administration's page that asks before a closed day is kept, with what that would move."""

from collections.abc import Iterator
from datetime import date, timedelta

from playwright.sync_api import Page

from portal import clock
from portal.models import OfficeClosure
from tests import make
from tests.stories.scenes import Stage, State, go, scene

CLOSURES = "/admin/portal/officeclosure/"
KEEP = "Save"
LONG = "Day of mourning for a governor whose name takes more than one line on a telephone"


def declared(stage: Stage, day: date, name: str = LONG) -> Page:
    """A closed day, typed and sent to be kept: the page that asks first."""
    page = stage.open("erin", f"{CLOSURES}add/")
    page.get_by_label("Date:").fill(day.isoformat())
    page.get_by_label("Name:").fill(name)
    return go(page, "button", KEEP)


@scene
def a_change_of_the_office_calendar(stage: Stage) -> Iterator[State]:
    due = make.sent().due
    make.sent(make.draft(tool_name="Home Visit Planner with quite a long name of its own"))
    make.decided()
    far = clock.today() + timedelta(days=900)
    yield "a closed day that moves none", declared(stage, far)
    yield "a closed day that moves cases", declared(stage, due)
    page = stage.page("erin")
    page.get_by_label("Move the date of").first.check()
    yield "kept, one case follows", go(page, "button", "Change the calendar")
    yield "a closed day while a case was left", declared(stage, far)
    yield "a closed day that is past", declared(stage, clock.today() - timedelta(days=30))
    kept = OfficeClosure.objects.get(date=due)
    page = stage.open("erin", f"{CLOSURES}{kept.pk}/change/")
    page.locator("#id_in_force").uncheck()
    yield "a closed day taken out of force", go(page, "button", KEEP)
    yield "the calendar", stage.open("erin", CLOSURES)
