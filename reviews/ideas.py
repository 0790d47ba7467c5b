"""Proposals that are an idea for CMIPS reporting: marked by reviewers, for all counties' benefit
(ACL-12). Inside CDSS; no county reads of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal import clock, taking
from portal.access import reads_cases, reviewer
from portal.models import User
from portal.spreadsheets import Value
from reviews.acting import ActPage, act, review_for
from reviews.forms.plans import IdeaFilters, IdeaForm
from reviews.leafing import Pages, rows_on_a_page
from reviews.models import Idea
from reviews.queue import GROUPS, MOST, in_words

TITLES = (
    "Reference",
    "County",
    "Tool",
    "Status",
    "Business needs",
    "Why",
    "Marked by",
    "Marked on",
)
PAGES = Pages("ideas", "this list", "at")
FILTERS: dict[str, Callable[[Any], Q]] = {
    "county": lambda number: Q(review__county=number),
    "status": lambda status: Q(review__status__in=sorted(GROUPS.get(status, [status]))),
    "first": lambda day: Q(at__gte=clock.instant(day, time.min)),
    "last": lambda day: Q(at__lt=clock.instant(day + timedelta(days=1), time.min)),
}


@reads_cases
@require_safe
def ideas(request: HttpRequest) -> HttpResponse:
    """The ideas for CMIPS reporting that the filters leave, the newest first."""
    filters = IdeaFilters(request.GET)
    found = _found(request.user, filters.asked())
    size, odd = rows_on_a_page(request.GET)
    page, forged = PAGES.asked(found, request.GET, size)
    count = found[: MOST + 1].count()
    context = {
        "filters": filters,
        "faults": odd + forged,
        "found": count,
        "found_in_words": in_words(count),
        "lines": page.rows,
        "size": size,
        **PAGES.links(filters, size, page, file="export_ideas"),
    }
    return render(request, "reviews/desk/ideas.html", context)


def _found(user: User, asked: Mapping[str, Any]) -> QuerySet[Idea]:
    """The ideas that the filters leave, with what the page and the file tell of each."""
    found = Idea.objects.visible_to(user).marked().with_words(asked.get("q", ""))
    for name, condition in FILTERS.items():
        if value := asked.get(name):
            found = found.filter(condition(value))
    return found.select_related("review__proposal__county", "by")


@reads_cases
@require_safe
def export_ideas(request: HttpRequest, kind: str) -> HttpResponse:
    """All ideas that the filters leave, as a file; that it was taken is on record."""
    write = taking.writer_of(kind)
    user, asked = request.user, IdeaFilters(request.GET).asked()
    found = _found(user, asked)
    lines = map(_line, found.iterator(chunk_size=100))
    name = f"ideas-for-cmips-reporting-{clock.today().isoformat()}"
    answer = write(name, TITLES, lines)
    taking.on_record("export ideas", by=user, data={"format": kind, "filters": sorted(asked)})
    return answer


def _line(one: Idea) -> list[Value]:
    review, proposal = one.review, one.review.proposal
    return [
        review.reference,
        proposal.county.name,
        proposal.title,
        review.where.label,
        proposal.business_needs,
        one.why,
        one.by.name,
        clock.pacific_date(one.at),
    ]


@reviewer
def mark_idea(request: HttpRequest, reference: str) -> HttpResponse:
    """Mark a proposal as an idea for CMIPS reporting, with a sentence why."""
    review = review_for(request, reference)
    marked = review.ideas.marked().first()
    form = IdeaForm.on(request, review=review, user=request.user, act="mark idea")
    if marked:
        form.fields["why"].initial = marked.why
    page = ActPage(
        "Idea for CMIPS reporting",
        "Save the sentence" if marked else "Mark as an idea",
        "Something that would serve all counties in CMIPS itself. No county sees this.",
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
