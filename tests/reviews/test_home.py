"""The county's home and its whole list: what waits for it, what CDSS has, what was decided."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import clock, notices
from portal.models import NoticeRecipient
from portal.models.notices import State
from proposals.models import Proposal
from reviews import overview, queue
from reviews.models import Asking
from tests import make

pytestmark = pytest.mark.django_db

HOME_BUDGET, LIST_BUDGET = 12, 12


def page_of(client: Client, url: str = "/") -> BeautifulSoup:
    return BeautifulSoup(client.get(url).content, "html.parser")


def rows_under(page: BeautifulSoup, heading: str) -> list[str]:
    """The text of each row in the group under a heading."""
    head = next(h2 for h2 in page.find_all("h2") if h2.get_text().startswith(heading))
    group = head.find_next(["ul", "table"])
    return [" ".join(row.get_text(" ").split()) for row in group.select("li.row, tbody tr")]


@pytest.mark.parametrize("role", ["carol", "dana", "erin", "frank"])
@pytest.mark.parametrize("url", ["/", "/proposals/"])
def test_cdss_is_led_to_its_queue(client_of, role, url):
    answer = client_of(make.someone(role)).get(url)
    assert (answer.status_code, answer["Location"]) == (302, "/reviews/")


@pytest.mark.parametrize("url", ["/", "/proposals/"])
def test_a_person_without_a_county_is_told_whom_to_ask(client_of, url):
    stranger = make.person("sam@example.gov")
    page = page_of(client_of(stranger), url)
    assert page.h1.get_text() == "You don't belong to a county yet"
    assert page.find("a", href=lambda href: href and href.startswith("mailto:"))


def test_the_empty_home_explains_what_a_proposal_is(client_of, alice):
    text = page_of(client_of(alice)).main.get_text(" ")
    for words in ("A concept proposal tells CDSS", "before", "What to have ready", "How long"):
        assert words in text
    assert "Start a proposal" in text


def test_requested_documents_stand_first_with_their_date(client_of, alice):
    make.draft(by=alice, tool_name="A draft")
    request = make.requested()
    first, second = rows_under(page_of(client_of(alice)), "Needs your action")
    assert "CDSS asks for one document and one answer." in first
    assert "Nothing is settled yet." in first
    assert f"By {request.items.first().by:%A, %B}" in first
    assert "14 days left" in first
    assert "A draft" in second


def test_a_draft_says_how_complete_it_is_and_who_saved_last(client_of, alice, amir):
    proposal = Proposal.objects.start(amir.county_list[0], by=amir, tool_name="Half done")
    values = {"purpose": "To help.", "business_needs": "Time saved."}
    proposal.save_section("purpose", values, by=amir, seen=0)
    (row,) = rows_under(page_of(client_of(alice)), "Needs your action")
    assert "1 of 7 sections complete." in row
    assert "by Amir Haddad" in row
    assert "Continue" in row


def test_a_problem_in_a_draft_is_named(client_of, alice):
    make.draft(by=alice, program_email="nobody")
    (row,) = rows_under(page_of(client_of(alice)), "Needs your action")
    assert "6 of 7 sections complete. County contacts has a problem." in row


def test_a_complete_draft_leads_to_check_and_send(client_of, alice):
    proposal = make.draft(by=alice)
    page = page_of(client_of(alice))
    assert page.find("a", href=f"/proposals/{proposal.reference}/send/")


def test_with_cdss_shows_the_day_and_the_date(client_of, alice):
    with make.days_ago(12):
        review = make.in_review()
    (row,) = rows_under(page_of(client_of(alice)), "With CDSS")
    assert "Day 12 of 30" in row
    assert f"CDSS answers by {review.due:%A, %B} {review.due.day}, {review.due.year}." in row
    assert "Carol Whitfield of CDSS is reviewing it." in row


def test_an_overdue_answer_is_said_honestly(client_of, alice):
    with make.days_ago(45):
        make.in_review()
    (row,) = rows_under(page_of(client_of(alice)), "With CDSS")
    assert "Day 45. CDSS's answer is late." in row


def test_a_drafted_decision_does_not_show(client_of, alice):
    make.drafted_decision()
    page = page_of(client_of(alice))
    assert "In review" in rows_under(page, "With CDSS")[0]
    assert "Approved" not in page.get_text()


def test_decided_shows_outcome_days_and_letter(client_of, alice):
    with make.days_ago(10):
        review = make.in_review()
    decision = make.decided(review, conditions=[make.condition()])
    page = page_of(client_of(alice))
    (row,) = rows_under(page, "Decided")
    assert "Approved with conditions" in row
    assert "Not yet 10" in row
    assert page.find("a", href=f"/proposals/{review.reference}/letters/{decision.notice_id}/")


def test_of_many_decisions_the_latest_ten_stand_here_and_a_link_leads_to_all(client_of, alice):
    for _ in range(10):
        make.decided()
    page = page_of(client_of(alice))
    assert [h2.get_text() for h2 in page.main.select("h2")][-1] == "Decided 10"
    assert not page.find("a", href="/proposals/?status=decided")
    make.decided(make.in_review(make.sent(make.draft(tool_name="The latest"))))
    page = page_of(client_of(alice))
    rows = rows_under(page, "Decided")
    assert len(rows) == 10 and rows[0].startswith("The latest")
    assert [h2.get_text() for h2 in page.main.select("h2")][-1] == "Decided 11"
    link = page.find("a", href="/proposals/?status=decided")
    assert link.get_text() == "See all 11 that were decided"


def test_of_many_that_wait_the_first_stand_here_and_a_link_leads_to_all(
    client_of, alice, monkeypatch
):
    monkeypatch.setattr(overview, "SHOWN", 2)
    for _ in range(2):
        make.requested()
        make.draft()
        make.sent()
    client = client_of(alice)
    whole = page_of(client)
    assert [count.get_text() for count in whole.select("h2 .count")] == ["4", "2"]
    assert not whole.select("a[href*='?status=']")
    last = [make.requested(), make.draft(), make.sent()]
    page = page_of(client)
    assert len(rows_under(page, "Needs your action")) == 4
    assert len(rows_under(page, "With CDSS")) == 2
    assert [count.get_text() for count in page.select("h2 .count")] == ["6", "3"]
    links = page.select("a[href*='?status=']")
    assert [link.get_text() for link in links] == [
        "See all 3 for which CDSS requested documents",
        "See all 3 drafts",
        "See all 6 that are open",
    ]
    for link, one in zip(links, last, strict=True):
        reference = getattr(one, "review", one).reference
        assert reference in page_of(client, link["href"]).get_text()


def test_of_very_many_it_is_said_that_there_are_more(client_of, alice, monkeypatch):
    monkeypatch.setattr(overview, "MOST", 3)
    monkeypatch.setattr(queue, "MOST", 3)
    monkeypatch.setattr(overview, "SHOWN", 2)
    for _ in range(5):
        make.sent()
    page = page_of(client_of(alice))
    assert "With CDSS 3+" in [h2.get_text() for h2 in page.main.select("h2")]
    assert page.find("a", string="See all 3+ that are open")


def test_a_draft_one_is_asked_to_sign_comes_first_however_old_it_is(
    client_of, alice, amir, monkeypatch
):
    monkeypatch.setattr(overview, "SHOWN", 2)
    first = make.draft(by=amir, tool_name="The oldest")
    Asking.objects.ask(first, by=amir, signer=alice)
    for _ in range(3):
        make.draft(by=amir)
    signer, preparer = (page_of(client_of(one)) for one in (alice, amir))
    mine, *others = rows_under(signer, "Needs your action")
    assert mine.startswith("The oldest") and "Ready to sign" in mine and len(others) == 1
    assert not any("The oldest" in row for row in rows_under(preparer, "Needs your action"))
    assert signer.find("a", string="See all 4 drafts")


def test_whoever_acts_for_two_counties_sees_both_in_one_order(client_of, alice, bob):
    make.membership(alice, make.county("Butte"))
    for days, by in ((5, alice), (9, bob), (2, bob)):
        with make.days_ago(days):
            make.sent(make.draft(by=by, tool_name=f"Day {days}"), by=by)
    running = rows_under(page_of(client_of(alice)), "With CDSS")
    assert [row.split(" Submitted")[0][:5] for row in running] == ["Day 9", "Day 5", "Day 2"]
    (own,) = page_of(client_of(make.someone("amir"))).select("li.row h3")
    assert own.get_text().startswith("Day 5")


def test_when_the_county_was_notified_is_when_the_letter_was_accepted(client_of, alice):
    decision = make.decided()
    (recipient,) = decision.notice.recipients.filter(part__contains="program contact")
    NoticeRecipient.objects.filter(pk=recipient.pk).update(
        state=State.ACCEPTED, accepted_at=clock.now()
    )
    notices.keep_notified(recipient)
    (row,) = rows_under(page_of(client_of(alice)), "Decided")
    assert "Not yet" not in row
    assert str(clock.today().year) in row


def test_another_countys_proposals_are_nowhere(client_of, alice, bob):
    make.requested()
    make.sent()
    make.draft(by=alice)
    make.decided()
    for url in ("/", "/proposals/"):
        text = page_of(client_of(bob), url).main.get_text()
        assert "Caseload Compass" not in text
        assert "CIP-" not in text


def test_the_list_has_drafts_and_withdrawn_ones(client_of, alice):
    make.draft(by=alice)
    make.standing_at("withdrawn")
    page = page_of(client_of(alice), "/proposals/")
    text = [" ".join(row.get_text(" ").split()) for row in page.select("tbody tr")]
    assert len(text) == 2
    assert "Withdrawn" in text[0] and "Draft" in text[1]


def test_a_discarded_draft_is_on_no_list(client_of, alice):
    make.draft(by=alice).discard(by=alice)
    assert "CIP-" not in page_of(client_of(alice)).main.get_text()
    assert "CIP-" not in page_of(client_of(alice), "/proposals/").main.get_text()


def test_an_odd_page_number_shows_a_page(client_of, alice):
    make.draft(by=alice)
    for number in ("0", "999", "x", "-1"):
        assert client_of(alice).get(f"/proposals/?page={number}").status_code == 200


def some_of_each(count: int) -> None:
    for _ in range(count):
        make.draft()
        make.sent()
        make.in_review()
        make.requested()
        make.decided()


@pytest.mark.parametrize("url, budget", [("/", HOME_BUDGET), ("/proposals/", LIST_BUDGET)])
def test_the_queries_dont_grow_with_the_rows(client_of, alice, url, budget):
    def queries() -> int:
        client = client_of(alice)
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(url)
        return len(found)

    some_of_each(1)
    few = queries()
    some_of_each(9)
    assert queries() == few <= budget


ORDERS = {
    "reviews_item": "queue_by_county",
    "proposals_proposal": "drafts_of_a_county",
    "reviews_round": "queue_by_county",
    "reviews_decision": "decided_of_a_county",
}


@pytest.mark.postgres
@pytest.mark.parametrize("table, index", ORDERS.items())
def test_each_group_is_read_by_an_index_no_further_than_it_is_shown(client_of, alice, table, index):
    some_of_each(1)
    client = client_of(alice)
    with CaptureQueriesContext(connection) as captured:
        client.get("/")
    (group,) = [
        one["sql"] for one in captured if one["sql"].startswith(f'SELECT "{table}"."id" AS')
    ]
    with connection.cursor() as cursor:
        # Otherwise what PostgreSQL last counted decides.
        for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {group}")
        (found,) = cursor.fetchone()
    whole = json.loads(found) if isinstance(found, str) else found
    first = [list(driven_by(limit)) for limit in limits(whole[0]["Plan"])]
    assert any(
        index in {step.get("Index Name") for step in steps}
        and not any("Sort" in step["Node Type"] for step in steps)
        for steps in first
    ), found


def limits(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan that stops after so many rows."""
    if step["Node Type"] == "Limit":
        yield step
    for part in step.get("Plans", []):
        yield from limits(part)


def driven_by(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The steps that give a step its rows in their order."""
    while step:
        yield step
        step, *_ = step.get("Plans") or [{}]
