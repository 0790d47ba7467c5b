"""The reviewers' simple moves and recorded acts, page by page: what is done, refused and kept."""

from datetime import time, timedelta
from typing import Any

import pytest

from portal import clock
from portal.models import JournalEntry, Notice, User
from portal.wording import day
from proposals.models import Proposal
from reviews.models import Item, Request, Review
from reviews.moves import Status
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db


def url(review: Review, act: str) -> str:
    return f"/reviews/{review.reference}/{act}/"


def write(day) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def typed(client, review: Review, act: str, **changes: str) -> dict[str, Any]:
    """The form of an act as the page shows it, with what a person types into it."""
    return form_on(client.get(url(review, act))) | changes


def letters(kind: str) -> int:
    return Notice.objects.filter(event__startswith=f"{kind}:").count()


def acts_on_record(act: str) -> int:
    return JournalEntry.objects.filter(act=act).count()


def overdue_request(reminders: int = 2) -> Request:
    """A request whose date passed yesterday, with so many reminders on record."""
    with clock.travel(clock.instant(make.in_days(-30), time(9))):
        request = make.requested(items=[make.document_item(days=29), make.answer_item(days=29)])
    for _ in range(reminders):
        request.record_reminder(by=make.someone("carol"), on=clock.today(), how="A call.")
    return request


# Take, put back, hand over


def test_a_reviewer_takes_a_submitted_proposal_with_one_button(client_of, carol):
    review = make.sent()
    client = client_of(carol)
    answer = client.post(url(review, "take"), {"seen": review.version})
    assert answer["Location"] == f"/reviews/{review.reference}/"
    assert messages_on(client.get(answer["Location"])) == ["You are reviewing this proposal now."]
    review.refresh_from_db()
    assert (review.where, review.assignee) == (Status.IN_REVIEW, carol)


def test_of_two_who_take_it_the_second_learns_who_was_first(client_of, carol, dana):
    review = make.sent()
    seen = {"seen": review.version}
    assert client_of(carol).post(url(review, "take"), seen).status_code == 302
    answer = client_of(dana).post(url(review, "take"), seen)
    assert answer.status_code == 409
    assert "Carol Whitfield took the proposal into review on" in words(answer)
    assert soup(answer).find("a", href=f"/reviews/{review.reference}/")
    review.refresh_from_db()
    assert review.assignee == carol


def test_taking_it_with_two_clicks_takes_it_once(client_of, carol):
    review = make.sent()
    seen = {"seen": review.version}
    for _ in range(2):
        assert client_of(carol).post(url(review, "take"), seen).status_code == 302
    assert acts_on_record("take") == 1


def test_it_is_put_back_for_anyone_to_take(client_of, carol, dana):
    review = make.in_review()
    seen = {"seen": review.version}
    assert client_of(carol).post(url(review, "put-back"), seen).status_code == 302
    review.refresh_from_db()
    assert (review.where, review.assignee) == (Status.IN_REVIEW, None)
    page = client_of(dana).get(f"/reviews/{review.reference}/")
    assert soup(page).select_one(f"form[action='{url(review, 'take')}']")


@pytest.mark.parametrize("act", ["take", "put-back"])
def test_a_button_without_its_version_does_nothing(client_of, carol, act):
    review = make.sent()
    for seen in ({}, {"seen": "x"}, {"seen": "9" * 40}):
        answer = client_of(carol).post(url(review, act), seen)
        assert answer.status_code == 409
    review.refresh_from_db()
    assert review.where == Status.SUBMITTED


@pytest.mark.parametrize("act", ["take", "put-back"])
def test_looking_at_the_address_of_a_button_moves_nothing(client_of, carol, act):
    review = make.sent()
    assert client_of(carol).get(url(review, act)).status_code == 405


def test_it_is_handed_over_to_a_colleague_who_gets_an_email(client_of, carol, dana):
    review = make.in_review()
    client = client_of(carol)
    answer = client.post(
        url(review, "hand-over"), typed(client, review, "hand-over", to=str(dana.pk))
    )
    assert answer.status_code == 302
    review.refresh_from_db()
    assert review.assignee == dana
    assert Notice.objects.get(event__startswith="assigned:").recipients.get().email == dana.email


def test_handing_over_a_submitted_one_begins_the_review(client_of, carol, dana):
    review = make.sent()
    client = client_of(carol)
    client.post(url(review, "hand-over"), typed(client, review, "hand-over", to=str(dana.pk)))
    review.refresh_from_db()
    assert (review.where, review.assignee) == (Status.IN_REVIEW, dana)


def test_only_reviewers_who_can_sign_in_and_do_not_hold_it_are_offered(
    client_of, carol, dana, alice, erin, frank
):
    make.person("gone@cdss.example.gov", role="reviewer", is_active=False)
    review = make.in_review()
    page = soup(client_of(carol).get(url(review, "hand-over")))
    assert [option.text.strip() for option in page.select("select option")] == [
        "Choose a reviewer",
        str(dana),
    ]


@pytest.mark.parametrize("whom", ["gone", "alice", "carol", "x", "", "9" * 30])
def test_nobody_else_is_handed_a_review(client_of, carol, alice, whom):
    gone = make.person("gone@cdss.example.gov", role="reviewer", is_active=False)
    people = {"gone": gone.pk, "alice": alice.pk, "carol": carol.pk}
    review = make.in_review()
    client = client_of(carol)
    form = typed(client, review, "hand-over", to=str(people.get(whom, whom)))
    answer = client.post(url(review, "hand-over"), form)
    assert answer.status_code == 422
    assert errors_on(answer)
    assert letters("assigned") == 0


def test_who_left_between_the_page_and_the_button_is_handed_nothing(client_of, carol, dana):
    review = make.in_review()
    client = client_of(carol)
    form = typed(client, review, "hand-over", to=str(dana.pk))
    User.objects.filter(pk=dana.pk).update(is_active=False)
    assert client.post(url(review, "hand-over"), form).status_code == 422
    review.refresh_from_db()
    assert review.assignee == carol


# Items of a request


@pytest.fixture
def request_(carol) -> Request:
    """A request with a document and an answer, both open."""
    return make.requested()


def item_url(item: Item) -> str:
    return f"/reviews/{item.request.review.reference}/request/{item.pk}/"


def change(client, item: Item, what: str, **more: str):
    form = form_on(client.get(item_url(item))) | {"what": what} | more
    return client.post(item_url(item), form)


@pytest.mark.parametrize(("what", "state"), [("waived", "waived"), ("cancelled", "cancelled")])
def test_an_item_is_waived_or_cancelled_with_a_reason(client_of, carol, request_, what, state):
    item = request_.items.first()
    client = client_of(carol)
    answer = change(client, item, what, why="We found it ourselves.")
    assert answer.status_code == 302
    said = {"waived": "Item 1 is waived.", "cancelled": "Item 1 is canceled."}[what]
    assert messages_on(client.get(answer["Location"]))[0].startswith(said)
    item.refresh_from_db()
    assert (item.state, item.excuse, item.settled_by) == (state, "We found it ourselves.", carol)
    county = client_of(make.someone("alice")).get(f"/proposals/{request_.review.reference}/")
    assert "We found it ourselves." in words(county)


def test_more_time_moves_the_date_of_the_item_and_tells_the_county(client_of, carol, request_):
    item = request_.items.first()
    later = make.in_days(40)
    client = client_of(carol)
    answer = change(client, item, "extend", until=write(later))
    assert messages_on(client.get(answer["Location"])) == [
        f"The county has until {day(later)} for item 1, and gets a letter."
    ]
    item.refresh_from_db()
    request_.review.refresh_from_db()
    assert (item.by, request_.review.county_by) == (later, later)
    assert letters("extended") == 1


@pytest.mark.acl("ACL-7")
def test_a_settled_item_is_sent_back_once_with_what_is_missing(client_of, carol, alice, request_):
    item = request_.items.first()
    item.decline("our vendor keeps it", by=alice)
    client = client_of(carol)
    answer = change(client, item, "back", why="Ask the vendor for it.")
    assert messages_on(client.get(answer["Location"])) == [
        "Item 1 went back to the county, which gets a letter with your reason."
    ]
    item.refresh_from_db()
    assert (item.state, item.sent_back_why) == (Item.OPEN, "Ask the vendor for it.")
    assert letters("item_sent_back") == 1
    item.decline("the vendor refuses", by=alice)
    page = client.get(item_url(item))
    assert "It was sent back once before." in words(page)
    assert change(client, item, "back", why="Once more.").status_code == 422
    assert letters("item_sent_back") == 1


def test_an_item_sent_back_after_its_date_needs_a_new_one(client_of, carol, alice, request_):
    item = request_.items.first()
    item.decline("our vendor keeps it", by=alice)
    client = client_of(carol)
    with clock.travel(clock.now() + timedelta(days=20)):
        answer = change(client, item, "back", why="Ask the vendor for it.")
        assert answer.status_code == 422
        assert "is not ahead any more" in words(answer)
        until = make.in_days(10)
        typed = form_on(answer) | {"until": f"{until:%B} {until.day}, {until.year}"}
        assert client.post(item_url(item), typed).status_code == 302
    item.refresh_from_db()
    assert (item.state, item.by) == (Item.OPEN, until)


@pytest.mark.parametrize(
    ("what", "more", "sentence"),
    [
        ("", {}, "Choose what to do with the item"),
        ("burn", {}, "Choose from the answers shown"),
        ("waived", {"why": " "}, "Write the reason; the county reads it"),
        ("cancelled", {}, "Write the reason; the county reads it"),
        ("extend", {}, "Enter the new date, like March 15, 2027"),
        ("extend", {"until": "January 5, 2026"}, "Enter a date after"),
        ("extend", {"until": "soon"}, "Enter the date like March 15, 2027"),
        ("back", {"why": "More."}, "The county has not settled it yet"),
    ],
)
def test_a_change_of_an_item_that_cannot_be_says_why(
    client_of, carol, request_, what, more, sentence
):
    item = request_.items.first()
    answer = change(client_of(carol), item, what, **more)
    assert answer.status_code == 422
    assert sentence in words(answer)
    for name, value in more.items():
        assert form_on(answer)[name].strip() == value.strip()
    item.refresh_from_db()
    assert item.state == Item.OPEN


def test_what_the_county_settled_meanwhile_is_not_waived_and_the_reason_stays(
    client_of, carol, alice, request_
):
    item = request_.items.first()
    client = client_of(carol)
    form = form_on(client.get(item_url(item))) | {"what": "waived", "why": "Not needed."}
    item.decline("our vendor keeps it", by=alice)
    answer = client.post(item_url(item), form)
    assert answer.status_code in (409, 422)
    assert "The county has settled it" in words(answer)
    assert form_on(answer)["why"] == "Not needed."
    item.refresh_from_db()
    assert item.state == Item.SETTLED


def test_what_the_county_gave_meanwhile_is_not_sent_back_unread(client_of, carol, alice, request_):
    item = request_.items.first()
    item.decline("our vendor keeps it", by=alice)
    client = client_of(carol)
    form = form_on(client.get(item_url(item))) | {"what": "back", "why": "Ask the vendor."}
    item.add_document(make.a_file(), by=alice, label="internal")
    answer = client.post(item_url(item), form)
    assert answer.status_code == 409
    assert "The county changed this item since you opened the page" in errors_on(answer)[0]
    assert form_on(answer)["why"] == "Ask the vendor."
    item.refresh_from_db()
    assert item.state == Item.SETTLED
    assert client.post(item_url(item), form_on(answer)).status_code == 302


def test_after_the_response_came_an_item_is_not_changed_and_the_reason_is_still_there(
    client_of, carol, request_
):
    item = request_.items.first()
    client = client_of(carol)
    form = form_on(client.get(item_url(item))) | {"what": "back", "why": "The wrong file."}
    make.responded(request_)
    answer = client.post(item_url(item), form)
    assert answer.status_code == 409
    assert "sent the county's response" in words(answer)
    assert "The wrong file." in answer.content.decode()


def test_an_item_of_another_proposal_is_not_there(client_of, carol, request_):
    other = make.sent()
    item = request_.items.first()
    assert client_of(carol).get(f"/reviews/{other.reference}/request/{item.pk}/").status_code == 404


# Waive what is left


def test_what_is_left_is_waived_and_a_new_period_opens(client_of, carol, request_):
    review = request_.review
    client = client_of(carol)
    form = typed(client, review, "waive", why="The rest can wait.")
    assert client.post(url(review, "waive"), form).status_code == 302
    review.refresh_from_db()
    assert review.where == Status.IN_REVIEW
    assert review.open_round().number == 2
    assert "The rest can wait." in Notice.objects.get(event__startswith="waived:").text


@pytest.mark.parametrize("act", ["waive", "close", "reopen"])
def test_an_act_that_sends_a_letter_says_beforehand_whom_it_goes_to(client_of, dana, act):
    review = make.decided().review if act == "reopen" else overdue_request().review
    text = words(client_of(dana).get(url(review, act)))
    assert "The letter goes to: Alice Nakamura (program contact, person who sent it" in text


def test_waiving_without_a_reason_is_not_done(client_of, carol, request_):
    client = client_of(carol)
    answer = client.post(
        url(request_.review, "waive"), typed(client, request_.review, "waive", why=" ")
    )
    assert (answer.status_code, errors_on(answer)) == (422, ["Write the reason"])


def test_a_case_number_in_a_reason_is_stopped_until_its_writer_says_it_is_none(
    client_of, carol, request_
):
    client, review = client_of(carol), request_.review
    answer = client.post(
        url(review, "waive"), typed(client, review, "waive", why="See 123-45-6789.")
    )
    assert answer.status_code == 422
    assert "Social Security" in errors_on(answer)[0]
    again = client.post(url(review, "waive"), form_on(answer) | {"no_case_data": "on"})
    assert again.status_code == 302
    assert acts_on_record("say it is no case data") == 1


# A typed reason is never lost


def moved_meanwhile(act: str) -> tuple[Review, User]:
    """A review on which this act can be done, and whose it is."""
    carol, dana = make.someone("carol"), make.someone("dana")
    if act == "waive":
        return make.requested().review, carol
    if act == "send-back":
        return make.drafted_decision().review, dana
    return make.decided().review, dana


@pytest.mark.parametrize("act", ["waive", "send-back", "reopen"])
def test_whoever_comes_second_keeps_the_typed_reason_and_learns_who_was_first(client_of, act):
    review, person = moved_meanwhile(act)
    client = client_of(person)
    form = typed(client, review, act, why="A long reason of mine.")
    other = make.person("olga@cdss.example.gov", role="approver", name="Olga Berg")
    others = client_of(other)
    others_form = typed(others, review, act, why="Theirs.")
    assert others.post(url(review, act), others_form).status_code == 302
    answer = client.post(url(review, act), form)
    assert answer.status_code == 409
    assert "Olga Berg" in errors_on(answer)[0]
    kept = form_on(answer)
    assert kept["why"] == "A long reason of mine."
    review.refresh_from_db()
    assert kept["seen"] == str(review.version)


@pytest.mark.parametrize("act", ["waive", "reopen", "send-back", "hand-over", "close"])
def test_an_act_that_cannot_be_done_now_says_so_before_anything_is_typed(client_of, dana, act):
    review = make.sent()
    review.withdraw(by=make.someone("alice"))
    answer = client_of(dana).get(url(review, act))
    assert answer.status_code == 409
    assert "Alice Nakamura withdrew the proposal" in words(answer)


@pytest.mark.parametrize("act", ["waive", "reopen", "send-back", "hand-over"])
def test_the_second_click_answers_like_the_first(client_of, dana, carol, act):
    review = make.in_review() if act == "hand-over" else moved_meanwhile(act)[0]
    client = client_of(dana)
    more = {"to": str(dana.pk)} if act == "hand-over" else {"why": "Because."}
    form = typed(client, review, act, **more)
    before = JournalEntry.objects.count()
    first = client.post(url(review, act), form)
    done = JournalEntry.objects.count()
    second = client.post(url(review, act), form)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert JournalEntry.objects.count() == done == before + 1


# Reminders, and closing


def test_a_reminder_is_put_on_record_with_its_day(client_of, carol, request_):
    review, client = request_.review, client_of(carol)
    form = typed(client, review, "reminder", on=write(clock.today()), how="A call.")
    assert client.post(url(review, "reminder"), form).status_code == 302
    request_.refresh_from_db()
    (one,) = request_.reminders
    assert (one["by"], one["how"]) == ("Carol Whitfield", "A call.")
    page = words(client.get(url(review, "reminder")))
    assert "On record so far" in page
    assert "none" not in page.partition("On record so far")[2][:8]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"how": ""}, "Write how the county was reminded"),
        ({"on": ""}, "Enter"),
        ({"on": write(make.in_days(1))}, "Enter a day up to today"),
        ({"on": "January 5, 2026"}, "when the request went out"),
    ],
)
def test_a_reminder_that_cannot_be_is_refused(client_of, carol, request_, changes, sentence):
    review, client = request_.review, client_of(carol)
    form = typed(client, review, "reminder", on=write(clock.today()), how="A call.") | changes
    answer = client.post(url(review, "reminder"), form)
    assert answer.status_code == 422
    assert sentence in errors_on(answer)[0]
    request_.refresh_from_db()
    assert request_.reminders == []


def test_without_an_open_request_there_is_nothing_to_remind_of(client_of, carol):
    review = make.in_review()
    answer = client_of(carol).get(url(review, "reminder"))
    assert answer.status_code == 409
    assert "No request is open" in words(answer)


def test_a_reminder_typed_while_the_county_answered_is_still_there(client_of, carol, request_):
    review, client = request_.review, client_of(carol)
    form = typed(client, review, "reminder", on=write(clock.today()), how="A call to the county.")
    make.responded(request_)
    answer = client.post(url(review, "reminder"), form)
    assert answer.status_code == 409
    assert "A call to the county." in answer.content.decode()


def test_a_proposal_never_answered_is_closed_after_its_date_and_two_reminders(client_of, dana):
    review = overdue_request().review
    client = client_of(dana)
    form = typed(client, review, "close")
    answer = client.post(url(review, "close"), form)
    assert answer.status_code == 302
    review.refresh_from_db()
    assert (review.where, review.label) == (Status.WITHDRAWN, "Withdrawn: no answer")
    assert letters("closed") == 1


@pytest.mark.parametrize("reminders", [0, 1])
def test_before_two_reminders_it_is_not_closed(client_of, dana, reminders):
    review = overdue_request(reminders).review
    answer = client_of(dana).get(url(review, "close"))
    assert answer.status_code == 409
    assert "Record two reminders to the county first" in words(answer)


def test_before_the_countys_date_has_passed_it_is_not_closed(client_of, dana, request_):
    for _ in range(2):
        request_.record_reminder(by=dana, on=clock.today(), how="A call.")
    client = client_of(dana)
    for answer in (
        client.get(url(request_.review, "close")),
        client.post(url(request_.review, "close"), {"seen": request_.review.version}),
    ):
        assert answer.status_code == 409
        assert "The county's date has not passed yet: it has until" in words(answer)
    assert letters("closed") == 0


def test_a_response_at_the_last_moment_keeps_it_from_being_closed(client_of, dana):
    request = overdue_request()
    client = client_of(dana)
    form = typed(client, request.review, "close")
    make.responded(request)
    answer = client.post(url(request.review, "close"), form)
    assert answer.status_code == 409
    assert "sent the county's response" in words(answer)
    assert letters("closed") == 0


# Reopen


def test_a_decision_is_taken_up_again_with_a_new_period_from_today(client_of, dana):
    review = make.decided().review
    client = client_of(dana)
    form = typed(client, review, "reopen", why="The vendor changed.")
    assert client.post(url(review, "reopen"), form).status_code == 302
    review.refresh_from_db()
    period = review.open_round()
    assert review.where == Status.IN_REVIEW
    assert (period.number, period.received_on) == (2, clock.today())
    assert "The vendor changed." in Notice.objects.get(event__startswith="reopened:").text


def test_a_decision_stays_once_a_revised_proposal_was_sent(client_of, dana, alice):
    review = make.decided(outcome="not_approved").review
    client = client_of(dana)
    form = typed(client, review, "reopen", why="On second thought.")
    make.sent(make.fill(review.revise(by=alice), by=alice), by=alice)
    for answer in (
        client.get(url(review, "reopen")),
        client.post(url(review, "reopen"), form),
    ):
        assert answer.status_code == 409
        assert "revised proposal" in words(answer)
    assert "On second thought." in answer.content.decode()
    review.refresh_from_db()
    assert review.where == Status.NOT_APPROVED


def test_a_revised_draft_that_was_not_sent_keeps_nothing_from_being_reopened(
    client_of, dana, alice
):
    review = make.decided(outcome="not_approved").review
    review.revise(by=alice)
    client = client_of(dana)
    form = typed(client, review, "reopen", why="On second thought.")
    assert client.post(url(review, "reopen"), form).status_code == 302


def test_who_gets_an_overdue_proposal_reads_that_it_is_late(carol, dana):
    with make.days_ago(45):
        late = make.in_review(by=carol)
    for review, then in ((late, "and is late: decide now"), (make.in_review(by=carol), ": decide")):
        review.hand_over(by=carol, to=dana)
        letter = Notice.objects.about("proposal", review.reference).filter(
            event__startswith="assigned:"
        )
        text = letter.get().text
        assert f"{carol.name} handed this proposal over to you." in text
        assert f"by {day(review.due)}{' ' if review is late else ''}{then}" in text


# Whose acts these are

REVIEWERS = ("take", "put-back", "hand-over", "request", "waive", "reminder", "recommend")
APPROVERS = ("send-back", "release", "close", "reopen", "receipt")


@pytest.mark.parametrize("name", ["alice", "bob", "erin", "frank"])
@pytest.mark.parametrize("act", [*REVIEWERS, *APPROVERS])
def test_for_everyone_else_the_page_of_an_act_is_not_there(client_of, name, act):
    review = make.in_review()
    answer = client_of(make.someone(name)).post(url(review, act), {"seen": review.version})
    assert answer.status_code == 404


@pytest.mark.parametrize("act", APPROVERS)
def test_a_reviewer_does_not_find_what_is_an_approvers(client_of, carol, act):
    review = make.in_review()
    assert client_of(carol).get(url(review, act)).status_code == 404


@pytest.mark.parametrize("act", [*REVIEWERS, *APPROVERS])
def test_on_a_draft_no_act_is_there(client_of, dana, act):
    draft = make.draft()
    answer = client_of(dana).post(f"/reviews/{draft.reference}/{act}/", {"seen": "0"})
    assert answer.status_code == 404
    assert Proposal.objects.get().is_draft
