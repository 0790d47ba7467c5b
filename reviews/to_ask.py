"""What can be asked of a county, in which words, and what a request begins with: points of the
checklist, or what a proposal lacks.

Nothing of it has been asked yet: the reviewer reads every row, changes it or takes it out. A note
of the checklist stays inside; it goes into a letter only when the reviewer chooses it (ACL-7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal import clock
from portal.models import OfficeClosure
from proposals import content as contents
from proposals.content import Content
from proposals.sections import ANSWERS, DOCUMENT_KINDS, DOCUMENT_KINDS_SHOWN, SECTIONS
from reviews.checklist import RULES
from reviews.deadlines import answer_by
from reviews.models import Finding, StandardWording
from reviews.models.items import ROW_FIELDS

USUAL_DAYS = 21
NOTE = "note"
CHECKLIST, MISSING = "checklist", "missing"
# What shows that a rule of the letter is met.
SHOWN_BY = {
    "no_direct": "answer:cmips_methods",
    "ddl": "document:data_flow_diagram",
    "purpose": "answer:other_use",
    "safeguards": "document:security_plan",
    "program": "answer:privacy_program_date",
    "vendor": "document:business_associate",
    "manuals": "document:risk_assessment",
    "research": "document:deidentification",
    "inspection": "document:contract_exhibit",
    "overlap": "answer:business_needs",
}
WORDS = {
    CHECKLIST: "We reviewed your proposal and need the following before we can decide.",
    MISSING: "The All County Letter asks for the following, which your proposal does not say yet.",
}


def what_can_be_asked() -> list[Any]:
    """Documents of the catalogue, then every answer of the proposal, by section."""
    kinds = [(f"document:{key}", label) for key, label in DOCUMENT_KINDS]
    choices: list[Any] = [
        ("", "Choose a document or an answer"),
        ("Documents", kinds[:DOCUMENT_KINDS_SHOWN]),
        ("More documents", kinds[DOCUMENT_KINDS_SHOWN:]),
    ]
    for section in SECTIONS:
        answers = [
            (
                f"answer:{answer.name}",
                f"{answer.group}: {answer.label}" if answer.group else answer.label,
            )
            for answer in section.answers
            if answer.name != "no_documents_now"
        ]
        if section.rows:
            answers = [(f"answer:{name}", title) for name, title in ROW_FIELDS.items()]
        if answers:
            choices.append((f"Answer to change: {section.title}", answers))
    return choices


@dataclass(frozen=True)
class AtHand:
    """What a reviewer writes the rows from: the library's wordings and the checklist's notes."""

    wordings: dict[str, list[StandardWording]]
    # The day a county usually has: a working day three weeks ahead.
    day: date
    notes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def now(cls, findings: Iterable[Finding]) -> AtHand:
        """The library as it is now, with what the checklist of a review says."""
        return cls(
            StandardWording.objects.by_subject(),
            answer_by(clock.today(), OfficeClosure.objects.closed(), USUAL_DAYS).due,
            {one.rule: one.note for one in findings if one.note},
        )

    def offered(self, what: str, rule: str = "") -> Iterator[tuple[str, str, str]]:
        """The wordings for a document or answer: value, title and text, the usual one first."""
        for wording in self.of(what):
            yield str(wording.pk), wording.title, wording.text
        if note := self.notes.get(rule):
            yield NOTE, "The note in the checklist", note

    def of(self, what: str) -> list[StandardWording]:
        own = self.wordings.get(what, []) if what else []
        return [*own, *self.wordings.get("", [])]

    def usual(self, what: str) -> str:
        """The wording a row begins with; empty when the library has none."""
        return next((wording.text for wording in self.of(what)), "")

    def filled(self, typed: dict[str, str]) -> dict[str, str]:
        """A row with the chosen wording, or else the usual one, as its reason.

        It takes the place of another wording; what the reviewer wrote stays above it.
        """
        if not typed["what"]:
            return typed
        offered = {value: text for value, _, text in self.offered(typed["what"], typed["rule"])}
        text = offered.get(typed["wording"]) or next(iter(offered.values()), "")
        own = typed["why"].replace("\r\n", "\n").strip()
        if any(own == one.text for several in self.wordings.values() for one in several):
            own = ""
        if text in own:
            return typed
        return typed | {"why": f"{own}\n\n{text}" if own else text}


def marked(findings: Iterable[Finding]) -> list[str]:
    """The rules whose row of the checklist says "needs documents", in the checklist's order."""
    found = {one.rule for one in findings if one.choice == "documents"}
    return [rule.key for rule in RULES if rule.key in found]


def from_checklist(
    findings: Iterable[Finding], content: Content, at_hand: AtHand
) -> list[dict[str, Any]]:
    """A row for each point that needs documents, with the library's usual reason for it."""
    rules = marked(findings)
    rows = [
        {"what": what, "why": at_hand.usual(what), "rule": rule}
        for rule in rules
        if (what := SHOWN_BY.get(rule))
    ]
    if "complete" in rules:
        lacking = from_missing(content) or [{"what": "", "why": "", "rule": "complete"}]
        rows = [*lacking, *(row for row in rows if row["what"] not in _asked(lacking))]
    return rows


def from_missing(content: Content) -> list[dict[str, Any]]:
    """A row for each answer that the letter asks for and the proposal does not give."""
    sentences: dict[str, list[str]] = {}
    for point in contents.missing_for_letter(content):
        what = _answer_of(point.field)
        if what in ASKABLE:
            sentences.setdefault(what, []).append(f"{point.sentence}.")
    return [
        {"what": what, "why": f"The All County Letter asks for it. {' '.join(said)}", "rule": ""}
        for what, said in sentences.items()
    ]


def _answer_of(field: str) -> str:
    """The answer that a gap stands in; a gap in a row of data asks for the rows."""
    return f"answer:{field if field in ANSWERS else 'data_' + field.partition('-')[0]}"


def _asked(rows: Iterable[dict[str, Any]]) -> set[str]:
    return {row["what"] for row in rows}


ASKABLE = {value for _, several in what_can_be_asked()[1:] for value, _ in several}
