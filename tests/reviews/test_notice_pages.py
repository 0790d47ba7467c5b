"""Proof of notice, history, and the list of letters that a person must look at."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock, outbox
from portal.models import JournalEntry, Notice, NoticeRecipient
from portal.models.notices import Attempt, State
from portal.notices import To, tell
from reviews import chronicle, record
from reviews.models import Note, Review
from reviews.moves import MOVES
from tests import make
from tests.pages import soup

pytestmark = pytest.mark.django_db


def page_of(client, name: str, *args) -> BeautifulSoup:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def text(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


def troubled(review: Review, state: str, *, email: str = "theo@alameda.example.gov"):
    """A letter about the review that went wrong in this way, at its first attempt."""
    one = NoticeRecipient.objects.filter(notice__subject=review.reference, email=email).first()
    NoticeRecipient.objects.filter(pk=one.pk).update(
        state=state, tries=1, next_try_at=None, last_error="550 No such person here"
    )
    outcome = "unsure" if state == State.DOUBTFUL else "refused"
    Attempt.objects.create(
        recipient=one, number=1, began_at=clock.now(), ended_at=clock.now(), outcome=outcome
    )
    return one


def test_each_letter_stands_there_with_recipients_states_and_attempts(client_of, frank):
    review = make.sent()
    outbox.deliver_due()
    page = page_of(client_of(frank), "notices", review.reference)
    headings = [one.text for one in page.select("main h3")]
    assert headings == [
        f"{review.reference}: new proposal – Caseload Compass",
        f"{review.reference}: CDSS received your proposal – Caseload Compass",
    ]
    receipt = text(page.select("main section")[1])
    for words in (
        "Alice Nakamura",
        "theo@alameda.example.gov",
        "Technical contact",
        "Accepted by the mail server",
        "1. ",
        "The mail server took it on",
    ):
        assert words in receipt


def test_what_went_wrong_is_said_in_words_with_the_server_s_own(client_of, carol):
    review = make.sent()
    troubled(review, State.DOUBTFUL)
    page = text(page_of(client_of(carol), "notices", review.reference))
    assert "May not have been sent" in page
    assert "may have arrived: ask the recipient" in page


def test_a_letter_is_shown_as_it_left_with_its_fingerprint(client_of, frank):
    review = make.sent()
    letter = Notice.objects.get(event__startswith="receipt:")
    page = page_of(client_of(frank), "review_letter", review.reference, letter.pk)
    assert letter.digest in text(page)
    assert "CDSS received your proposal" in page.select_one(".letter").text


def test_a_letter_of_another_proposal_is_not_there(client_of, carol):
    one, other = make.sent(), make.sent()
    letter = Notice.objects.about("proposal", other.reference).first()
    address = reverse("review_letter", args=[one.reference, letter.pk])
    assert client_of(carol).get(address).status_code == 404


def test_the_page_says_when_the_county_was_notified_or_that_it_was_not(client_of, carol, dana):
    review = make.decided().review
    before = text(page_of(client_of(carol), "review", review.reference))
    assert "The county is not notified yet" in before
    outbox.deliver_due()
    after = text(page_of(client_of(carol), "review", review.reference))
    assert "The county was notified" in after
    assert "The county is not notified yet" not in after


def test_the_history_tells_every_act_in_words_with_its_number(client_of, carol, alice, dana):
    review = make.responded()
    Note.objects.write(review, by=carol, text="Zebra.")
    decision = make.drafted_decision(review)
    decision.send_back(by=dana, why="Name the risk.")
    review.refresh_from_db()
    page = text(page_of(client_of(carol), "history", review.reference))
    for words in (
        "Alice Nakamura signed and sent the proposal (copy 1). Thirty-day period 1 opened",
        "Carol Whitfield took the proposal into review.",
        "Carol Whitfield requested documents: request 1, with 2 items.",
        "Alice Nakamura sent the county’s response to request 1 (copy 2).",
        "Carol Whitfield wrote an internal note.",
        "Carol Whitfield drafted decision 1: Approved.",
        "Dana Okafor sent decision 1 back. “Name the risk.”",
    ):
        assert words in page
    assert "Zebra" not in page
    last = JournalEntry.objects.about("proposal", review.reference).last()
    assert f"entry {last.number}" in page


def test_the_history_counts_one_item_as_one(client_of, carol, alice):
    asked = make.requested(items=[make.answer_item("hosting")])
    asked.items.get().decline("It is right.", by=alice)
    page = text(page_of(client_of(carol), "history", asked.review.reference))
    assert "requested documents: request 1, with 1 item." in page
    assert "Alice Nakamura answered item 1 of request 1 with a reason." in page


def test_the_history_says_that_an_approval_has_conditions(client_of, carol):
    review = make.decided(conditions=[make.condition(days=30)]).review
    page = text(page_of(client_of(carol), "history", review.reference))
    for words in ("drafted decision 1: Approved with", "released decision 1: Approved with"):
        assert f"{words} conditions." in page


def test_every_move_has_words_in_the_history():
    assert {move.act for move in MOVES.values()} <= set(chronicle.WORDS)


def test_an_act_without_words_is_told_by_its_name(carol):
    review = make.sent()
    review.recall(by=make.someone("alice"))
    make.sent(review.proposal)
    review.refresh_from_db()
    review.record("something new", by=carol)
    told = chronicle.told(JournalEntry.objects.about("proposal", review.reference))
    assert told[0].text == "Carol Whitfield did: something new."


def test_what_a_county_did_while_it_wrote_is_not_told(client_of, carol, alice):
    review = make.sent()
    review.recall(by=alice)
    make.fill(review.proposal, by=alice)
    make.sent(review.proposal)
    entries = JournalEntry.objects.about("proposal", review.reference)
    assert entries.filter(act="start").exists()
    acts = [line.text for line in chronicle.told(entries)]
    assert [line.split(" ")[2] for line in acts] == ["signed", "took", "signed"]


def test_periods_are_shown_with_both_dates_and_what_became_of_them(client_of, frank, alice):
    review = make.sent()
    review.recall(by=alice)
    make.sent(review.proposal)
    page = page_of(client_of(frank), "history", review.reference)
    rows = [text(row) for row in page.select("main tbody tr")]
    assert "Period 2" in rows[0]
    assert "Running" in rows[0]
    assert "the county took the proposal back" in rows[1]
    assert "Day 30 is" in rows[1]


def test_letters_in_trouble_stand_on_one_list_with_links(client_of, carol, erin, frank):
    review = make.sent()
    troubled(review, State.DOUBTFUL)
    troubled(review, State.FAILED, email="alice@alameda.example.gov")
    page = page_of(client_of(carol), "troubled_notices")
    assert len(page.select("tbody tr")) == 2
    link = page.select_one("tbody a")
    assert link["href"] == reverse("notices", args=[review.reference])
    labels = [" ".join(one.text.split()) for one in page.select("tbody button")]
    assert sorted(labels) == [
        "It arrived: theo@alameda.example.gov",
        "Send it again to theo@alameda.example.gov",
        "Try again: alice@alameda.example.gov",
    ]
    for reader in (erin, frank):
        page = page_of(client_of(reader), "troubled_notices")
        assert len(page.select("tbody tr")) == 2
        assert page.select("tbody button") == []


def test_a_page_of_it_ends_after_some_and_the_next_goes_on(client_of, carol, monkeypatch):
    monkeypatch.setattr(record, "ROWS", 2)
    found = [troubled(make.sent(), State.FAILED) for _ in range(5)]
    shown, url = [], reverse("troubled_notices")
    while url:
        page = soup(client_of(carol).get(url))
        shown.append([int(row["id"].removeprefix("mail-")) for row in page.select("tbody tr")])
        more = page.select_one("a[rel=next]")
        url = reverse("troubled_notices") + more["href"] if more else ""
    assert shown == [[one.pk for one in found[at : at + 2]] for at in (0, 2, 4)]
    assert page.find("a", string="From the oldest")["href"] == reverse("troubled_notices")
    form = {"answer": "again", "from": page.select_one("tbody input[name=from]")["value"]}
    answer = client_of(carol).post(reverse("settle_notice", args=[found[3].pk]), form)
    assert answer["Location"] == f"{reverse('troubled_notices')}?from={found[4].pk}"


@pytest.mark.parametrize("mark", ["0", "999999999", "-1", "x" * 10_000, "1 OR 1=1"])
def test_a_forged_place_in_it_shows_it_from_the_oldest(client_of, carol, mark):
    troubled(make.sent(), State.FAILED)
    page = soup(client_of(carol).get(reverse("troubled_notices"), {"from": mark}))
    assert len(page.select("tbody tr")) == 1


def test_where_no_later_letter_needs_a_look_it_begins_with_the_oldest(client_of, carol):
    first, last = (troubled(make.sent(), State.FAILED) for _ in range(2))
    NoticeRecipient.objects.filter(pk=last.pk).update(state=State.WAITING, next_try_at=clock.now())
    page = soup(client_of(carol).get(reverse("troubled_notices"), {"from": last.pk}))
    assert [row["id"] for row in page.select("tbody tr")] == [f"mail-{first.pk}"]


def test_without_trouble_the_list_says_so(client_of, carol):
    assert "No letter needs a look" in text(page_of(client_of(carol), "troubled_notices"))


def settle(client, one: NoticeRecipient, answer: str):
    return client.post(reverse("settle_notice", args=[one.pk]), {"answer": answer}, follow=True)


def test_a_doubtful_letter_that_arrived_is_settled_on_record(client_of, carol):
    one = troubled(make.sent(), State.DOUBTFUL)
    assert "arrived" in settle(client_of(carol), one, "arrived").content.decode()
    one.refresh_from_db()
    assert (one.state, one.settled_by) == (State.ACCEPTED, carol)
    assert JournalEntry.objects.filter(act="settle notice").count() == 1


@pytest.mark.parametrize("state", [State.DOUBTFUL, State.FAILED])
def test_a_letter_sent_again_leaves_once_more(client_of, carol, mail_folder, state):
    one = troubled(make.sent(), state)
    settle(client_of(carol), one, "again")
    outbox.deliver_due()
    one.refresh_from_db()
    assert (one.state, one.tries) == (State.ACCEPTED, 2)
    mails = [mail for mail in mail_folder.glob("*.eml") if one.key in mail.read_text()]
    assert len(mails) == 1


def test_pressing_again_twice_sends_once_and_says_so(client_of, carol):
    one = troubled(make.sent(), State.FAILED)
    client = client_of(carol)
    settle(client, one, "again")
    assert "did so already" in settle(client, one, "again").content.decode()
    assert JournalEntry.objects.filter(act="try notice again").count() == 1


@pytest.mark.parametrize("answer", ["", "perhaps", "arrived"])
def test_an_odd_or_late_answer_changes_nothing(client_of, carol, answer):
    one = troubled(make.sent(), State.FAILED)
    response = settle(client_of(carol), one, answer)
    assert response.status_code == 200
    one.refresh_from_db()
    assert one.state == State.FAILED


def test_only_reviewers_settle(client_of, erin, frank, alice):
    one = troubled(make.sent(by=alice), State.DOUBTFUL)
    for other in (erin, frank, alice):
        assert settle(client_of(other), one, "arrived").status_code == 403
    one.refresh_from_db()
    assert one.state == State.DOUBTFUL


def test_a_secret_letter_that_failed_is_never_tried_again(client_of, carol, db):
    person = To("nobody@example.com", "Nobody", "person", "you asked for it")
    secret = {"heading": "New password", "text": "https://x/y", "html": "", "secret": True}
    tell("password:1", subject=("person", "nobody@example.com"), to=[person], **secret)
    one = NoticeRecipient.objects.get()
    NoticeRecipient.objects.update(state=State.FAILED, next_try_at=None)
    client = client_of(carol)
    assert page_of(client, "troubled_notices").select("tbody button") == []
    settle(client, one, "again")
    one.refresh_from_db()
    assert one.state == State.FAILED


def test_a_letter_about_a_proposal_taken_back_has_no_link(client_of, carol, alice):
    review = make.sent(by=alice)
    troubled(review, State.FAILED)
    review.recall(by=alice)
    page = page_of(client_of(carol), "troubled_notices")
    assert len(page.select("tbody tr")) == 1
    assert page.select("tbody a") == []


def test_the_list_takes_the_same_queries_for_one_letter_and_for_many(client_of, carol):
    client, counted = client_of(carol), []
    page_of(client, "troubled_notices")
    for _ in range(2):
        for _ in range(3):
            troubled(make.sent(), State.FAILED)
        with CaptureQueriesContext(connection) as queries:
            page_of(client, "troubled_notices")
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 12


def test_a_period_born_late_is_told_as_late(client_of, carol):
    with clock.travel(clock.now() - timedelta(days=40)):
        review = make.sent()
    page = text(page_of(client_of(carol), "review", review.reference))
    assert "Overdue by" in page
    assert "CDSS's answer is late" in page
