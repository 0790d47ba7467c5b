"""The form on which a reviewer drafts a decision and its letter."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms

from portal.forms import AnyOf, OneOf, PlainText
from reviews.acting import Once
from reviews.checklist import CHOICES, RULES
from reviews.models import Review
from reviews.models.decisions import (
    APPROVED,
    OUT_OF_SCOPE,
    OUTCOME_LABELS,
    has_prohibited_method,
    why_not_possible,
)


def reasons_from(review: Review) -> list[tuple[str, str]]:
    """Sentences a reviewer can tick: each finding of the checklist, with its note."""
    labels = dict(CHOICES)
    found = {finding.rule: finding for finding in review.findings.all()}
    sentences = []
    for rule in RULES:
        finding = found.get(rule.key)
        if finding and finding.choice in ("meets", "documents", "fails"):
            sentence = f"{rule.label}: {labels[finding.choice].lower()}."
            sentences.append((sentence, sentence))
    return sentences


class DecideForm(Once):
    """Outcome, reasons, an override where one is needed, and the letter as it will leave."""

    outcome = OneOf(
        label="Outcome",
        choices=list(OUTCOME_LABELS.items()),
        hints={OUT_OF_SCOPE: "The tool uses no CMIPS data."},
        error_messages={"required": "Choose an outcome"},
    )
    reasons = AnyOf(label="Reasons from your checklist", choices=(), optional=True)
    more_reasons = PlainText(
        label="Other reasons",
        rows=4,
        longest=3000,
        optional=True,
        help_text="One on each line. They go into the letter.",
    )
    override = PlainText(
        label="Why it is approved in spite of a prohibited method",
        rows=3,
        longest=3000,
        optional=True,
        help_text="Only CDSS sees this.",
    )
    letter = PlainText(label="Letter to the county", rows=22, longest=12_000, required=False)
    written_for = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome = self.fields["outcome"]
        impossible = {
            key: reason for key in OUTCOME_LABELS if (reason := why_not_possible(self.review, key))
        }
        outcome.impossible = outcome.widget.impossible = impossible
        self.fields["reasons"].choices = reasons_from(self.review)
        if not self.fields["reasons"].choices:
            del self.fields["reasons"]
        if not has_prohibited_method(self.review):
            del self.fields["override"]

    def all_reasons(self) -> list[str]:
        """Ticked and written reasons, in that order."""
        written = self.cleaned_data.get("more_reasons", "").splitlines()
        ticked = self.cleaned_data.get("reasons", [])
        return [*ticked, *(line.strip() for line in written if line.strip())]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if "more_reasons" not in self.errors and not self.all_reasons():
            self.add_error("more_reasons", "Give at least one reason")
        needed = given.get("outcome") == APPROVED and "override" in self.fields
        if needed and "override" not in self.errors and not given["override"].strip():
            self.add_error("override", "Write why it is approved all the same")
        return given

    def inputs(self, conditions: list[dict[str, Any]]) -> str:
        """A fingerprint of what the letter is written from, to notice when that changed."""
        given = [self.cleaned_data.get("outcome"), self.all_reasons(), conditions]
        return hashlib.sha256(json.dumps(given, default=str).encode()).hexdigest()

    def offer(self, letter: str, written_for: str) -> None:
        """Put a letter into the form, for the reviewer to read and change."""
        self.data = self.data.copy()
        self.data["letter"], self.data["written_for"] = letter, written_for
