"""The filters of the register of thirty-day periods."""

from __future__ import annotations

from django import forms

from portal.forms import DayField
from reviews import periods
from reviews.forms.filters import ANY, SpanFilters


class PeriodFilters(SpanFilters):
    """Which periods: of a county, received in a span of days, late, answered by what."""

    first = DayField(label="Received from", required=False)
    last = DayField(label="Received to", required=False)
    late = forms.ChoiceField(label="In time or late", required=False, choices=(ANY, *periods.LATE))
    answer = forms.ChoiceField(label="Answered by", required=False, choices=(ANY, *periods.ANSWERS))
    mode = forms.ChoiceField(label="Days given", required=False, choices=(ANY, *periods.MODES))
