"""How the portal writes dates, times, sizes and its own setting of the clock, on pages and in
letters.

Instants are written as a clock in California shows them; one without a time zone is refused
(`clock.pacific` raises ValueError).
"""

from datetime import date, datetime
from typing import Any

from django.conf import settings

from portal import clock


def _in_california(value: Any) -> Any:
    return clock.pacific(value) if isinstance(value, datetime) else value


def day(value: date | datetime | None) -> str:
    """Thursday, January 28, 2027"""
    if not value:
        return ""
    value = _in_california(value)
    return f"{value:%A, %B} {value.day}, {value.year}"


def plain_day(value: date | datetime | None) -> str:
    """January 28, 2027"""
    if not value:
        return ""
    value = _in_california(value)
    return f"{value:%B} {value.day}, {value.year}"


def short_day(value: date | datetime | None) -> str:
    """Tue, Jan 26, with the year when it isn't this one"""
    if not value:
        return ""
    value = _in_california(value)
    year = "" if value.year == clock.today().year else f", {value.year}"
    return f"{value:%a, %b} {value.day}{year}"


def time_of_day(value: date | datetime | None) -> str:
    """3:42 PM; nothing for a date, which has no time"""
    if not isinstance(value, datetime):
        return ""
    value = _in_california(value)
    return f"{value.hour % 12 or 12}:{value:%M} {'AM' if value.hour < 12 else 'PM'}"


def moment(value: date | datetime | None) -> str:
    """January 27, 2027, 2:20 PM PT"""
    time = time_of_day(value)
    return f"{plain_day(value)}, {time} PT" if time else plain_day(value)


def long_moment(value: date | datetime | None) -> str:
    """Thursday, January 28, 2027, 3:58 PM PT"""
    time = time_of_day(value)
    return f"{day(value)}, {time} PT" if time else day(value)


def lately(value: datetime | None) -> str:
    """today at 3:42 PM; on January 27, 2027, 2:20 PM PT"""
    if not value:
        return ""
    if clock.pacific_date(value) == clock.today():
        return f"today at {time_of_day(value)}"
    return f"on {moment(value)}"


def machine_time(value: date | datetime) -> str:
    """The same for machines, in a `time` element."""
    return (
        _in_california(value).isoformat(timespec="minutes")
        if isinstance(value, datetime)
        else value.isoformat()
    )


def size(value: int | None) -> str:
    """850 bytes, 12 KB, 1.2 MB"""
    if value is None:
        return ""
    if value < 1000:
        return f"{value} byte" if value == 1 else f"{value} bytes"
    if value < 1000 * 1024:
        return f"{max(1, round(value / 1024))} KB"
    return f"{value / (1024 * 1024):.1f}".removesuffix(".0") + " MB"


def days(number: float | None) -> str:
    """1 day, 12 days, 17.5 days"""
    return f"{number} day" if number == 1 else f"{number} days"


def days_left(due_on: date, today: date) -> str:
    """Overdue by 2 days, Due today, 5 days left"""
    left = (due_on - today).days
    if left == 0:
        return "Due today"
    return f"{days(left)} left" if left > 0 else f"Overdue by {days(-left)}"


def after_a_request() -> str:
    """What the county's response to a request starts, by CDSS's setting CLOCK_MODE; goes on a
    sentence, without a full stop."""
    return {
        "restart": "a new thirty-day period starts",
        "resume": "the days that were left go on",
        "none": "no new date is set",
    }[settings.CLOCK_MODE]
