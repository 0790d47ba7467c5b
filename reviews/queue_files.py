"""The queue as a file: exactly what a view shows, on all its pages, in its order.

Which proposals and in which order is read once; their rows follow a hundred at a time, each
read whole. While others work none stands there twice and none is torn; what a county takes back
meanwhile is left out. Notes are CDSS's own and stand in no file.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal import clock, taking
from portal.access import reads_cases
from portal.models import User
from portal.spreadsheets import Value
from reviews import queue
from reviews.forms.queue_address import Asked
from reviews.models import Review, Round

CHUNK = 100  # Whole proposals are large: four exports at once hold four hundred.
TITLES = (
    "Reference",
    "County",
    "Tool",
    "Vendor",
    "Status",
    "Waits for",
    "Assigned",
    "Received",
    "Day 30",
    "Answer due",
    "Days overdue",
    "County answers by",
    "Closed",
    "Flags",
    "New from the county",
    "Thirty-day period",
)


def keys(user: User, view: str, asked: dict[str, Any], today: date) -> array[int]:
    """Which proposals a view holds now, in its order: eight bytes for each."""
    found = queue.found(user, view, asked, today).values_list("pk", flat=True)
    return array("q", found.iterator(2000))


class Lines:
    """The rows of a file under TITLES, and how many there were."""

    def __init__(self, user: User, wanted: array[int], today: date) -> None:
        self.user, self.wanted, self.today, self.written = user, wanted, today, 0

    def __iter__(self) -> Iterator[list[Value]]:
        for start in range(0, len(self.wanted), CHUNK):
            chunk = list(self.wanted[start : start + CHUNK])
            held = {review.pk: review for review in self._held(chunk)}
            for review in (held[key] for key in chunk if key in held):
                self.written += 1
                yield _line(review, self.today)

    def _held(self, chunk: list[int]) -> QuerySet[Review]:
        periods = Round.objects.filter(review=OuterRef("pk"), voided_at__isnull=True)
        last = periods.order_by("-number")
        reviews = Review.objects.visible_to(self.user).for_lists().filter(pk__in=chunk)
        told = reviews.only(*queue.SHOWN, "proposal__vendor_name")
        return told.annotate(
            day_30=Subquery(last.values("day_30")[:1]), period=Subquery(last.values("number")[:1])
        )


def _line(review: Review, today: date) -> list[Value]:
    late = (today - review.due).days if review.due else 0
    return [
        review.reference,
        review.proposal.county.name,
        review.proposal.title,
        review.proposal.vendor_name,
        review.where.label,
        queue.waits_for(review),
        review.assignee.name if review.assignee else "",
        clock.pacific_date(review.received_at),
        review.day_30,
        review.due,
        late if late > 0 else None,
        review.county_by if review.is_open else None,
        None if review.is_open else clock.pacific_date(review.moved_at),
        "; ".join(flag.words for flag in queue.flags(review)),
        "Yes" if review.news else "",
        review.period,
    ]


@reads_cases
@require_safe
def export_queue(request: HttpRequest, kind: str) -> HttpResponse:
    """What the queue shows, as CSV or XLSX; that it was taken is on record.

    What was searched for is not: a search may hold what the portal should never keep.
    """
    write = taking.writer_of(kind)
    user, today, asked = request.user, clock.today(), Asked(request.GET)
    view = asked.view or "all"
    lines = Lines(user, keys(user, view, asked.chosen, today), today)
    answer = write(f"queue-{view}-{today.isoformat()}", TITLES, lines)
    filters = sorted(asked.chosen)
    data = {"format": kind, "rows": lines.written, "view": view, "filters": filters}
    taking.on_record("export queue", by=user, data=data)
    return answer
