"""The way back to the queue: what is kept of it, for whom, and how long."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from reviews.way_back import LONGEST, SEEN
from tests import make
from tests.pages import form_on, messages_on, soup

pytestmark = pytest.mark.django_db

SHOWN = "/reviews/?view=unassigned&county=01&q=compass"


def opened(client, review, queue=None, host="testserver"):
    """A proposal's page, opened from an address of the queue or from nowhere."""
    came_from = {"referer": f"http://{host}{queue}"} if queue else {}
    return client.get(reverse("review", args=[review.reference]), headers=came_from)


def way_back(client, review, queue=None, **other) -> tuple[str, str]:
    """Where the last link above a proposal leads, and what it is called; the queue stands first."""
    links = soup(opened(client, review, queue, **other)).select(".crumbs a")
    assert links[0].text == "Queue"
    return links[-1]["href"], links[-1].text


def test_it_is_the_queue_from_which_a_proposal_was_opened(client_of, carol):
    review, client = make.sent(), client_of(carol)
    assert way_back(client, review) == ("/reviews/", "Queue")
    assert way_back(client, review, SHOWN) == (SHOWN, "Unassigned")
    assert way_back(client, review) == (SHOWN, "Unassigned")
    assert way_back(client, review, "/reviews/?view=all") == ("/reviews/?view=all", "All")


def test_on_the_usual_view_it_is_ones_own_or_else_all(client_of, carol):
    mine, other, client = make.in_review(by=carol), make.sent(), client_of(carol)
    for odd in ("", "?view=", "?view=nobodys"):
        assert way_back(client, mine, f"/reviews/{odd}") == (f"/reviews/{odd}", "Mine")
        assert way_back(client, other, f"/reviews/{odd}") == (f"/reviews/{odd}", "All")


def test_for_who_only_approves_it_is_what_waits_for_that(client_of, dana):
    drafted, client = make.drafted_decision(make.in_review()).review, client_of(dana)
    assert way_back(client, drafted, "/reviews/") == ("/reviews/", "To approve")
    assert way_back(client, drafted, "/reviews/?q=compass") == ("/reviews/?q=compass", "All")
    assert way_back(client, make.sent(), "/reviews/") == ("/reviews/", "All")


def test_looking_at_the_queue_writes_nothing_and_a_proposal_only_another_address(client_of, carol):
    review, client = make.sent(), client_of(carol)
    opened(client, review, "/reviews/?view=all")
    with CaptureQueriesContext(connection) as asked:
        client.get(SHOWN)
    assert {one["sql"].split()[0] for one in asked.captured_queries} == {"SELECT"}
    for writes in (1, 0, 0):
        with CaptureQueriesContext(connection) as asked:
            opened(client, review, SHOWN)
        assert sum(one["sql"].startswith('UPDATE "django_session') for one in asked) == writes
        assert len(asked) <= 12


def test_the_browser_gets_no_cookie_but_the_two_of_the_privacy_page(client_of, carol, settings):
    client = client_of(carol)
    client.get(SHOWN)
    opened(client, make.sent(), SHOWN)
    named = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    assert {*client.cookies} <= named
    rows = soup(client.get("/privacy/")).select("table th[scope=row]")
    assert {row.text.strip() for row in rows} == named


def test_it_ends_with_the_session(client_of, carol, dana):
    review, client = make.sent(), client_of(carol)
    opened(client, review, SHOWN)
    client.post("/accounts/logout/")
    client.force_login(dana)
    assert way_back(client, review) == ("/reviews/", "Queue")


@pytest.mark.parametrize(
    ("came_from", "host"),
    [
        (SHOWN, "evil.example"),
        ("/reviews/load/?view=all", "testserver"),
        ("/elsewhere/reviews/?view=all", "testserver"),
        ("/reviews/?view=all", "[broken"),
    ],
)
def test_another_page_is_no_queue(client_of, carol, came_from, host):
    review, client = make.sent(), client_of(carol)
    assert way_back(client, review, came_from, host=host) == ("/reviews/", "Queue")


def test_a_view_of_another_release_leads_to_the_queue(client_of, carol):
    review, client = make.sent(), client_of(carol)
    opened(client, review, SHOWN)
    session = client.session
    session[SEEN] = ["view=unassigned", "Unassigned"]
    session.save()
    assert way_back(client, review) == ("/reviews/?view=unassigned", "Queue")


def test_a_search_that_looks_like_case_data_is_not_kept(client_of, carol):
    review, client = make.sent(), client_of(carol)
    searched = "/reviews/?view=unassigned&county=01&q=123-45-6789"
    assert way_back(client, review, searched) == ("/reviews/?view=unassigned", "Unassigned")


@pytest.mark.parametrize(("more", "view"), [("1", "all"), ("&" * 1100, "mine")])
def test_an_address_that_is_too_long_is_kept_as_its_view_alone(client_of, carol, more, view):
    review, client = make.in_review(by=carol), client_of(carol)
    longest = "/reviews/?" + "view=all&x=".ljust(LONGEST, "1")
    assert way_back(client, review, longest) == (longest, "All")
    longer = longest[: len(longest) + 1 - len(more)] + more
    assert way_back(client, review, longer) == (f"/reviews/?view={view}", view.capitalize())


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
    opened(client, drafted[1], "/reviews/?view=approve")
    answer = released(client, drafted[1])
    (said,) = messages_on(answer)
    third = drafted[2].reference
    assert said == f"Released. The letter is on its way. Next in To approve: {third}"
    assert next_link(answer) == (f"/reviews/{third}/", f"Next in To approve: {third}")
    assert messages_on(released(client, drafted[2])) == ["Released. The letter is on its way."]


def test_after_a_draft_was_sent_back_too(client_of, dana, drafted):
    client, page = client_of(dana), reverse("send_back", args=[drafted[0].reference])
    opened(client, drafted[0], "/reviews/?view=approve")
    typed = form_on(client.get(page)) | {"why": "Name the tablets."}
    answer = client.post(page, typed, follow=True)
    assert next_link(answer)[0] == f"/reviews/{drafted[1].reference}/"


def test_after_a_draft_went_to_the_approver_too(client_of, carol, dana):
    first, second = make.in_review(by=carol), make.in_review(by=carol)
    client, page = client_of(carol), reverse("recommend", args=[first.reference])
    opened(client, first, "/reviews/?view=mine")
    typed = form_on(client.get(page)) | {"outcome": "approved", "more_reasons": "It is safe."}
    answer = client.post(page, form_on(client.post(page, typed)), follow=True)
    assert messages_on(answer) == [
        f"Sent to {dana.name}, who gets an email. Next in Mine: {second.reference}"
    ]


def test_after_a_request_the_next_is_not_the_same_at_its_new_place(client_of, carol):
    with clock.travel(clock.now() - timedelta(days=9)):
        first = make.in_review(by=carol)
    second, client = make.in_review(by=carol), client_of(carol)
    for review, following in ((second, ""), (first, second.reference)):
        opened(client, review, "/reviews/?view=mine")
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
        opened(client, drafted[0], f"/reviews/{seen}")
    assert messages_on(released(client, drafted[0])) == ["Released. The letter is on its way."]


def test_the_next_costs_one_query_where_it_is_asked_and_none_on_pages(client_of, dana, drafted):
    client, asked = client_of(dana), []
    for review in drafted[:2]:
        page = reverse("release", args=[review.reference])
        form = form_on(client.get(page))
        with CaptureQueriesContext(connection) as queries:
            client.post(page, form)
        asked.append(len(queries))
        opened(client, review, "/reviews/?view=approve&county=&q=")
    assert asked[1] == asked[0] + 1
