"""What a county gave for an item of a request, and its contacts, as people read them. No HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proposals import content as contents
from proposals.models import Document
from proposals.sections import ANSWERS
from reviews.models import Item
from reviews.models.items import ROW_FIELDS


@dataclass(frozen=True)
class Given:
    """The answer to one item so far: documents, lines of a changed answer, or why there is none."""

    lines: list[str] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    because: str = ""


def given_for(item: Item) -> Given:
    """What the county gave for an item, and what the proposal says where an answer is asked."""
    if item.kind == Item.DOCUMENT:
        return Given(documents=item.given_documents, because=item.because)
    lines = answer_lines(item.field, item.value) if item.is_changed_answer else []
    return Given(lines=lines, documents=item.given_documents, because=item.because)


def as_it_stands(item: Item) -> list[str]:
    """What the proposal says now where an answer is to be changed."""
    content = item.request.review.proposal.content()
    if item.field in ROW_FIELDS:
        return answer_lines(item.field, content[item.field])
    return answer_lines(item.field, content["answers"][item.field])


def answer_lines(name: str, value: Any) -> list[str]:
    """An answer, or rows of data, line by line; empty when nothing was answered."""
    if name in ROW_FIELDS:
        direction = name.removeprefix("data_")
        return [contents.row_as_read(direction, row) for row in value or []]
    return [line for line in contents.as_read(ANSWERS[name], value).split("\n") if line.strip()]


def contacts_as_read(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Both contacts with name, telephone, email and mailing address (ACL-2)."""
    found = []
    for kind, title in (("program", "Program contact"), ("technical", "Technical contact")):
        if kind == "technical" and answers["same_person"]:
            found.append({"title": title, "lines": ["The same person"]})
            continue
        name, job = answers[f"{kind}_name"], answers[f"{kind}_title"]
        lines = [
            ", ".join(part for part in (name, job) if part),
            " · ".join(p for p in (answers[f"{kind}_phone"], answers[f"{kind}_email"]) if p),
            *answers[f"{kind}_address"].split("\n"),
        ]
        found.append({"title": title, "lines": [line for line in lines if line]})
    return found
