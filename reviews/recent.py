"""What a county sent lately, so that what came twice, by email and in the portal, is noticed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from difflib import SequenceMatcher

from django.db.models import QuerySet

from portal import clock
from portal.forms import LONGEST_LINE
from portal.models import County, User
from reviews.deadlines import ANSWER_DAYS
from reviews.models import Review

LATELY_DAYS = ANSWER_DAYS
MOST = 5
# Names that share so much of their letters may mean the same tool.
ALIKE = 0.75


def received_from(county: County, user: User) -> QuerySet[Review]:
    """What CDSS received from a county within the time of one answer, the latest first."""
    since = clock.now() - timedelta(days=LATELY_DAYS)
    seen = Review.objects.visible_to(user).filter(county=county, received_at__gte=since)
    return seen.select_related("proposal").order_by("-received_at", "-pk")


def alike(name: str, reviews: Iterable[Review]) -> list[Review]:
    """Those whose tool has a similar name, the most similar first.

    What was typed may be of any length yet, and no name is longer than a line.
    """
    wanted = _plain(name[:LONGEST_LINE])
    if not wanted:
        return []
    found = [(_likeness(wanted, _plain(one.proposal.tool_name)), one) for one in reviews]
    close = [pair for pair in found if pair[0] >= ALIKE]
    return [one for _, one in sorted(close, key=lambda pair: -pair[0])][:MOST]


def _plain(name: str) -> str:
    """A name without capitals, punctuation and gaps."""
    return " ".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def _likeness(one: str, other: str) -> float:
    """From 0 to 1; a name that holds the whole of the other counts as the same."""
    if not other:
        return 0.0
    if f" {one} " in f" {other} " or f" {other} " in f" {one} ":
        return 1.0
    return SequenceMatcher(None, one, other).ratio()
