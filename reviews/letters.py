"""Every letter that leaves about a proposal after sending: one function each, in the order of the
table of moves (DOMAIN: statuses, people and moves).

A letter belongs to its event: told twice it leaves once, and what happens in a later period has a
key of its own. County letters go to the county's correspondents of that moment. Notes, checklist,
overrides and the approvers' words about a draft stay inside CDSS: no function here reads them for
a letter to a county.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string

from portal import clock
from portal.models import GoverningLetter, Notice, User
from portal.wording import day, plain_day, time_of_day
from proposals import screening
from reviews.stationery import (
    NOTHING_NOW,
    Block,
    Fact,
    Letter,
    answer_date,
    answer_promise,
    approvers,
    county_page,
    county_people,
    desk_page,
    mailbox,
    post,
    program_contact,
    reviewer,
    staff,
    tool,
)

if TYPE_CHECKING:
    from reviews.models import Decision, Item, Message, Request, Review, Round

TRACK = "Track your proposal"
OPEN = "Open the proposal"


# send, log


def receipt(review: Review, period: Round) -> Notice:
    """To the county: CDSS has received the proposal, and answers by this date (ACL-4)."""
    arrived = _arrived(review)
    entered = "CDSS entered it in the portal for you. " if arrived else ""
    letter = Letter(
        subject="CDSS received your proposal",
        news=f"CDSS received your proposal{arrived} on {_at(period)}.",
        facts=[Fact("Status", review.label), answer_date(period)],
        do=NOTHING_NOW,
        link=county_page(review),
        link_text=TRACK,
        next=f"{entered}A reviewer of CDSS is named and reads your proposal. "
        f"{answer_promise(period)}",
    )
    return post(f"receipt:{review.reference}:{period.number}", review, county_people(review), letter)


def new_proposal(review: Review, period: Round) -> Notice:
    """To the CDSS mailbox: a proposal has come in."""
    county = review.proposal.county.official_name
    letter = Letter(
        subject="new proposal",
        news=f"{county} sent a proposal{_arrived(review)}.",
        facts=[
            Fact("Status", review.label),
            Fact("Received", _at(period)),
            answer_date(period),
        ],
        do="Take the proposal, or hand it to a reviewer.",
        link=desk_page(review),
        link_text=OPEN,
        next=answer_promise(period),
    )
    return post(f"new_proposal:{review.reference}:{period.number}", review, mailbox(), letter)


# recall, withdraw


def recalled(review: Review, period: Round) -> Notice:
    """To the CDSS mailbox: the county took the proposal back to change it."""
    letter = Letter(
        subject="proposal taken back",
        news=f"{review.proposal.county.official_name} took its proposal back to change it.",
        facts=[
            Fact("Status", "Taken back by the county"),
            Fact("Had been received", _at(period)),
        ],
        do="Nothing now.",
        link=f"{settings.SITE_URL}/reviews/",
        link_text="Open the queue",
        next="The thirty-day period is void. When the county sends the proposal again, "
        "a new one starts and you are told.",
    )
    return post(f"recalled:{review.reference}:{period.number}", review, mailbox(), letter)


def withdrawn(review: Review, why: str) -> Notice:
    """To the CDSS mailbox: the county wants no answer any more."""
    letter = Letter(
        subject="proposal withdrawn",
        news=f"{review.proposal.county.official_name} withdrew its proposal.",
        facts=[Fact("Status", review.label), Fact("Withdrawn on", day(review.moved_at))],
        words=[Block("Why", why)] if why.strip() else [],
        do="Nothing now.",
        link=desk_page(review),
        link_text=OPEN,
        next="No answer is due. The proposal and its history are kept.",
    )
    return post(f"withdrawn:{review.reference}", review, mailbox(), letter)


# hand over


def assigned(review: Review, to: User) -> Notice:
    """To the new assignee: this review is now theirs."""
    due = [Fact("CDSS answers by", day(review.due))] if review.due else []
    waits = [Fact("The county answers by", day(review.county_by))] if review.county_by else []
    letter = Letter(
        subject="you review this proposal",
        news="This proposal was handed over to you.",
        facts=[Fact("Status", review.label), *due, *waits],
        do="Read the proposal.",
        link=desk_page(review),
        link_text=OPEN,
        next=f"CDSS answers by {day(review.due)}: decide, or request documents."
        if review.due
        else "CDSS waits for the county. You are told when it answers.",
    )
    people = [staff(to, "reviewer", "this proposal was handed over to you")]
    return post(f"assigned:{review.reference}:{review.version}", review, people, letter)


# request, and what becomes of its items


def requested(review: Review, request: Request, period: Round) -> Notice:
    """To the county: each document and answer that CDSS needs, with why and by when (ACL-7)."""
    items = list(request.items.all())
    first = min(item.by for item in items)
    letter = Letter(
        subject="CDSS requests documents",
        news="CDSS needs more from you before it can decide on your proposal.",
        facts=[
            Fact("Status", review.label),
            Fact("Request", f"Number {request.number}, of {day(request.asked_at)}"),
            Fact("Answer by", day(first), _later(items)),
            Fact("Thirty-day period", f"Stopped on day {period.day_number(clock.today())}"),
        ],
        words=[
            *([Block("What CDSS writes", request.words)] if request.words.strip() else []),
            *(Block(f"{item}, by {plain_day(item.by)}", item.why) for item in items),
        ],
        do="Answer each item: send the document, change the answer, or write that you don't have "
        "it and why. Then choose Send our response. You may also reply to this email, with the "
        f"reference {review.reference} in the subject.",
        link=county_page(review, "respond/"),
        link_text="Answer the request",
        next=_after_the_response(),
    )
    return post(
        f"requested:{review.reference}:{request.number}", review, county_people(review), letter
    )


def extended(review: Review, item: Item) -> Notice:
    """To the county: it has more time for one item."""
    letter = Letter(
        subject="you have more time",
        news=f"CDSS gives you more time for one item, until {day(item.by)}.",
        facts=[
            Fact("Status", review.label),
            Fact("Item", str(item)),
            Fact("Answer by", day(item.by)),
        ],
        do=f"Answer the item by {day(item.by)}.",
        link=county_page(review, "respond/"),
        link_text="Answer the request",
        next=_after_the_response(),
    )
    event = f"extended:{review.reference}:{item.request.number}.{item.number}:{item.by}"
    return post(event, review, county_people(review), letter)


def item_sent_back(review: Review, item: Item) -> Notice:
    """To the county: what it gave for one item is not enough, and why."""
    letter = Letter(
        subject="one item needs another look",
        news="CDSS looked at what you gave for one item and needs something more.",
        facts=[
            Fact("Status", review.label),
            Fact("Item", str(item)),
            Fact("Answer by", day(item.by)),
        ],
        words=[Block("What is missing", item.sent_back_why)],
        do=f"Answer the item again by {day(item.by)}.",
        link=county_page(review, "respond/"),
        link_text="Answer the request",
        next=_after_the_response(),
    )
    event = f"item_sent_back:{review.reference}:{item.request.number}.{item.number}"
    return post(event, review, county_people(review), letter)


# respond, waive


def response_received(review: Review, request: Request, period: Round) -> Notice:
    """To the county: CDSS has received the response, and answers by this date (ACL-4)."""
    letter = Letter(
        subject="CDSS received your response",
        news=f"CDSS received your response on {_at(period)}.",
        facts=[
            Fact("Status", review.label),
            Fact("Request", f"Number {request.number}, of {day(request.asked_at)}"),
            answer_date(period),
        ],
        words=[Block(str(item), _given(item)) for item in request.items.all()],
        do=NOTHING_NOW,
        link=county_page(review),
        link_text=TRACK,
        next=f"CDSS reads your response. {answer_promise(period)}",
    )
    event = f"response_received:{review.reference}:{period.number}"
    return post(event, review, county_people(review), letter)


def response_arrived(review: Review, request: Request, period: Round) -> Notice:
    """To the reviewer, or the mailbox while there is none: the county has answered."""
    letter = Letter(
        subject="the county's response is here",
        news=f"{review.proposal.county.official_name} answered request {request.number}.",
        facts=[
            Fact("Status", review.label),
            Fact("Received", _at(period)),
            answer_date(period),
        ],
        do="Read the response." if review.assignee_id else "Take the proposal: nobody reviews it.",
        link=desk_page(review),
        link_text=OPEN,
        next=answer_promise(period),
    )
    event = f"response_arrived:{review.reference}:{period.number}"
    return post(event, review, reviewer(review), letter)


def waived(review: Review, request: Request, period: Round, why: str) -> Notice:
    """To the county: CDSS does without what was left of the request."""
    letter = Letter(
        subject="no more documents needed",
        news=f"CDSS does not need what is left of request {request.number}.",
        facts=[Fact("Status", review.label), answer_date(period)],
        words=[Block("Why", why)],
        do=NOTHING_NOW,
        link=county_page(review),
        link_text=TRACK,
        next=f"CDSS goes on with its review. {answer_promise(period)}",
    )
    return post(f"waived:{review.reference}:{period.number}", review, county_people(review), letter)


# recommend, send back, release


def decision_drafted(review: Review, decision: Decision) -> Notice:
    """To the approvers: a decision waits for one of them."""
    letter = Letter(
        subject="a decision waits for you",
        news=f"{decision.drafted_by} drafted a decision.",
        facts=[
            Fact("Status", review.label),
            Fact("Drafted outcome", decision.outcome_label),
            *([Fact("CDSS answers by", day(review.due))] if review.due else []),
        ],
        do="Read the letter, then release it or send it back.",
        link=desk_page(review),
        link_text="Open the decision",
        next="The letter leaves at once when you release it, exactly as it was drafted.",
    )
    event = f"decision_drafted:{review.reference}:{decision.number}"
    return post(event, review, approvers(decision.drafted_by), letter)


def decision_sent_back(review: Review, decision: Decision) -> Notice:
    """To the person who drafted it: the approver wants the decision changed."""
    letter = Letter(
        subject="your draft was sent back",
        news=f"{decision.sent_back_by} sent your drafted decision back.",
        facts=[
            Fact("Status", review.label),
            Fact("Drafted outcome", decision.outcome_label),
            *([Fact("CDSS answers by", day(review.due))] if review.due else []),
        ],
        words=[Block("Why", decision.sent_back_why)],
        do="Change the draft and hand it to the approvers again.",
        link=desk_page(review),
        link_text=OPEN,
        next="Nothing has left for the county.",
    )
    event = f"decision_sent_back:{review.reference}:{decision.number}"
    people = [staff(decision.drafted_by, "reviewer", "you drafted this decision")]
    return post(event, review, people, letter)


def decision(review: Review, decision: Decision) -> Notice:
    """To the county: the decision, with the letter exactly as it was drafted (ACL-6)."""
    conditions = list(decision.conditions.all())
    approved, not_approved = decision.outcome == "approved", decision.outcome == "not_approved"
    do = "Nothing now. Keep this letter."
    if conditions:
        first = min(condition.by for condition in conditions)
        do = (
            "Confirm each condition on the proposal's page by its date. "
            f"The first date is {day(first)}."
        )
    elif not_approved:
        do = (
            "Nothing, if you give the tool up. To change it, open the proposal and choose "
            "Revise and send again: your answers are copied."
        )
    letter = Letter(
        subject="CDSS has decided on your proposal",
        news=f"CDSS has decided on your proposal: {decision.outcome_label}.",
        facts=[
            Fact("Status", decision.outcome_label),
            Fact("Received", plain_day(review.received_at)),
            Fact("Decided", plain_day(decision.released_at)),
            *(
                Fact(f"Condition {one.number}", f"By {day(one.by)}", one.text)
                for one in conditions
            ),
        ],
        words=[Block("The decision letter", decision.letter)],
        do=do,
        link=county_page(review),
        link_text="Open the proposal",
        next=_after_the_decision(approved, not_approved),
    )
    event = f"decision:{review.reference}:{decision.number}"
    return post(event, review, county_people(review), letter)


# close, reopen


def closed(review: Review, request: Request) -> Notice:
    """To the county: closed, because the request was never answered."""
    letter = Letter(
        subject="CDSS closed your proposal",
        news="CDSS closed your proposal, because its request was not answered.",
        facts=[
            Fact("Status", review.label),
            Fact("Request", f"Number {request.number}, of {day(request.asked_at)}"),
            Fact("Closed on", day(review.moved_at)),
        ],
        do="Nothing, if you give the tool up. To go on with it, start a new proposal: "
        "you can copy this one.",
        link=county_page(review),
        link_text=OPEN,
        next="The tool is not approved. The proposal and its history are kept.",
    )
    return post(f"closed:{review.reference}", review, county_people(review), letter)


def reopened(review: Review, period: Round, why: str) -> Notice:
    """To the county: CDSS takes its decision up again, and why."""
    letter = Letter(
        subject="CDSS reopened your proposal",
        news="CDSS reopened your proposal to decide on it once more.",
        facts=[Fact("Status", review.label), answer_date(period)],
        words=[Block("Why", why)],
        do="Wait for the new answer before you go on with the tool.",
        link=county_page(review),
        link_text=TRACK,
        next=f"A new thirty-day period has started. {answer_promise(period)}",
    )
    event = f"reopened:{review.reference}:{period.number}"
    return post(event, review, county_people(review), letter)


# message


def message(review: Review, message: Message) -> Notice:
    """To the other side: what one side wrote. It never touches the clock (ACL-8)."""
    from_county = message.from_county
    attached = "A document came with it: it is on the proposal's page. " if message.document_id else ""
    who = review.proposal.county.official_name if from_county else "CDSS"
    page = desk_page if from_county else county_page
    letter = Letter(
        subject="a message from the county" if from_county else "a message from CDSS",
        news=f"{who} wrote you a message about the proposal.",
        facts=[Fact("Status", review.label), Fact("Written on", day(message.at))],
        words=[Block("The message", message.text)],
        do=f"{attached}Read the message. If it asks you something, answer on the proposal's page.",
        link=page(review, "messages/"),
        link_text="Open the messages",
        next="A message changes no date: the thirty-day period is as it was.",
    )
    people = reviewer(review) if from_county else county_people(review)
    return post(f"message:{review.reference}:{message.pk}", review, people, letter)


# The text of the decision letter

BLANK = re.compile(r"\[((?:reasons|condition \d+|date of condition \d+)[^\[\]\n]*)\]", re.IGNORECASE)


def decision_text(
    review: Review, outcome: str, reasons: list[str], conditions: list[dict[str, Any]]
) -> str:
    """The decision letter as a draft to edit; what is still missing stands in brackets."""
    contact = program_contact(review)
    named = review.proposal.contacts.filter(kind="program").first()
    title = named.title if named and contact and named.name == contact.name else ""
    context = {
        "name": contact.name if contact else "",
        "title": title,
        "county": review.proposal.county,
        "tool": tool(review),
        "received": plain_day(review.received_at),
        "outcome": outcome,
        "reasons": [_sentence(reason) for reason in reasons if reason.strip()],
        "conditions": [_condition(number, one) for number, one in enumerate(conditions, start=1)],
        "instead": _instead(review) if outcome == "not_approved" else [],
        "letter": GoverningLetter.objects.current(),
    }
    return render_to_string("reviews/letters/decision.txt", context).strip()


def unfilled(text: str) -> str:
    """The first blank still in the text of a letter, like "date of condition 2"; else empty."""
    found = BLANK.search(text)
    return found.group(1) if found else ""


def _condition(number: int, one: dict[str, Any]) -> str:
    text = one["text"].strip().rstrip(".") or f"[condition {number}]"
    by = plain_day(one["by"]) if one["by"] else f"[date of condition {number}]"
    return f"{text}, by {by}."


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _instead(review: Review) -> Iterable[str]:
    found = screening.findings(review.proposal.cmips_methods)
    return dict.fromkeys(finding.method.instead for finding in found)


# Phrases that several letters share


def _at(period: Round) -> str:
    return f"{day(period.receipt_at)}, at {time_of_day(period.receipt_at)} PT"


def _arrived(review: Review) -> str:
    """How a logged proposal came: " by email"; empty for one sent in the portal."""
    proposal = review.proposal
    in_the_portal = proposal.arrived_by == proposal.Arrived.PORTAL
    return "" if in_the_portal else f" {proposal.get_arrived_by_display()}"


def _later(items: Iterable[Item]) -> str:
    if len({item.by for item in items}) == 1:
        return ""
    return "This is the first of several dates: each item has its own."


def _after_the_response() -> str:
    """What your response does to the clock, by CDSS's setting (DOMAIN, readings of the letter)."""
    then = {
        "restart": "a new one starts on the day your response is sent",
        "resume": "the days that were left start on the day your response is sent",
        "none": "no new date is set after your response",
    }[settings.CLOCK_MODE]
    return f"The thirty-day period has stopped; {then}. CDSS then reads it and goes on."


def _given(item: Item) -> str:
    """How the county settled an item, without naming a file."""
    if item.state in (item.WAIVED, item.CANCELLED):
        return "CDSS does not need this any more."
    if item.because:
        return f"You don't have this, because: {item.because}"
    return "Document sent." if item.kind == item.DOCUMENT else "Answer changed."


def _after_the_decision(approved: bool, not_approved: bool) -> str:
    if approved:
        return (
            "You may develop and use the tool as proposed. Send a new proposal before you change "
            "how it uses CMIPS data."
        )
    if not_approved:
        return (
            "This decision is final for this proposal. A revised one is linked to it and gets "
            "a thirty-day period of its own."
        )
    return (
        "You may go on without CDSS's approval. Send a new proposal before the tool uses "
        "CMIPS data."
    )
