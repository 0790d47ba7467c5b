"""The way back to the queue: what the browser keeps of it, for whom, and how long."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from reviews.way_back import LONGEST, SEEN
from tests import make
from tests.pages import soup, words

pytestmark = pytest.mark.django_db

SHOWN = "/reviews/?view=unassigned&county=01&q=compass"


def way_back(client, review) -> tuple[str, str]:
    """Where the link above a proposal leads, and what it is called."""
    link = soup(client.get(reverse("review", args=[review.reference]))).select(".crumbs a")[-1]
    return link["href"], link.text


def test_it_is_the_queue_as_last_seen(client_of, carol):
    review, client = make.sent(), client_of(carol)
    assert way_back(client, review) == ("/reviews/", "Queue")
    client.get("/reviews/?view=all")
    client.get(SHOWN)
    assert way_back(client, review) == (SHOWN, "Unassigned")
    client.get("/reviews/")
    assert way_back(client, review) == ("/reviews/", "All")


def test_looking_at_the_queue_writes_nothing(client_of, carol):
    client = client_of(carol)
    client.get("/reviews/?view=all")
    with CaptureQueriesContext(connection) as asked:
        client.get(SHOWN)
    assert {one["sql"].split()[0] for one in asked.captured_queries} == {"SELECT"}


def test_the_browser_keeps_it_until_it_is_closed_and_shows_it_to_the_portal_alone(
    client_of, carol, settings
):
    settings.SESSION_COOKIE_SECURE = True
    client = client_of(carol)
    cookie = client.get(SHOWN).cookies[SEEN]
    assert (cookie["path"], cookie["samesite"]) == ("/reviews/", "Lax")
    assert cookie["httponly"] and cookie["secure"]
    assert not cookie["max-age"] and not cookie["expires"]
    assert SEEN not in client.get(SHOWN).cookies


def test_it_ends_with_the_longest_session(client_of, carol, settings):
    review, client = make.sent(), client_of(carol)
    client.get(SHOWN)
    with time_machine.travel(clock.now() + timedelta(seconds=settings.SESSION_TOTAL_SECONDS + 60)):
        client.force_login(carol)
        assert way_back(client, review) == ("/reviews/", "Queue")


def test_it_is_not_the_next_persons(client_of, carol, dana):
    review, client = make.sent(), client_of(carol)
    client.get(SHOWN)
    kept = client.cookies[SEEN].value
    other = client_of(dana)
    other.cookies[SEEN] = kept
    assert way_back(other, review) == ("/reviews/", "Queue")


@pytest.mark.parametrize(
    "kept",
    ["", "x", "a:b:c", "https://evil.example", "WyJ4IiwibWluZSJd:1a:zz", "é", "a" * 9000],
)
def test_what_the_portal_did_not_write_leads_to_the_plain_queue(client_of, carol, kept):
    review, client = make.sent(), client_of(carol)
    client.cookies[SEEN] = kept
    assert way_back(client, review) == ("/reviews/", "Queue")


def test_a_search_that_looks_like_case_data_is_not_kept(client_of, carol):
    review, client = make.sent(), client_of(carol)
    client.get("/reviews/?view=unassigned&county=01&q=123-45-6789")
    assert way_back(client, review) == ("/reviews/?view=unassigned", "Unassigned")


def test_the_longest_address_fits_and_a_longer_one_is_its_view_alone(client_of, carol):
    review, client = make.sent(), client_of(carol)
    query = ("view=all&x=" + "".join(f"{place:x}" for place in range(900)))[:LONGEST]
    cookie = client.get(f"/reviews/?{query}").cookies[SEEN]
    assert len(cookie.OutputString()) < 4096
    assert way_back(client, review) == (f"/reviews/?{query}", "All")
    client.get(f"/reviews/?{query}1")
    assert way_back(client, review) == ("/reviews/?view=all", "All")


def test_the_privacy_page_names_it(client):
    assert SEEN in words(client.get("/privacy/"))
