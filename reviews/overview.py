"""What a county's home shows: what waits for it, what CDSS has, what was decided. No HTTP.

Each group is read in a fixed number of queries, however many proposals a county has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils.text import Truncator

from portal import clock, notices
from portal.models import User
from portal.wording import lately
from proposals import content as contents
from proposals.models import Proposal, SectionState
from proposals.sections import SECTIONS
from reviews import standing
from reviews.models import Asking, Condition, Decision, Item, Request, Review, Round
from reviews.moves import DECIDED, WITH_CDSS

# The first of a group; the list of all proposals has pages.
SHOWN = 50
DECIDED_SHOWN = 10


@dataclass(frozen=True)
class Asked:
    """A proposal for which CDSS requested documents."""

    proposal: Proposal
    review: Review
    sentence: str
    by: date


@dataclass(frozen=True)
class Draft:
    """A proposal that is still being written."""

    proposal: Proposal
    complete: int
    problems: list[str]
    saved_at: datetime | None
    saved_by: str
    asking: Asking | None = None
    asks_you: bool = False
    signer_left: bool = False
    changed: bool = False
    sections: int = len(SECTIONS)

    @property
    def is_ready(self) -> bool:
        return self.complete == self.sections

    @property
    def sentence(self) -> str:
        words = f"{self.complete} of {self.sections} sections complete."
        if not self.problems:
            return words
        verb = "has a problem" if len(self.problems) == 1 else "have problems"
        return f"{words} {' and '.join(self.problems)} {verb}."

    @property
    def signature(self) -> str:
        """What is to be said of asking a colleague to sign; empty where nobody is asked.

        A comment that was followed by a change needs no look any more.
        """
        asking = self.asking
        if asking is None:
            return ""
        if not asking.is_open:
            comment = Truncator(asking.comment).words(25)
            return "" if self.changed else f"{asking.signer.name} returned it: “{comment}”"
        if self.asks_you:
            return f"{asking.asked_by.name} asks you to sign it and send it."
        if self.signer_left:
            return f"{asking.signer.name} can't sign any more: ask somebody else."
        return f"Waiting for {asking.signer.name} to sign since {lately(asking.asked_at)}."


@dataclass(frozen=True)
class Running:
    """A proposal that CDSS has, with the days of its period."""

    proposal: Proposal
    review: Review
    sentence: str
    days: standing.Days


@dataclass(frozen=True)
class Outcome:
    """A decided proposal: outcome, when the county was notified, after how many days."""

    proposal: Proposal
    review: Review
    decision: Decision
    notified_at: datetime | None
    days: int


def home(user: User) -> dict[str, Any]:
    """What the county's home shows, by group (8 queries)."""
    asked, drafts = list(asked_of(user)), list(drafts_of(user))
    running, decided = list(with_cdss(user)), list(decided_for(user))
    shown = drafts[:SHOWN]
    return {
        "asked": asked[:SHOWN],
        "more_asked": len(asked) > SHOWN,
        "to_sign": [draft for draft in shown if draft.asks_you],
        "drafts": [draft for draft in shown if not draft.asks_you],
        "more_drafts": len(drafts) > SHOWN,
        "waiting": len(asked) + len(drafts),
        "running": running[:SHOWN],
        "more_running": len(running) > SHOWN,
        "decided": decided[:DECIDED_SHOWN],
        "more_decided": len(decided) > DECIDED_SHOWN,
        "is_empty": not (asked or drafts or running or decided),
        "today": clock.today(),
    }


def _mine(user: User) -> QuerySet[Proposal]:
    return Proposal.objects.visible_to(user)


def asked_of(user: User) -> Iterator[Asked]:
    """Open requests, the earliest date first; one more than home shows."""
    requests = Request.objects.filter(ended_at__isnull=True, review__proposal__in=_mine(user))
    first = requests.order_by("review__county_by", "pk")[: SHOWN + 1]
    items = (
        Item.objects.filter(request__in=first.values("pk"))
        .select_related("request__review__proposal__county", "request__review__assignee")
        .order_by("request__review__county_by", "request_id", "number")
    )
    for _, group in groupby(items, key=lambda item: item.request_id):
        found = list(group)
        review = found[0].request.review
        by = min((item.by for item in found if item.state == Item.OPEN), default=review.county_by)
        yield Asked(review.proposal, review, standing.sentence(review, found), by)


def drafts_of(user: User) -> Iterator[Draft]:
    """Proposals not sent yet, the newest first after those this person is asked to sign, each
    with how complete it is and who was asked to sign it; one more than home shows."""
    saved = SectionState.objects.filter(proposal=OuterRef("pk"), saved_at__isnull=False).order_by(
        "-saved_at"
    )
    yours = Q(standing__signer=user, standing__ended_at__isnull=True, signer_can=True)
    drafts = (
        Asking.objects.beside(_mine(user).filter(sent_at__isnull=True), clock.today())
        .select_related("county", "copied_from", "created_by")
        .prefetch_related("contacts", "flows", "documents")
        .annotate(
            last_saved_at=Subquery(saved.values("saved_at")[:1]),
            last_saved_by=Subquery(saved.values("saved_by__name")[:1]),
        )
        .order_by(Case(When(yours, then=0), default=1), "-created_at")[: SHOWN + 1]
    )
    for proposal in drafts:
        content = proposal.content()
        asking = getattr(proposal, "standing", None)  # no attribute where nobody is asked
        found = {section.title: contents.status_of(section, content) for section in SECTIONS}
        yield Draft(
            proposal,
            list(found.values()).count(contents.COMPLETED),
            [title for title, status in found.items() if status == contents.PROBLEM],
            proposal.last_saved_at,
            proposal.last_saved_by or "",
            asking,
            asking is not None and asking.waits_for(user) and proposal.signer_can,
            not proposal.signer_can,
            asking is not None and asking.fingerprint != contents.fingerprint(content),
        )


def with_cdss(user: User) -> Iterator[Running]:
    """Proposals whose thirty days run, the next date first; one more than home shows."""
    periods = (
        Round.objects.filter(
            answered_at__isnull=True,
            voided_at__isnull=True,
            review__status__in=[status.value for status in WITH_CDSS],
            review__proposal__in=_mine(user),
        )
        .select_related("review__proposal__county", "review__assignee")
        .order_by("due", "pk")[: SHOWN + 1]
    )
    for period in periods:
        review = period.review
        days = standing.thirty_days(review, period, clock.today())
        yield Running(review.proposal, review, standing.sentence(review), days)


def decided_for(user: User) -> Iterator[Outcome]:
    """The latest decisions, one more than home shows, with when each was notified (ACL-6)."""
    later = Decision.objects.filter(
        review=OuterRef("review"), released_at__isnull=False, number__gt=OuterRef("number")
    )
    decisions = (
        Decision.objects.filter(
            ~Exists(later),
            released_at__isnull=False,
            review__status__in=[status.value for status in DECIDED],
            review__proposal__in=_mine(user),
        )
        .select_related("review__proposal__county", "notice")
        .prefetch_related("notice__recipients")
        .annotate(conditional=Exists(Condition.objects.filter(decision=OuterRef("pk"))))
        .order_by("-released_at")[: DECIDED_SHOWN + 1]
    )
    for decision in decisions:
        review = decision.review
        review.has_conditions = decision.conditional
        notified = notices.notified_at(decision.notice) if decision.notice else None
        received = clock.pacific_date(review.received_at)
        days = (clock.pacific_date(decision.released_at) - received).days
        yield Outcome(review.proposal, review, decision, notified, days)
