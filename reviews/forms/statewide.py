"""The months, the county and the count that the statewide page is asked for in its address."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from portal.days import FIRST_YEAR, LAST_YEAR, MONTHS
from portal.forms import OptionalMark
from portal.models import County
from reviews.forms.filters import Filters
from reviews.tallies import Span

MOVED, PLAIN = "moved", "plain"
COUNTS = (
    (MOVED, "To the moved date"),
    (PLAIN, "To plain day 30"),
)
USUAL, MOST = 12, 120
YEAR_FIRST = re.compile(r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})$", re.ASCII)
MONTH_FIRST = re.compile(r"^(?P<month>\d{1,2})[-/.](?P<year>\d{4})$", re.ASCII)
NAMED = re.compile(r"^(?P<name>[a-z]+)\.?,?\s+(?P<year>\d{4})$", re.ASCII | re.IGNORECASE)


def parse_month(text: str) -> date | None:
    """The first day of the month that a person means by "January 2027", "1/2027" or "2027-01"."""
    text = " ".join(text.split())
    for form in (YEAR_FIRST, MONTH_FIRST, NAMED):
        if found := form.match(text):
            given = found.groupdict()
            number = int(given.get("month") or MONTHS.get(given.get("name", "").lower(), 0))
            year = int(given["year"])
            if 1 <= number <= 12 and FIRST_YEAR <= year <= LAST_YEAR:
                return date(year, number, 1)
    return None


def month_after(month: date, number: int = 1) -> date:
    """So many months later, or earlier for a number below zero."""
    months = month.year * 12 + month.month - 1 + number
    return date(months // 12, months % 12 + 1, 1)


def usual_spans(today: date) -> list[tuple[str, date, date]]:
    """What managers report on, with its first and last month; the State's year begins in July."""
    month = today.replace(day=1)
    quarter = month_after(month, -((month.month - 1) % 3))
    year = month_after(month, -((month.month - 7) % 12))
    return [
        ("This quarter", quarter, month),
        ("Last quarter", month_after(quarter, -3), month_after(quarter, -1)),
        ("This fiscal year", year, month),
        ("Last fiscal year", month_after(year, -12), month_after(year, -1)),
    ]


class MonthField(OptionalMark, forms.Field):
    """A month in one text box, in the ways people write it."""

    widget = forms.TextInput(attrs={"maxlength": 40})

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        month = parse_month(str(value))
        if month is None:
            raise ValidationError("Enter the month like January 2027")
        return month

    def prepare_value(self, value: Any) -> Any:
        month = value if isinstance(value, date) else parse_month(str(value or ""))
        return f"{month:%B %Y}" if month else value


class StatewideFilters(Filters):
    """Nothing is required: without months it is the last twelve, without a county all of them."""

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        names = ("number", "name", "fips", "population", "official_name")
        counties = list(County.objects.order_by("name").values_list(*names))
        self.counties = [one[:4] for one in counties]
        self.official_names = {one[0]: one[4] for one in counties}
        # "from" is a word of the language, so the fields are given their names here.
        self.fields["from"] = MonthField(label="First month", help_text="Empty: the last twelve")
        self.fields["to"] = MonthField(label="Last month", help_text="Like January 2027")
        self.fields["county"] = forms.ChoiceField(
            label="County",
            choices=[("", f"All {len(self.counties)}"), *(one[:2] for one in self.counties)],
        )
        self.fields["count"] = forms.ChoiceField(label="How days are counted", choices=COUNTS)
        for field in self.fields.values():
            field.required = False
            field.error_messages["invalid_choice"] = (
                f"Choose “{field.label}” from the list: what the address names is not in it"
            )

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        first, last = asked.get("from"), asked.get("to")
        if first and last and first > last:
            self.add_error("to", "Enter a last month that isn’t before the first")
        elif first and last and month_after(first, MOST) <= last:
            self.add_error("to", f"Enter a last month within {MOST // 12} years of the first")
        return asked

    def span(self, today: date) -> Span:
        """What is asked for; where it can't be followed, the last twelve months."""
        asked, now = self.asked(), today.replace(day=1)
        first, last = asked.get("from"), asked.get("to")
        if "to" in self.errors or "from" in self.errors:
            first = last = None
        if first and not last:
            last = max(first, min(now, month_after(first, MOST - 1)))
        last = last or now
        first = first or max(date(FIRST_YEAR, 1, 1), month_after(last, 1 - USUAL))
        return Span(
            first=first,
            last=month_after(last) - timedelta(days=1),
            today=today,
            county=asked.get("county", ""),
            plain=asked.get("count") == PLAIN,
        )

    def chosen(self) -> dict[str, str]:
        """What of it stands in the address of every link of the page."""
        asked = self.asked()
        months = {
            name: f"{asked[name]:%Y-%m}"
            for name in ("from", "to")
            if name in asked and not self.errors.keys() & {"from", "to"}
        }
        county = {"county": asked["county"]} if "county" in asked else {}
        plain = {"count": PLAIN} if asked.get("count") == PLAIN else {}
        return {**months, **county, **plain}
