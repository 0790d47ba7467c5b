"""What both bundles of a proposal hold, the county's and CDSS's (ACL-15).

Each part is a function of its own that puts its files into the parcel and returns what the index
says of them. What only one of them holds stands with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.staticfiles import finders
from django.db.models import Q
from django.template.loader import render_to_string

from portal.models import Notice, NoticeRecipient
from proposals import files
from proposals.models import Document, Proposal, SignedCopy
from reviews.item_answers import Given, given_for
from reviews.models import Item, Message, Request, Review, Round
from reviews.parcel import Parcel

log = logging.getLogger(__name__)

ENDINGS = {kind: ending for ending, kind in files.KINDS.items()}
ENDED = {
    "responded": "The county answered",
    "waived": "CDSS went on without what was left",
    "closed": "Closed, because it was not answered",
}


def style() -> bytes:
    """The portal's own, so that the index looks like its pages."""
    with open(finders.find("portal.css"), "rb") as file:
        return file.read()


@dataclass(frozen=True)
class DocumentInside:
    """A document with its file; `path` is empty when the file isn't on the disk any more."""

    document: Document
    path: str
    is_whole: bool
    copies: list[int]


def documents_in(
    parcel: Parcel, proposal: Proposal, copies: Iterable[SignedCopy]
) -> dict[int, DocumentInside]:
    """Every document that both sides have, those of earlier copies too, by number."""
    signed: dict[int, list[int]] = {}
    for copy in copies:
        for row in copy.content["documents"]:
            signed.setdefault(row["id"], []).append(copy.number)
    documents = proposal.documents.filter(Q(removed_at__isnull=True) | Q(pk__in=signed))
    found = {}
    for place, one in enumerate(documents.select_related("uploaded_by"), start=1):
        name = f"documents/document-{place}.{ENDINGS.get(one.content_type, 'bin')}"
        digest = parcel.add_file(name, one.path)
        if digest != one.sha256:
            log.error("Document %s of %s is missing or altered.", one.pk, proposal.reference)
        found[one.pk] = DocumentInside(
            one, name if digest else "", digest == one.sha256, signed.get(one.pk, [])
        )
    return found


@dataclass(frozen=True)
class LetterInside:
    """A letter with its files, and to whom it went; a secret one has no file."""

    notice: Notice
    text: str
    html: str
    recipients: list[NoticeRecipient]


def letters_in(parcel: Parcel, letters: Iterable[Notice]) -> list[LetterInside]:
    """Each letter as it was written, as text and as a page."""
    found = []
    for place, notice in enumerate(letters, start=1):
        name = f"letters/letter-{place}"
        parcel.add(f"{name}.txt", notice.shown_text)
        page = render_to_string("reviews/bundle/letter.html", {"notice": notice})
        parcel.add(f"{name}.html", page)
        recipients = list(notice.recipients.all())
        found.append(LetterInside(notice, f"{name}.txt", f"{name}.html", recipients))
    return found


@dataclass(frozen=True)
class RequestInside:
    """A request with what the county gave for each item; `paper` is its letter as PDF, if any."""

    request: Request
    ended: str
    items: list[tuple[Item, Given]]
    paper: str = ""


def requests_of(review: Review) -> list[RequestInside]:
    """Each request for documents, how it ended, and what was given for its items (ACL-7)."""
    asked = review.requests.select_related("asked_by").prefetch_related("items__documents")
    return [
        RequestInside(
            one, ENDED.get(one.ended_how, ""), [(item, given_for(item)) for item in one.items.all()]
        )
        for one in asked
    ]


def messages_of(review: Review) -> list[Message]:
    """What county and CDSS wrote to one another (ACL-8)."""
    return list(review.messages.select_related("author"))


def periods_of(review: Review) -> list[tuple[Round, Any]]:
    """Each thirty-day period, and when the county was told of its answer."""
    periods = review.rounds.select_related("answer_notice")
    periods = periods.prefetch_related("answer_notice__recipients")
    return [(one, one.notified_at()) for one in periods]
