"""The review checklist: one row for each rule of the letter (ACL-5), and what the system suggests.

A suggestion names the words that caused it and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proposals import screening
from proposals.content import Point, called, free_text, missing_for_letter
from proposals.sections import ANSWERS, BEGUN, Choices, has_vendor


@dataclass(frozen=True)
class Rule:
    """One row: the rule as reviewers read it, and the answer it is read from.

    `met` and `unmet` are what a letter to the county says of it.
    """

    key: str
    label: str
    field: str
    met: str
    unmet: str

    def reason(self, choice: str) -> str:
        """The finding as a reason of a decision; empty where it is none."""
        return {"meets": self.met, "documents": self.unmet, "fails": self.unmet}.get(choice, "")


RULES: tuple[Rule, ...] = (
    Rule(
        "complete",
        "Complete, as the letter asks",
        "tool_name",
        "The proposal says all that the All County Letter asks for",
        "The proposal does not say all that the All County Letter asks for",
    ),
    Rule(
        "no_direct",
        "No direct connection, virtual user, screen scraping or CRUD",
        "cmips_methods",
        "The tool does not connect to CMIPS, and no software signs in to CMIPS, reads its screens "
        "or writes to it",
        "The tool connects to CMIPS, or software signs in to CMIPS, reads its screens or writes "
        "to it",
    ),
    Rule(
        "ddl",
        "DDL import serves reporting needs",
        "cmips_methods",
        "The tool imports CMIPS Data Download files for your reporting needs",
        "It was not shown that CMIPS Data Download files are imported for reporting needs",
    ),
    Rule(
        "purpose",
        "Data used only to administer the program",
        "other_use",
        "The data is used only to administer the program",
        "It was not shown that the data is used only to administer the program",
    ),
    Rule(
        "safeguards",
        "PSCI protected: administrative, physical, technical safeguards",
        "technical_component",
        "Administrative, physical and technical safeguards protect personal, sensitive and "
        "confidential information",
        "It was not shown that administrative, physical and technical safeguards protect "
        "personal, sensitive and confidential information",
    ),
    Rule(
        "program",
        "Written privacy and security program",
        "privacy_program_date",
        "A written privacy and security program is in place",
        "It was not shown that a written privacy and security program is in place",
    ),
    Rule(
        "vendor",
        "Vendor and subcontractor agreements, data returned at the end",
        "vendor_return",
        "Agreements bind the vendor and its subcontractors, and the data is returned at the end",
        "It was not shown that agreements bind the vendor and its subcontractors, and that the "
        "data is returned at the end",
    ),
    Rule(
        "manuals",
        "HIPAA and State Information Management Manual named and met",
        "hosting",
        "The rules of HIPAA and of the State Information Management Manual are named and met",
        "It was not shown that the rules of HIPAA and of the State Information Management Manual "
        "are met",
    ),
    Rule(
        "research",
        "Research de-identified",
        "research",
        "Research uses only aggregate, de-identified data",
        "It was not shown that research uses only aggregate, de-identified data",
    ),
    Rule(
        "inspection",
        "Inspection accepted",
        "responsibilities",
        "You accept inspection by CDSS",
        "You do not accept inspection by CDSS",
    ),
    Rule(
        "overlap",
        "No overlap with what CDSS is implementing",
        "business_needs",
        "CDSS is not implementing the same itself",
        "CDSS is implementing the same itself",
    ),
)
# The rule under which each responsibility of the letter stands; else it is of safeguards.
RULE_OF = {1: "no_direct", 2: "no_direct", 5: "program", 6: "inspection"}
DDL = "ddl"
# Answers of "yes" that deserve a look: where the county says more of it, the rule, in which words,
# and the letter's sentence.
TELLING = (
    (
        "other_use",
        "other_use_detail",
        "purpose",
        "The data is used for something else too",
        "purpose",
    ),
    (
        "research",
        "research_detail",
        "research",
        "Data is used for research or released to the public",
        "research",
    ),
    ("outside_us", "", "safeguards", "Data is kept or seen outside the United States", ""),
    (
        "automated_decisions",
        "automated_decisions_detail",
        "safeguards",
        "The tool decides by itself or uses artificial intelligence",
        "",
    ),
)
CHOICES: Choices = (
    ("meets", "Meets"),
    ("documents", "Needs documents"),
    ("fails", "Doesn't meet"),
    ("not_applicable", "Not applicable"),
)


@dataclass(frozen=True)
class Suggestion:
    """A sentence for a reviewer; `words` are the county's own, which caused it."""

    before: str
    words: str = ""
    after: str = "."

    def __str__(self) -> str:
        return f"{self.before}“{self.words}”{self.after}" if self.words else self.before


def suggestions(
    content: Mapping[str, Any], sentences: Mapping[str, str]
) -> dict[str, list[Suggestion]]:
    """For each rule, sentences that point a reviewer to the words that deserve a look.

    `sentences` are those of the letter the proposal was sent under, which a finding quotes.
    """
    found: dict[str, list[Suggestion]] = {rule.key: [] for rule in RULES}
    for point in missing_for_letter(content):
        found["complete"].append(Suggestion(f"Not answered as the letter asks: {_named(point)}."))
    for rule, suggestion in (
        *_of_methods(content, sentences),
        *_of_answers(content["answers"], sentences),
        *_of_gaps(content["answers"]),
        *_of_agreements(content.get("agreements", [])),
    ):
        found[rule].append(suggestion)
    return found


def _named(point: Point) -> str:
    """The question that a point is about, in a reviewer's sentence."""
    answer = ANSWERS.get(point.field)
    return f"“{called(answer)}”" if answer else point.sentence.partition(":")[0]


def _of_methods(
    content: Mapping[str, Any], sentences: Mapping[str, str]
) -> Iterator[tuple[str, Suggestion]]:
    """Prohibited methods that were chosen, with the letter's sentence; words that may mean one."""
    methods = content["answers"]["cmips_methods"]
    for finding in screening.findings(methods):
        quoted = f". The letter: “{sentences[finding.method.sentence]}”"
        yield "no_direct", Suggestion("The county chose ", finding.method.label, quoted)
    for _, label, text in free_text(content):
        for hint in screening.hints(text):
            words = Suggestion(f"“{label}” has the word ", hint.word, f": {hint.meaning}")
            yield "no_direct", words
    if methods and DDL not in methods and screening.NO_DATA not in methods:
        yield "ddl", Suggestion("The county did not choose to import CMIPS Data Download files.")


def _of_answers(
    answers: Mapping[str, Any], sentences: Mapping[str, str]
) -> Iterator[tuple[str, Suggestion]]:
    """What the county says itself of a use, a place or a kind of data that deserves a look."""
    for field, detail, rule, words, letter in TELLING:
        if answers[field] == "yes":
            after = f". The letter: “{sentences[letter]}”" if letter else "."
            said = str(answers.get(detail) or "").strip() if detail else ""
            yield rule, Suggestion(f"{words}: " if said else f"{words}{after}", said, after)
    if answers["multi_factor"] == "no":
        yield "safeguards", Suggestion("People sign in without a second factor.")
    if "ssn" in answers["data_elements"]:
        yield "safeguards", Suggestion("Among the data are ", "Social Security numbers")
    if answers["work_begun"] in BEGUN:
        begun = (
            answers.get("work_begun_detail")
            or dict(ANSWERS["work_begun"].choices)[answers["work_begun"]]
        )
        after = ". The letter asks counties to propose first."
        yield "complete", Suggestion("Work has begun before CDSS answered: ", str(begun), after)


def _of_gaps(answers: Mapping[str, Any]) -> Iterator[tuple[str, Suggestion]]:
    """What the letter asks counties to have and this one doesn't say."""
    if not answers["privacy_program_date"]:
        words = "The county gives no date of its written privacy and security program."
        yield "program", Suggestion(words)
    if has_vendor(answers) and _is_open(answers["vendor_return"]):
        words = "The county doesn't say how the vendor returns the data at the end."
        yield "vendor", Suggestion(words)
    if _is_open(answers["hosting"]):
        yield "manuals", Suggestion("The county doesn't say yet where the tool is hosted.")


def _is_open(text: Any) -> bool:
    """Nothing was answered, or that it is not decided yet, as the questions' help words it."""
    words = str(text or "").strip().strip('.“”"').lower()
    return not words or words in ("not decided yet", "not decided", "undecided", "tbd")


def _of_agreements(agreements: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Suggestion]]:
    """Responsibilities that the county can't agree to, with its reason."""
    for agreement in agreements:
        if not agreement["agrees"]:
            number = agreement["number"]
            words = f"The county can't agree to responsibility {number}: "
            yield RULE_OF.get(number, "safeguards"), Suggestion(words, agreement["because"])
