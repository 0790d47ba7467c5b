"""A row of the register: what one thirty-day period is told to be, on a page as in a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import Case, F, OuterRef, Prefetch, QuerySet, Subquery, When

from portal import clock
from portal.models import JournalEntry
from portal.models.notices import NoticeRecipient, State
from portal.notices import COUNTS
from portal.wording import days, plain_day
from proposals.models import SignedCopy
from reviews import deadlines
from reviews.models import Round
from reviews.models.rounds import OPENED_BY
from reviews.moves import CLOSED

# A row of a long file costs what is read for it: no more than it tells.
READ = (
    "number",
    "why",
    "mode",
    "receipt_at",
    "received_on",
    "day_30",
    "due",
    "answered_at",
    "answered_by",
    "notified_on",
    "voided_at",
    "voided_by",
    "review__status",
    "review__moved_at",
    "review__proposal__reference",
    "review__proposal__tool_name",
    "review__proposal__sent_at",
    "review__proposal__county__name",
    "answer_notice__notified_at",
)
ANSWERED_BY = {"request": "Request for documents", "release": "Decision"}
VOIDED_BY = {"recall": "the county took the proposal back", "withdraw": "the county withdrew"}
CORRECTIONS = ("correct receipt", "follow calendar")
# What is told of a letter that notified nobody yet: the first of these that one of its mails is in.
NOT_YET = (
    (State.WAITING, "Not yet"),
    (State.SENDING, "Not yet"),
    (State.DOUBTFUL, "May not have been sent"),
    (State.BOUNCED, "Came back"),
    (State.FAILED, "Could not be sent"),
)


class Sibling(NamedTuple):
    """A period of the same proposal, as far as the register counts them."""

    review: int
    number: int
    opened_at: datetime
    received_on: date
    answered_by: str
    answered_at: datetime | None

    @property
    def asked_late(self) -> bool:
        """Whether its answer was a request made after the day from which CDSS is asked for one."""
        if self.answered_by != "request" or not self.answered_at:
            return False
        on = clock.pacific_date(self.answered_at)
        return deadlines.day_number(self.received_on, on) > deadlines.ASK_FROM_DAY


@dataclass(frozen=True)
class Count:
    """How late a period is by one of the two dates; of a void one, when it ended."""

    by: date | None
    days: int
    is_settled: bool
    is_void: bool

    @property
    def is_late(self) -> bool:
        return self.days > 0

    @property
    def words(self) -> str:
        late = days(self.days)
        if self.by is None:
            return "No date"
        if self.is_void:
            return f"Void, {late} late" if self.is_late else "Void"
        if self.is_settled:
            return f"{late} late" if self.is_late else "In time"
        return f"Overdue by {late}" if self.is_late else "Not due yet"


@dataclass(frozen=True)
class Line:
    """One period with what stands around it: its proposal's other periods and corrections."""

    period: Round
    siblings: Sequence[Sibling]
    corrections: Sequence[tuple[str, datetime]]

    @property
    def reference(self) -> str:
        return str(self.period.review.proposal.reference)

    @property
    def is_open_to_cdss(self) -> bool:
        """A proposal that its county took back is a draft again, which CDSS can't open."""
        return self.period.review.proposal.sent_at is not None

    @property
    def county(self) -> str:
        return str(self.period.review.proposal.county.name)

    @property
    def tool(self) -> str:
        """Its name; as it was signed of one that was taken back, for a draft is its county's."""
        if self.is_open_to_cdss:
            return self.period.review.proposal.title
        return self.period.signed_tool or "No name"

    @property
    def opened_by(self) -> str:
        return OPENED_BY[self.period.why]

    # The answer and its notice

    @property
    def answered_by(self) -> str:
        one = self.period
        if one.voided_at:
            return f"Void: {VOIDED_BY.get(one.voided_by, 'taken away')}"
        return ANSWERED_BY.get(one.answered_by, "Not answered yet")

    @property
    def ended_at(self) -> datetime | None:
        return self.period.voided_at or self.period.answered_at

    @cached_property
    def addressed(self) -> list[NoticeRecipient]:
        """The mails of the answer's letter that count as notice, also on paper."""
        if not self.period.answer_notice:
            return []
        everyone = self.period.answer_notice.recipients.all()
        return [one for one in everyone if set(COUNTS).intersection(one.parts)]

    @cached_property
    def reached(self) -> list[NoticeRecipient]:
        """Whom the letter reached, the first first."""
        held = [one for one in self.addressed if one.accepted_at and one.state != State.BOUNCED]
        return sorted(held, key=lambda one: (one.accepted_at, one.pk))

    @property
    def notified_at(self) -> datetime | None:
        notice = self.period.answer_notice
        return notice.notified_at if notice else None

    @property
    def notice(self) -> str:
        """How far the letter came; empty while there is none."""
        if not self.period.answer_notice:
            return ""
        if reached := self.reached:
            if reached[0].is_post:
                return f"By post on {plain_day(reached[0].accepted_at)}"
            delivered = any(one.state == State.DELIVERED for one in reached)
            return "Delivered" if delivered else "Accepted"
        states = {one.state for one in self.addressed}
        return next((words for state, words in NOT_YET if state in states), "Not yet")

    @property
    def notified(self) -> str:
        """To whom: whom it reached, else whom it was meant for."""
        return ", ".join(dict.fromkeys(one.name or one.email for one in self._people))

    @property
    def addresses(self) -> str:
        """The same with the address of each, for a file."""
        named = (", ".join(filter(None, (one.name, one.email))) for one in self._people)
        return "; ".join(dict.fromkeys(named))

    @property
    def _people(self) -> list[NoticeRecipient]:
        return self.reached or self.addressed

    # The two counts

    @property
    def is_notified(self) -> bool:
        return self.period.notified_on is not None

    @property
    def day(self) -> int:
        """On which day of the period the county was notified; until then, which day it is."""
        return deadlines.day_number(self.period.received_on, self.period.measured_on)

    @cached_property
    def plain(self) -> Count:
        return self._count(self.period.day_30)

    @cached_property
    def moved(self) -> Count:
        return self._count(self.period.due)

    def _count(self, by: date | None) -> Count:
        days = max(0, -deadlines.days_left(by, self.period.measured_on)) if by else 0
        return Count(by, days, self.is_notified, bool(self.period.voided_at))

    # The whole proposal

    @property
    def periods(self) -> int:
        return len(self.siblings)

    @property
    def asked_late(self) -> bool:
        """Whether this period's answer was a request made late in it."""
        return any(one.asked_late for one in self.siblings if one.number == self.period.number)

    @property
    def late_requests(self) -> int:
        return sum(one.asked_late for one in self.siblings)

    @property
    def days_to_outcome(self) -> int | None:
        """Days from the first receipt to the final outcome, once there is one."""
        review = self.period.review
        if review.where not in CLOSED:
            return None
        first = min(one.received_on for one in self.siblings)
        return deadlines.day_number(first, clock.pacific_date(review.moved_at))

    def corrected(self, act: str) -> int:
        """How often that was done to this period: whichever ran at the time was corrected."""
        return sum(
            name == act and self._running_at(at) == self.period.number
            for name, at in self.corrections
        )

    def _running_at(self, at: datetime) -> int:
        return max((one.number for one in self.siblings if one.opened_at <= at), default=0)

    @property
    def receipts_corrected(self) -> int:
        return self.corrected("correct receipt")

    @property
    def dates_moved(self) -> int:
        return self.corrected("follow calendar")


def lines(periods: QuerySet[Round], keys: Sequence[int]) -> list[Line]:
    """The lines of these periods, in the order of the keys; four queries, however many."""
    held = _told(periods.filter(pk__in=keys))
    reviews = {one.review_id: one.review.proposal.reference for one in held}
    siblings, corrections = _siblings(reviews), _corrections(list(reviews.values()))
    place = {key: number for number, key in enumerate(keys)}
    return [
        Line(one, siblings[one.review_id], corrections[reviews[one.review_id]])
        for one in sorted(held, key=lambda one: place[one.pk])
    ]


def _told(periods: QuerySet[Round]) -> QuerySet[Round]:
    """With all that a line tells of its own period and letter."""
    copies = SignedCopy.objects.filter(proposal=OuterRef("review__proposal")).order_by("-number")
    mails = NoticeRecipient.objects.only(
        "notice", "email", "name", "part", "why", "state", "accepted_at"
    )
    name = copies.annotate(tool=F("content__answers__tool_name")).values("tool")[:1]
    return (
        periods.select_related("review__proposal__county", "answer_notice")
        .only(*READ)
        .prefetch_related(Prefetch("answer_notice__recipients", mails))
        # Read from a signed copy only where the proposal itself isn't to be read.
        .annotate(
            signed_tool=Case(When(review__proposal__sent_at__isnull=True, then=Subquery(name)))
        )
    )


def _siblings(reviews: dict[int, str]) -> dict[int, list[Sibling]]:
    found: dict[int, list[Sibling]] = defaultdict(list)
    rounds = Round.objects.filter(review__in=reviews).order_by("review", "number")
    names = ("review_id", *Sibling._fields[1:])
    for row in rounds.values_list(*names):
        found[row[0]].append(Sibling(*row))
    return found


def _corrections(references: list[str]) -> dict[str, list[tuple[str, datetime]]]:
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    entries = JournalEntry.objects.filter(
        subject_kind="proposal", subject__in=references, act__in=CORRECTIONS
    )
    for reference, act, at in entries.order_by("number").values_list("subject", "act", "at"):
        found[reference].append((act, at))
    return found
