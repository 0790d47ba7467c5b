"""Reviews with their periods, as an administrator looks them up; and what the hall must know."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from portal.admin import people, state
from portal.admin.base import ShownPage, ShownRows, site
from portal.models import OfficeClosure, User
from reviews import deadlines
from reviews.models import Review, Round
from reviews.moves import OPEN


class RoundRows(ShownRows):
    """Its thirty-day periods, with both dates."""

    model = Round
    fields = (
        *("number", "why", "received_on", "day_30", "due", "mode"),
        *("answered_at", "answered_by", "voided_at", "voided_by"),
    )
    verbose_name_plural = "thirty-day periods"


@admin.register(Review, site=site)
class ReviewPage(ShownPage):
    """What happens to each proposal; moves are made on its own page, by reviewers."""

    kind = "proposal"
    ordering = ("-received_at", "-pk")
    list_display = ("reference", "tool", "county", "status", "assignee", "received_at", "due")
    list_filter = ("status",)
    search_fields = ("proposal__reference", "proposal__tool_name", "proposal__county__name")
    fields = (
        *("page", "status", "assignee", "received_at", "due", "county_by", "flags"),
        *("moved", "moved_by", "moved_at"),
    )
    readonly_fields = ("page",)
    inlines = (RoundRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        found = super().get_queryset(request).visible_to(request.user)
        return found.select_related("proposal__county", "assignee")

    def subject(self, obj: Review) -> tuple[str, str]:
        return obj.proposal.subject

    @admin.display(description="Tool", ordering="proposal__tool_name")
    def tool(self, review: Review) -> str:
        return review.proposal.title

    @admin.display(description="County", ordering="proposal__county__name")
    def county(self, review: Review) -> str:
        return review.proposal.county.name

    @admin.display(description="Its own page")
    def page(self, review: Review) -> str:
        url = reverse("review", args=[review.reference])
        return format_html('<a href="{}">{}</a>', url, review.proposal)


def open_reviews(person: User) -> Iterator[tuple[str, str]]:
    """The reviews that someone else must take on when this person leaves."""
    held = Review.objects.filter(assignee=person, status__in=OPEN).select_related("proposal")
    for review in held.order_by("due", "pk"):
        yield reverse("review", args=[review.reference]), review.reference


def dates_that_differ() -> str:
    """Which due dates the calendar, as it is now, would put on another day."""
    closed = OfficeClosure.objects.closed()
    running = Round.objects.filter(answered_at=None, voided_at=None).exclude(due=None)
    moved = [
        f"{period.review.reference} ({period.due} to {due})"
        for period in running.select_related("review__proposal").order_by("due")
        if (due := deadlines.answer_by(period.received_on, closed, period.days).due) != period.due
    ]
    if not moved:
        return ""
    return (
        "By the calendar as it is now, these dates by which CDSS answers would be others: "
        f"{', '.join(moved)}. They stay as the counties were told."
    )


people.HOLDINGS.append(open_reviews)
state.CALENDAR_WARNINGS.append(dates_that_differ)
