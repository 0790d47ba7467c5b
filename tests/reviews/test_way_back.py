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
from tests.pages import form_on, messages_on, soup, words

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


# On to the next


def released(client, review):
    page = reverse("release", args=[review.reference])
    return client.post(page, form_on(client.get(page)), follow=True)


def next_link(answer) -> tuple[str, str]:
    link = soup(answer).select_one("[role=status] a")
    return (link["href"], link.text) if link else ("", "")


@pytest.fixture
def drafted() -> list:
    """Three whose decisions wait for an approver, in the order of the queue."""
    found = []
    for days in (20, 15, 10):
        with clock.travel(clock.now() - timedelta(days=days)):
            found.append(make.drafted_decision(make.in_review()).review)
    return found


def test_after_a_release_stands_the_next_of_the_view(client_of, dana, drafted):
    client = client_of(dana)
    client.get("/reviews/?view=approve")
    answer = released(client, drafted[1])
    (said,) = messages_on(answer)
    third = drafted[2].reference
    assert said == f"Released. The letter is on its way. Next in To approve: {third}"
    assert next_link(answer) == (f"/reviews/{third}/", f"Next in To approve: {third}")
    assert messages_on(released(client, drafted[2])) == ["Released. The letter is on its way."]


def test_after_a_draft_was_sent_back_too(client_of, dana, drafted):
    client, page = client_of(dana), reverse("send_back", args=[drafted[0].reference])
    client.get("/reviews/?view=approve")
    typed = form_on(client.get(page)) | {"why": "Name the tablets."}
    answer = client.post(page, typed, follow=True)
    assert next_link(answer)[0] == f"/reviews/{drafted[1].reference}/"


def test_after_a_request_the_next_is_not_the_same_at_its_new_place(client_of, carol):
    with clock.travel(clock.now() - timedelta(days=9)):
        first = make.in_review(by=carol)
    second, client = make.in_review(by=carol), client_of(carol)
    for review, following in ((second, ""), (first, second.reference)):
        client.get("/reviews/?view=mine")
        page = reverse("request_documents", args=[review.reference])
        day = make.in_days(14)
        row = {"what": "document:other", "why": "To see.", "by": f"{day:%B} {day.day}, {day.year}"}
        typed = form_on(client.get(page)) | {f"item-0-{name}": one for name, one in row.items()}
        answer = client.post(page, typed, follow=True)
        assert messages_on(answer)[0].startswith("Requested.")
        assert next_link(answer)[0] == (f"/reviews/{following}/" if following else "")


@pytest.mark.parametrize("seen", ["", "?view=approve&county=01", "?view=approve&q=compass"])
def test_without_a_whole_view_nothing_is_next(client_of, dana, drafted, seen):
    client = client_of(dana)
    if seen:
        client.get(f"/reviews/{seen}")
    assert messages_on(released(client, drafted[0])) == ["Released. The letter is on its way."]


def test_the_next_costs_one_query_where_it_is_asked_and_none_on_pages(client_of, dana, drafted):
    client, asked = client_of(dana), []
    for review in drafted[:2]:
        page = reverse("release", args=[review.reference])
        form = form_on(client.get(page))
        with CaptureQueriesContext(connection) as queries:
            client.post(page, form)
        asked.append(len(queries))
        client.get(reverse("review", args=[review.reference]))
        client.get("/reviews/?view=approve&county=&q=")
    assert asked[1] == asked[0] + 1
