"""The filters of the register of thirty-day periods."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from portal.forms import DayField
from portal.models import County
from reviews import periods
from reviews.forms.filters import ANY, Filters


class PeriodFilters(Filters):
    """Which periods: of a county, received in a span of days, late, answered by what."""

    county = forms.ChoiceField(label="County", required=False)
    first = DayField(label="Received from", required=False)
    last = DayField(label="Received to", required=False)
    late = forms.ChoiceField(label="In time or late", required=False, choices=(ANY, *periods.LATE))
    answer = forms.ChoiceField(label="Answered by", required=False, choices=(ANY, *periods.ANSWERS))
    mode = forms.ChoiceField(label="Days given", required=False, choices=(ANY, *periods.MODES))

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        counties = County.objects.values_list("number", "name")
        self.fields["county"].choices = [("", f"All {len(counties)}"), *counties]
        for name in ("first", "last"):
            self.fields[name].widget.attrs["class"] = ""

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        first, last = asked.get("first"), asked.get("last")
        if first and last and first > last:
            self.add_error("last", "Enter a last day that isn’t before the first")
        return asked
