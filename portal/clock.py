"""What time it is for the portal: the only caller of the real clock.

Instants are kept in UTC; dates that people count by are dates in California, because the day of
receipt is the Pacific date of the instant, whatever the hour (Civ. Code 1633.15; ACL-6).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")

_travelled: ContextVar[datetime | None] = ContextVar("travelled", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    return _travelled.get() or datetime.now(UTC)


def today() -> date:
    """Today's date in California."""
    return pacific_date(now())


def pacific(instant: datetime) -> datetime:
    """The same instant as a clock on a wall in California shows it.

    Raises ValueError for an instant without a time zone: nobody can say which day that is.
    """
    if instant.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return instant.astimezone(PACIFIC)


def pacific_date(instant: datetime) -> date:
    """The date in California at that instant."""
    return pacific(instant).date()


def instant(day: date, at: time) -> datetime:
    """The instant at which a clock on a wall in California showed this, in UTC.

    The hour that comes twice in autumn means its first coming: receipt is never put too late.
    """
    return datetime.combine(day, at, PACIFIC).astimezone(UTC)


@contextmanager
def travel(instant: datetime) -> Iterator[None]:
    """Within the block it is `instant`, and stays so: for demonstration data and for tests.

    Only the present thread or task travels; the people served beside it stay where they are.
    """
    token = _travelled.set(pacific(instant).astimezone(UTC))
    try:
        yield
    finally:
        _travelled.reset(token)
