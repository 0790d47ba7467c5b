"""A proposal as a reader sees it, section by section: on check and send, and after sending.

`templates/proposals/parts/summary.html` shows what `as_read` returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.urls import reverse

from portal.wording import lately, plain_day, size
from proposals import content as contents
from proposals.content import Content
from proposals.models import Document, Proposal
from proposals.picture import Picture, picture
from proposals.sections import (
    ANSWERS,
    CONTACTS,
    DOCUMENT_KINDS,
    DOCUMENT_LABELS,
    FLOWS,
    SECTIONS,
    Section,
)

KINDS = {**dict(DOCUMENT_KINDS), "original": "Original as received"}
LABELS = dict(DOCUMENT_LABELS)


@dataclass(frozen=True)
class Row:
    """One question with its answer, and where the county changes or completes it."""

    field: str
    label: str
    text: str
    change: str = ""
    missing: str = ""
    problem: str = ""


@dataclass(frozen=True)
class DocumentRow:
    """A document of the proposal with its address, and in a draft's list what can be done to it."""

    title: str
    about: str
    sha256: str
    url: str
    added: str = ""
    older: str = ""
    older_url: str = ""
    change: str = ""
    replace: str = ""
    remove: str = ""


@dataclass
class SectionAsRead:
    """A section's heading with its rows; `change` leads to its page in the editor."""

    section: Section
    change: str
    rows: list[Row] = field(default_factory=list)
    documents: list[DocumentRow] = field(default_factory=list)
    picture: Picture | None = None


def as_read(content: Content, reference: str, *, change: bool = False) -> list[SectionAsRead]:
    """Every section with its questions and answers, in the order of the editor.

    With `change` each answer has the address of its field in the editor, and what the letter
    asks for and the proposal lacks is named with what to do. Without it gaps are "Not provided".
    """
    return [_section(section, content, reference, change) for section in SECTIONS]


def control_of(name: str) -> str:
    """The id of the first control of a field on its editor page: where a Change link leads."""
    answer = ANSWERS.get(name)
    several = answer is not None and answer.kind in ("choice", "choices")
    return f"id_{name}_0" if several else f"id_{name}"


def _section(section: Section, content: Content, reference: str, change: bool) -> SectionAsRead:
    page = reverse("section", args=[reference, section.key]) if change else ""
    missing, wrong = {}, {}
    if change:
        missing = {
            point.field: point.sentence
            for point in contents.missing_for_letter(content)
            if point.section is section
        }
        for point in contents.problems(content):
            if point.section is section:
                wrong.setdefault(point.field, point.sentence)
    read = SectionAsRead(section, page)
    for line in contents.lines(section, content):
        read.rows.append(
            Row(
                line.field,
                line.label,
                line.text,
                change=f"{page}#{control_of(line.field)}" if change else "",
                missing="" if line.text else missing.pop(line.field, ""),
                problem=wrong.get(line.field, ""),
            )
        )
    if section is CONTACTS:
        read.rows = list(_together(read.rows))
    if section is FLOWS:
        read.rows.extend(_gaps_of_rows(missing, page))
        places = {row.label: place for place, row in reversed(list(enumerate(read.rows)))}
        read.rows.sort(key=lambda row: places[row.label])
        read.picture = picture(content)
    if section.files:
        read.documents = documents_of(content, reference)
    return read


def _together(rows: list[Row]) -> Iterator[Row]:
    """A contact as one row, like on an envelope; what it lacks or has wrong keeps its own."""
    for who, of_one in groupby(rows, key=lambda row: ANSWERS[row.field].group):
        own = list(of_one)
        said = {row.field.partition("_")[2]: row.text for row in own if row.text}
        lines = [
            ", ".join(said[part] for part in ("name", "title") if part in said),
            " · ".join(said[part] for part in ("phone", "email") if part in said),
            said.get("address", said.get("person", "")),
        ]
        text = "\n".join(line for line in lines if line)
        if text:
            yield Row(own[0].field, who, text, own[0].change)
        yield from (row for row in own if row.missing or row.problem)


def _gaps_of_rows(missing: dict[str, str], page: str) -> list[Row]:
    """What the rows of data lack; each sentence names its row."""
    return [
        Row(name, sentence.partition(":")[0], "", f"{page}#{control_of(name)}", sentence)
        for name, sentence in missing.items()
    ]


def documents_of(content: Content, reference: str) -> list[DocumentRow]:
    """The documents of a proposal or of a signed copy."""
    return [
        DocumentRow(
            row["title"],
            _about(row),
            row["sha256"],
            reverse("document", args=[reference, row["id"]]),
        )
        for row in content["documents"]
    ]


def documents_listed(proposal: Proposal) -> list[DocumentRow]:
    """The documents of a draft with who added each and when, and what can be done to it."""
    listed = proposal.documents.filter(is_part=True).select_related("uploaded_by", "replaces")
    return [_listed(document, proposal.reference) for document in listed]


def _listed(document: Document, reference: str) -> DocumentRow:
    place, older = [reference, document.pk], document.replaces
    return DocumentRow(
        document.title,
        _about(document.row()),
        document.sha256,
        reverse("document", args=place),
        added=f"{document.uploaded_by.name}, {lately(document.uploaded_at)}",
        older=f"{older.file_name} of {plain_day(older.uploaded_at)}" if older else "",
        older_url=reverse("document", args=[reference, older.pk]) if older else "",
        change=reverse("describe_document", args=place),
        replace=reverse("replace_document", args=place),
        remove=reverse("remove_document", args=place),
    )


def _about(row: dict) -> str:
    about = [KINDS.get(row["kind"], row["kind"]), LABELS.get(row["label"], ""), size(row["size"])]
    return " · ".join(part for part in about if part)
