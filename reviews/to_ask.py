"""What a request to a county begins with: points of the checklist, or what a proposal lacks.

Nothing of it has been asked yet: the reviewer reads every row, changes it or takes it out. A note
of the checklist stays inside; it goes into a letter only when the reviewer chooses it (ACL-7).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from proposals import content as contents
from proposals.content import Content
from proposals.sections import ANSWERS
from reviews.checklist import RULES
from reviews.forms.requesting import AtHand, what_can_be_asked
from reviews.forms.rows import ROWS_LIMIT
from reviews.models import Finding

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
    return rows[:ROWS_LIMIT]


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
    ][:ROWS_LIMIT]


def _answer_of(field: str) -> str:
    """The answer that a gap stands in; a gap in a row of data asks for the rows."""
    return f"answer:{field if field in ANSWERS else 'data_' + field.partition('-')[0]}"


def _asked(rows: Iterable[dict[str, Any]]) -> set[str]:
    return {row["what"] for row in rows}


ASKABLE = {value for _, several in what_can_be_asked()[1:] for value, _ in several}
