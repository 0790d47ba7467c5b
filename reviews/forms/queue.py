"""Forms of CDSS's queue: its filters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from portal.forms import DayField, PlainText
from portal.models import County, Role, User
from reviews import queue
from reviews.forms.filters import ANY, Filters
from reviews.models.receipts import FLAGS


class QueueFilters(Filters):
    """The filters of the queue."""

    q = PlainText(label="Words in tool, vendor, county, purpose or reference", required=False)
    county = forms.ChoiceField(label="County", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=(ANY, *queue.STATUSES))
    assignee = forms.ChoiceField(label="Assigned to", required=False)
    flag = forms.ChoiceField(label="Flag", required=False, choices=(ANY, *FLAGS.items()))
    vendor = PlainText(label="Vendor", required=False)
    received_from = DayField(label="Received from", required=False)
    received_to = DayField(label="Received to", required=False)

    MAIN = ("q", "county", "status", "assignee", "flag")
    MORE = ("vendor", "received_from", "received_to")

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        counties = County.objects.values_list("number", "name")
        self.fields["county"].choices = [("", f"All {len(counties)}"), *counties]
        roles = (Role.REVIEWER, Role.APPROVER)
        people = User.objects.filter(role__in=roles).values_list("pk", "name")
        self.fields["assignee"].choices = [
            ("", "Anyone"),
            (queue.NOBODY, "Nobody yet"),
            *((str(pk), name) for pk, name in people),
        ]
        for name in ("received_from", "received_to"):
            self.fields[name].widget.attrs["class"] = ""

    def clean_q(self) -> str:
        text = self.cleaned_data["q"]
        if len(text.split()) > queue.MOST_WORDS:
            raise ValidationError(f"Search for up to {queue.MOST_WORDS} words")
        return text

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        first, last = asked.get("received_from"), asked.get("received_to")
        if first and last and first > last:
            self.add_error("received_to", "Enter a last day that isn’t before the first")
        return asked

    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]

    def uses_more(self) -> bool:
        """Whether one of the fields that are folded away was filled in."""
        return any(self.data.get(name) for name in self.MORE)
