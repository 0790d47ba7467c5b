"""The county's register: all its proposals, drafts and withdrawn ones too, found by filters.

What a page shows and what a file holds are the same rows, in the same order; no HTTP here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery

from portal import clock, notices
from portal.models import Notice, User
from portal.spreadsheets import Value
from proposals.models import Proposal, SignedCopy
from reviews.models import Condition, Decision, Round
from reviews.moves import DECIDED, OPEN, WITH_CDSS, Status

CHUNK = 500
LOGGED = "cdss"
BY_CDSS = "CDSS, from email or post"
GROUPS = {"open": OPEN, "decided": DECIDED}
STATUSES: tuple[tuple[str, str], ...] = (
    (Status.DRAFT.value, Status.DRAFT.label),
    ("open", "All that are open"),
    *((status.value, status.label) for status in Status if status in OPEN),
    ("decided", "All that were decided"),
    *((status.value, status.label) for status in Status if status in DECIDED),
    (Status.WITHDRAWN.value, Status.WITHDRAWN.label),
)


# Filters


def found(user: User, asked: Mapping[str, Any]) -> QuerySet[Proposal]:
    """The person's proposals that the filters leave, the newest first."""
    proposals = Proposal.objects.visible_to(user).searched(asked.get("q", ""))
    for name, condition in FILTERS.items():
        if value := asked.get(name):
            proposals = proposals.filter(condition(value))
    return proposals.order_by("-created_at", "-pk")


def _by_status(value: str) -> Q:
    if value == Status.DRAFT:
        return Q(sent_at__isnull=True)
    wanted = GROUPS.get(value, [value])
    return Q(sent_at__isnull=False, review__status__in=wanted)


def _by_year(value: str) -> Q:
    """The year in which CDSS received it; of a draft, the year in which it was begun."""
    first, after = (clock.instant(date(int(value) + more, 1, 1), time.min) for more in (0, 1))
    received = Q(review__received_at__gte=first, review__received_at__lt=after)
    begun = Q(created_at__gte=first, created_at__lt=after)
    return Q(sent_at__isnull=False) & received | Q(sent_at__isnull=True) & begun


def _by_person(value: str) -> Q:
    portal = Q(arrived_by=Proposal.Arrived.PORTAL)
    return ~portal if value == LOGGED else portal & Q(created_by=int(value))


FILTERS: dict[str, Callable[[str], Q]] = {
    "status": _by_status,
    "year": _by_year,
    "by": _by_person,
}


def years(user: User) -> list[int]:
    """The years that the person's proposals are of, the latest first."""
    ends = Proposal.objects.visible_to(user).aggregate(
        a=Min("created_at"), b=Min("review__received_at"), c=Max("created_at")
    )
    known = [clock.pacific_date(instant).year for instant in ends.values() if instant]
    return list(range(max(known), min(known) - 1, -1)) if known else []


def people(user: User) -> list[tuple[str, str]]:
    """Who prepared one of the person's proposals, by name."""
    proposals = Proposal.objects.visible_to(user)
    began = proposals.filter(arrived_by=Proposal.Arrived.PORTAL).values("created_by")
    names = User.objects.filter(pk__in=began).order_by("name", "pk").values_list("pk", "name")
    return [*((str(pk), name) for pk, name in names), (LOGGED, BY_CDSS)]


# Rows


@dataclass(frozen=True)
class Row:
    """One proposal as the register tells it; a draft has neither dates nor outcome."""

    proposal: Proposal
    status: str
    label: str
    prepared_by: str
    received_at: datetime | None = None
    due: date | None = None
    day_30: date | None = None
    decided_at: datetime | None = None
    periods: int = 0
    sent_by: str = ""
    letter: int | None = None

    @property
    def waits_until(self) -> date | None:
        """The date by which CDSS must answer, while the proposal is with CDSS."""
        return self.due if self.status in WITH_CDSS else None


def rows(user: User, keys: Sequence[int]) -> list[Row]:
    """The rows of these proposals, in the order of the keys (one query)."""
    proposals = _told(Proposal.objects.visible_to(user).filter(pk__in=keys))
    place = {key: number for number, key in enumerate(keys)}
    return [_row(one) for one in sorted(proposals, key=lambda one: place[one.pk])]


def _told(proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """With all that a row tells."""
    released = Decision.objects.latest_released().filter(review__proposal=OuterRef("pk"))
    periods = Round.objects.filter(review__proposal=OuterRef("pk")).order_by("-number")
    counted = periods.order_by().values("review").annotate(count=Count("pk")).values("count")
    copies = SignedCopy.objects.filter(proposal=OuterRef("pk")).order_by("-number")
    return (
        proposals.select_related("county", "created_by", "review")
        .annotate(
            decided_at=Subquery(released.values("released_at")[:1]),
            last_decision=Subquery(released.values("pk")[:1]),
            letter=Subquery(released.values("notice")[:1]),
            periods=Subquery(counted),
            last_due=Subquery(periods.filter(voided_at__isnull=True).values("due")[:1]),
            last_day_30=Subquery(periods.filter(voided_at__isnull=True).values("day_30")[:1]),
            signer=Subquery(copies.values("signer_name")[:1]),
        )
        .annotate(
            has_conditions=Exists(Condition.objects.filter(decision=OuterRef("last_decision")))
        )
    )


def _row(proposal: Proposal) -> Row:
    in_portal = proposal.arrived_by == Proposal.Arrived.PORTAL
    prepared_by = proposal.created_by.name if in_portal else BY_CDSS
    review = getattr(proposal, "review", None)
    if proposal.is_draft or review is None:
        return Row(proposal, Status.DRAFT.value, Status.DRAFT.label, prepared_by)
    review.has_conditions = proposal.has_conditions
    is_decided = review.where in DECIDED
    return Row(
        proposal,
        review.status,
        review.label,
        prepared_by,
        received_at=review.received_at,
        due=proposal.last_due,
        day_30=proposal.last_day_30,
        decided_at=proposal.decided_at if is_decided else None,
        periods=proposal.periods or 0,
        sent_by=proposal.signer or f"Came {proposal.get_arrived_by_display()}",
        letter=proposal.letter if is_decided else None,
    )


# Files

TITLES = (
    "Reference",
    "County",
    "Tool",
    "Vendor",
    "Status",
    "Begun",
    "Received",
    "Day 30",
    "Answer due",
    "Decided",
    "Outcome",
    "County notified",
    "Thirty-day periods",
    "Prepared by",
    "Sent by",
)


def lines(user: User, keys: Sequence[int]) -> Iterator[list[Value]]:
    """The register as lines of a file, under TITLES; some hundred are held at a time."""
    for start in range(0, len(keys), CHUNK):
        held = rows(user, keys[start : start + CHUNK])
        notified = _notified(row.letter for row in held if row.letter)
        yield from (_line(row, notified) for row in held)


def _notified(letters: Iterable[int]) -> dict[int, datetime | None]:
    """When the county was notified by each of these decision letters (ACL-6)."""
    found = Notice.objects.filter(pk__in=list(letters)).defer("text", "html")
    return {one.pk: notices.notified_at(one) for one in found.prefetch_related("recipients")}


def _line(row: Row, notified: Mapping[int, datetime | None]) -> list[Value]:
    one = row.proposal
    return [
        one.reference,
        one.county.name,
        one.title,
        one.vendor_name,
        row.label,
        _day(one.created_at),
        _day(row.received_at),
        row.day_30,
        row.due,
        _day(row.decided_at),
        row.label if row.decided_at else "",
        _day(notified.get(row.letter) if row.letter else None),
        row.periods if row.received_at else None,
        row.prepared_by,
        row.sent_by,
    ]


def _day(instant: datetime | None) -> date | None:
    return clock.pacific_date(instant) if instant else None
