"""The date that runs for a proposal, as a file for a county's own calendar (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from portal import clock, taking
from portal.access import county_staff
from portal.models import JournalEntry
from portal.wording import day
from reviews.models import Item, Review
from reviews.moves import WITH_CDSS, Status
from reviews.timeline import COUNTYS, OF_CDSS
from reviews.tracking import sent_proposal

MAKER = "-//California Department of Social Services//CMIPS interface proposals//EN"


@county_staff
@require_safe
def calendar_file(request: HttpRequest, reference: str) -> HttpResponse:
    """The day by which CDSS answers, or those by which the county does, as calendar entries.

    They are whole days, take no time from anyone's day and ring no alarm: how a county is
    reminded is set in its own calendar. Where no date runs, a page says so.
    """
    proposal = sent_proposal(request, reference)
    events = list(events_of(proposal.review))
    if not events:
        context = {"proposal": proposal}
        return render(request, "reviews/county/no_date.html", context, status=404)
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for event in events:
        calendar.add_component(event)
    taking.on_record("download dates", by=request.user, subject=proposal.subject)
    headers = {"Content-Disposition": f'attachment; filename="{reference}.ics"'}
    return HttpResponse(calendar.to_ical(), content_type="text/calendar", headers=headers)


def events_of(review: Review) -> Iterator[Event]:
    """An entry for each date that runs now; none for a proposal that waits for nothing."""
    proposal = review.proposal
    # Grows with every act that the county reads of, so of two files the newer one is known. What
    # CDSS does among itself isn't counted: the number would tell of it.
    told = JournalEntry.objects.about(*proposal.subject).filter(act__in=[*COUNTYS, *OF_CDSS])
    sequence = told.count()
    about = f"{proposal.reference} {proposal.title}"
    if review.status == Status.DOCUMENTS_REQUESTED:
        for by, items in _asked(review).items():
            first, numbers = items[0], ", ".join(str(item.number) for item in items)
            which = "item" if len(items) == 1 else "items"
            yield _event(
                review,
                sequence,
                f"request-{first.request.number}-item-{first.number}",
                by,
                f"{proposal.county.official_name} answers CDSS about {about} by this day",
                f"CDSS asked for documents or answers: {which} {numbers} of its request. "
                f"Answer by {day(by)}.",
            )
    elif review.status in WITH_CDSS:
        period = review.rounds.last()
        if period and period.is_open and period.due:
            yield _event(
                review,
                sequence,
                f"period-{period.number}",
                period.due,
                f"CDSS answers {about} by this day",
                f"CDSS received it on {day(period.received_on)} and answers by {day(period.due)}.",
            )


def _asked(review: Review) -> dict[date, list[Item]]:
    """The items the county still has to settle, by their dates, the nearest first.

    When all are settled and only the response isn't sent, the dates are those of all items.
    """
    asked = Item.objects.filter(request__review=review, request__ended_at__isnull=True)
    items = list(asked.select_related("request").order_by("by", "number"))
    dates: dict[date, list[Item]] = {}
    for item in [one for one in items if one.state == Item.OPEN] or items:
        dates.setdefault(item.by, []).append(item)
    return dates


def _event(review: Review, sequence: int, what: str, on: date, summary: str, words: str) -> Event:
    """One whole day. The same thing keeps its id, so a newer file moves the older entry."""
    reference = review.proposal.reference
    page = f"{settings.SITE_URL}{reverse('proposal', args=[reference])}"
    event = Event()
    event.add("uid", f"{reference}-{what}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", clock.now())
    event.add("sequence", sequence)
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(days=1))
    event.add("summary", summary)
    event.add("description", f"{words}\n{page}")
    event.add("url", page)
    event.add("transp", "TRANSPARENT")
    return event
