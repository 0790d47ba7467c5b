"""Proposals that are an idea for CMIPS reporting: marked by reviewers, for all counties' benefit
(ACL-12). Inside CDSS; no county reads of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal import clock, journal
from portal.access import reads_cases, reviewer
from portal.models import User
from portal.spreadsheets import as_csv
from reviews.acting import ActPage, act, review_for
from reviews.forms.plans import IdeaForm
from reviews.models import Idea, Review

TITLES = ("Reference", "County", "Tool", "Business needs", "Why", "Marked by", "Marked on")
# As many as a page shows; the file holds all.
SHOWN = 200


@reads_cases
@require_safe
def ideas(request: HttpRequest) -> HttpResponse:
    """Every idea for CMIPS reporting, the newest first."""
    found = list(_ideas(request.user)[: SHOWN + 1])
    context = {"ideas": found[:SHOWN], "more": len(found) > SHOWN, "shown": SHOWN}
    return render(request, "reviews/desk/ideas.html", context)


def _ideas(user: User):
    visible = Review.objects.visible_to(user)
    kept = Idea.objects.filter(ended_at__isnull=True, review__in=visible)
    return kept.select_related("review__proposal__county", "by")


@reads_cases
@require_safe
def export_ideas(request: HttpRequest) -> HttpResponse:
    """The list as a file."""
    rows = (
        (
            one.review.reference,
            one.review.proposal.county.name,
            one.review.proposal.title,
            one.review.proposal.business_needs,
            one.why,
            one.by.name,
            clock.pacific_date(one.at),
        )
        for one in _ideas(request.user).iterator(chunk_size=100)
    )
    journal.record("download ideas", by=request.user, subject=("portal", "ideas"))
    return as_csv("ideas-for-cmips-reporting", TITLES, rows)


@reviewer
def mark_idea(request: HttpRequest, reference: str) -> HttpResponse:
    """Mark a proposal as an idea for CMIPS reporting, with a sentence why."""
    review = review_for(request, reference)
    marked = review.ideas.filter(ended_at__isnull=True).first()
    form = IdeaForm.on(request, review=review, user=request.user, act="mark idea")
    if marked:
        form.fields["why"].initial = marked.why
    page = ActPage(
        "Idea for CMIPS reporting",
        "Save the sentence" if marked else "Mark as an idea",
        "Something that would serve all counties in CMIPS itself. Only CDSS sees this.",
        template="reviews/desk/acts/idea.html",
    )

    def do() -> None:
        Idea.objects.mark(review, by=request.user, why=form.cleaned_data["why"])

    return act(request, page, form, do, "Marked as an idea for CMIPS reporting.", marked=marked)


@require_POST
@reviewer
def unmark_idea(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the mark away; that it was there stays on record."""
    review = review_for(request, reference)
    Idea.objects.unmark(review, by=request.user)
    messages.success(request, "Not marked as an idea for CMIPS reporting any more.")
    return redirect("review", reference=reference)
