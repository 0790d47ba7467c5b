"""The county's rows of the table of moves, and what each does to the period (ACL-6)."""

from datetime import time, timedelta

import pytest

from portal import clock
from portal.models import JournalEntry, Notice
from proposals.models import Proposal
from reviews.models import Review, Round
from reviews.moves import MOVES, MoveRefused, Status
from tests import make

pytestmark = pytest.mark.django_db


def acts_on(review: Review) -> list[str]:
    entries = JournalEntry.objects.about(*review.proposal.subject)
    return list(entries.values_list("act", flat=True))


def letters_of(review: Review) -> list[str]:
    notices = Notice.objects.filter(subject=review.reference)
    return [event.partition(":")[0] for event in notices.values_list("event", flat=True)]


@pytest.mark.acl("ACL-1")
def test_sending_submits_the_draft_and_opens_a_period(alice):
    proposal = make.draft(by=alice)
    review = make.sent(proposal, by=alice)
    proposal.refresh_from_db()
    period = review.open_round()
    assert review.where == Status.SUBMITTED
    assert proposal.sent_at is not None
    assert (period.number, period.due) == (1, review.due)
    assert "send" in acts_on(review)
    assert set(letters_of(review)) == {"receipt", "new_proposal"}


def test_someone_who_may_not_sign_cannot_send(amir):
    proposal = make.draft(by=amir)
    with pytest.raises(MoveRefused, match="may sign"):
        make.sent(proposal, by=amir)
    proposal.refresh_from_db()
    assert proposal.is_draft


def test_a_signer_of_another_county_cannot_send(bob):
    proposal = make.draft()
    with pytest.raises(MoveRefused):
        make.sent(proposal, by=bob)


def test_a_right_to_sign_that_has_ended_sends_nothing(alice):
    membership = alice.memberships.get()
    membership.may_sign_until = make.in_days(-1)
    membership.save()
    alice.refresh_from_db()
    with pytest.raises(MoveRefused):
        make.sent(make.draft(by=alice), by=alice)


def test_a_sent_proposal_is_not_sent_again(alice):
    review = make.sent()
    with pytest.raises(MoveRefused, match="Alice Nakamura sent the proposal"):
        make.sent(Proposal.objects.get(pk=review.proposal_id), by=alice)
    assert review.rounds.count() == 1


def test_what_a_colleague_changed_meanwhile_is_not_signed_unread(alice):
    proposal = make.draft(by=alice)
    with pytest.raises(MoveRefused, match="A colleague changed an answer"):
        Review.objects.send(
            proposal,
            by=alice,
            name="Alice",
            title="",
            agreements=make.agreements(),
            seen="0" * 64,
        )
    assert not Review.objects.exists()
    proposal.refresh_from_db()
    assert proposal.is_draft


def test_what_lacks_something_the_letter_asks_for_is_not_sent(alice):
    proposal = make.draft(by=alice, purpose="")
    with pytest.raises(MoveRefused, match="lacks something"):
        make.sent(proposal, by=alice)
    assert not Notice.objects.exists()


def test_recall_makes_it_a_draft_and_keeps_the_void_period(alice):
    review = make.sent()
    review.recall(by=alice)
    period = review.rounds.get()
    assert review.where == Status.DRAFT
    assert review.due is None
    assert period.voided_by == "recall"
    assert "recalled" in letters_of(review)
    assert Proposal.objects.get(pk=review.proposal_id).is_draft


@pytest.mark.acl("ACL-4")
def test_sending_again_after_a_recall_opens_the_next_period_and_is_acknowledged_again(alice):
    review = make.sent()
    review.recall(by=alice)
    again = make.sent(Proposal.objects.get(pk=review.proposal_id), by=alice)
    assert again.pk == review.pk
    assert [period.number for period in again.rounds.all()] == [1, 2]
    assert letters_of(again).count("receipt") == 2
    assert again.proposal.copies.count() == 2


def test_recall_ends_when_a_reviewer_has_taken_it(alice):
    review = make.in_review()
    with pytest.raises(MoveRefused, match="Carol Whitfield took the proposal into review"):
        review.recall(by=alice)


def test_a_logged_proposal_is_not_recalled(bob):
    review = make.logged()
    assert "recall" not in {move.name for move in review.moves_for(bob)}
    with pytest.raises(MoveRefused):
        review.recall(by=bob)


@pytest.mark.parametrize("status", ["submitted", "in_review", "documents_requested"])
def test_withdraw_ends_an_open_proposal(alice, status):
    review = make.standing_at(status)
    review.withdraw(by=alice, why="We bought another tool.")
    assert review.where == Status.WITHDRAWN
    assert review.due is None and review.county_by is None
    assert not review.requests.open().exists()
    assert "withdrawn" in letters_of(review)


def test_withdraw_voids_the_period_but_not_the_one_a_request_answered(alice):
    running, stopped = make.in_review(), make.requested().review
    running.withdraw(by=alice)
    stopped.withdraw(by=alice)
    assert running.current_round().voided_by == "withdraw"
    assert stopped.current_round().answered_by == "request"


def test_withdraw_voids_a_drafted_decision(alice):
    decision = make.drafted_decision()
    decision.review.withdraw(by=alice)
    decision.refresh_from_db()
    assert decision.voided_at is not None


@pytest.mark.parametrize("status", ["approved", "not_approved", "out_of_scope", "withdrawn"])
def test_a_closed_proposal_is_not_withdrawn(alice, status):
    review = make.standing_at(status)
    with pytest.raises(MoveRefused):
        review.withdraw(by=alice)


@pytest.mark.parametrize("name", ["recall", "withdraw"])
def test_a_colleague_who_may_not_sign_makes_no_signers_move(amir, name):
    review = make.sent()
    assert name not in {move.name for move in review.moves_for(amir)}
    with pytest.raises(MoveRefused):
        getattr(review, name)(by=amir)


@pytest.mark.parametrize("name", ["recall", "withdraw"])
def test_a_stale_page_moves_nothing_and_says_who_was_faster(alice, carol, name):
    review = make.sent()
    seen = review.version
    Review.objects.get(pk=review.pk).take(by=carol)
    late = Review.objects.get(pk=review.pk)
    with pytest.raises(MoveRefused, match="Carol Whitfield"):
        getattr(late, name)(by=alice, seen=seen)
    assert Review.objects.get(pk=review.pk).where == Status.IN_REVIEW


@pytest.mark.acl("ACL-7")
def test_a_response_returns_to_its_reviewer_on_top_with_a_new_period(carol):
    review = make.responded()
    assert review.where == Status.IN_REVIEW
    assert (review.assignee, review.news) == (carol, True)
    assert review.current_round().number == 2
    assert {"response_received", "response_arrived"} <= set(letters_of(review))


def test_a_response_is_unassigned_when_the_reviewer_has_left(carol):
    request = make.requested()
    carol.is_active = False
    carol.save()
    request.refresh_from_db()
    review = make.responded(request)
    assert review.assignee is None


def test_a_response_needs_every_item_settled(alice):
    request = make.requested()
    request.items.get(number=1).decline("We have none.", by=alice)
    with pytest.raises(MoveRefused, match="Settle every item"):
        request.respond(by=alice, name="Alice", title="")
    assert request.review.rounds.count() == 1


def test_the_county_alone_makes_its_moves(carol, erin, frank):
    review = make.sent()
    for person in (carol, erin, frank):
        names = {move.name for move in review.moves_for(person)}
        assert not names & {"recall"}
    assert not review.moves_for(erin)
    assert not review.moves_for(frank)


def test_every_move_of_the_county_is_on_record(alice):
    review = make.responded()
    review.withdraw(by=alice)
    acts = acts_on(review)
    assert [act for act in acts if act in MOVES] == [
        "send",
        "take",
        "request",
        "respond",
        "withdraw",
    ]


NOON = time(12)
REQUESTED_AFTER, ANSWERED_AFTER = timedelta(days=10), timedelta(days=25)


def answered_round() -> Round:
    """The period after a response: asked on day 10, answered on day 25, from today."""
    # At noon, so that an hour of summer time in between makes no other day of it.
    first = clock.today() - ANSWERED_AFTER
    with clock.travel(clock.instant(first, NOON)):
        review = make.in_review()
    with clock.travel(clock.instant(first + REQUESTED_AFTER, NOON)):
        request = make.requested(review, items=[make.document_item(days=40)])
    return make.responded(request).current_round()


@pytest.mark.acl("ACL-6")
def test_restart_gives_thirty_days_from_the_response(settings):
    settings.CLOCK_MODE = "restart"
    period = answered_round()
    assert period.received_on == clock.today()
    assert period.day_30 == make.in_days(30)


def test_resume_gives_the_days_that_were_left_at_the_request(settings):
    settings.CLOCK_MODE = "resume"
    period = answered_round()
    assert (period.mode, period.days) == ("resume", 20)
    assert period.day_30 == make.in_days(20)


def test_resume_gives_at_least_one_day(settings):
    settings.CLOCK_MODE = "resume"
    start = clock.now() - timedelta(days=40)
    with clock.travel(start):
        review = make.in_review()
    with clock.travel(start + timedelta(days=33)):
        request = make.requested(review, items=[make.document_item(days=40)])
    assert make.responded(request).current_round().days == 1


def test_none_gives_no_date(settings):
    settings.CLOCK_MODE = "none"
    period = answered_round()
    assert (period.day_30, period.due, period.review.due) == (None, None, None)


def test_a_round_keeps_the_setting_it_was_opened_under(settings):
    settings.CLOCK_MODE = "resume"
    period = answered_round()
    settings.CLOCK_MODE = "none"
    period.refresh_from_db()
    assert (period.mode, period.due is None) == ("resume", False)


@pytest.mark.parametrize("mode", ["restart", "resume", "none"])
def test_a_recalled_proposal_gets_thirty_days_in_every_setting(settings, alice, mode):
    settings.CLOCK_MODE = mode
    review = make.sent()
    review.recall(by=alice)
    again = make.sent(Proposal.objects.get(pk=review.proposal_id), by=alice)
    assert again.open_round().day_30 == make.in_days(30)
