"""The text of the decision letter as the portal drafts it; a reviewer edits it before it goes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from portal.models import GoverningLetter
from portal.wording import plain_day
from proposals import screening
from reviews.moves import OUTCOMES
from reviews.stationery import program_contact, tool

if TYPE_CHECKING:
    from reviews.models import Review

ANSWERS = {
    "approved": "CDSS approves it.",
    "not_approved": "CDSS does not approve it.",
    "out_of_scope": "It does not need CDSS's approval.",
}
AFTER_THE_DECISION = {
    "approved": "You may start to develop the tool now. Send a new proposal before you change how "
    "CMIPS data is used.",
    "not_approved": "This decision is final for this proposal. You may revise the proposal and "
    "send it again: it is then linked to this one and has a thirty-day period of its own.",
    "out_of_scope": "You may go on without CDSS's approval. Send a new proposal before the tool "
    "uses CMIPS data.",
}
BLANK = re.compile(r"\[(reasons|condition \d+|date of condition \d+)\]")


def decision_text(
    review: Review, outcome: str, reasons: list[str], conditions: list[dict[str, Any]]
) -> str:
    """The decision letter as a draft to edit; what is still missing stands in brackets.

    `conditions` are mappings of `text` and `by` (a date, or nothing yet).
    """
    person = program_contact(review)
    contact = review.proposal.contacts.filter(kind="program").first()
    is_same = person and contact and person.email == contact.email.strip()
    label, answer, then = OUTCOMES[outcome].label, ANSWERS[outcome], AFTER_THE_DECISION[outcome]
    if conditions:
        label, answer = f"{label} with conditions", "CDSS approves it, on the conditions below."
        then = f"Confirm each condition on the proposal's page. {then}"
    context = {
        "name": person.name if person else "",
        "title": contact.title if is_same else "",
        "county": review.proposal.county,
        "tool": tool(review),
        "outcome": label if label.startswith("CDSS") else label.lower(),
        "received": plain_day(review.received_at),
        "answer": answer,
        "reasons": [f"{_open(reason)}." for reason in reasons if reason.strip()],
        "conditions": [_condition(number, one) for number, one in enumerate(conditions, start=1)],
        "instead": _instead(review) if outcome == "not_approved" else (),
        "then": then,
        "letter": GoverningLetter.objects.current(),
    }
    return render_to_string("reviews/letters/decision.txt", context).strip()


def unfilled(text: str) -> str:
    """The first blank left in a letter, like "date of condition 2"; empty when there is none."""
    found = BLANK.search(text)
    return found[1] if found else ""


def _condition(number: int, one: dict[str, Any]) -> str:
    text = _open(one["text"]) or f"[condition {number}]"
    by = plain_day(one["by"]) or f"[date of condition {number}]"
    return f"{text}, by {by}."


def _open(text: str) -> str:
    """A typed sentence on one line and without its full stop, so that it can go on."""
    return " ".join(text.split()).rstrip(".")


def _instead(review: Review) -> Iterable[str]:
    """What the letter allows in place of the prohibited methods of this proposal (ACL-9)."""
    found = screening.findings(review.proposal.cmips_methods)
    return dict.fromkeys(finding.method.instead for finding in found)
