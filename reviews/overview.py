"""What a county's home shows: what waits for it, what CDSS has, what was decided. No HTTP.

Each group is read in a fixed number of queries, however many proposals a county has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from portal import clock, notices
from portal.models import User
from proposals import content as contents
from proposals.models import Proposal, SectionState
from proposals.sections import SECTIONS
from reviews import standing
from reviews.models import Condition, Decision, Item, Review, Round
from reviews.moves import DECIDED, WITH_CDSS

# The newest of a group; the whole list has pages.
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
    return {
        "asked": asked,
        "drafts": drafts,
        "waiting": len(asked) + len(drafts),
        "running": running,
        "decided": decided,
        "is_empty": not (asked or drafts or running or decided),
        "today": clock.today(),
    }


def _mine(user: User) -> QuerySet[Proposal]:
    return Proposal.objects.visible_to(user)


def asked_of(user: User) -> Iterator[Asked]:
    """Open requests, the earliest date first."""
    items = (
        Item.objects.filter(
            request__ended_at__isnull=True, request__review__proposal__in=_mine(user)
        )
        .select_related("request__review__proposal__county", "request__review__assignee")
        .order_by("request__review__county_by", "request_id", "number")
    )
    for _, group in groupby(items, key=lambda item: item.request_id):
        found = list(group)
        review = found[0].request.review
        by = min((item.by for item in found if item.state == Item.OPEN), default=review.county_by)
        yield Asked(review.proposal, review, standing.sentence(review, found), by)


def drafts_of(user: User) -> Iterator[Draft]:
    """Proposals not sent yet, the one saved last first, each with how complete it is."""
    saved = SectionState.objects.filter(proposal=OuterRef("pk"), saved_at__isnull=False).order_by(
        "-saved_at"
    )
    drafts = (
        _mine(user)
        .filter(sent_at__isnull=True)
        .select_related("county")
        .prefetch_related("contacts", "flows", "documents")
        .annotate(
            last_saved_at=Subquery(saved.values("saved_at")[:1]),
            last_saved_by=Subquery(saved.values("saved_by__name")[:1]),
        )
        .order_by("-created_at")[:SHOWN]
    )
    for proposal in drafts:
        content = proposal.content()
        found = {section.title: contents.status_of(section, content) for section in SECTIONS}
        yield Draft(
            proposal,
            list(found.values()).count(contents.COMPLETED),
            [title for title, status in found.items() if status == contents.PROBLEM],
            proposal.last_saved_at,
            proposal.last_saved_by or "",
        )


def with_cdss(user: User) -> Iterator[Running]:
    """Proposals whose thirty days run, the next date first."""
    periods = (
        Round.objects.filter(
            answered_at__isnull=True,
            voided_at__isnull=True,
            review__status__in=[status.value for status in WITH_CDSS],
            review__proposal__in=_mine(user),
        )
        .select_related("review__proposal__county", "review__assignee")
        .order_by("due", "pk")[:SHOWN]
    )
    for period in periods:
        review = period.review
        days = standing.thirty_days(review, period, clock.today())
        yield Running(review.proposal, review, standing.sentence(review), days)


def decided_for(user: User) -> Iterator[Outcome]:
    """The latest decisions, with when each was notified (ACL-6)."""
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
        .order_by("-released_at")[:DECIDED_SHOWN]
    )
    for decision in decisions:
        review = decision.review
        review.has_conditions = decision.conditional
        notified = notices.notified_at(decision.notice) if decision.notice else None
        received = clock.pacific_date(review.received_at)
        days = (clock.pacific_date(decision.released_at) - received).days
        yield Outcome(review.proposal, review, decision, notified, days)


def all_of(user: User) -> QuerySet[Proposal]:
    """Every proposal of the county, drafts and withdrawn ones too, the newest first."""
    released = Decision.objects.filter(
        review__proposal=OuterRef("pk"), released_at__isnull=False
    ).order_by("-number")
    conditions = Condition.objects.filter(decision=OuterRef("last_decision"))
    return (
        _mine(user)
        .select_related("county", "review")
        .annotate(
            decided_at=Subquery(released.values("released_at")[:1]),
            last_decision=Subquery(released.values("pk")[:1]),
        )
        .annotate(
            has_conditions=Exists(conditions),
        )
        .order_by("-created_at", "-pk")
    )


def listed(proposal: Proposal) -> dict[str, Any]:
    """A row of the whole list, from `all_of`."""
    review = getattr(proposal, "review", None)
    if proposal.is_draft or review is None:
        dates = {"received_at": None, "decided_at": None}
        return {"proposal": proposal, "status": "draft", "label": "Draft", **dates}
    review.has_conditions = proposal.has_conditions
    is_decided = review.where in DECIDED
    return {
        "proposal": proposal,
        "status": review.status,
        "label": review.label,
        "received_at": review.received_at,
        "decided_at": proposal.decided_at if is_decided else None,
    }
