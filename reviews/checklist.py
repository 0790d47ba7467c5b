"""The review checklist: one row for each rule of the letter (ACL-5), and what the system suggests.

A suggestion names the words that caused it and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proposals import screening
from proposals.content import free_text, missing_for_letter
from proposals.sections import Choices


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
CHOICES: Choices = (
    ("meets", "Meets"),
    ("documents", "Needs documents"),
    ("fails", "Doesn't meet"),
    ("not_applicable", "Not applicable"),
)


def suggestions(content: Mapping[str, Any], sentences: Mapping[str, str]) -> dict[str, list[str]]:
    """For each rule, sentences that point a reviewer to the words that deserve a look.

    `sentences` are those of the letter the proposal was sent under, which a finding quotes.
    """
    answers = content["answers"]
    found: dict[str, list[str]] = {rule.key: [] for rule in RULES}
    found["complete"] += [f"Missing: {point.sentence}." for point in missing_for_letter(content)]
    for finding in screening.findings(answers["cmips_methods"]):
        quoted = sentences[finding.method.sentence]
        found["no_direct"].append(
            f"The county chose “{finding.method.label}”. The letter: “{quoted}”"
        )
    for _, label, text in free_text(content):
        for hint in screening.hints(text):
            found["no_direct"].append(f"“{label}” has the word “{hint.word}”: {hint.meaning}")
    if answers["other_use"] == "yes":
        found["purpose"].append("The county says that the data is used for something else too.")
    if answers["research"] == "yes":
        found["research"].append("The county says that data is used for research or released.")
    if answers["outside_us"] == "yes":
        found["safeguards"].append("Data is kept or seen outside the United States.")
    if answers["multi_factor"] == "no":
        found["safeguards"].append("People sign in without a second factor.")
    for agreement in content.get("agreements", []):
        if not agreement["agrees"]:
            rule = "inspection" if agreement["number"] == 6 else "safeguards"
            rule = "no_direct" if agreement["number"] <= 2 else rule
            rule = "program" if agreement["number"] == 5 else rule
            found[rule].append(
                f"The county can't agree to responsibility {agreement['number']}: "
                f"“{agreement['because']}”"
            )
    return found
