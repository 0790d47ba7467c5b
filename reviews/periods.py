"""The register: every thirty-day period of the state, answered or not, void ones too (ACL-6).

Which of them filters leave, how many were kept, and pages of them; no HTTP here. What a period is
told to be stands in `period_lines.py`. Late is a question of dates, asked on the day of reading:
a period is late once its date has passed and the county was not notified by then.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, DateField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.http import QueryDict

from portal import clock
from portal.models import User
from reviews.leafing import ROWS, Page, Pages
from reviews.models import Round
from reviews.models.rounds import NONE, RESTART, RESUME

LATE: tuple[tuple[str, str], ...] = (
    ("either", "Late by either count"),
    ("both", "Late by both counts"),
    ("plain", "Late by the plain count alone"),
    ("no", "In time by both counts"),
    ("open", "Neither in time nor late so far"),
)
ANSWERS: tuple[tuple[str, str], ...] = (
    ("request", "A request for documents"),
    ("release", "A decision"),
    ("none", "Not answered yet"),
    ("void", "Void"),
)
MODES: tuple[tuple[str, str], ...] = (
    (RESTART, "Thirty new days"),
    (RESUME, "The days that were left"),
    (NONE, "No date"),
)


# Filters


def found(user: User, asked: Mapping[str, Any], today: date) -> QuerySet[Round]:
    """The periods that the filters leave, with the day on which each is measured."""
    periods = Round.objects.visible_to(user).annotate(measured_on=_measured_on(today))
    for name, condition in FILTERS.items():
        if value := asked.get(name):
            periods = periods.filter(condition(value))
    return periods


def _measured_on(today: date) -> Case:
    """The day of notice; until there is one, today; of a void period the day on which it ended."""
    return Case(
        When(voided_at__isnull=False, then=TruncDate("voided_at", tzinfo=clock.PACIFIC)),
        default=Coalesce("notified_on", Value(today, DateField())),
        output_field=DateField(),
    )


def _late(by: str) -> Q:
    return Q(measured_on__gt=F(by))


def _in_time(by: str) -> Q:
    """A void period was never answered, so it is late or nothing."""
    return Q(voided_at__isnull=True, notified_on__lte=F(by))


def _by_lateness(value: str) -> Q:
    # The moved date never comes before the plain count's.
    return {
        "either": _late("day_30"),
        "both": _late("due"),
        "plain": _late("day_30") & ~_late("due"),
        "no": _in_time("day_30"),
        "open": Q(day_30__isnull=True) | ~_late("day_30") & ~_in_time("day_30"),
    }[value]


def _by_answer(value: str) -> Q:
    if value == "void":
        return Q(voided_at__isnull=False)
    if value == "none":
        return Q(answered_at__isnull=True, voided_at__isnull=True)
    return Q(answered_by=value)


FILTERS: dict[str, Callable[[Any], Q]] = {
    "county": lambda number: Q(review__county=number),
    "first": lambda day: Q(received_on__gte=day),
    "last": lambda day: Q(received_on__lte=day),
    "late": _by_lateness,
    "answer": _by_answer,
    "mode": lambda mode: Q(mode=mode),
}


# Totals


@dataclass(frozen=True)
class Kept:
    """How many periods were kept and how many not, by one way of counting."""

    label: str
    in_time: int
    late: int

    @property
    def share(self) -> str:
        """The share in time of those of which it is known; never rounded up to all of them."""
        known = self.in_time + self.late
        if not known:
            return "–"
        tenths = self.in_time * 1000 // known
        return f"{tenths // 10}.{tenths % 10}%"


@dataclass(frozen=True)
class Totals:
    """The figures above the register, of all that the filters leave."""

    periods: int
    answered: int
    running: int
    void: int
    undated: int
    kept: tuple[Kept, Kept]


def totals(periods: QuerySet[Round]) -> Totals:
    """All figures in one query."""
    counted = periods.aggregate(
        periods=Count("pk"),
        answered=Count("pk", filter=Q(answered_at__isnull=False)),
        void=Count("pk", filter=Q(voided_at__isnull=False)),
        undated=Count("pk", filter=Q(due__isnull=True)),
        plain_in_time=Count("pk", filter=_in_time("day_30")),
        plain_late=Count("pk", filter=_late("day_30")),
        moved_in_time=Count("pk", filter=_in_time("due")),
        moved_late=Count("pk", filter=_late("due")),
    )
    return Totals(
        counted["periods"],
        counted["answered"],
        counted["periods"] - counted["answered"] - counted["void"],
        counted["void"],
        counted["undated"],
        (
            Kept("Plain count", counted["plain_in_time"], counted["plain_late"]),
            Kept("Moved date", counted["moved_in_time"], counted["moved_late"]),
        ),
    )


# Pages: the newest receipt first

PAGES = Pages("register", "the register", "receipt_at")


def page(periods: QuerySet[Round], **wanted: Any) -> Page:
    """One page, as `Pages.turn_to` reads what is wanted; its rows are times and keys alone."""
    return PAGES.turn_to(_places(periods), **wanted)


def page_asked(
    periods: QuerySet[Round], data: QueryDict, size: int = ROWS[0]
) -> tuple[Page, list[str]]:
    """The page that an address asks for, and what to say of a mark that is not ours."""
    return PAGES.asked(_places(periods), data, size)


def _places(periods: QuerySet[Round]) -> QuerySet[Any]:
    return periods.values_list("receipt_at", "pk", named=True)


def keys(periods: QuerySet[Round]) -> array[int]:
    """The keys of all periods in the register's order: eight bytes each, so that a file of all
    tells each once, whatever is corrected while it is written."""
    ordered = periods.order_by("-receipt_at", "-pk").values_list("pk", flat=True)
    return array("q", ordered.iterator(chunk_size=5000))
