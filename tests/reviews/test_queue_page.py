"""The queue's page: what is new from the counties, which rows it shows, and what it weighs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.models import County, Role, User
from proposals.models import Proposal
from reviews.models import Message, Review, SavedView
from reviews.queue_page import which
from tests import make
from tests.pages import soup, words

pytestmark = pytest.mark.django_db

NEW_COUNTY = {"fips": "06999", "seat": "Zenith", "population": 1}


def references(answer) -> list[str]:
    return [link.text for link in soup(answer).select("tbody th a")]


def many(number: int, **facts) -> list[Review]:
    """So many sent proposals with long names, flags, and news from the county."""
    review = make.sent()
    made = []
    for place in range(number):
        proposal = Proposal.objects.get(pk=review.proposal_id)
        proposal.pk, proposal.reference = None, f"CIP-2031-{place:04d}"
        proposal.tool_name = f"Caseload and Overtime Compass of the County, Part {place}"
        proposal.save(force_insert=True)
        given = {
            "status": "in_review",
            "due": make.in_days(place % 9),
            "flags": ("", "|ssn|", "|prohibited|begun|")[place % 3],
            "news": place % 5 == 0,
            "is_idea": place % 4 == 0,
        }
        made.append(
            Review(
                proposal=proposal,
                county=proposal.county,
                received_at=review.received_at,
                moved="take",
                moved_at=review.moved_at,
                **(given | facts),
            )
        )
    return Review.objects.bulk_create(made)


def test_what_is_new_from_the_counties_is_counted_marked_and_found(client_of, carol, dana, alice):
    mine, other = make.in_review(), make.in_review(by=dana)
    make.in_review()
    for review in (mine, other):
        Message.objects.write(review, by=alice, text="Any news?")
    client = client_of(carol)
    answer = client.get("/reviews/?view=mine")
    link = soup(answer).select_one("a[href='/reviews/?view=mine&news=yes']")
    assert link.text == "1 new from the county"
    found = client.get(link["href"])
    assert references(found) == [mine.reference]
    assert "New from the county" in soup(found).select_one("tbody th").text
    assert "From the county: Something new" in words(found)
    assert references(client.get("/reviews/?view=all&news=yes")) == sorted(
        [mine.reference, other.reference]
    )
    client.post(f"/reviews/{mine.reference}/read/")
    assert "new from the county" not in words(client.get("/reviews/?view=mine")).lower().replace(
        "received from and to, new from the county", ""
    )


def test_what_is_new_is_not_counted_beside_filters_that_it_does_not_keep(client_of, carol, alice):
    Message.objects.write(make.in_review(), by=alice, text="Any news?")
    make.in_review(make.sent(tool_name="Visit Planner"))
    found = soup(client_of(carol).get("/reviews/?view=mine&q=planner"))
    assert found.select_one(".chips > b").text == "1 proposal"
    assert not found.select("main a[href*='news=yes']")


def test_one_s_own_proposals_are_handed_to_nobody_unless_someone_is_chosen(client_of, carol):
    make.in_review()
    client = client_of(carol)
    for view, chosen in (("mine", ""), ("all", str(carol.pk))):
        page = soup(client.get(f"/reviews/?view={view}"))
        option = page.select_one("select[name=to] option[selected]")
        assert (option["value"] if option else "") == chosen


def test_the_numbers_of_the_rows_stand_beneath_the_first_page_and_the_last(client_of, carol):
    many(29)
    client = client_of(carol)
    page = client.get("/reviews/?view=all")
    assert "1 to 25 of 30." in words(page)
    last = client.get(soup(page).find("a", rel="next")["href"])
    assert "26 to 30 of 30." in words(last)
    assert "1 to 30 of 30." in words(client.get("/reviews/?view=all&rows=50"))


@pytest.mark.parametrize(
    ("rows", "before", "after", "found", "told"),
    [
        (1, "", "", 1, "1 of 1"),
        (25, "", "x", 1001, "1 to 25 of 1,000+"),
        (25, "x", "x", 90, "25 of 90"),
        (25, "x", "x", 1001, "25 of 1,000+"),
        (25, "x", "", 1001, "25 of 1,000+"),
        (1, "x", "", 26, "26 of 26"),
        (15, "x", "", 90, "76 to 90 of 90"),
    ],
)
def test_which_rows_a_page_shows_is_said_as_far_as_it_is_known(rows, before, after, found, told):
    from reviews.queue import Page

    assert which(Page([Review()] * rows, before, after), found) == told


def test_the_page_asks_eight_things_at_most_and_weighs_little(client_of, carol):
    for place in range(6):
        SavedView.objects.keep(by=carol, name=f"A view of mine {place}", query="view=all&rows=50")
    for place in range(12):
        make.person(f"reviewer{place}@cdss.example.gov", role=Role.REVIEWER, name=f"Person {place}")
    many(60, assignee=carol)
    client = client_of(carol)
    client.get("/help/")
    counted, weights = {}, []
    for address in ("?view=all", "?view=mine", "?view=all&rows=100", "?q=compass"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/reviews/{address}")
        counted[address] = len(queries)
        if len(references(answer)) == 25:
            weights.append(len(answer.content))
    assert counted["?view=all"] == counted["?view=all&rows=100"]
    assert max(counted.values()) <= 8, counted
    assert len(weights) == 2 and max(weights) <= 40 * 1024, weights


def test_who_approves_and_reviews_nothing_begins_with_what_waits_for_that(client_of, dana, carol):
    def view(person, query: str = "") -> str:
        page = soup(client_of(person).get(f"/reviews/{query}"))
        return page.select_one(".tabs [aria-current=page]").contents[0].strip()

    open_one = make.in_review(by=carol)
    assert (view(carol), view(dana)) == ("Mine", "All")
    make.drafted_decision(make.in_review(by=carol))
    assert (view(carol), view(dana)) == ("Mine", "To approve")
    assert view(dana, "?q=compass") == "All"
    open_one.hand_over(by=carol, to=dana)
    assert view(dana) == "Mine"


def test_a_view_of_ones_own_is_a_plain_address(client_of, carol):
    SavedView.objects.keep(by=carol, name="<b>Mine</b>", query="view=mine&q=a%26b")
    page = client_of(carol).get("/reviews/?view=all")
    link = soup(page).select_one("nav[aria-label='Your views'] a.chip")
    assert (link["href"], link.text) == ("/reviews/?view=mine&q=a%26b", "<b>Mine</b>")
    assert b"<b>Mine</b>" not in page.content


def test_the_columns_of_who_only_reads_have_no_box_to_tick(client_of, frank):
    make.sent()
    page = soup(client_of(frank).get("/reviews/?view=all"))
    assert page.select_one("thead th").text == "Due"


def test_a_county_or_reviewer_who_joins_is_offered_at_once(client_of, carol):
    make.sent()
    client = client_of(carol)

    def offered(field: str) -> list[str]:
        page = soup(client.get("/reviews/?view=all"))
        return [one.text for one in page.select(f"select[name='{field}'] option")]

    before, givers = offered("county"), offered("to")
    County.objects.create(number="59", name="Zenith", official_name="Zenith County", **NEW_COUNTY)
    person = make.person("zoe@cdss.example.gov", role=Role.REVIEWER, name="Zoe Zimmer")
    assert offered("county") == [f"All {len(before)}", *before[1:], "Zenith"]
    assert offered("to") == [*givers, "Zoe Zimmer"]
    assert "Zoe Zimmer" in offered("assignee")
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert offered("to") == givers
    assert "Zoe Zimmer" in offered("assignee")
