"""What a county sees of its proposal on the status page and its tabs. No HTTP.

Read in a fixed number of queries, whatever has happened: `following` is the one place that fetches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from portal import clock, notices, tokens
from portal.models import JournalEntry, Notice, User
from portal.wording import plain_day
from proposals.models import Document, Proposal, SignedCopy
from reviews import standing, timeline
from reviews.item_answers import given_for
from reviews.letter_kinds import AFTER_THE_DECISION
from reviews.models import Decision, Item, Message, Request, Review
from reviews.moves import DECIDED, REVISABLE


def proposals_of(user: User) -> QuerySet[Proposal]:
    """A county's proposals with their review and the counts on the tabs, in one query."""

    def count(rows: QuerySet) -> Coalesce:
        counted = rows.order_by().values("review" if rows.model is Message else "proposal")
        return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")[:1]), 0)

    documents = Document.objects.filter(proposal=OuterRef("pk"), removed_at__isnull=True)
    messages = Message.objects.filter(review__proposal=OuterRef("pk"))
    copies = SignedCopy.objects.filter(proposal=OuterRef("pk")).order_by("-number")
    revisions = Proposal.objects.filter(revises=OuterRef("pk"), discarded_at__isnull=True)
    return (
        Proposal.objects.visible_to(user)
        .select_related("county", "created_by", "revises", "copied_from", "review__assignee")
        .annotate(
            document_count=count(documents),
            message_count=count(messages),
            last_copy=Subquery(copies.values("number")[:1]),
            revision=Subquery(revisions.values("reference")[:1]),
        )
    )


def following(proposal: Proposal, user: User) -> dict[str, Any]:
    """Everything on the status page of a sent proposal (10 queries)."""
    review: Review = proposal.review
    # Whether CDSS drafted a decision is not asked: no move of the county depends on it.
    review.is_drafted = False
    periods = list(review.rounds.all())
    asked = list(review.requests.select_related("asked_by"))
    request = next((one for one in asked if one.ended_at is None), None)
    items = _items(request) if request else []
    decision = _decision(review)
    conditions = list(decision.conditions.all()) if decision else []
    review.has_conditions = bool(conditions)
    letters = list(timeline.county_letters(proposal.reference))
    entries = list(timeline.entries_of(proposal))
    return {
        "proposal": proposal,
        "review": review,
        "tab": "status",
        "sentence": standing.sentence(review, items, conditions),
        "steps": _steps(review, asked, letters, entries),
        "days": standing.thirty_days(review, periods[-1], clock.today()),
        "request_": request,
        "items": items,
        "items_left": standing.items_left(items),
        "settled": sum(item.state != Item.OPEN for item in items),
        "answer_by": _answer_by(review, items),
        "decision": decision,
        "after": AFTER_THE_DECISION[decision.outcome] if decision else "",
        "decision_letter": _letter_of(decision, letters),
        "conditions": conditions,
        **_revising(proposal, review, user),
        "timeline": timeline.told(proposal.reference, entries, letters),
        "people": letter_readers(review),
        "moves": {move.name for move in review.moves_for(user)},
        "today": clock.today(),
    }


def letter_readers(review: Review) -> list[dict[str, str]]:
    """Who gets the letters now, each person once with all that they are to the proposal."""
    found: dict[str, dict[str, str]] = {}
    for one in review.correspondents.current():
        part = one.get_part_display()
        if person := found.get(one.email.lower()):
            person["parts"] += f", {part}"
        else:
            found[one.email.lower()] = {"name": one.name or one.email, "parts": part}
    return list(found.values())


def _items(request: Request) -> list[Item]:
    """The items of the open request with what the county gave so far."""
    items = list(request.items.prefetch_related("documents__uploaded_by"))
    for item in items:
        item.request = request
        item.given = given_for(item)
    return items


def _revising(proposal: Proposal, review: Review, user: User) -> dict[str, Any]:
    """One that was not approved or was withdrawn is revised once: then its revision is named."""
    if proposal.revision or review.where not in REVISABLE:
        return {"may_revise": False}
    return {"may_revise": True, "revise_token": tokens.issue(user, f"revise {proposal.reference}")}


def _decision(review: Review) -> Decision | None:
    """The decision that stands; a draft of CDSS is never read here."""
    if review.where not in DECIDED:
        return None
    return review.decisions.latest_released().prefetch_related("conditions").first()


def _letter_of(decision: Decision | None, letters: Iterable[Notice]) -> Notice | None:
    return next((one for one in letters if decision and one.pk == decision.notice_id), None)


def _answer_by(review: Review, items: Sequence[Item]) -> Any:
    """The first date of an item that is still open, else the last date the county has."""
    return min((item.by for item in items if item.state == Item.OPEN), default=review.county_by)


def _steps(
    review: Review,
    asked: Sequence[Request],
    letters: Sequence[Notice],
    entries: Sequence[JournalEntry],
) -> list[dict[str, str]]:
    """The tracker since the last sending: an earlier one that was taken back is history."""
    sent = max((n for n, entry in enumerate(entries) if entry.act in ("send", "log")), default=0)
    began = next((one.at for one in entries[sent:] if one.act in ("take", "hand over")), None)
    receipts = [one for one in letters if one.event.startswith("receipt:")]
    told = notices.notified_at(receipts[-1]) if receipts else None
    return standing.steps(
        review,
        sent_on=review.received_at,
        acknowledged=plain_day(told),
        began=plain_day(began),
        asked=asked,
    )


def documents_of(proposal: Proposal) -> list[Document]:
    """All documents of a proposal as its county sees them, the newest first."""
    kept = proposal.documents.filter(removed_at__isnull=True)
    documents = kept.select_related("uploaded_by", "replaces")
    return list(documents.order_by("-uploaded_at", "-pk"))
