"""Decisions and requests for documents as PDF: as they would leave, and as they left."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock, paper, taking
from portal.access import approver, county_staff, reads_cases
from portal.models import Notice
from proposals.models import Proposal
from reviews.acting import not_now, review_for
from reviews.letterhead import Frame
from reviews.models import Decision, Request, Review
from reviews.papers import as_download
from reviews.sheet import Block, Part, sheet
from reviews.stationery import tool

log = logging.getLogger(__name__)

NOT_SENT = "Draft – not sent"
DECISION = "Decision of CDSS"


@dataclass(frozen=True)
class OnPaper:
    """A letter that left with letterhead and signatory: a decision, or a request for documents.

    `name` is that of its file and `title` that of its PDF, both without the proposal; `number` is
    which decision or request it is, as the journal notes it.
    """

    review: Review
    text: str
    frame: Frame
    at: datetime
    title: str
    name: str
    number: dict[str, int]

    @property
    def file_name(self) -> str:
        return f"{self.review.reference}-{self.name}.pdf"

    def made(self) -> bytes:
        """The letter as PDF/UA, the same to the byte each time. Raises PaperFailed."""
        return letter_paper(self.review, self.text, self.frame, at=self.at, title=self.title)


def decision_on_paper(decision: Decision) -> OnPaper:
    """The letter of a released decision."""
    return OnPaper(
        decision.review,
        decision.letter,
        decision.frame_for(),
        decision.released_at,
        DECISION,
        f"decision-{decision.number}",
        {"decision": decision.number},
    )


def request_on_paper(asked: Request) -> OnPaper:
    """The letter of a request, as it is kept with it."""
    return OnPaper(
        asked.review,
        asked.letter,
        asked.frame_for(),
        asked.asked_at,
        title_of(asked),
        f"request-{asked.number}",
        {"request": asked.number},
    )


def title_of(asked: Request) -> str:
    """Which letter it is, in the title of its PDF."""
    return f"{asked} of CDSS"


def on_paper(notice: Notice) -> OnPaper | None:
    """What the mails of this letter brought; None for a letter of another kind.

    None as well for a request that left before its letter was kept by itself.
    """
    if notice.kind == "decision":
        decisions = Decision.objects.select_related("review__proposal", "released_by")
        decision = decisions.filter(notice=notice).first()
        return decision and decision_on_paper(decision)
    if notice.kind == "requested":
        asked = Request.objects.select_related("review__proposal").filter(notice=notice).first()
        return asked and request_on_paper(asked)
    return None


@county_staff
@require_safe
def letter_pdf(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """A decision or a request for documents to one's own county as a PDF."""
    return _letter(request, reference, notice, "letter")


@reads_cases
@require_safe
def review_letter_pdf(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """A decision or a request for documents as a PDF, for CDSS."""
    return _letter(request, reference, notice, "review_letter")


def _letter(request: HttpRequest, reference: str, notice: int, page: str) -> HttpResponse:
    """The letter as it left, on record as taken; 404 for a letter of another kind."""
    visible = Proposal.objects.visible_to(request.user).select_related("county")
    proposal = get_object_or_404(visible, reference=reference)
    subject = proposal.subject
    told = get_object_or_404(Notice, pk=notice, subject_kind=subject[0], subject=subject[1])
    if (letter := on_paper(told)) is None:
        raise Http404
    try:
        made = letter.made()
    except paper.PaperFailed as fault:
        return _failed(request, proposal, fault, reverse(page, args=[reference, notice]))
    taking.on_record("download letter", by=request.user, subject=subject, data=letter.number)
    return as_download(made, letter.file_name)


@approver
@require_safe
def drafted_letter_pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """The letter that waits for an approver, as the PDF that it would be, with that approver."""
    review = review_for(request, reference)
    if refusal := not_now(request, review, "release"):
        return refusal
    drafted = get_object_or_404(review.decisions.pending())
    frame = drafted.frame_for(request.user)
    try:
        made = letter_paper(review, drafted.letter, frame, at=clock.now(), is_sent=False)
    except paper.PaperFailed as fault:
        return _failed(request, review.proposal, fault, reverse("release", args=[reference]))
    return as_download(made, f"{reference}-draft-not-sent.pdf")


def _failed(
    request: HttpRequest, proposal: Proposal, fault: paper.PaperFailed, page: str
) -> HttpResponse:
    """A page that leads to the letter's own, which says the same."""
    log.error("The PDF of a letter of %s could not be made: %s", proposal.reference, fault)
    context = {"proposal": proposal, "page": page, "is_letter": True}
    return render(request, "reviews/paper_failed.html", context, status=503)


def letter_paper(
    review: Review,
    letter: str,
    frame: Frame,
    *,
    at: datetime,
    title: str = DECISION,
    is_sent: bool = True,
) -> bytes:
    """A letter as PDF/UA; the mark of one that was not sent stands outside its text.

    Raises portal.paper.PaperFailed.
    """
    title = f"{title}: {tool(review)} ({review.reference})"
    logo = settings.LETTERHEAD_LOGO
    try:
        drawing = logo.read_text("utf-8") if logo else ""
    except OSError as fault:
        raise paper.PaperFailed(f"The logo can't be read: {fault}") from fault
    data = {
        "title": title if is_sent else f"{NOT_SENT}: {title}",
        "mark": "" if is_sent else NOT_SENT,
        "reference": review.reference,
        "department": frame.head[0],
        "head": frame.head,
        "logo": drawing,
        "on": frame.on,
        "blocks": [_block(block) for block in as_it_left(letter)],
        "signed": frame.signed,
    }
    return paper.pdf("letter", data, at=at)


def enclosed(notice: Notice) -> tuple[str, bytes] | None:
    """The PDF that goes with the mail of a letter; without it the mail still says all."""
    letter = on_paper(notice) if settings.LETTER_PDF else None
    if letter is None:
        return None
    try:
        return letter.file_name, letter.made()
    except paper.PaperFailed as fault:
        log.error("%s leaves without its PDF: %s", notice.event, fault)
        return None


def as_sheet(notice: Notice) -> dict[str, Any]:
    """For the page of a letter: as the sheet it is, where it has one; nothing for any other."""
    letter = on_paper(notice)
    if letter is None:
        return {"blocks": [], "around": None}
    return {"blocks": as_it_left(letter.text), "around": letter.frame}


def as_it_left(letter: str) -> list[Block]:
    """The paragraphs of a letter in which nothing is changed or left to fill in any more."""
    return sheet(letter, letter, letter)


def _block(block: Block) -> dict[str, Any]:
    return {
        "heading": block.heading.text if block.heading else "",
        "is_subject": block.is_subject,
        "parts": [_part(part) for part in block.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return {"is_list": part.is_list, "lines": [line.text.strip() for line in part.lines]}
