"""The letter of a request (ACL-7): what CDSS needs, why, and by when; and the mail that brings it.

Its words are written once, when the request is made, and kept with it: page, mail and PDF show
them, and the reviewer reads them beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from portal.wording import day, plain_day
from reviews.decision_text import facts_of
from reviews.stationery import (
    Fact,
    after_the_response,
    county_page,
    numbered,
    stopped,
)

if TYPE_CHECKING:
    from reviews.models import Item, Request, Review, Round

ANSWER = "Answer the request"


def request_text(review: Review, request: Request, items: Iterable[Item]) -> str:
    """The words of the letter, without what stands around them."""
    known = facts_of(review)
    asked = "\n".join(f"{one} (by {plain_day(one.by)}): {_on_one_line(one.why)}" for one in items)
    own_words = f"{request.words.strip()}\n\n" if request.words.strip() else ""
    return f"""{known["addressee"]}

Subject: {known["tool"]}: CDSS requests documents

Dear {known["contact"]}:

CDSS received your concept proposal for {known["tool"]} on {known["received"]}. It needs more from \
you before it can decide.

{own_words}What CDSS needs
{asked}

How to answer
Answer each item on the proposal's page: send the document, change the answer, or write that you \
don't have it and why. Then choose “Send our response”. If you work by email or post, write to \
{known["mailbox"]} and give the reference {known["reference"]}.

What happens next
{after_the_response()}

Questions: reply to this letter, and keep the reference in the subject."""


def request_parts(
    review: Review, request: Request, items: Iterable[Item], period: Round
) -> dict[str, Any]:
    """The mail, as `stationery.post` takes it: the letter comes whole, after what to do by when."""
    items = list(items)
    days = sorted({item.by for item in items})
    several = "The first of several dates: each item has its own." if len(days) > 1 else ""
    return {
        "subject": "CDSS requests documents",
        "news": "CDSS needs more from you before it can decide on your proposal.",
        "facts": [
            numbered(request),
            Fact("Answer by", day(days[0]), several),
            stopped(period),
            *(Fact(f"Item {one.number}", one.title, f"By {day(one.by)}", False) for one in items),
        ],
        "do": "Answer each item: send the document, change the answer, or write that you don't "
        "have it and why. Then choose “Send our response”. If you work by email, reply to this one "
        f"and keep the reference {review.reference} in the subject.",
        "link": (ANSWER, county_page(review, "respond/")),
        "then": after_the_response(),
        "enclosed": ("The letter", request.full_letter),
    }


def _on_one_line(text: str) -> str:
    """A typed text as the end of an item of a list."""
    return " ".join(text.split())
