"""The sections of a concept proposal, described once.

The task list, the forms, check-your-answers, the signed copy and the comparison of two copies
all read this page. What a county must answer before it can send is what the letter asks for
(ACL-2, ACL-3, ACL-9); the rest the review needs, and may be answered "not decided yet".
"""

from __future__ import annotations

from proposals.sections.data import (
    DOCUMENT_KINDS,
    DOCUMENT_KINDS_SHOWN,
    DOCUMENT_LABELS,
    DOCUMENTS,
    FLOWS,
    HOW_OFTEN,
    TRANSPORT,
    USERS,
    row_answers,
)
from proposals.sections.how import DATA_ELEMENTS, HOW, PURPOSE
from proposals.sections.parts import (
    LINE_LIMIT,
    ROWS_LIMIT,
    STORED_LIMIT,
    TEXT_LIMIT,
    YES_NO,
    Answer,
    Answers,
    Asked,
    Choices,
    Kind,
    Section,
    has_vendor,
)
from proposals.sections.who import BEGUN, CONTACTS, TOOL

__all__ = [
    "ANSWERS",
    "BEGUN",
    "BY_KEY",
    "CONTACTS",
    "DATA_ELEMENTS",
    "DIRECTIONS",
    "DOCUMENTS",
    "DOCUMENT_KINDS",
    "DOCUMENT_KINDS_SHOWN",
    "DOCUMENT_LABELS",
    "FLOWS",
    "HOW",
    "HOW_OFTEN",
    "LINE_LIMIT",
    "PURPOSE",
    "ROWS_LIMIT",
    "SECTIONS",
    "STORED_LIMIT",
    "TEXT_LIMIT",
    "TOOL",
    "TRANSPORT",
    "USERS",
    "YES_NO",
    "Answer",
    "Answers",
    "Asked",
    "Choices",
    "Kind",
    "Section",
    "has_vendor",
    "row_answers",
    "section_of",
]

SECTIONS: tuple[Section, ...] = (CONTACTS, TOOL, PURPOSE, HOW, FLOWS, USERS, DOCUMENTS)
BY_KEY: dict[str, Section] = {section.key: section for section in SECTIONS}
ANSWERS: dict[str, Answer] = {
    answer.name: answer for section in SECTIONS for answer in section.answers
}
DIRECTIONS: dict[str, str] = {"in": "Data in", "out": "Data out"}


def section_of(name: str) -> Section:
    """The section a field belongs to. Raises KeyError for a name the proposal does not have."""
    if name in DIRECTIONS or name in ("data_in", "data_out"):
        return FLOWS
    for section in SECTIONS:
        if any(answer.name == name for answer in section.answers):
            return section
    raise KeyError(name)
