"""The thirty-day rule: by when CDSS answers a proposal, and why by that day (ACL-6).

Calendar days. The day of receipt doesn't count, the last day does; when it is a Saturday, a Sunday
or a day on which state offices are closed, it moves to the next day that is none of these. Days
off in the middle don't extend it. (Gov. Code 6800; Code Civ. Proc. 12, 12a, 12b. Whether these
govern the letter is the portal's convention, not the letter's word.)

An auditor may count plain days, so both dates are kept: `day_30`, and `due`, which may have moved.
Reviewers are led by `aim`, the last working day by which no one can say it was late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

ANSWER_DAYS = 30
# From this day on CDSS is asked to decide, or to request documents; a later request is a late one.
ASK_FROM_DAY = 25
ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Deadline:
    """The three dates of a thirty-day period, and sentences that explain them to a reader."""

    day_30: date
    due: date
    aim: date
    reasons: list[str]


def answer_by(received: date, closed: Mapping[date, str], days: int = ANSWER_DAYS) -> Deadline:
    """By when CDSS must answer what it received on that Pacific date.

    `closed` holds the days on which state offices are closed, with their names; `days` is another
    number where a period resumes with the days that were left. Raises ValueError below one day.
    """
    if days < 1:
        raise ValueError("A period has at least one day.")
    last = received + days * ONE_DAY
    reasons = [
        f"Day 1 is {in_words(received + ONE_DAY)}.",
        f"Day {days} is {in_words(last)}.",
    ]
    due = last
    while why := why_not_working(due, closed):
        reasons.append(f"{in_words(due)}, is skipped: {why}.")
        due += ONE_DAY
    moved = ", the next working day" if due != last else ""
    reasons.append(f"CDSS answers by {in_words(due)}{moved}.")
    reasons += _beyond_the_calendar(last, due, closed)
    return Deadline(day_30=last, due=due, aim=_aim(received, last, due, closed), reasons=reasons)


def day_number(received: date, today: date) -> int:
    """Which day of the period today is; 0 is the day of receipt."""
    return (today - received).days


def days_left(due: date, today: date) -> int:
    """How many days are left: 0 on the last day, below zero when overdue."""
    return (due - today).days


def resume_days(day_30: date, requested: date) -> int:
    """The length of a period that resumes: what was left of the last one at the request.

    At least one day, also when the request went out on the last day or on one it had moved to.
    """
    return max(1, days_left(day_30, requested))


def why_not_working(day: date, closed: Mapping[date, str]) -> str:
    """Why state offices don't work on that day; empty when they do."""
    if day in closed:
        return closed[day]
    return "a weekend day" if day.weekday() >= SATURDAY else ""


def in_words(day: date) -> str:
    """A date as the portal writes it: Thursday, January 28, 2027."""
    return f"{day:%A, %B} {day.day}, {day.year}"


def _aim(received: date, last: date, due: date, closed: Mapping[date, str]) -> date:
    """The last working day on or before the last day; the due date where there is none."""
    day = last
    while why_not_working(day, closed):
        day -= ONE_DAY
        if day <= received:
            return due
    return day


def _beyond_the_calendar(last: date, due: date, closed: Mapping[date, str]) -> list[str]:
    """A warning for each year of these dates of which the closures aren't known."""
    known = {day.year for day in closed}
    return [
        f"The calendar of state office closures doesn't reach {year} yet, so this date may move."
        for year in sorted({last.year, due.year} - known)
    ]
