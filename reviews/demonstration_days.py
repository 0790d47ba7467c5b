"""The days of the demonstration's stories: counted around today, moved to working days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reviews import deadlines

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """Something a person does, and the instant at which they do it."""

    at: datetime
    do: Callable[[], object]


@dataclass(frozen=True)
class Working:
    """Today, and the days on which state offices work."""

    today: date
    closed: Mapping[date, str]

    def on_or_after(self, day: date) -> date:
        while deadlines.why_not_working(day, self.closed):
            day += DAY
        return day

    def on_or_before(self, day: date) -> date:
        while deadlines.why_not_working(day, self.closed):
            day -= DAY
        return day

    def later(self, day: date, days: int) -> date:
        """The day so many days after, or the next working day; never after today."""
        return min(self.on_or_after(day + days * DAY), self.on_or_before(self.today))

    def days_before(self, day: date, number: int) -> date:
        """The day that many working days before."""
        for _ in range(number):
            day = self.on_or_before(day - DAY)
        return day

    def received_for(self, due_in: int) -> date:
        """The day of receipt whose answer is due so many days from today, or the next working
        day; for one that is overdue, the working day before."""
        last = self.today + due_in * DAY
        if due_in < 0:
            last = self.on_or_before(last)
        received = last - deadlines.ANSWER_DAYS * DAY
        due = deadlines.answer_by(received, self.closed).due
        working = self.on_or_before(received)
        # Sent on a working day where that gives the same date.
        return working if deadlines.answer_by(working, self.closed).due == due else received
