"""The register as a file: a line for each thirty-day period, with all that its page tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.db.models import QuerySet

from portal import clock
from portal.spreadsheets import Value
from reviews.models import Round
from reviews.period_lines import Line, lines

CHUNK = 500
TITLES = (
    "Reference",
    "County",
    "Tool",
    "Period",
    "Opened by",
    "Count after a request",
    "Received on",
    "Received at (PT)",
    "Last day, plain count",
    "Due",
    "Answered by",
    "Answered on",
    "Answered at (PT)",
    "Notice",
    "Notified on",
    "Notified at (PT)",
    "Notified",
    "Day of notice",
    "By the plain count",
    "Days late, plain count",
    "By the moved date",
    "Days late, moved date",
    "Periods of the proposal so far",
    "Requested after day 25",
    "Requests after day 25 so far",
    "Days from first receipt to outcome",
    "Times of receipt corrected",
    "Dates moved by the calendar",
)
COUNTED_AS = {"restart": "Thirty new days", "resume": "Days that were left", "none": "No date"}


def in_file(periods: QuerySet[Round], keys: Sequence[int]) -> Iterator[list[Value]]:
    """The register as lines of a file, under TITLES; some hundred are held at a time."""
    for start in range(0, len(keys), CHUNK):
        yield from map(_in_file, lines(periods, keys[start : start + CHUNK]))


def _in_file(line: Line) -> list[Value]:
    one = line.period
    return [
        line.reference,
        line.county,
        line.tool,
        one.number,
        line.opened_by,
        COUNTED_AS[one.mode],
        one.received_on,
        _time(one.receipt_at),
        one.day_30,
        one.due,
        line.answered_by,
        _day(line.ended_at),
        _time(line.ended_at),
        line.notice,
        one.notified_on,
        _time(line.notified_at),
        line.addresses,
        line.day if line.is_notified else None,
        line.plain.words,
        line.plain.days if line.plain.by else None,
        line.moved.words,
        line.moved.days if line.moved.by else None,
        line.periods,
        "yes" if line.asked_late else "no",
        line.late_requests,
        line.days_to_outcome,
        line.receipts_corrected,
        line.dates_moved,
    ]


def _day(instant: datetime | None) -> date | None:
    return clock.pacific_date(instant) if instant else None


def _time(instant: datetime | None) -> str:
    """As 15:42, so that a spreadsheet sorts it."""
    return f"{clock.pacific(instant):%H:%M}" if instant else ""
