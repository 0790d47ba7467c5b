"""What the statewide page tells of the groups that were counted (`reviews/tallies.py`).

Pure: rows in, figures out. Medians are worked out from how often each number of days came; a
share never rounds up to all nor down to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from proposals.screening import METHODS
from reviews import tallies
from reviews.moves import Status
from reviews.tallies import Answered, Ended, Periods, Span, Standing

Days = Mapping[int, int]
Number = int | float | None
Key = TypeVar("Key")

AGES = ("Day 0 to 10", "Day 11 to 20", "Day 21 to 25", "Day 26 to 30", "Over 30 days")
WAITING = "Waiting for the county"
APPROVED, CONDITIONS = "Approved", "Approved with conditions"
UNANSWERED = "Withdrawn: no answer"
OUTCOMES = (
    APPROVED,
    CONDITIONS,
    Status.NOT_APPROVED.label,
    Status.OUT_OF_SCOPE.label,
    Status.WITHDRAWN.label,
    UNANSWERED,
)
PROHIBITED = {
    "virtual_user": "Signs in to CMIPS by itself",
    "screen_scraping": "Reads CMIPS screens",
    "direct": "Connects to CMIPS directly",
    "writes": "Writes to CMIPS by itself",
}


def months(span: Span) -> list[date]:
    """The first day of each month, in order."""
    found = [span.first]
    while (after := (found[-1] + timedelta(days=31)).replace(day=1)) <= span.last:
        found.append(after)
    return found


def median(days: Days) -> Number:
    """The middle of so many numbers; between two that differ, half way. None of nothing."""
    count = sum(days.values())
    if not count:
        return None
    low, high = _at(days, (count - 1) // 2), _at(days, count // 2)
    middle = (low + high) / 2
    return int(middle) if middle == int(middle) else middle


def _at(days: Days, place: int) -> int:
    for number in sorted(days):
        place -= days[number]
        if place < 0:
            return number
    raise IndexError


def percent(part: int, whole: int) -> int | None:
    """A share as a whole number: 100 only for all, 0 only for none."""
    if not whole:
        return None
    if part in (0, whole):
        return 100 * part // whole
    return min(99, max(1, round(100 * part / whole)))


@dataclass
class Answers:
    """How CDSS answered: days to each answer, and how many periods were settled in time."""

    days: Counter[int] = field(default_factory=Counter)
    in_time: int = 0
    settled: int = 0

    @property
    def count(self) -> int:
        return sum(self.days.values())

    @property
    def median(self) -> Number:
        return median(self.days)

    @property
    def percent(self) -> int | None:
        return percent(self.in_time, self.settled)

    def add(self, other: Answers) -> None:
        self.days.update(other.days)
        self.in_time += other.in_time
        self.settled += other.settled


def answers(rows: Iterable[Answered], keys: Iterable[Key]) -> dict[Key, Answers]:
    """The answers of each month or county."""
    found = {key: Answers() for key in keys}
    for row in rows:
        if row.key in found and row.days is not None:
            found[row.key].days[row.days] += row.count
        if row.settled in found and row.in_time is not None:
            found[row.settled].settled += row.count
            found[row.settled].in_time += row.count if row.in_time else 0
    return found


def together(parts: Iterable[Answers]) -> Answers:
    whole = Answers()
    for part in parts:
        whole.add(part)
    return whole


@dataclass(frozen=True)
class CountyLine:
    """One county in the table and on the map."""

    number: str
    name: str
    fips: str
    population: int
    standing: Standing
    answers: Answers


@dataclass(frozen=True)
class Journey:
    """From first receipt to final outcome, of the proposals that ended in these months."""

    ended: int
    median: Number
    longest: int | None
    periods: Periods

    @property
    def periods_each(self) -> str | None:
        """How many periods a proposal had, on average."""
        return f"{1 + self.periods.further / self.ended:.1f}" if self.ended else None


@dataclass(frozen=True)
class Figures:
    """All that the statewide page tells."""

    span: Span
    months: dict[date, Answers]
    counties: list[CountyLine]
    outcomes: dict[str, int]
    journey: Journey
    methods: dict[int, dict[str, int]]
    named: dict[int, int]

    @property
    def whole(self) -> Answers:
        return together(self.months.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever received and nothing is open."""
        return not any(line.standing.ever for line in self.counties)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened in these months."""
        whole, journey = self.whole, self.journey
        happened = whole.count + whole.settled + journey.ended + journey.periods.voided
        return not (happened + self.total("received"))

    def total(self, name: str) -> int:
        return sum(getattr(line.standing, name) for line in self.counties)

    @property
    def soon(self) -> bool:
        return self.total("soon") > 0

    @property
    def waiting(self) -> int:
        return self.total("waiting")

    @property
    def ages(self) -> dict[str, int]:
        """How long open proposals wait for CDSS, and how many wait for their county."""
        each = zip(*(line.standing.ages for line in self.counties), strict=True)
        found = dict(zip(AGES, map(sum, each), strict=False)) or dict.fromkeys(AGES, 0)
        return {**found, WAITING: self.total("waiting")}

    @property
    def latest_overdue(self) -> tuple[int, CountyLine] | None:
        """By how many days the oldest overdue answer is late, and whose it is."""
        late = [line for line in self.counties if line.standing.oldest]
        if not late:
            return None
        line = min(late, key=lambda one: one.standing.oldest)
        return (self.span.today - line.standing.oldest).days, line


def counted(span: Span, counties: Iterable[tuple[str, str, str, int]]) -> Figures:
    """Asks the database for all groups, and works the figures out.

    `counties` are number, name, FIPS code and population of all that the page shows.
    """
    return worked_out(
        span,
        list(counties),
        tallies.standings(span),
        tallies.answers_by_month(span),
        tallies.answers_by_county(span),
        tallies.endings(span),
        tallies.periods(span),
        tallies.prohibited(span),
    )


def worked_out(
    span: Span,
    counties: list[tuple[str, str, str, int]],
    standings: Iterable[Standing],
    by_month: Iterable[Answered],
    by_county: Iterable[Answered],
    endings: Iterable[Ended],
    periods: Periods,
    prohibited: Iterable[tuple[int, list[str], int]],
) -> Figures:
    """All figures from the groups."""
    standing = {one.county: one for one in standings}
    answered = answers(by_county, [county[0] for county in counties])
    outcomes, journey = _ended(list(endings), periods)
    methods, named = _methods(prohibited, range(span.first.year, span.last.year + 1))
    lines = [
        CountyLine(*county, standing.get(county[0], Standing.of(county[0])), answered[county[0]])
        for county in counties
    ]
    return Figures(span, answers(by_month, months(span)), lines, outcomes, journey, methods, named)


def _ended(endings: list[Ended], periods: Periods) -> tuple[dict[str, int], Journey]:
    outcomes = dict.fromkeys(OUTCOMES, 0)
    days: Counter[int] = Counter()
    for one in endings:
        outcomes[_outcome(one)] += one.count
        days[one.days] += one.count
    return outcomes, Journey(sum(days.values()), median(days), max(days, default=None), periods)


def _outcome(one: Ended) -> str:
    if one.unanswered:
        return UNANSWERED
    return CONDITIONS if one.has_conditions else Status(one.status).label


def _methods(
    prohibited: Iterable[tuple[int, list[str], int]], years: Iterable[int]
) -> tuple[dict[int, dict[str, int]], dict[int, int]]:
    """By year: how many proposals named each prohibited method, and how many named one at all."""
    keys = list(_prohibited_keys())
    methods = {year: dict.fromkeys(keys, 0) for year in years}
    named = dict.fromkeys(methods, 0)
    for year, chosen, count in prohibited:
        for key in set(chosen) & set(keys):
            methods[year][key] += count
        named[year] += count
    return methods, named


def _prohibited_keys() -> Iterator[str]:
    return (method.key for method in METHODS if method.prohibited)
