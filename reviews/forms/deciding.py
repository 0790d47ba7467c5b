"""The form on which a reviewer drafts a decision and its letter."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms

from portal.forms import AnyOf, OneOf, PlainText
from reviews import letters
from reviews.acting import Once
from reviews.checklist import RULES
from reviews.models import Decision, Review
from reviews.models.decisions import (
    APPROVED,
    OUT_OF_SCOPE,
    OUTCOME_LABELS,
    has_prohibited_method,
    why_not_possible,
)


def reasons_from(review: Review) -> list[tuple[str, str]]:
    """Sentences a reviewer can tick: each finding of the checklist, in the letter's words."""
    found = {finding.rule: finding.choice for finding in review.findings.all()}
    sentences = [rule.reason(found.get(rule.key, "")) for rule in RULES]
    return [(sentence, sentence) for sentence in sentences if sentence]


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
    written_for = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

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
        if blank := letters.unfilled(given.get("letter", "")):
            self.add_error("letter", f"Fill the blank “{blank}” before the letter can go")
        return given

    def write(self, conditions: list[dict[str, Any]]) -> bool:
        """Put the letter into the form as the portal writes it, with blanks for what is missing.

        False where no outcome is chosen: then there is nothing to write.
        """
        letter = self.standard(conditions)
        if letter:
            self.offer(letter, conditions)
        return bool(letter)

    def offer(self, letter: str, conditions: list[dict[str, Any]], *, mine: bool = False) -> None:
        """Show a letter for the reviewer to read and change; `mine` when it was written by hand."""
        self.data = self.data.copy()
        self.data["letter"] = letter
        self.data["written_for"] = written_for(
            self.cleaned_data.get("outcome", ""),
            self.all_reasons(),
            conditions,
            "" if mine else letter,
        )

    def standard(self, conditions: list[dict[str, Any]]) -> str:
        """The letter as the portal writes it from what stands in the form."""
        outcome = self.cleaned_data.get("outcome")
        if not outcome:
            return ""
        return letters.decision_text(self.review, outcome, self.all_reasons(), conditions)

    def is_written_for(self, conditions: list[dict[str, Any]]) -> bool:
        """Whether nothing changed that the letter was written from."""
        given = self.cleaned_data
        now = written_for(given["outcome"], self.all_reasons(), conditions, "")
        return given["written_for"].partition("-")[0] == now.partition("-")[0]

    def is_untouched(self) -> bool:
        """Whether the letter still stands as the portal wrote it."""
        given = self.cleaned_data
        return given["written_for"].partition("-")[2] == _digest(given["letter"])


def as_drafted(decision: Decision) -> dict[str, Any]:
    """A draft that was sent back, as the form begins with it."""
    outcome, reasons = decision.outcome, decision.reasons
    conditions = conditions_of(decision)
    known = {sentence for sentence, _ in reasons_from(decision.review)}
    standard = letters.decision_text(decision.review, outcome, reasons, conditions)
    return {
        "outcome": outcome,
        "reasons": [one for one in reasons if one in known],
        "more_reasons": "\n".join(one for one in reasons if one not in known),
        "override": decision.override,
        "letter": decision.letter,
        "written_for": written_for(outcome, reasons, conditions, standard),
    }


def conditions_of(decision: Decision) -> list[dict[str, Any]]:
    """The conditions of a decision as its form and its letter take them."""
    return list(decision.conditions.values("text", "by"))


def written_for(
    outcome: str, reasons: list[str], conditions: list[dict[str, Any]], letter: str
) -> str:
    """Fingerprints of what a letter is written from, and of the letter as the portal wrote it."""
    rows = [[one.get("text", ""), str(one.get("by") or "")] for one in conditions]
    return f"{_digest(json.dumps([outcome, sorted(reasons), rows]))}-{_digest(letter)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
