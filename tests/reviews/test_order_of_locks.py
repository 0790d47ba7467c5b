"""A review is held before the journal: two acts at once never wait for each other.

Whoever writes into the journal keeps all others from it until the end. An act that held it and
then wanted a review, which somebody else holds who wants the journal, would end both.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import clock
from tests import make
from tests.pages import change_calendar, form_on

pytestmark = pytest.mark.django_db

HELD = ('UPDATE "reviews_review"', 'FROM "reviews_review"')
JOURNAL = 'FROM "portal_journalhead"'


def received() -> dict[str, str]:
    """What came by email a minute ago."""
    local = clock.pacific(clock.now()) - timedelta(minutes=1)
    return {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "original": make.a_file()}


def locked_in(asked: CaptureQueriesContext) -> list[str]:
    """The reviews and the journal in the order in which they were held."""
    found = []
    for sql in (one["sql"] for one in asked.captured_queries):
        if sql.startswith(HELD[0]) or (HELD[1] in sql and "FOR NO KEY UPDATE" in sql):
            found.append("review")
        elif JOURNAL in sql:
            found.append("journal")
    return found


Sent = tuple[str, str, dict[str, Any]]


def message() -> Sent:
    page = f"/proposals/{make.in_review().reference}/messages/"
    return "alice", page, {"text": "The plan.", "label": "internal", "file": make.a_file()}


def condition() -> Sent:
    review = make.decided(conditions=[make.condition("Wipe lost tablets.")]).review
    page = f"/proposals/{review.reference}/conditions/1/"
    return "alice", page, {"evidence": "We did.", "label": "internal", "file": make.a_file()}


def withdrawal() -> Sent:
    page = f"/reviews/{make.in_review().reference}/on-behalf/withdraw/"
    return "carol", page, {"why": "No money."}


def response() -> Sent:
    request = make.requested(items=[make.document_item()])
    page = f"/reviews/{request.review.reference}/on-behalf/respond/"
    return "carol", page, {f"how-{request.items.get().pk}": "original"}


@pytest.mark.parametrize("act", [message, condition, withdrawal, response])
def test_an_act_that_brings_a_file_holds_the_review_first(client_of, alice, carol, act):
    name, page, typed = act()
    # Nothing is received before it was asked for.
    with clock.travel(clock.now() + timedelta(hours=1)):
        client = client_of({"alice": alice, "carol": carol}[name])
        typed = form_on(client.get(page)) | (received() if name == "carol" else {}) | typed
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(page, typed)
    assert answer.status_code == 302
    held = locked_in(asked)
    assert held.count("journal") > 1
    assert held[0] == "review"


@pytest.mark.postgres
def test_cases_that_follow_the_calendar_are_held_before_the_change_is_on_record(client_of, erin):
    reviews = [make.sent() for _ in range(2)]
    day = {"date": reviews[0].due.isoformat(), "name": "Day of mourning", "in_force": "on"}
    with CaptureQueriesContext(connection) as asked:
        change_calendar(client_of(erin), "add/", move=("all",), **day)
    held = locked_in(asked)
    assert held.count("journal") > 2
    assert held[0] == "review"
