"""Forms of CDSS's desk: the checklist, messages and notes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms

from portal.forms import OneOf, PlainText
from proposals.forms import Screened
from reviews.acting import Once
from reviews.checklist import CHOICES, RULES
from reviews.models import Finding, StaleChecklist

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


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
