"""The decision letter as PDF: as it would leave, and as it left, for county and CDSS."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock, journal, paper
from portal.access import approver, county_staff, reads_cases
from portal.models import Notice
from proposals.models import Proposal
from reviews.acting import not_now, review_for
from reviews.letterhead import Frame
from reviews.models import Decision, Review
from reviews.papers import as_download
from reviews.sheet import Block, Part, sheet
from reviews.stationery import tool

log = logging.getLogger(__name__)

NOT_SENT = "Draft – not sent"


@county_staff
@require_safe
def letter_pdf(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """A decision letter to one's own county as a PDF."""
    return _letter(request, reference, notice, "letter")


@reads_cases
@require_safe
def review_letter_pdf(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """A decision letter as a PDF, for CDSS."""
    return _letter(request, reference, notice, "review_letter")


def _letter(request: HttpRequest, reference: str, notice: int, page: str) -> HttpResponse:
    """The letter as it left, on record as taken; 404 for a letter of another kind."""
    visible = Proposal.objects.visible_to(request.user)
    released = Decision.objects.select_related("review__proposal__county", "released_by")
    found = released.filter(review__proposal__in=visible, released_at__isnull=False)
    decision = get_object_or_404(found, review__proposal__reference=reference, notice=notice)
    proposal = decision.review.proposal
    try:
        made = paper_of_decision(decision)
    except paper.PaperFailed as fault:
        return _failed(request, proposal, fault, reverse(page, args=[reference, notice]))
    with transaction.atomic():
        data = {"decision": decision.number}
        journal.record("download letter", by=request.user, subject=proposal.subject, data=data)
    return as_download(made, f"{reference}-decision-{decision.number}.pdf")


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


def paper_of_decision(decision: Decision) -> bytes:
    """A released letter as PDF/UA, the same to the byte each time. Raises PaperFailed."""
    frame = decision.frame_for()
    return letter_paper(decision.review, decision.letter, frame, at=decision.released_at)


def letter_paper(
    review: Review, letter: str, frame: Frame, *, at: datetime, is_sent: bool = True
) -> bytes:
    """A decision letter as PDF/UA; the mark of one that was not sent stands outside its text.

    Raises portal.paper.PaperFailed.
    """
    title = f"Decision of CDSS: {tool(review)} ({review.reference})"
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
        "blocks": [_block(block) for block in sheet(letter, letter)],
        "signed": frame.signed,
    }
    return paper.pdf("letter", data, at=at)


def enclosed(notice: Notice) -> tuple[str, bytes] | None:
    """The PDF that goes with the mail of a decision; without it the mail still says all."""
    decision = _decided_by(notice) if settings.LETTER_PDF else None
    if decision is None:
        return None
    try:
        made = paper_of_decision(decision)
    except paper.PaperFailed as fault:
        log.error("%s leaves without its PDF: %s", notice.event, fault)
        return None
    return f"{decision.review.reference}-decision-{decision.number}.pdf", made


def as_sheet(notice: Notice) -> dict[str, Any]:
    """For the page of a letter: a decision's as the sheet it is; nothing for any other."""
    decision = _decided_by(notice)
    if decision is None:
        return {"blocks": [], "around": None}
    return {"blocks": sheet(decision.letter, decision.letter), "around": decision.frame_for()}


def _decided_by(notice: Notice) -> Decision | None:
    """The decision that the letter brought; None for any other letter."""
    if not notice.event.startswith("decision:"):
        return None
    decisions = Decision.objects.select_related("review__proposal", "released_by")
    return decisions.filter(notice=notice).first()


def _block(block: Block) -> dict[str, Any]:
    return {
        "heading": block.heading.text if block.heading else "",
        "is_subject": block.is_subject,
        "parts": [_part(part) for part in block.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return {"is_list": part.is_list, "lines": [line.text.strip() for line in part.lines]}
