"""The letter of a request (ACL-7): its words once, for the outbox and for the reviewer beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from portal.wording import day, plain_day
from reviews.stationery import (
    Fact,
    Written,
    after_the_response,
    correspondents,
    county_page,
    numbered,
    stopped,
    written,
)

if TYPE_CHECKING:
    from reviews.models import Item, Request, Review, Round

ANSWER = "Answer the request"


def request_drafted(
    review: Review, request: Request, items: Iterable[Item], period: Round
) -> Written:
    """The letter while nothing of the request is kept yet, for the reviewer to read."""
    return written(review, correspondents(review), **request_parts(review, request, items, period))


def request_parts(
    review: Review, request: Request, items: Iterable[Item], period: Round
) -> dict[str, Any]:
    """Each document and answer that CDSS needs, why, and by when, as `stationery.written` takes it."""
    items = list(items)
    days = sorted({item.by for item in items})
    several = "The first of several dates: each item has its own." if len(days) > 1 else ""
    own_words = [("What CDSS writes", request.words)] if request.words.strip() else []
    return {
        "subject": "CDSS requests documents",
        "news": "CDSS needs more from you before it can decide on your proposal.",
        "facts": [numbered(request), Fact("Answer by", day(days[0]), several), stopped(period)],
        "words": [*own_words, *((f"{one} (by {plain_day(one.by)})", one.why) for one in items)],
        "do": "Answer each item: send the document, change the answer, or write that you don't "
        "have it and why. Then choose “Send our response”. If you work by email, reply to this one "
        f"and keep the reference {review.reference} in the subject.",
        "link": (ANSWER, county_page(review, "respond/")),
        "then": after_the_response(),
    }
