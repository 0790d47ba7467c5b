"""The county's pages of a sent proposal: where it stands, the thirty days, what happened."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.models import JournalEntry, User
from proposals.models import Proposal
from reviews import timeline
from reviews.models import Correspondent, Finding, Item, Message, Note, Review
from reviews.standing import items_left
from tests import make

pytestmark = pytest.mark.django_db

BUDGET = 15
STATUSES = (
    "submitted",
    "in_review",
    "documents_requested",
    "approved",
    "not_approved",
    "out_of_scope",
    "withdrawn",
)
TABS = (
    "",
    "answers/",
    "documents/",
    "messages/",
    "sent/",
    "copies/1/",
    "correspondents/",
)


def page(client_of, review: Review, tab: str = "", by: User | None = None) -> BeautifulSoup:
    answer = client_of(by or make.someone("alice")).get(f"/proposals/{review.reference}/{tab}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def words(tag) -> str:
    return " ".join(tag.get_text(" ").split())


def steps(found: BeautifulSoup) -> list[str]:
    return [step.b.contents[0].strip() for step in found.select(".tracker li")]


def told(found: BeautifulSoup) -> str:
    return words(found.select_one(".timeline"))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("tab", TABS)
def test_every_page_opens_at_every_status(client_of, status, tab):
    found = page(client_of, make.standing_at(status), tab)
    assert len(found.find_all("h1")) == 1
    assert "{" not in found.title.get_text()


@pytest.mark.parametrize("tab", TABS)
def test_another_county_finds_nothing(client_of, bob, tab):
    review = make.sent()
    assert client_of(bob).get(f"/proposals/{review.reference}/{tab}").status_code == 404


@pytest.mark.parametrize("role", ["carol", "dana", "erin", "frank"])
def test_cdss_is_led_to_its_own_page(client_of, role):
    review = make.sent()
    answer = client_of(make.someone(role)).get(f"/proposals/{review.reference}/")
    assert answer["Location"] == f"/reviews/{review.reference}/"


@pytest.mark.parametrize("role", ["carol", "frank", "bob"])
def test_a_draft_is_not_there_for_others(client_of, role):
    proposal = make.draft()
    assert client_of(make.someone(role)).get(f"/proposals/{proposal.reference}/").status_code == 404


def test_a_draft_opens_as_its_task_list(client_of, alice):
    proposal = make.draft(by=alice)
    answer = client_of(alice).get(f"/proposals/{proposal.reference}/")
    found = BeautifulSoup(answer.content, "html.parser")
    assert len(found.select(".task")) == 8
    assert "7 of 7 sections complete." in words(found.main)
    assert "Alice Nakamura" in words(found.select_one(".aside"))
    assert found.select_one(".task:last-child a")["href"].endswith("/send/")


def test_check_and_send_is_no_link_while_something_is_missing(client_of, alice):
    proposal = make.draft(by=alice, users="")
    answer = client_of(alice).get(f"/proposals/{proposal.reference}/")
    last = BeautifulSoup(answer.content, "html.parser").select_one(".task:last-child")
    assert last.a is None
    assert "Cannot start yet" in words(last)


@pytest.mark.parametrize(
    "status, expected",
    [
        ("submitted", ["Sent", "Receipt acknowledged", "In review", "Decision"]),
        ("in_review", ["Sent", "Receipt acknowledged", "In review", "Decision"]),
        (
            "documents_requested",
            ["Sent", "Receipt acknowledged", "In review", "Documents", "Decision"],
        ),
        ("withdrawn", ["Sent", "Receipt acknowledged", "Withdrawn"]),
    ],
)
def test_the_tracker_shows_the_steps(client_of, status, expected):
    assert steps(page(client_of, make.standing_at(status))) == expected


def test_after_the_response_the_review_goes_on_behind_the_documents(client_of):
    found = page(client_of, make.responded())
    assert steps(found) == ["Sent", "Receipt acknowledged", "Documents", "In review", "Decision"]
    assert words(found.select_one(".tracker [aria-current]")).startswith("In review")


def test_documents_asked_twice_are_counted(client_of):
    review = make.responded()
    make.requested(review)
    assert "Documents (2)" in steps(page(client_of, review))


def test_receipt_is_acknowledged_when_the_mail_server_took_the_letter(client_of):
    review = make.sent()
    found = page(client_of, review)
    assert "The letter is on its way" in words(found.select_one(".tracker"))
    letter = timeline.county_letters(review.reference).get()
    letter.recipients.update(state="accepted", accepted_at=clock.now())
    found = page(client_of, review)
    assert "The letter is on its way" not in words(found.select_one(".tracker"))
    assert "CDSS received it and told you by email." in told(found)


@pytest.mark.acl("ACL-6")
def test_the_day_and_its_reasons(client_of):
    received = datetime(2026, 11, 26, 0, 12, tzinfo=UTC)
    with clock.travel(received):
        review = make.sent()
    with clock.travel(received + timedelta(days=12)):
        found = page(client_of, review)
    aside = words(found.select_one(".aside"))
    assert "Day 12 of 30" in aside
    assert "CDSS answers by Monday, December 28, 2026." in aside
    assert "Received Wednesday, November 25, 2026, 4:12 PM PT." in aside
    assert "Christmas Day" in words(found.details)


def test_past_day_30_of_a_moved_date(client_of):
    received = datetime(2026, 11, 26, 0, 12, tzinfo=UTC)
    with clock.travel(received):
        review = make.sent()
    with clock.travel(received + timedelta(days=31)):
        aside = words(page(client_of, review).select_one(".aside"))
    assert "Day 31. The last day moved to Monday, December 28." in aside
    assert "late" not in aside


def test_overdue_is_said_and_is_no_approval(client_of):
    received = datetime(2026, 11, 26, 0, 12, tzinfo=UTC)
    with clock.travel(received):
        review = make.sent()
    with clock.travel(received + timedelta(days=34)):
        aside = words(page(client_of, review).select_one(".aside"))
    assert "Day 34. CDSS's answer is late." in aside
    assert "is late by 1 day." in aside
    assert "not approved by this" in aside


def test_the_clock_stands_still_while_documents_are_out(client_of):
    with make.days_ago(12):
        review = make.in_review()
    make.requested(review)
    with clock.travel(clock.now() + timedelta(days=5)):
        aside = words(page(client_of, review).select_one(".aside"))
    assert "Stopped on day 12 of 30." in aside
    assert "within its thirty days by asking for documents" in aside


def test_a_late_request_is_not_called_in_time(client_of):
    with make.days_ago(40):
        review = make.in_review()
    make.requested(review)
    aside = words(page(client_of, review).select_one(".aside"))
    assert "after its last day" in aside
    assert "Stopped on day 40." in aside


def test_documents_asked_for_on_the_day_of_receipt_stop_it_there(client_of):
    aside = words(page(client_of, make.requested().review).select_one(".aside"))
    assert "Stopped on the day of receipt." in aside


def test_what_cdss_wrote_is_read_before_one_writes(client_of, carol):
    review = make.in_review(by=carol)
    Message.objects.write(review, by=carol, text="Which server room is it?")
    found = page(client_of, review)
    assert found.find("a", string="Write to CDSS")["href"].endswith("/messages/#id_text")
    found = page(client_of, review, "messages/")
    headings = [words(one) for one in found.select("main .split h2, main .split h3")]
    assert headings[:3] == ["Messages 1", f"{carol.name}, CDSS", "Write to CDSS"]
    assert found.select_one("main a[href='#id_text']") and found.select_one("textarea#id_text")


def test_the_day_of_a_response_is_not_called_the_day_of_receipt(client_of, carol):
    review = make.responded()
    aside = words(page(client_of, review).select_one(".aside"))
    assert "Response received today Day 1 of 30 is tomorrow." in aside
    make.decided(review)
    assert "Answered on the day the response came." in words(
        page(client_of, review).select_one(".aside")
    )


@pytest.mark.parametrize(
    "numbers, words_",
    [
        ([1], "Settle item 1 first."),
        ([1, 3], "Settle items 1 and 3 first."),
        ([1, 2, 4], "Settle items 1, 2 and 4 first."),
        ([], ""),
    ],
)
def test_what_is_left_to_settle_is_one_sentence(numbers, words_):
    items = [Item(number=n, state=Item.OPEN) for n in numbers]
    assert items_left([*items, Item(number=9, state=Item.SETTLED)]) == words_


def test_a_period_without_a_date_says_so(client_of, settings):
    settings.CLOCK_MODE = "none"
    assert "No date is set" in words(page(client_of, make.responded()).select_one(".aside"))


def test_the_open_request_shows_each_item_with_its_upload(client_of):
    review = make.requested(words="Two things are missing.").review
    found = page(client_of, review)
    assert "Two things are missing." in words(found.main)
    assert "0 of 2 settled." in words(found.main)
    assert found.select_one("form input[type=file]")["name"] == "document-1-file"
    assert "Settle items 1 and 2 first." in words(found.main)


def test_the_timeline_tells_what_happened_newest_first(client_of, alice, carol):
    review = make.in_review()
    Message.objects.write(review, by=carol, text="Which server?")
    Message.objects.write(review, by=alice, text="Ours.")
    make.responded(make.requested(review))
    make.decided(review)
    text = told(page(client_of, review))
    told_in_order = [
        "CDSS decided: Approved.",
        "CDSS received your response.",
        "Alice Nakamura sent your response.",
        "CDSS asked for documents.",
        "Alice Nakamura wrote a message to CDSS.",
        "CDSS wrote you a message.",
        "Carol Whitfield began the review.",
        "CDSS received it.",
        "Alice Nakamura signed and sent it.",
        "Alice Nakamura started the proposal.",
    ]
    found = [text.find(sentence) for sentence in told_in_order]
    assert -1 not in found
    assert found == sorted(found)


@pytest.mark.parametrize(("number", "words"), [(0, "Approved."), (2, "Approved with conditions.")])
def test_the_timeline_says_whether_an_approval_has_conditions(client_of, number, words):
    decision = make.decided(conditions=[make.condition(days=30)] * number)
    assert f"CDSS decided: {words}" in told(page(client_of, decision.review))


def test_a_decision_on_record_without_the_number_of_its_conditions_is_told():
    make.decided(conditions=[make.condition()])
    entry = JournalEntry.objects.get(act="release")
    del entry.data["conditions"]
    assert [one.text for one in timeline.told("CIP-2026-0001", [entry], [])] == [
        "CDSS decided: Approved."
    ]


SECRET = "only CDSS may read this"


def with_internal_text(carol: User, dana: User) -> Review:
    """A review with internal words of every kind, and a decision drafted twice."""
    review = make.in_review(cmips_methods=["direct"])
    Note.objects.write(review, by=carol, text=SECRET)
    rule = Finding._meta.get_field("rule").choices[0][0]
    Finding.objects.save_checklist(
        review, by=carol, values={rule: {"choice": "no", "note": SECRET}}
    )
    decision = make.drafted_decision(review, override=SECRET)
    decision.send_back(by=dana, why=SECRET)
    review.refresh_from_db()
    make.drafted_decision(review, override=SECRET)
    review.refresh_from_db()
    return review


@pytest.mark.parametrize("tab", TABS)
def test_nothing_internal_is_on_a_page_of_the_county(client_of, carol, dana, tab):
    review = with_internal_text(carol, dana)
    text = str(page(client_of, review, tab))
    assert SECRET not in text
    assert "drafted" not in text
    assert "checklist" not in text


def test_the_letters_of_the_other_side_are_not_there(client_of, alice, carol, dana):
    review = with_internal_text(carol, dana)
    Message.objects.write(review, by=alice, text="A question.")
    from portal.models import Notice

    for notice in Notice.objects.filter(subject=review.reference):
        answer = client_of(alice).get(f"/proposals/{review.reference}/letters/{notice.pk}/")
        assert answer.status_code == (200 if timeline.is_to_county(notice) else 404), notice


def test_a_letter_is_shown_as_it_was_sent_with_its_outcome(client_of, alice):
    review = make.sent()
    letter = timeline.county_letters(review.reference).get()
    letter.recipients.filter(part__contains="technical").update(state="doubtful")
    found = page(client_of, review, f"letters/{letter.pk}/")
    assert letter.heading in words(found.h1)
    assert "Waiting to be sent" in words(found.main)
    assert "May not have been sent" in words(found.main)


def test_a_letter_of_another_proposal_is_not_there(client_of, alice):
    first, second = make.sent(), make.sent()
    letter = timeline.county_letters(second.reference).get()
    url = f"/proposals/{first.reference}/letters/{letter.pk}/"
    assert client_of(alice).get(url).status_code == 404


def test_links_to_moves_are_drawn_from_the_table(client_of, alice, amir):
    review = make.sent()
    recall, withdraw = (f"/proposals/{review.reference}/{name}/" for name in ("recall", "withdraw"))
    assert page(client_of, review, by=alice).find("a", href=recall)
    assert page(client_of, review, by=alice).find("a", href=withdraw)
    assert not page(client_of, review, by=amir).find("a", href=recall)
    make.in_review(review)
    assert not page(client_of, review, by=alice).find("a", href=recall)


def test_conditions_are_shown_with_a_way_to_confirm_them(client_of):
    review = make.decided(conditions=[make.condition("Wipe lost tablets.")]).review
    found = page(client_of, review)
    assert "Approved with conditions" in words(found.main)
    assert "Wipe lost tablets." in words(found.main)
    assert found.find("a", href=f"/proposals/{review.reference}/conditions/1/")


def test_people_who_get_letters_stand_there_once(client_of, alice):
    review = make.sent(by=alice)
    aside = words(page(client_of, review).select_one(".aside"))
    assert aside.count("Alice Nakamura, program contact, person who sent it") == 1
    assert Correspondent.objects.filter(review=review).count() == 4


def test_a_recalled_proposal_keeps_its_copy_within_reach(client_of, alice):
    review = make.standing_at("draft")
    found = page(client_of, review)
    assert "Copy that was sent before" in words(found)
    assert client_of(alice).get(f"/proposals/{review.reference}/sent/").status_code == 404


def test_the_answers_are_those_that_stand_now(client_of):
    review = make.responded()
    assert "in Oakland" in words(page(client_of, review, "answers/").main)


def full_of_events(count: int) -> Review:
    review = make.in_review()
    alice, carol = make.someone("alice"), make.someone("carol")
    for _ in range(count):
        Message.objects.write(review, by=carol, text="A question.")
        Message.objects.write(review, by=alice, text="An answer.")
    items = [make.document_item() for _ in range(count)]
    request = make.requested(review, items=items)
    for item in request.items.all():
        item.add_document(make.a_file(f"{item.number}.txt"), by=alice, label="internal")
    return review


@pytest.mark.parametrize("tab", ["", "answers/", "documents/", "messages/"])
def test_the_queries_dont_grow_with_what_happened(client_of, alice, tab):
    def queries(review: Review) -> int:
        client = client_of(alice)
        url = f"/proposals/{review.reference}/{tab}"
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            client.get(url)
        return len(found)

    few = queries(full_of_events(1))
    assert queries(full_of_events(10)) == few <= BUDGET


@pytest.mark.parametrize("status", STATUSES)
def test_no_status_costs_more_than_the_budget(client_of, alice, status):
    review = make.standing_at(status)
    client = client_of(alice)
    client.get(f"/proposals/{review.reference}/")
    with CaptureQueriesContext(connection) as found:
        client.get(f"/proposals/{review.reference}/")
    assert len(found) <= BUDGET


def test_a_draft_costs_no_more_than_the_budget(client_of, alice):
    proposal: Proposal = make.draft(by=alice)
    client = client_of(alice)
    client.get(f"/proposals/{proposal.reference}/")
    with CaptureQueriesContext(connection) as found:
        client.get(f"/proposals/{proposal.reference}/")
    assert len(found) <= BUDGET
