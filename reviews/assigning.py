"""Give several proposals to one reviewer at once: each is a move of its own, and each is told of.

Nothing is decided here, and nothing is lost when one of them was moved meanwhile: the others are
assigned, and the page says which one was not, and who was first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal import tokens
from portal.access import reviewer
from portal.models import User
from reviews import queue_page
from reviews.forms.queue import LONGEST_QUERY, Assign
from reviews.forms.queue_address import way_back
from reviews.models import Review
from reviews.moves import MOVES, WITH_CDSS, MoveRefused

NAMED = 10
NOT_THERE = "it is not with CDSS now"
CLOSED = "it is closed"
BEFORE = "This was sent before, so nothing was done twice. The list shows how it stands now."


@dataclass
class Outcome:
    """What became of each proposal that was ticked, by reference."""

    to: User
    assigned: list[str] = field(default_factory=list)
    had: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, request: HttpRequest) -> None:
        """Say it on the next page: what was assigned, what was not, and why."""
        if self.assigned:
            messages.success(request, f"Assigned to {self.to.name}: {_named(self.assigned)}.")
        if self.had:
            messages.info(request, f"{self.to.name} has already: {_named(self.had)}.")
        for reference, why in self.refused[:NAMED]:
            messages.warning(request, f"{reference} was not assigned: {why}.")
        if (more := len(self.refused) - NAMED) > 0:
            messages.warning(request, f"And {more} more were not assigned: the list shows them.")


def _named(references: Sequence[str]) -> str:
    """The references, or how many there are when they would fill the page."""
    if len(references) > NAMED:
        return f"{len(references)} proposals"
    return ", ".join(references)


def assign_each(picked: Mapping[str, int], *, to: User, by: User) -> Outcome:
    """Give each of these proposals to one reviewer, if it is as the page showed it.

    Each is a transaction of its own, so that one which someone else holds doesn't stop the rest.
    """
    outcome = Outcome(to)
    reviews = Review.objects.visible_to(by).filter(proposal__reference__in=picked)
    known = {one.reference: one for one in reviews.select_related("proposal__county", "assignee")}
    for reference, seen in picked.items():
        review = known.get(reference)
        if review is None:
            outcome.refused.append((reference, NOT_THERE))
        elif review.assignee_id == to.pk and review.is_open:
            outcome.had.append(reference)
        elif why := _assign(review, to=to, by=by, seen=seen):
            outcome.refused.append((reference, why))
        else:
            outcome.assigned.append(reference)
    return outcome


def _assign(review: Review, *, to: User, by: User, seen: int) -> str:
    """Make the move that this is: *take* for oneself, *hand over* for another; why not, or empty.

    Either begins the review of one that nobody has taken yet.
    """
    try:
        if to == by and review.assignee_id is None and review.where in WITH_CDSS:
            review.take(by=by, seen=seen)
        else:
            review.hand_over(by=by, to=to, seen=seen)
    except MoveRefused as refusal:
        return _why_not(review, seen) or str(refusal).rstrip(".")
    return ""


def _why_not(review: Review, seen: int) -> str:
    """Who did what since the page was opened; or that it can't be assigned any more."""
    now = Review.objects.select_related("moved_by").get(pk=review.pk)
    if now.version != seen and (move := MOVES.get(now.moved)):
        who = now.moved_by.name if now.moved_by else "the portal"
        return f"{who} {move.past} meanwhile"
    return "" if now.is_open else CLOSED


@require_POST
@reviewer
def assign(request: HttpRequest) -> HttpResponse:
    """Give the rows ticked on a page of the queue to one reviewer, and come back to that page."""
    form = Assign(request.POST, user=request.user, act="assign")
    query = request.POST.get("query", "")[:LONGEST_QUERY]
    if form.is_valid() and (answer := carry_out(request, form, back=way_back(query))):
        return answer
    return queue_page.shown(request, QueryDict(query), form, status=422)


def carry_out(request: HttpRequest, form: Assign, *, back: str) -> HttpResponse | None:
    """Do once what a right form asks for, say what became of it, and go back.

    None for a form that isn't ours: it says so itself.
    """
    try:
        is_new = form.is_new()
    except tokens.Invalid as fault:
        form.add_error(None, f"{fault} Open the page again and select the proposals there")
        return None
    if is_new:
        given = form.cleaned_data
        assign_each(given["pick"], to=given["to"], by=request.user).tell(request)
        form.conclude(back)
    else:
        messages.info(request, BEFORE)
    return redirect(back)
