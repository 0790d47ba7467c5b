"""Everything about a proposal in one file, for a county's own records and audits (ACL-15).

It holds what the county sent and was sent, and nothing that is internal to CDSS: the checklist,
notes, drafts of decisions and letters to CDSS are never read here. CDSS's own is `audit_bundle.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from portal import clock, errors, paper, taking
from portal.access import county_staff
from portal.models import Notice
from proposals import content as contents
from proposals.models import Proposal, SignedCopy
from reviews import timeline
from reviews.bundle_parts import (
    documents_in,
    letters_in,
    messages_of,
    periods_of,
    requests_of,
    style,
)
from reviews.models import Decision, Review
from reviews.papers import paper_of
from reviews.parcel import Parcel, as_download

log = logging.getLogger(__name__)


@county_staff
@require_safe
def bundle(request: HttpRequest, reference: str) -> HttpResponse:
    """A ZIP of all that the county sent and was sent about a proposal of its own; on record."""
    visible = Proposal.objects.visible_to(request.user).filter(review__isnull=False)
    proposal = get_object_or_404(visible.select_related("county", "review"), reference=reference)
    name = f"{reference}-bundle-{clock.today():%Y-%m-%d}"
    try:
        with Parcel(name) as parcel:
            fill(parcel, proposal)
            file = parcel.finish()
    except OSError as fault:
        return errors.no_room(request, fault)
    data = {"files": len(parcel.sums)}
    taking.on_record("download bundle", by=request.user, subject=proposal.subject, data=data)
    return as_download(file, name)


def fill(parcel: Parcel, proposal: Proposal) -> None:
    """All parts into the parcel, then the page that says what they are."""
    review: Review = proposal.review
    copies = list(proposal.copies.select_related("governing_letter", "signer"))
    letters = list(timeline.county_letters(proposal.reference))
    given = documents_in(parcel, proposal, copies)
    context = {
        "proposal": proposal,
        "review": review,
        "made_at": clock.now(),
        "copies": copies_in(parcel, proposal, copies),
        "documents": list(given.values()),
        "requests": requests_of(review),
        "letters": letters_in(parcel, letters),
        "messages": messages_of(review),
        "decisions": decisions_of(review),
        "periods": periods_of(review),
        "timeline": timeline_of(proposal, letters),
    }
    parcel.add("portal.css", style())
    parcel.add("index.html", render_to_string("reviews/bundle/index.html", context))


@dataclass(frozen=True)
class CopyInside:
    """A signed copy with its two files; `paper` is empty where the PDF could not be made."""

    copy: SignedCopy
    content: str
    paper: str


def copies_in(parcel: Parcel, proposal: Proposal, copies: Iterable[SignedCopy]) -> list[CopyInside]:
    """Each signed copy: its content exactly as it was fingerprinted, and as a PDF."""
    found = []
    for copy in copies:
        name = f"copies/copy-{copy.number}"
        parcel.add(f"{name}.json", contents.canonical(copy.content))
        try:
            parcel.add(f"{name}.pdf", paper_of(copy, proposal))
            made = f"{name}.pdf"
        except paper.PaperFailed as fault:
            log.error("The PDF of %s could not be made: %s", copy, fault)
            made = ""
        found.append(CopyInside(copy, f"{name}.json", made))
    return found


def decisions_of(review: Review) -> list[Decision]:
    """What CDSS decided and told; a draft is never read."""
    return list(review.decisions.released().prefetch_related("conditions__confirmed_by"))


def timeline_of(proposal: Proposal, letters: list[Notice]) -> list[timeline.Told]:
    """The history as the county reads it."""
    return timeline.told(proposal.reference, timeline.entries_of(proposal), letters)
