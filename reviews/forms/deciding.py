"""The form on which a reviewer drafts a decision and its letter."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms

from portal.forms import AnyOf, OneOf, PlainText, PortalForm, tidied
from portal.numbers import whole_number
from proposals.forms.screened import BOX
from reviews import letters
from reviews.acting import Once
from reviews.checklist import RULES
from reviews.decision_text import Standard, unfilled_of, which_blank
from reviews.forms.rows import Rows
from reviews.models import Decision, DecisionDraft, Review
from reviews.models.decisions import (
    APPROVED,
    NOT_APPROVED,
    OUT_OF_SCOPE,
    OUTCOME_LABELS,
    has_prohibited_method,
    why_not_possible,
)

LONGEST_LETTER = 12_000
DRAFTED = ("outcome", "reasons", "more_reasons", "override", "letter", "written_for")


def reasons_from(review: Review) -> list[tuple[str, str]]:
    """Sentences a reviewer can tick: each finding of the checklist, in the letter's words."""
    found = {finding.rule: finding.choice for finding in review.findings.all()}
    sentences = [rule.reason(found.get(rule.key, "")) for rule in RULES]
    return [(sentence, sentence) for sentence in sentences if sentence]


def from_checklist(review: Review) -> dict[str, Any]:
    """What the checklist leads to, for the form to begin with: outcome, reasons and the letter.

    Where every row is met that is an approval, with what is met for reasons. Where one is not, it
    is what is not met, and no outcome unless it could be not approved. A person decides.
    """
    choices = {finding.rule: finding.choice for finding in review.findings.all()}
    answered = {choices.get(rule.key, "") for rule in RULES}
    is_clean = "meets" in answered and answered <= {"meets", "not_applicable"}
    kinds = ("meets",) if is_clean else ("documents", "fails")
    reasons = [
        rule.reason(choices[rule.key]) for rule in RULES if choices.get(rule.key, "") in kinds
    ]
    outcome = APPROVED if is_clean and not has_prohibited_method(review) else ""
    if "fails" in answered and not why_not_possible(review, NOT_APPROVED):
        outcome = NOT_APPROVED
    start: dict[str, Any] = {"outcome": outcome, "reasons": reasons}
    if outcome and reasons:
        standard = letters.standard_letter(review, outcome, reasons, [])
        start["letter"] = standard.text
        start["written_for"] = written_for(outcome, reasons, [], standard, standard.text)
    return start


class DecideForm(Once):
    """Outcome, reasons, an override where one is needed, and the letter as it will leave."""

    outcome = OneOf(
        label="What does CDSS decide?",
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
    letter = PlainText(
        label="Letter to the county", rows=22, longest=LONGEST_LETTER, required=False
    )
    written_for = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)
    draft = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._written: dict[str, Standard] = {}
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
        if not {"reasons", "more_reasons"} & self.errors.keys() and not self.all_reasons():
            at = "reasons" if "reasons" in self.fields else "more_reasons"
            self.add_error(at, "Give at least one reason")
        needed = given.get("outcome") == APPROVED and "override" in self.fields
        if needed and "override" not in self.errors and not given["override"].strip():
            self.add_error("override", "Write why it is approved all the same")
        letter = given.get("letter", "")
        if blank := unfilled_of(self.review, letter):
            self.add_error("letter", f"Fill the {which_blank(blank)} before the letter can go")
        return given

    def write(self, conditions: list[dict[str, Any]]) -> bool:
        """Put the letter into the form as the portal writes it, with blanks for what is missing.

        False where no outcome is chosen: then there is nothing to write.
        """
        standard = self.standard(conditions)
        if standard:
            self.offer(standard.text, conditions)
        return bool(standard)

    def offer(self, letter: str, conditions: list[dict[str, Any]], *, mine: bool = False) -> None:
        """Show a letter for the reviewer to read and change; `mine` when it was written by hand."""
        self.data = self.data.copy()
        self.data["letter"] = letter
        if not mine:
            # What was wrong with the letter before went with it.
            self.errors.pop("letter", None)
        self.data["written_for"] = self._written_for(conditions, "" if mine else letter)

    def standard(self, conditions: list[dict[str, Any]]) -> Standard | None:
        """The letter as the portal writes it from what stands in the form."""
        outcome = self.cleaned_data.get("outcome")
        if not outcome:
            return None
        reasons = self.all_reasons()
        key = json.dumps([outcome, reasons, conditions], default=str)
        if key not in self._written:
            found = letters.standard_letter(self.review, outcome, reasons, conditions)
            self._written[key] = found
        return self._written[key]

    def standard_at_start(self, rows: Rows) -> Standard | None:
        """The same for a form that was not sent: from what it begins with."""
        start = self.initial
        if start.get("outcome") not in OUTCOME_LABELS:
            return None
        written = str(start.get("more_reasons") or "").splitlines()
        reasons = [*(start.get("reasons") or []), *(one.strip() for one in written if one.strip())]
        conditions = [_condition_at_start(row) for row in rows.forms]
        return letters.standard_letter(self.review, start["outcome"], reasons, conditions)

    def is_written_for(self, conditions: list[dict[str, Any]]) -> bool:
        """Whether nothing changed that the letter was written from, its template included."""
        now = self._written_for(conditions, "")
        return self.cleaned_data.get("written_for", "").partition("-")[0] == now.partition("-")[0]

    def _written_for(self, conditions: list[dict[str, Any]], letter: str) -> str:
        outcome, reasons = self.cleaned_data.get("outcome", ""), self.all_reasons()
        return written_for(outcome, reasons, conditions, self.standard(conditions), letter)

    def is_untouched(self) -> bool:
        """Whether the letter still stands as the portal wrote it."""
        given, letter = self.cleaned_data, tidied(self.data.get("letter", ""), lines=True)
        return given.get("written_for", "").partition("-")[2] == _digest(letter.strip())

    def letter_to_show(self) -> str:
        """The letter as it stands in the form; nothing while it is too long to be set as one."""
        text = (self["letter"].value() or "").replace("\r\n", "\n")
        return text if text.strip() and len(text) <= LONGEST_LETTER else ""

    def can_be_kept(self) -> bool:
        """Whether what was typed may be stored to go on later, finished or not."""
        return all(_is_fit(form) for form in self._all())

    def draft_seen(self) -> int:
        """Which saved draft the page began with."""
        return whole_number(self.data.get("draft", "")) or 0

    def typed(self) -> dict[str, Any]:
        """What stands in the form, finished or not, with its conditions."""
        given = {name: one for name, one in _as_of_post(self).items() if name in DRAFTED}
        given["outcome"] = given["outcome"] if given["outcome"] in OUTCOME_LABELS else ""
        known = {sentence for sentence, _ in reasons_from(self.review)}
        given["reasons"] = [one for one in given.get("reasons", []) if one in known]
        conditions = [_as_of_post(row) for row in self.beside or ()]
        return given | {"conditions": conditions}


def _condition_at_start(row: PortalForm) -> dict[str, Any]:
    """A condition as its row begins, with its date where that is one."""
    start = row.initial
    try:
        by = row.fields["by"].to_python(start.get("by"))
    except forms.ValidationError:
        by = None
    return {"text": start.get("text", ""), "by": by, "shown": start.get("shown", "")}


def as_saved(draft: DecisionDraft) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A draft that was saved, as the form begins with it, and its conditions."""
    typed = draft.typed
    start = {name: typed[name] for name in DRAFTED if name in typed}
    return start, list(typed.get("conditions", []))


def as_drafted(decision: Decision) -> dict[str, Any]:
    """A draft that was sent back, as the form begins with it."""
    outcome, reasons = decision.outcome, decision.reasons
    conditions = conditions_of(decision)
    known = {sentence for sentence, _ in reasons_from(decision.review)}
    standard = letters.standard_letter(decision.review, outcome, reasons, conditions)
    return {
        "outcome": outcome,
        "reasons": [one for one in reasons if one in known],
        "more_reasons": "\n".join(one for one in reasons if one not in known),
        "override": decision.override,
        "letter": decision.letter,
        "written_for": written_for(outcome, reasons, conditions, standard, standard.text),
    }


def conditions_of(decision: Decision) -> list[dict[str, Any]]:
    """The conditions of a decision as its form and its letter take them."""
    return list(decision.conditions.values("text", "by", "shown"))


def written_for(
    outcome: str,
    reasons: list[str],
    conditions: list[dict[str, Any]],
    standard: Standard | None,
    letter: str,
) -> str:
    """Fingerprints of what a letter is written from, and of the letter as the portal wrote it."""
    rows = [
        [one.get("text", ""), str(one.get("by") or ""), one.get("shown", "")] for one in conditions
    ]
    version = standard.template.version if standard else 0
    whole = json.dumps([outcome, sorted(reasons), rows, version])
    return f"{_digest(whole)}-{_digest(letter)}"


def _as_of_post(form: PortalForm) -> dict[str, Any]:
    """Texts without what no database keeps; what is no text as it came."""
    found: dict[str, Any] = {}
    for name, field in form.fields.items():
        raw = field.widget.value_from_datadict(form.data, {}, form.add_prefix(name))
        if isinstance(field, PlainText):
            raw = field.to_python(raw)
        elif isinstance(raw, str):
            raw = "".join(sign for sign in raw if sign.isprintable())[:100]
        found[name] = raw if raw is not None else ""
    return found


def _is_fit(form: PortalForm) -> bool:
    """Whether each text is one that can be kept: not too long, of signs that can be shown, and
    none that looks like case-level data unless its writer said that it is none."""
    for name, field in form.fields.items():
        if not isinstance(field, PlainText):
            continue
        text = field.to_python(form.data.get(form.add_prefix(name)))
        try:
            if text:
                field.validate(text)
        except forms.ValidationError:
            return False
    return not form.shapes or bool(form.data.get(form.add_prefix(BOX)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
