"""What every page of one review shows at CDSS: bar, heading, thirty days, moves and tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import (
    CharField,
    Count,
    Exists,
    FilteredRelation,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.urls import reverse

from portal import clock
from portal.models import County, User
from proposals.models import Document, Proposal
from proposals.sections import ANSWERS
from reviews import queue, standing, way_back
from reviews.composed import Given, Whole
from reviews.deadlines import ASK_FROM_DAY
from reviews.models import (
    Condition,
    Decision,
    Item,
    Message,
    Note,
    Request,
    Review,
    Round,
    SimilarTool,
    ToolTraits,
    Visit,
)
from reviews.models.review import reading_token
from reviews.moves import ACTS, CLOSED, WITH_CDSS, Move, Status

# The county's answers: pages read them from the signed copy, all but the tool's name.
ANSWERED = {field.name for field in Proposal._meta.concrete_fields} & set(ANSWERS) - {"tool_name"}
# Where a decision, or a draft of one, says how the case stands.
DECISIVE = CLOSED | {Status.IN_REVIEW}

# Moves whose page has another name; the county's that CDSS enters for it; those of one button.
PAGES = {"request": "request_documents", "close": "close_proposal"}
ON_BEHALF = {
    "respond": "Enter the county’s response",
    "withdraw": "Enter the county’s withdrawal",
}
AT_ONCE = ("take", "put_back")
# Recorded acts that are no moves, as the page offers them.
RECORDED = {
    "reminder": "Record a reminder",
    "correct_receipt": ACTS["correct_receipt"][0],
    "review_correspondents": ACTS["change_correspondents"][0],
}
# The next act of each state, filled, and the one that stands beside it.
NEXT = {"take": "", "release": "send_back", "recommend": "request"}


@dataclass(frozen=True)
class Button:
    """One move or recorded act, as the page offers it; one that posts needs no page of its own."""

    name: str
    label: str
    url: str
    posts: bool = False


@dataclass(frozen=True)
class Tab:
    """A page of the review, as a link."""

    name: str
    label: str
    url: str
    count: str = ""


def _how_many(rows: QuerySet[Any], link: str, of: str = "pk") -> Coalesce:
    counted = rows.filter(**{link: OuterRef(of)}).order_by().values(link)
    return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0)


def readable() -> QuerySet[Document]:
    """The documents of the list; what a county gives for a request joins them with its response.

    Until then it stands with the request's item alone, where a reviewer may send it back.
    """
    given = Item.documents.through.objects.filter(document=OuterRef("pk"))
    waits = Exists(given.filter(item__request__ended_at__isnull=True))
    return Document.objects.filter(Q(is_part=True) | ~waits, removed_at__isnull=True)


@cache
def _one_case() -> Whole[Review]:
    """A case with what its pages show: one query for whoever reads cases.

    The answers are read from the signed copies, so those of the proposal stay where they are; and
    what a case hasn't (most have neither a request nor a decision) is not asked for again.
    """
    revisions = Proposal.objects.filter(revises=OuterRef("proposal"), sent_at__isnull=False)
    there = {
        name: Exists(rows.filter(review=OuterRef("pk")))
        for name, rows in (
            ("has_requests", Request.objects),
            ("has_decisions", Decision.objects),
            ("has_similar_tools", SimilarTool.objects),
        )
    }
    counts = {
        "documents_count": _how_many(readable(), "proposal", "proposal"),
        "messages_count": _how_many(Message.objects.all(), "review"),
        "notes_count": _how_many(Note.objects.all(), "review"),
    }
    running = Q(rounds__answered_at__isnull=True, rounds__voided_at__isnull=True)
    rows = (
        Review.objects.received()
        .for_lists()
        .annotate(running=FilteredRelation("rounds", condition=running))
        .annotate(is_revised=Exists(revisions), **there, **counts)
        .filter(proposal__reference=Given("reference", CharField))
    )
    related = {
        "proposal": Proposal,
        "proposal__county": County,
        "assignee": User,
        "traits": ToolTraits,
        "running": Round,
    }
    besides = ["has_conditions", "is_revised", *there, *counts]
    return Whole(rows, related, besides, without={f"proposal__{name}" for name in ANSWERED})


def load(user: User, reference: str) -> Review:
    """The review with what its pages show, in one query; 404 for whom it isn't there."""
    if not user.reads_cases:
        raise Http404
    for review in _one_case().ask(reference=reference):
        if review.running:
            review.running.review = review
        return review
    raise Http404


def case(request: HttpRequest, reference: str, tab: str) -> dict[str, Any]:
    """What the frame of each of the review's pages needs."""
    review = load(request.user, reference)
    today = clock.today()
    period = review.running or review.rounds.select_related("answer_notice").last()
    decisions = _decisions(review)
    pending = next((one for one in decisions if one.is_pending), None)
    buttons = _buttons(review, request.user, period, pending)
    first, second = _next(buttons)
    is_asked = request.method == "GET"
    is_whole = reads_notes(request.user)
    return {
        "review": review,
        "proposal": review.proposal,
        "today": today,
        "period": period,
        "days": standing.thirty_days(review, period, today),
        "waits_for": queue.waits_for(review),
        "colleague": Visit.objects.opened(review, by=request.user, kept=is_asked),
        "decisions": decisions if is_whole else [one for one in decisions if one.released_at],
        "pending": pending if is_whole else None,
        "first": first,
        "second": second,
        "others": [one for one in buttons.values() if one not in (first, second)],
        "asks": _asks(review, period, pending, today),
        "notified_at": period.answer_notice.notified_at if period.answer_notice else None,
        "tabs": _tabs(review, request.user),
        "tab": tab,
        "queue": way_back.queue_seen(request, review),
        "seen": reading_token(review.version, review.messages_count),
    }


@cache
def _all_decisions() -> QuerySet[Decision]:
    conditions = Condition.objects.select_related("document")
    people = Decision.objects.select_related("drafted_by", "sent_back_by", "released_by")
    return people.prefetch_related(Prefetch("conditions", conditions))


def _decisions(review: Review) -> list[Decision]:
    """Decisions and drafts, oldest first; none while CDSS waits for the county, since then no
    draft can be pending and an earlier one was overtaken by the request."""
    if not review.has_decisions or review.where not in DECISIVE:
        return []
    return list(_all_decisions().filter(review=review))


def _buttons(
    review: Review, user: User, period: Round, pending: Decision | None
) -> dict[str, Button]:
    """The moves of the table that this person can make now, then the recorded acts."""
    found = {move.name: _button(review, move) for move in review.moves_for(user)}
    if pending and settings.SECOND_LOOK and pending.drafted_by == user:
        found.pop("release", None)
    acts = {
        "reminder": user.is_reviewer and review.where == Status.DOCUMENTS_REQUESTED,
        "correct_receipt": user.is_approver
        and review.where in WITH_CDSS
        and period.is_open
        and period.is_of_a_receipt,
        "review_correspondents": user.is_reviewer,
    }
    for name in (name for name, may in acts.items() if may):
        url = reverse(name, args=[review.reference])
        found[name] = Button(name, RECORDED[name], url)
    return found


def _button(review: Review, move: Move) -> Button:
    if label := ON_BEHALF.get(move.name):
        url = reverse("on_behalf", args=[review.reference, move.name])
        return Button(move.name, label, url)
    url = reverse(PAGES.get(move.name, move.name), args=[review.reference])
    return Button(move.name, move.label, url, posts=move.name in AT_ONCE)


def _next(buttons: dict[str, Button]) -> tuple[Button | None, Button | None]:
    for name, other in NEXT.items():
        if name in buttons:
            return buttons[name], buttons.get(other)
    return None, None


def _asks(review: Review, period: Round, pending: Decision | None, today: date) -> bool:
    """From day 25 the page asks for one of two things: decide, or request documents."""
    runs = review.where in WITH_CDSS and period.is_open and pending is None
    return runs and period.day_number(today) >= ASK_FROM_DAY


def _tabs(review: Review, user: User) -> list[Tab]:
    pages = (
        ("review", "Answers and checklist", 0),
        ("changes", "What changed", 0),
        ("review_documents", "Documents", review.documents_count),
        ("review_messages", "Messages", review.messages_count),
        ("notes", "Notes", review.notes_count),
        ("notices", "Proof of notice", 0),
        ("history", "History", 0),
    )
    return [
        Tab(name, label, reverse(name, args=[review.reference]), str(count or ""))
        for name, label, count in pages
        if name != "notes" or reads_notes(user)
    ]


# Letters that say what a draft decides, or carry an approver's words about it.
ABOUT_DRAFTS = ("decision_drafted", "decision_sent_back")


def reads_notes(user: User) -> bool:
    """Notes, overrides and drafts are CDSS's own: an auditor reads everything but them."""
    return not user.is_auditor
