"""The questions on paper: which of them a sheet asks, to gather answers away from the portal.

Besides the whole and each section there is a sheet for the vendor, one for the county's IT and one
for who signs: the people who know an answer often have no account here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from proposals.sections import FLOWS, SECTIONS, Answer, Section

ALL, VENDOR, IT, SIGNER = "", "vendor", "it", "signer"

FOR_VENDOR = (
    "vendor_name",
    "vendor_contact_name",
    "vendor_contact_phone",
    "vendor_contact_email",
    "subcontractors",
    "vendor_access",
    "vendor_return",
    "technical_component",
    "other_use",
    "other_use_detail",
    "hosting",
    "data_location",
    "outside_us",
    "mobile",
    "outside_services",
    "automated_decisions",
    "automated_decisions_detail",
)
FOR_IT = (
    "technical_name",
    "technical_title",
    "technical_phone",
    "technical_email",
    "technical_address",
    "technical_component",
    "reached_from",
    "multi_factor",
    "cmips_methods",
    "data_elements",
    "data_elements_other",
    "hosting",
    "data_location",
    "outside_us",
    "mobile",
    "outside_services",
    "retention",
    "automated_decisions",
    "automated_decisions_detail",
    "privacy_program_date",
)


@dataclass(frozen=True)
class Part:
    """A section as far as a sheet asks it: questions under the headings of their groups."""

    section: Section
    answers: tuple[Answer, ...]

    def groups(self) -> Iterator[tuple[str, list[Answer]]]:
        for title, answers in groupby(self.answers, key=lambda answer: answer.group):
            yield title, list(answers)


@dataclass(frozen=True)
class Sheet:
    """One sheet to print: its name in the address, its title, and what it asks.

    With `signing` it carries the six responsibilities that the signer agrees to (ACL-10).
    """

    key: str
    title: str
    lead: str
    parts: tuple[Part, ...]
    label: str = ""
    signing: bool = False


def _asking(names: tuple[str, ...], *more: Section) -> tuple[Part, ...]:
    """The sections that ask these questions, or that a sheet takes whole."""
    parts = [
        Part(section, tuple(one for one in section.answers if one.name in names or section in more))
        for section in SECTIONS
    ]
    return tuple(part for part in parts if part.answers or part.section in more)


SHEETS: dict[str, Sheet] = {
    sheet.key: sheet
    for sheet in (
        Sheet(
            ALL,
            "All questions of a concept proposal",
            "Use it to gather answers from colleagues before you type them in.",
            _asking((), *SECTIONS),
            label="All questions",
            signing=True,
        ),
        Sheet(
            VENDOR,
            "Questions for the vendor",
            "What a county’s concept proposal asks about the vendor and its product.",
            _asking(FOR_VENDOR),
            label="For the vendor",
        ),
        Sheet(
            IT,
            "Questions for the county’s IT",
            "What a concept proposal asks about how the tool works and where data is kept.",
            _asking(FOR_IT, FLOWS),
            label="For IT",
        ),
        Sheet(
            SIGNER,
            "What the signer agrees to",
            "For whoever signs a concept proposal for the county, to read it beforehand.",
            (),
            label="For the signer",
            signing=True,
        ),
        *(
            Sheet(
                section.key,
                f"Questions: {section.title}",
                f"{section.hint.rstrip('.')}.",
                _asking((), section),
                label=section.title,
            )
            for section in SECTIONS
        ),
    )
}
