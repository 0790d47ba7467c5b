"""Reads a day and a time of day the ways that people in California write them."""

import calendar
import re
from datetime import date, time

FIRST_YEAR, LAST_YEAR = 1990, 2100
EXAMPLE = "March 15, 2027"

MONTHS = {
    name: number
    for number in range(1, 13)
    for name in (calendar.month_name[number].lower(), calendar.month_abbr[number].lower())
} | {"sept": 9}

WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
FORMS = [
    re.compile(r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})$", re.ASCII),
    re.compile(r"^(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[-/.](?P<year>\d{4}|\d{2})$", re.ASCII),
    re.compile(
        r"^(?P<name>[a-z]+)\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})$",
        re.ASCII | re.IGNORECASE,
    ),
    re.compile(
        r"^(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<name>[a-z]+)\.?,?\s+(?P<year>\d{4})$",
        re.ASCII | re.IGNORECASE,
    ),
]

TIME = re.compile(
    r"^(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?:(?P<half>[ap])\.?m\.?)?$",
    re.ASCII | re.IGNORECASE,
)
TIME_EXAMPLE = "3:42 PM"


class NotADay(ValueError):
    """The text names no day; its message says how to write one."""


def parse_day(text: str) -> date:
    """The day that a person means by "March 15, 2027", "3/15/2027", "2027-03-15" and the like.

    Raises NotADay with a sentence that says what to change.
    """
    text = WEEKDAY.sub("", " ".join(text.split()))
    for form in FORMS:
        if found := form.match(text):
            return _day(**found.groupdict())
    raise NotADay(f"Enter the date like {EXAMPLE}")


def parse_time(text: str) -> time:
    """The time of day that a person means by "3:42 PM", "3 pm" or "15:42".

    Raises NotADay with a sentence that says what to change.
    """
    found = TIME.match(text.strip())
    if not found:
        raise NotADay(f"Enter the time like {TIME_EXAMPLE}")
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if half := found["half"]:
        if not 1 <= hour <= 12:
            raise NotADay("Enter an hour from 1 to 12 with AM or PM")
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    elif found["minute"] is None:
        raise NotADay(f"Enter the time with AM or PM, like {TIME_EXAMPLE}")
    if hour > 23 or minute > 59:
        raise NotADay(f"Enter the time like {TIME_EXAMPLE}")
    return time(hour, minute)


def _day(*, year: str, day: str, month: str = "", name: str = "") -> date:
    number = int(month) if month else MONTHS.get(name.lower(), 0)
    if not 1 <= number <= 12:
        if name:
            raise NotADay(f"“{name}” is not a month. Enter the date like {EXAMPLE}")
        raise NotADay(f"There is no month {number}. Enter the month first, like 3/15/2027")
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    if not FIRST_YEAR <= full_year <= LAST_YEAR:
        raise NotADay(f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}")
    last = calendar.monthrange(full_year, number)[1]
    if not 1 <= int(day) <= last:
        raise NotADay(
            f"{calendar.month_name[number]} {full_year} has {last} days."
            f" Enter a day from 1 to {last}"
        )
    return date(full_year, number, int(day))
