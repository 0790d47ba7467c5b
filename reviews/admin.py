"""Reviews with their periods, and the templates of decision letters, as an administrator looks them
up; and what the hall must know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from portal.access import Access, administrator
from portal.admin import closures, people
from portal.admin.base import ShownPage, ShownRows, back_to, confirm, site
from portal.models import OfficeClosure, User
from portal.wording import day
from reviews.letter_kinds import KINDS
from reviews.models import LetterTemplate, Review, Round
from reviews.moves import OPEN, MoveRefused


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
    list_select_related = ("proposal", "county", "assignee")
    list_filter = ("status",)
    search_fields = ("proposal__reference", "proposal__tool_name", "proposal__county__name")
    fields = (
        *("page", "status", "assignee", "received_at", "due", "county_by", "flags"),
        *("moved", "moved_by", "moved_at"),
    )
    readonly_fields = ("page",)
    inlines = (RoundRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return super().get_queryset(request).visible_to(request.user)

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/move-date/", move_date, name="reviews_review_move_date")
        return [own, *super().get_urls()]

    def subject(self, obj: Review) -> tuple[str, str]:
        return obj.proposal.subject

    @admin.display(description="Tool", ordering="proposal__tool_name")
    def tool(self, review: Review) -> str:
        return review.proposal.title

    @admin.display(description="Its own page")
    def page(self, review: Review) -> str:
        url = reverse("review", args=[review.reference])
        return format_html('<a href="{}">{}</a>', url, review.proposal)


@admin.register(LetterTemplate, site=site)
class TemplatePage(ShownPage):
    """Every version of each decision letter's template: what it said, who wrote it and when.

    Approvers write the next one on pages of their own.
    """

    kind, named_by = "letter template", "kind"
    list_display = ("kind", "version", "in_force", "written_by", "written_at")
    list_filter = ("kind",)
    list_select_related = ("written_by",)
    fields = ("kind", "version", "in_force", "written_by", "written_at", "text")
    readonly_fields = ("in_force",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LetterTemplate]:
        of_kind = LetterTemplate.objects.filter(kind=OuterRef("kind"))
        newer = of_kind.filter(version__gt=OuterRef("version"))
        return super().get_queryset(request).annotate(is_newest=~Exists(newer))

    @admin.display(description="In force", boolean=True)
    def in_force(self, template: LetterTemplate) -> bool:
        return template.is_newest

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        written = set(LetterTemplate.objects.values_list("kind", flat=True))
        if others := [name for kind, name in KINDS.items() if kind not in written]:
            words = f"Written from the text that comes with the portal: {'; '.join(others)}."
            messages.info(request, words)
        return super().changelist_view(request, extra_context)

    changelist_view.access = Access("administrator", "The site asks for the role.")  # type: ignore[attr-defined]


def open_reviews(person: User) -> people.Held:
    """The reviews that someone else must take on when this person leaves."""
    held = Review.objects.filter(assignee=person, status__in=OPEN)
    first = held.select_related("proposal").order_by("due", "pk")[: people.LISTED]
    links = [(reverse("review", args=[review.reference]), review.reference) for review in first]
    return people.Held(held.count(), links)


def dates_moved(closed: Mapping[date, str]) -> list[closures.Moved]:
    """The open cases whose date these closed days would put elsewhere, the next one first."""
    running = Round.objects.filter(answered_at=None, voided_at=None).exclude(due=None)
    return [
        closures.Moved(
            pk=period.review_id,
            reference=period.review.reference,
            url=reverse("review", args=[period.review.reference]),
            later=reverse("admin:reviews_review_move_date", args=[period.review_id]),
            county=str(period.review.county),
            now=period.due,
            then=then,
        )
        for period in running.select_related("review__proposal", "review__county").order_by(
            "due", "pk"
        )
        if (then := period.due_by_calendar(closed)) != period.due
    ]


def hold_cases(pks: set[int]) -> None:
    """Holds these cases, which will follow the calendar: before the journal, as every act does, or
    it and somebody's act could wait for each other."""
    held = Review.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    list(held.values_list("pk"))


def follow_calendar(pks: set[int], by: User) -> list[str]:
    """Moves the dates of these cases to where the calendar has them; a sentence on each."""
    found = Round.objects.filter(review__in=pks, answered_at=None, voided_at=None)
    said = []
    for period in found.select_related("review__proposal").order_by("due", "pk"):
        try:
            period.follow_calendar(by=by)
        except MoveRefused as refusal:
            said.append(f"{period.review.reference} was not moved: {refusal}")
        else:
            said.append(f"CDSS answers {period.review.reference} by {day(period.due)} now.")
    return said


@administrator
def move_date(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves the date of one proposal to where the calendar has it now, after asking once more."""
    review = get_object_or_404(Review.objects.visible_to(request.user), pk=pk)
    period = review.current_round()
    due = period.due_by_calendar(OfficeClosure.objects.closed()) if period else None
    if period is None or not period.is_open or due == period.due:
        messages.info(request, "Its date is where the calendar has it, or none runs.")
        return back_to(review)
    if request.method == "POST":
        try:
            period.follow_calendar(by=request.user)
        except MoveRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"CDSS answers {review.reference} by {day(due)} now.")
        return back_to(review)
    sentence = (
        f"Move the date by which CDSS answers {review.reference} from {day(period.due)} to "
        f"{day(due)}? The county was told the first; it sees the second on the proposal's page."
    )
    return confirm(request, review, "Move the date", sentence)


people.HOLDINGS.append(open_reviews)
people.HANDED_OVER_IN.append(("load", "Workload"))
closures.MOVED.append(dates_moved)
closures.HOLD.append(hold_cases)
closures.FOLLOW.append(follow_calendar)
