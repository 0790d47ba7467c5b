"""Every letter that leaves about a sent proposal: one function each, in the order of the moves.

A letter belongs to its event: told twice it leaves once, and what happens in a later period has a
key of its own. County letters go to the county's correspondents of that moment. Notes, checklist,
overrides and the approvers' words about a draft stay inside CDSS: no letter to a county reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal import clock
from portal.models import Notice, User
from portal.wording import day
from reviews.decision_text import decision_text, standard_letter, unfilled
from reviews.request_letter import request_parts
from reviews.stationery import (
    NOTHING,
    Fact,
    Known,
    after_the_response,
    answers_by,
    approvers,
    at,
    came,
    correspondents,
    county,
    county_page,
    desk_page,
    due,
    given,
    mailbox,
    numbered,
    post,
    promise,
    queue_page,
    reviewer,
)

if TYPE_CHECKING:
    from reviews.models import Decision, Item, Message, Request, Review, Round

__all__ = [
    "assigned",
    "closed",
    "decision",
    "decision_drafted",
    "decision_sent_back",
    "decision_text",
    "extended",
    "item_sent_back",
    "message",
    "new_proposal",
    "recalled",
    "receipt",
    "reopened",
    "requested",
    "response_arrived",
    "response_received",
    "standard_letter",
    "unfilled",
    "waived",
    "withdrawn",
]

NOTHING_NOW = "Nothing now. Keep the reference in the subject when you write to us."
TRACK = "Track your proposal"
OPEN = "Open the proposal"
ANSWER = "Answer the request"


# send, log


def receipt(review: Review, period: Round, known: Known = NOTHING) -> Notice:
    """To the county: CDSS has received the proposal, and answers by this date (ACL-4)."""
    how = came(review)
    entered = "CDSS entered it in the portal for you. " if how else ""
    return post(
        ("receipt", period.number),
        review,
        correspondents(review, known),
        known=known,
        subject="CDSS received your proposal",
        news=f"CDSS received your proposal{how} on {at(period)}.",
        facts=[answers_by(period)],
        do=NOTHING_NOW,
        link=(TRACK, county_page(review)),
        then=f"{entered}A reviewer of CDSS is named and reads your proposal. {promise(period)}",
    )


def new_proposal(review: Review, period: Round, known: Known = NOTHING) -> Notice:
    """To the CDSS mailbox: a proposal has come in."""
    return post(
        ("new_proposal", period.number),
        review,
        mailbox(),
        known=known,
        subject="new proposal",
        news=f"{county(review)} sent a proposal{came(review)}.",
        facts=[Fact("Received", at(period)), answers_by(period)],
        do="Take the proposal, or hand it to a reviewer.",
        link=(OPEN, desk_page(review)),
        then=promise(period),
    )


# recall


def recalled(review: Review, period: Round) -> Notice:
    """To the CDSS mailbox: the county took the proposal back to change it."""
    return post(
        ("recalled", period.number),
        review,
        mailbox(),
        subject="proposal taken back",
        news=f"{county(review)} took its proposal back to change it.",
        status="Taken back by the county",
        facts=[Fact("Was received", at(period))],
        do="Nothing now.",
        link=("Open the queue", queue_page()),
        then="The thirty-day period is void. When the county sends the proposal again, "
        "a new one starts and you are told.",
    )


# hand over


def assigned(review: Review, to: User) -> Notice:
    """To the new assignee: this review is now theirs."""
    waiting = [Fact("The county answers by", day(review.county_by))] if review.county_by else []
    if review.due is None:
        then = "You are told when the county answers."
    elif review.due < clock.today():
        late = f"CDSS had to answer by {day(review.due)} and is late"
        then = f"{late}: decide now, or request documents."
    else:
        then = f"CDSS answers by {day(review.due)}: decide, or request documents."
    return post(
        ("assigned", review.version),
        review,
        reviewer(to, "this proposal was handed over to you"),
        subject="you review this proposal",
        news=f"{review.moved_by.name} handed this proposal over to you.",
        facts=[*due(review), *waiting],
        do="Read the proposal.",
        link=(OPEN, desk_page(review)),
        then=then,
    )


# request, and what becomes of its items


def requested(review: Review, request: Request, period: Round) -> Notice:
    """To the county: each document and answer that CDSS needs, why, and by when (ACL-7)."""
    parts = request_parts(review, request, request.items.all(), period)
    return post(("requested", request.number), review, correspondents(review), **parts)


def extended(review: Review, item: Item) -> Notice:
    """To the county: it has more time for one item."""
    return post(
        ("extended", f"{item.request.number}.{item.number}.{item.by}"),
        review,
        correspondents(review),
        subject="you have more time",
        news=f"CDSS gives you more time for one item, until {day(item.by)}.",
        facts=[Fact("Item", str(item)), Fact("Answer by", day(item.by))],
        do=f"Answer the item by {day(item.by)}.",
        link=(ANSWER, county_page(review, "respond/")),
        then=after_the_response(),
    )


def item_sent_back(review: Review, item: Item) -> Notice:
    """To the county: what it gave for one item is not enough, and why."""
    return post(
        ("item_sent_back", f"{item.request.number}.{item.number}"),
        review,
        correspondents(review),
        subject="one item needs another look",
        news="CDSS looked at what you gave for one item and needs something more.",
        facts=[Fact("Item", str(item)), Fact("Answer by", day(item.by))],
        words=[("What is missing", item.sent_back_why)],
        do=f"Answer the item again by {day(item.by)}.",
        link=(ANSWER, county_page(review, "respond/")),
        then=after_the_response(),
    )


# respond, waive what is left


def response_received(review: Review, request: Request, period: Round) -> Notice:
    """To the county: CDSS has received the response, and answers by this date (ACL-4)."""
    return post(
        ("response_received", period.number),
        review,
        correspondents(review),
        subject="CDSS received your response",
        news=f"CDSS received your response on {at(period)}.",
        facts=[numbered(request), answers_by(period)],
        words=[(str(item), given(item)) for item in request.items.all()],
        do=NOTHING_NOW,
        link=(TRACK, county_page(review)),
        then=f"CDSS reads your response. {promise(period)}",
    )


def response_arrived(review: Review, request: Request, period: Round) -> Notice:
    """To the reviewer, or the mailbox while there is none: the county has answered."""
    return post(
        ("response_arrived", period.number),
        review,
        reviewer(review.assignee),
        subject="the county's response is here",
        news=f"{county(review)} answered request {request.number}.",
        facts=[Fact("Received", at(period)), answers_by(period)],
        do="Read the response." if review.assignee else "Take the proposal: nobody reviews it now.",
        link=(OPEN, desk_page(review)),
        then=promise(period),
    )


def waived(review: Review, request: Request, period: Round, why: str) -> Notice:
    """To the county: CDSS does without what was left of the request."""
    return post(
        ("waived", period.number),
        review,
        correspondents(review),
        subject="CDSS needs no more documents",
        news=f"CDSS does not need what is left of request {request.number}.",
        facts=[answers_by(period)],
        words=[("Why", why)],
        do=NOTHING_NOW,
        link=(TRACK, county_page(review)),
        then=f"CDSS goes on with its review. {promise(period)}",
    )


# recommend, send back, release


def decision_drafted(review: Review, decision: Decision) -> Notice:
    """To the approvers: a decision waits for one of them."""
    return post(
        ("decision_drafted", decision.number),
        review,
        approvers(decision.drafted_by),
        subject="a decision waits for you",
        news=f"{decision.drafted_by} drafted a decision.",
        facts=[Fact("Drafted outcome", decision.outcome_label), *due(review)],
        do="Read the letter, then release it or send it back.",
        link=("Open the decision", desk_page(review)),
        then="The letter leaves when you release it, exactly as it was drafted.",
    )


def decision_sent_back(review: Review, decision: Decision) -> Notice:
    """To the person who drafted it: an approver wants the decision changed."""
    return post(
        ("decision_sent_back", decision.number),
        review,
        reviewer(decision.drafted_by, "you drafted this decision"),
        subject="your draft was sent back",
        news=f"{decision.sent_back_by} sent your drafted decision back.",
        facts=[Fact("Drafted outcome", decision.outcome_label), *due(review)],
        words=[("Why", decision.sent_back_why)],
        do="Change the draft and hand it to the approvers again.",
        link=(OPEN, desk_page(review)),
        then="Nothing has left for the county.",
    )


def decision(review: Review, decision: Decision, known: Known = NOTHING) -> Notice:
    """To the county: the decision, with the letter exactly as it was drafted (ACL-6, ACL-8)."""
    conditions = list(decision.conditions.all())
    do = "Nothing now. Keep this letter."
    if conditions:
        first = day(min(one.by for one in conditions))
        do = f"Confirm each condition on the proposal's page. The first is due by {first}."
    elif decision.outcome == "not_approved":
        do = "To go on with a changed tool, open the proposal and choose “Revise and send again”."
    return post(
        ("decision", decision.number),
        review,
        correspondents(review, known),
        known=known,
        subject="CDSS has decided on your proposal",
        news=f"CDSS has decided on your proposal: {decision.outcome_label}.",
        status=decision.outcome_label,
        facts=[
            Fact("Received", day(review.received_at)),
            Fact("Decided", day(decision.released_at)),
            *(Fact(str(one), f"By {day(one.by)}", one.text) for one in conditions),
        ],
        do=do,
        link=(OPEN, county_page(review)),
        then="The letter below says what the decision means for the tool. It stays on the "
        "proposal's page.",
        enclosed=("The letter", decision.full_letter),
    )


# withdraw, close without answer, reopen


def withdrawn(review: Review, why: str) -> Notice:
    """To the CDSS mailbox: the county wants no answer any more."""
    return post(
        ("withdrawn", review.version),
        review,
        mailbox(),
        subject="proposal withdrawn",
        news=f"{county(review)} withdrew its proposal.",
        facts=[Fact("Withdrawn", day(review.moved_at))],
        words=[("Why", why)] if why.strip() else [],
        do="Nothing now.",
        link=(OPEN, desk_page(review)),
        then="No answer is due any more. The proposal and its history are kept.",
    )


def closed(review: Review, request: Request) -> Notice:
    """To the county: closed, because the request was never answered."""
    return post(
        ("closed", request.number),
        review,
        correspondents(review),
        subject="CDSS closed your proposal",
        news="CDSS closed your proposal, because you did not answer its request.",
        facts=[numbered(request), Fact("Closed", day(review.moved_at))],
        do="To go on with the tool, open the proposal and choose “Revise and send again”.",
        link=(OPEN, county_page(review)),
        then="The tool is not approved. The proposal and its history are kept.",
    )


def reopened(review: Review, period: Round, why: str) -> Notice:
    """To the county: CDSS takes its decision up again, and why."""
    return post(
        ("reopened", period.number),
        review,
        correspondents(review),
        subject="CDSS reopened your proposal",
        news="CDSS reopened your proposal, to decide on it once more.",
        facts=[answers_by(period)],
        words=[("Why", why)],
        do="Wait for the new answer before you go on with the tool.",
        link=(TRACK, county_page(review)),
        then=f"A new thirty-day period has started. {promise(period)}",
    )


# message


def message(review: Review, message: Message) -> Notice:
    """To the other side: what one side wrote. It never touches the clock (ACL-8)."""
    from_county = message.from_county
    page = desk_page if from_county else county_page
    brought = "It came with a document, which is there too. " if message.document_id else ""
    return post(
        ("message", message.pk),
        review,
        reviewer(review.assignee) if from_county else correspondents(review),
        subject="a message from the county" if from_county else "a message from CDSS",
        news=f"{county(review) if from_county else 'CDSS'} wrote to you about this proposal.",
        facts=[Fact("Written", day(message.at))],
        words=[("The message", message.text)],
        do=f"If it asks you something, answer on the proposal's page. {brought}".strip(),
        link=("Open the messages", page(review, "messages/")),
        then="A message changes no date: the thirty-day period is as it was.",
    )
