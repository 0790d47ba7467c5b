"""Similar tools beside a proposal, and what CDSS plans itself: for CDSS in full, for a county only
what was decided (ACL-12)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import county_staff, reads_cases
from proposals import content as contents
from proposals.models import Proposal, SignedCopy
from proposals.sections import ANSWERS
from reviews.case import case
from reviews.likeness import Traits
from reviews.models import (
    Condition,
    Decision,
    Enhancement,
    Item,
    Request,
    Review,
    SimilarTool,
    ToolTraits,
)
from reviews.models.similar import KEPT
from reviews.moves import DECIDED, Status

SHOWN = 4
# What stands side by side on the page of all similar tools.
COMPARED = ("vendor_name", "purpose", "cmips_methods", "data_elements", "hosting")


def beside(review: Review) -> dict[str, Any]:
    """What the review page shows of similar tools and of CDSS's own plans, in two queries."""
    traits = getattr(review, "traits", None)
    compared = bool(traits and traits.compared_at)
    return {
        "compared": compared,
        "similar": similar_tools(review)[:SHOWN] if review.has_similar_tools else [],
        "planned": Enhancement.objects.matching(traits.traits) if compared else [],
    }


def similar_tools(review: Review) -> list[SimilarTool]:
    """The tools kept for a review, with how each stands and what was asked of it, in one query."""
    found = list(_compared_tools().filter(review=review))
    for row in found:
        row.other.has_conditions = bool(row.conditions)
        row.year = clock.pacific_date(row.other.received_at).year
        row.says = _says(row)
    return found


@cache
def _compared_tools() -> QuerySet[SimilarTool]:
    """Of other tools what is shown beside a proposal: a query put together once."""
    rows = SimilarTool.objects.exclude(other__status=Status.DRAFT).annotate(**_standing())
    shown = ("reference", "tool_name", "county__official_name")
    return rows.select_related("other__proposal__county").only(
        "review",
        "score",
        "reasons",
        *(f"other__{name}" for name in ("status", "moved", "received_at", "proposal")),
        *(f"other__proposal__{name}" for name in shown),
    )


def _standing() -> dict[str, Any]:
    """The latest decision's conditions and the latest request's items: the first, and how many."""
    # One inside the other: the outer reference of the inner is two steps out.
    of_other = {"review": OuterRef(OuterRef("other"))}
    decision = Decision.objects.latest_released().filter(**of_other).values("pk")[:1]
    request = Request.objects.latest_first().filter(**of_other).values("pk")[:1]
    conditions = Condition.objects.filter(decision=Subquery(decision)).order_by("number")
    items = Item.objects.filter(request=Subquery(request)).order_by("number")
    return {
        "condition": Subquery(conditions.values("text")[:1]),
        "conditions": _count(conditions, "decision"),
        "item": Subquery(items.values("why")[:1]),
        "items": _count(items, "request"),
    }


def _count(rows: QuerySet[Any], of: str) -> Coalesce:
    counted = rows.order_by().values(of).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted[:1]), 0)


def _says(row: SimilarTool) -> str:
    """What was asked of that tool, in a sentence."""
    if row.other.where == Status.APPROVED:
        if not row.conditions:
            return "No conditions."
        return f"On condition that: {row.condition}{_and_more(row.conditions)}"
    if row.items:
        return f"CDSS asked: {row.item}{_and_more(row.items)}"
    return ""


def _and_more(count: int) -> str:
    return f" And {count - 1} more." if count > 1 else ""


@reads_cases
@require_safe
def review_similar(request: HttpRequest, reference: str) -> HttpResponse:
    """All similar tools side by side: why, vendor, methods, data, outcome, every condition."""
    context = case(request, reference, "review")
    review = context["review"]
    traits = getattr(review, "traits", None)
    found = similar_tools(review)
    copies = {}
    proposals = [review.proposal.pk, *(row.other.proposal_id for row in found)]
    # The oldest first, so that the newest copy of each is the one that stays.
    for copy in SignedCopy.objects.filter(proposal__in=proposals).order_by("number"):
        copies[copy.proposal_id] = copy.content
    conditions = _conditions(row.other_id for row in found)
    for row in found:
        row.answers = _compared(copies[row.other.proposal_id])
        row.all_conditions = conditions.get(row.other_id, [])
    context |= {
        "compared": bool(traits and traits.compared_at),
        "similar": found,
        "own": _compared(copies[review.proposal.pk]),
        "planned": Enhancement.objects.matching(traits.traits) if traits else [],
    }
    return render(request, "reviews/desk/similar.html", context)


def _compared(content: contents.Content) -> list[tuple[str, str]]:
    """The answers that are compared, as they read."""
    found = []
    for name in COMPARED:
        answer = ANSWERS[name]
        text = contents.as_read(answer, content["answers"].get(name))
        found.append((answer.label, text or "Not provided"))
    return found


def _conditions(reviews: Iterable[int]) -> dict[int, list[str]]:
    """The conditions of the approvals that stand, by review."""
    in_force = Condition.objects.in_force().filter(decision__review__in=list(reviews))
    found: dict[int, list[str]] = {}
    for review, text in in_force.values_list("decision__review", "text"):
        found.setdefault(review, []).append(text)
    return found


# What a county reads


@county_staff
@require_safe
def county_similar(request: HttpRequest, reference: str) -> HttpResponse:
    """Other counties' tools that CDSS has decided on, and what CDSS plans itself; also for a draft.

    Of others only county, tool and outcome; no link, no other word.
    """
    own = Proposal.objects.visible_to(request.user).select_related("county", "review__traits")
    proposal = get_object_or_404(
        own.prefetch_related("contacts", "flows", "documents"), reference=reference
    )
    traits = Traits.of(proposal.content())
    context = {
        "proposal": proposal,
        "decided": decided_elsewhere(proposal, traits),
        "planned": Enhancement.objects.matching(traits),
    }
    return render(request, "reviews/county/similar.html", context)


def decided_elsewhere(proposal: Proposal, traits: Traits) -> list[dict[str, str]]:
    """The likest tools of other counties with a decision that stands: county, tool, outcome.

    Those that are not decided, which a county doesn't see, take the place of none that is.
    """
    found = ToolTraits.objects.like(traits, besides=proposal)
    order = {review: place for place, (review, _) in enumerate(found)}
    decided = Review.objects.filter(pk__in=order, status__in=DECIDED)
    elsewhere = decided.exclude(proposal__county=proposal.county_id)
    rows = elsewhere.values("pk", "status", "proposal__tool_name", "proposal__county__name")
    return [
        {
            "county": row["proposal__county__name"],
            "tool": row["proposal__tool_name"],
            "status": row["status"],
            "outcome": Status(row["status"]).label,
        }
        for row in sorted(rows, key=lambda row: order[row["pk"]])[:KEPT]
    ]
