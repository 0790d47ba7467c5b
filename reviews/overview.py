"""What a county's home shows: what waits for it, what CDSS has, what was decided. No HTTP.

Each group is read in the order of an index, no further than it is shown, by a query composed once
for the counties that a person acts for: so home costs the same however many proposals there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
    prefetch_related_objects,
)
from django.utils.text import Truncator

from portal import clock
from portal.models import Notice, User
from portal.wording import lately
from proposals import content as contents
from proposals.models import Proposal, SectionState
from proposals.sections import SECTIONS
from reviews import standing
from reviews.composed import Composed, Given, Whole, how_many
from reviews.models import Asking, Condition, Decision, Item, Request, Review, Round
from reviews.moves import DECIDED, WITH_CDSS, Status
from reviews.queue import MOST, in_words

# The first of a group; the list of all proposals has pages.
SHOWN = 20
DECIDED_SHOWN = 10
COUNTIES_KEPT = 128
Counties = tuple[str, ...]


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
    """What the county's home shows, by group (5 queries, and 3 for what the drafts say)."""
    asked, drafts = list(asked_of(user)), list(drafts_of(user))
    running, decided = list(with_cdss(user)), list(decided_for(user))
    counts = _counts(_counties_of(user), MOST + 1)
    return {
        "asked": asked,
        "more_asked": counts["asked"] > len(asked),
        "to_sign": [draft for draft in drafts if draft.asks_you],
        "drafts": [draft for draft in drafts if not draft.asks_you],
        "more_drafts": counts["drafts"] > len(drafts),
        "running": running,
        "more_running": counts["running"] > len(running),
        "decided": decided,
        "more_decided": counts["decided"] > len(decided),
        "is_empty": not (asked or drafts or running or decided),
        "counts": {
            name: in_words(count)
            for name, count in (
                *counts.items(),
                ("waiting", counts["asked"] + counts["drafts"]),
                ("open", counts["asked"] + counts["running"]),
            )
        },
        "today": clock.today(),
    }


def _counties_of(user: User) -> Counties:
    return tuple(one.county_id for one in user.current_memberships)


def _of(counties: Counties, *statuses: str) -> QuerySet[Review]:
    """The counties' reviews that stand here. What CDSS has or had was never discarded."""
    return Review.objects.filter(county__in=counties, status__in=statuses)


def _without(path: str, model: type[Model], *read: str) -> set[str]:
    """All that is not read of what a row leads to."""
    return {
        f"{path}__{field.name}"
        for field in model._meta.concrete_fields
        if field.name not in read and not field.primary_key
    }


# How many


def _counts(counties: Counties, most: int) -> dict[str, int]:
    return how_many(_counted(counties, most))


@lru_cache(COUNTIES_KEPT)
def _counted(counties: Counties, most: int) -> dict[str, Composed]:
    """How many each group has, counted no further than to `most`."""
    groups = {
        "asked": _asked_reviews(counties),
        "drafts": _drafts(counties),
        "running": _of(counties, *_WITH_CDSS),
        "decided": _of(counties, *_DECIDED),
    }
    return {name: Composed(rows.order_by().values("pk")[:most]) for name, rows in groups.items()}


# Asked


def _asked_reviews(counties: Counties) -> QuerySet[Review]:
    return _of(counties, Status.DOCUMENTS_REQUESTED.value).filter(due_or_far=date.max)


@lru_cache(COUNTIES_KEPT)
def _items_asked(counties: Counties, shown: int) -> Whole[Item]:
    first = _asked_reviews(counties).order_by("county_by_or_far", "pk")[:shown]
    review, proposal = "request__review", "request__review__proposal"
    rows = Item.objects.filter(
        request__review__in=first.values("pk"), request__ended_at__isnull=True
    ).order_by(f"{review}__county_by_or_far", "request__review_id", "number")
    return Whole(
        rows,
        {"request": Request, review: Review, proposal: Proposal},
        without=_without("request", Request, "review")
        | _without(review, Review, "proposal", "status", "county_by", "assignee", "moved")
        | _without(proposal, Proposal, "reference", "tool_name"),
    )


def asked_of(user: User) -> Iterator[Asked]:
    """Open requests, the earliest date first; no more than home shows."""
    items = _items_asked(_counties_of(user), SHOWN).ask()
    for _, group in groupby(items, key=lambda item: item.request_id):
        found = list(group)
        review = found[0].request.review
        by = min((item.by for item in found if item.state == Item.OPEN), default=review.county_by)
        yield Asked(review.proposal, review, standing.sentence(review, found), by)


# Drafts


def _drafts(counties: Counties) -> QuerySet[Proposal]:
    return Proposal.objects.of_counties(counties).filter(sent_at__isnull=True)


@lru_cache(COUNTIES_KEPT)
def _first_drafts(counties: Counties, today: date, shown: int) -> Whole[Proposal]:
    """Drafts with who was asked to sign them, after those that this person is asked to sign."""
    saved = SectionState.objects.filter(proposal=OuterRef("pk"), saved_at__isnull=False).order_by(
        "-saved_at"
    )
    user = Given("user", BigIntegerField)
    yours = Q(standing__signer=user, standing__ended_at__isnull=True, signer_can=True)
    drafts = _drafts(counties).order_by("-created_at")
    asked = drafts.filter(askings__signer=user, askings__ended_at__isnull=True)
    # Of both the first by their own order, and only then those that come first of all.
    newest, waiting = (
        Proposal.objects.filter(pk__in=found.values("pk")[:shown]).order_by().values("pk")
        for found in (drafts, asked)
    )
    besides = {
        "last_saved_at": Subquery(saved.values("saved_at")[:1]),
        "last_saved_by": Subquery(saved.values("saved_by__name")[:1]),
        "begun_by": F("created_by__name"),
        "copy_of": F("copied_from__reference"),
    }
    rows = (
        Asking.objects.beside(Proposal.objects.filter(pk__in=newest.union(waiting)), today)
        .annotate(**besides)
        .order_by(Case(When(yours, then=0), default=1), "-created_at")[:shown]
    )
    related = {"standing": Asking, "standing__signer": User, "standing__asked_by": User}
    return Whole(
        rows,
        related,
        ["signer_can", *besides],
        without=_without("standing__signer", User, "name")
        | _without("standing__asked_by", User, "name"),
    )


def drafts_of(user: User) -> Iterator[Draft]:
    """Proposals not sent yet, the newest first after those this person is asked to sign, each
    with how complete it is and who was asked to sign it; no more than home shows."""
    drafts = _first_drafts(_counties_of(user), clock.today(), SHOWN).ask(user=user.pk)
    prefetch_related_objects(drafts, "contacts", "flows", "documents")
    for proposal in drafts:
        content = proposal.content()
        asking = proposal.standing
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


# With CDSS

_WITH_CDSS = sorted(status.value for status in WITH_CDSS)


@lru_cache(COUNTIES_KEPT)
def _periods_running(counties: Counties, shown: int) -> Whole[Round]:
    rows = Round.objects.filter(
        answered_at__isnull=True,
        voided_at__isnull=True,
        review__county__in=counties,
        review__status__in=_WITH_CDSS,
    ).order_by("review__due_or_far", "review__county_by_or_far", "review_id")[:shown]
    return Whole(
        rows,
        {"review": Review, "review__assignee": User, "review__proposal": Proposal},
        without=_without("review", Review, "proposal", "status", "assignee", "moved")
        | _without("review__assignee", User, "name")
        | _without("review__proposal", Proposal, "reference", "tool_name"),
    )


def with_cdss(user: User) -> Iterator[Running]:
    """Proposals whose thirty days run, the next date first; no more than home shows."""
    for period in _periods_running(_counties_of(user), SHOWN).ask():
        review = period.review
        days = standing.thirty_days(review, period, clock.today())
        yield Running(review.proposal, review, standing.sentence(review), days)


# Decided

_DECIDED = sorted(status.value for status in DECIDED)


@lru_cache(COUNTIES_KEPT)
def _decisions_in_force(counties: Counties, shown: int) -> Whole[Decision]:
    # The release was the last move of each.
    latest = _of(counties, *_DECIDED).order_by("-moved_at", "-pk")[:shown]
    last = Decision.objects.latest_released().filter(review=OuterRef("review"))
    rows = (
        Decision.objects.filter(
            review__in=latest.values("pk"),
            number=Subquery(last.values("number")[:1]),
        )
        .annotate(conditional=Exists(Condition.objects.filter(decision=OuterRef("pk"))))
        .order_by("-review__moved_at", "-review_id")
    )
    return Whole(
        rows,
        {"review": Review, "review__proposal": Proposal, "notice": Notice},
        ["conditional"],
        without=_without("review", Review, "proposal", "status", "received_at", "moved")
        | _without("review__proposal", Proposal, "reference", "tool_name")
        | _without("notice", Notice, "notified_at")
        | {"letter", "standard", "known", "frame", "reasons", "override"},
    )


def decided_for(user: User) -> Iterator[Outcome]:
    """The latest decisions, no more than home shows, with when each was notified (ACL-6)."""
    for decision in _decisions_in_force(_counties_of(user), DECIDED_SHOWN).ask():
        review = decision.review
        review.has_conditions = decision.conditional
        notified = decision.notice.notified_at if decision.notice else None
        received = clock.pacific_date(review.received_at)
        days = (clock.pacific_date(decision.released_at) - received).days
        yield Outcome(review.proposal, review, decision, notified, days)
