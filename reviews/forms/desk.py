"""Forms of CDSS's desk: the queue's filters, the checklist, messages and notes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from portal.forms import DayField, OneOf, PlainText
from portal.models import County, Role, User
from proposals.forms import Screened
from reviews import queue
from reviews.acting import Once
from reviews.checklist import CHOICES, RULES
from reviews.forms.filters import ANY, Filters
from reviews.models import Finding, StaleChecklist
from reviews.models.receipts import FLAGS

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


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


class ChecklistForm(Screened):
    """The checklist: for each rule of the letter one of four findings, and a note."""

    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, findings: dict[str, Finding], **kwargs: Any) -> None:
        self.overtaken: dict[str, Finding] = {}
        self.base_fields = {**type(self).base_fields, **_rows_of_checklist()}
        initial: dict[str, Any] = {"seen": newest(findings)}
        for rule, finding in findings.items():
            initial |= {f"{rule}-choice": finding.choice, f"{rule}-note": finding.note}
        super().__init__(*args, initial=initial, **kwargs)

    def clean_seen(self) -> datetime:
        """When the newest finding on the page was made; long ago where it showed none."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"]).astimezone(UTC)
        except (ValueError, OverflowError):
            return LONG_AGO

    def values(self) -> dict[str, dict[str, str]]:
        """What was chosen and written, by rule."""
        given = self.cleaned_data
        return {
            rule.key: {"choice": given[f"{rule.key}-choice"], "note": given[f"{rule.key}-note"]}
            for rule in RULES
        }

    def show_newer(self, stale: StaleChecklist) -> None:
        """Keep what was typed, and show a colleague's newer findings beside it."""
        self.overtaken = stale.findings
        self.data = self.data.copy()
        self.data["seen"] = newest(stale.findings)


def _rows_of_checklist() -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for rule in RULES:
        found[f"{rule.key}-choice"] = OneOf(
            label=rule.label, choices=CHOICES, required=False, inline=True
        )
        found[f"{rule.key}-note"] = PlainText(
            label=f"Note on “{rule.label}”", rows=3, longest=2000, required=False
        )
    return found


def newest(findings: dict[str, Finding]) -> str:
    """When the newest of these findings was made, as the form carries it."""
    return max((finding.at for finding in findings.values()), default=LONG_AGO).isoformat()


class Words(Once):
    """A text that is sent once, however often the button is pressed: a message or a note."""

    text = PlainText(label="Text", rows=5)

    def __init__(self, *args: Any, label: str, hint: str = "", missing: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["text"]
        field.label, field.help_text = label, hint
        field.error_messages["required"] = missing
