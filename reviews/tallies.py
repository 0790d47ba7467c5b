"""What the database counts for the statewide page: small groups, however many proposals there are.

Seven questions, each answered by at most some hundred or thousand groups; medians and shares are
worked out from the groups (`reviews/figures.py`). What each figure counts:

* a period is *settled* once its county is notified in time, on that day, or else once its last
  day has passed without, on that day: so each counts once, in the month in which it was known;
* the last day is `due`, moved past weekends and closures, or plainly `day_30`;
* days to answer run from the day of receipt to the day on which the county was notified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    Max,
    Min,
    Q,
    QuerySet,
    When,
)
from django.db.models.functions import ExtractYear, TruncDate

from portal import clock
from reviews.deadlines import ANSWER_DAYS, ASK_FROM_DAY
from reviews.models import Condition, Review, Round
from reviews.moves import CLOSED, OPEN, WITH_CDSS, Status
from reviews.queue import SOON

# The ages of open proposals: the last day number of each, and no end.
AGES = (10, 20, ASK_FROM_DAY, ANSWER_DAYS, None)


@dataclass(frozen=True)
class Span:
    """What is asked for: whole months, one county or all, and which of the two last days."""

    first: date
    last: date
    today: date
    county: str = ""
    plain: bool = False

    @property
    def limit(self) -> str:
        """The date that a period is counted to: plain day 30, or moved past closures."""
        return "day_30" if self.plain else "due"

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """From the first instant of the first day to before the first one after the last."""
        after = self.last + timedelta(days=1)
        return clock.instant(self.first, time.min), clock.instant(after, time.min)

    def holds(self, instant: str) -> Q:
        """That an instant lies in these months."""
        begin, end = self.instants
        return Q(**{f"{instant}__gte": begin, f"{instant}__lt": end})

    def of_county(self, way: str = "") -> Q:
        return Q(**{f"{way}county": self.county}) if self.county else Q()


class Days(Func):
    """How many days lie between two dates: `Days(later, earlier)`."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        each = [Func(one, function="julianday") for one in self.get_source_expressions()]
        copy = self.copy()
        copy.set_source_expressions(each)
        return Func.as_sql(
            copy, compiler, connection, template="CAST((%(expressions)s) AS integer)", **extra
        )


class MonthOf(Func):
    """The first day of a date's month."""

    template = "date_trunc('month', (%(expressions)s)::timestamp)::date"
    output_field = DateField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "date(%(expressions)s, 'start of month')"
        return self.as_sql(compiler, connection, template=template, **extra)


def _day(instant: str) -> TruncDate:
    return TruncDate(instant, tzinfo=clock.PACIFIC)


# Where the counties stand now, and what came from them


@dataclass(frozen=True)
class Standing:
    """One county: what it ever sent, what it sent in these months, and what is open now."""

    county: str
    ever: int
    received: int
    open: int
    waiting: int
    soon: int
    overdue: int
    oldest: date | None
    ages: tuple[int, ...]

    @classmethod
    def of(cls, county: str) -> Standing:
        """A county that has sent nothing."""
        return cls(county, 0, 0, 0, 0, 0, 0, None, (0,) * len(AGES))


def standings(span: Span) -> list[Standing]:
    """Each county that ever sent something: received in the months, and open today."""
    today, limit = span.today, F(f"running__{span.limit}")
    running = Q(rounds__answered_at__isnull=True, rounds__voided_at__isnull=True)
    late = Q(limit__lt=today)
    with_cdss = Q(status__in=WITH_CDSS)
    counted = (
        Review.objects.filter(~Q(status=Status.DRAFT), span.of_county())
        .annotate(running=FilteredRelation("rounds", condition=running))
        .annotate(limit=limit, since=F("running__received_on"))
        .values("county")
        .annotate(
            ever=Count("pk"),
            received=Count("pk", filter=span.holds("received_at")),
            open=Count("pk", filter=Q(status__in=OPEN)),
            waiting=Count("pk", filter=Q(status=Status.DOCUMENTS_REQUESTED)),
            soon=Count("pk", filter=Q(limit__gte=today, limit__lte=today + SOON)),
            overdue=Count("pk", filter=late),
            oldest=Min("limit", filter=late),
            **{
                f"age_{place}": Count("pk", filter=with_cdss & condition)
                for place, condition in enumerate(_ages(today))
            },
        )
        .order_by()
    )
    ages = [f"age_{place}" for place in range(len(AGES))]
    names = ("county", "ever", "received", "open", "waiting", "soon", "overdue", "oldest")
    return [
        Standing(*row[: len(names)], ages=row[len(names) :])
        for row in counted.values_list(*names, *ages)
    ]


def _ages(today: date) -> Iterator[Q]:
    """The days of receipt of each age: day 0 to 10 of the period, 11 to 20, and so on."""
    first = 0
    for last in AGES:
        found = Q(since__lte=today - timedelta(days=first)) if first else Q(since__isnull=False)
        if last is not None:
            found &= Q(since__gte=today - timedelta(days=last))
            first = last + 1
        yield found


# How CDSS answered


@dataclass(frozen=True)
class Answered:
    """Some periods alike: of one month or one county, with the days to their answer.

    `key` is the month or the county of the answer, `settled` the same of where the period counts
    as in time or late; either is empty where it lies outside the months asked for.
    """

    key: Any
    settled: Any
    days: int | None
    in_time: bool | None
    count: int


def _answered(span: Span) -> QuerySet[Round]:
    """The periods that were answered, or whose last day passed, in these months."""
    limit, yesterday = F(span.limit), span.today - timedelta(days=1)
    in_time = Q(notified_on__lte=limit)
    late = Q(**{f"{span.limit}__lt": span.today})
    answer = Q(notified_on__range=(span.first, span.last))
    passed = Q(**{f"{span.limit}__range": (span.first, min(span.last, yesterday))})
    return (
        Round.objects.filter(span.of_county("review__"), answer | passed)
        .filter(voided_at__isnull=True)
        .annotate(
            took=Days(F("notified_on"), F("received_on")),
            in_time=Case(
                When(in_time, then=True), When(late, then=False), output_field=BooleanField()
            ),
            settled_on=Case(When(in_time, then=F("notified_on")), When(late, then=limit)),
        )
        .order_by()
    )


def answers_by_month(span: Span) -> list[Answered]:
    """The periods answered or settled in these months, by month and days."""
    rows = (
        _answered(span)
        .annotate(month=MonthOf(F("notified_on")), settled=MonthOf(F("settled_on")))
        .values_list("month", "settled", "took", "in_time")
        .annotate(count=Count("*"))
    )
    known = (span.first, span.last)
    return [Answered(*_within(known, *row[:2]), *row[2:]) for row in rows]


def _within(known: tuple[date, date], *months: date | None) -> Iterator[date | None]:
    for month in months:
        yield month if month and known[0] <= month <= known[1] else None


def answers_by_county(span: Span) -> list[Answered]:
    """The same periods by county and days."""

    def lies(name: str) -> ExpressionWrapper:
        inside = Q(**{f"{name}__range": (span.first, span.last)})
        return ExpressionWrapper(inside, output_field=BooleanField())

    rows = (
        _answered(span)
        .annotate(answered_here=lies("notified_on"), settled_here=lies("settled_on"))
        .values_list("review__county", "answered_here", "settled_here", "took", "in_time")
        .annotate(count=Count("*"))
    )
    return [
        Answered(county if answered else None, county if settled else None, *rest)
        for county, answered, settled, *rest in rows
    ]


# How proposals ended


@dataclass(frozen=True)
class Ended:
    """Some proposals alike that were decided or withdrawn in these months."""

    status: str
    unanswered: bool
    has_conditions: bool
    days: int
    count: int


def endings(span: Span) -> list[Ended]:
    """The outcomes that stand, by the days from the first receipt."""
    rows = (
        Review.objects.filter(span.of_county(), span.holds("moved_at"))
        .filter(status__in=CLOSED)
        .annotate(
            unanswered=_yes(Q(status=Status.WITHDRAWN, moved="close")),
            has_conditions=_yes(Q(status=Status.APPROVED, pk__in=_conditional())),
            days=Days(_day("moved_at"), _day("received_at")),
        )
        .order_by()
        .values_list("status", "unanswered", "has_conditions", "days")
        .annotate(count=Count("pk"))
    )
    return [Ended(*row) for row in rows]


def _yes(condition: Q) -> Case:
    return Case(When(condition, then=True), default=False, output_field=BooleanField())


def _conditional() -> QuerySet[Condition]:
    """The reviews whose last released decision has a condition."""
    return Condition.objects.of_latest_released().order_by().values("decision__review")


@dataclass(frozen=True)
class Periods:
    """What a late request or a voided period could hide, so every report shows them.

    `further` are the periods after the first of the proposals that ended, `second` how many of
    these proposals had more than one.
    """

    further: int
    second: int
    most: int
    late_requests: int
    voided: int


def periods(span: Span) -> Periods:
    """Periods after the first of proposals that ended, late requests and voided periods."""
    ended = Q(review__status__in=CLOSED) & span.holds("review__moved_at")
    further = Round.objects.filter(span.of_county("review__"), ended, number__gt=1).aggregate(
        further=Count("pk"), second=Count("pk", filter=Q(number=2)), most=Max("number")
    )
    voided, asked = span.holds("voided_at"), span.holds("answered_at") & Q(answered_by="request")
    ways = (
        Round.objects.filter(span.of_county("review__"), voided | asked)
        .annotate(asked_on_day=Days(_day("answered_at"), F("received_on")))
        .aggregate(
            late_requests=Count("pk", filter=Q(asked_on_day__gt=ASK_FROM_DAY)),
            voided=Count("pk", filter=voided),
        )
    )
    return Periods(**{**further, **ways, "most": further["most"] or 0})


# What they proposed that the letter prohibits (ACL-9)


def prohibited(span: Span) -> Iterable[tuple[int, list[str], int]]:
    """Year of receipt, flags with the methods among them, and how many proposals, for whole years
    of the months."""
    whole = Span(date(span.first.year, 1, 1), date(span.last.year, 12, 31), span.today, span.county)
    rows = (
        Review.objects.filter(whole.of_county(), whole.holds("received_at"))
        .filter(~Q(status=Status.DRAFT), flags__contains="|prohibited|")
        .annotate(year=ExtractYear("received_at", tzinfo=clock.PACIFIC))
        .order_by()
        .values_list("year", "flags")
        .annotate(count=Count("pk"))
    )
    return [(year, flags.split("|"), count) for year, flags, count in rows]
