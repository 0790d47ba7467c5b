"""PDFs to keep, for county and CDSS: a signed copy with its fingerprint."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import paper, taking
from portal.access import county_staff, reads_cases
from portal.wording import long_moment
from proposals.content import Content
from proposals.models import Proposal, SignedCopy
from proposals.picture import Flow, Picture
from proposals.sections import DIRECTIONS, FLOWS
from proposals.summary import SectionAsRead, as_read

log = logging.getLogger(__name__)

NOT_PROVIDED = "Not provided"
HEADS = {"in": "Where it comes from", "out": "Where it goes"}


@county_staff
@require_safe
def copy_pdf(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A signed copy of one's own county as a PDF."""
    return _copy(request, reference, number, reverse("copy", args=[reference, number]))


@reads_cases
@require_safe
def review_copy_pdf(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A signed copy as a PDF, for CDSS."""
    return _copy(request, reference, number, reverse("review_copy", args=[reference, number]))


def _copy(request: HttpRequest, reference: str, number: int, page: str) -> HttpResponse:
    """The file, on record as taken; where it can't be made, a page that leads to the copy's own."""
    visible = Proposal.objects.visible_to(request.user)
    proposal = get_object_or_404(visible.select_related("county"), reference=reference)
    copies = proposal.copies.select_related("governing_letter", "signer")
    copy = get_object_or_404(copies, number=number)
    try:
        made = paper_of(copy, proposal)
    except paper.PaperFailed as fault:
        log.error("The PDF of %s copy %s could not be made: %s", reference, number, fault)
        context = {"proposal": proposal, "page": page, "is_letter": False}
        return render(request, "reviews/paper_failed.html", context, status=503)
    data = {"copy": number, "sha256": copy.sha256}
    taking.on_record("download copy", by=request.user, subject=proposal.subject, data=data)
    return as_download(made, f"{reference}-copy-{number}.pdf")


def as_download(made: bytes, name: str) -> HttpResponse:
    """A paper as a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def paper_of(copy: SignedCopy, proposal: Proposal) -> bytes:
    """A signed copy as PDF/UA, the same to the byte each time. Raises portal.paper.PaperFailed."""
    # Before anything is drawn: a box of the picture is as wide as the words that stand in it.
    content = paper.printable(copy.content)
    letter = copy.governing_letter
    what = f"Concept proposal as {'signed' if copy.signer_name else 'CDSS received it'}"
    tool = content["answers"].get("tool_name") or "Tool without a name"
    data = {
        "title": f"{what}: {tool} ({proposal.reference}, copy {copy.number})",
        "what": f"{what}, copy {copy.number}",
        "department": letter.department,
        "division": letter.division,
        "reference": proposal.reference,
        "county": proposal.county.official_name,
        "tool": tool,
        "facts": _pairs(_facts(copy, proposal, tool)),
        "sections": [_section(one) for one in as_read(content, proposal.reference)],
        "agreements": [
            {
                "title": f"Responsibility {one['number']}",
                "text": one["text"],
                "answer": "Agreed"
                if one["agrees"]
                else f"Cannot agree, because: {one['because'] or 'no reason given'}",
            }
            for one in content["agreements"]
        ],
        "signature": _pairs(_signature(copy, content)),
        "sha256": copy.sha256,
        "check": list(_how_to_check(copy, content)),
    }
    return paper.pdf("copy", data, at=copy.signed_at)


def _pairs(facts: Iterator[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": label, "text": text} for label, text in facts]


def _facts(copy: SignedCopy, proposal: Proposal, tool: str) -> Iterator[tuple[str, str]]:
    letter = copy.governing_letter
    yield "Reference", proposal.reference
    yield "County", proposal.county.official_name
    yield "Tool", tool
    yield "Copy", f"{copy.number}, as it was sent. It never changes."
    yield "All County Letter", f"{letter.title}, version {letter.version} in the portal"


def _signature(copy: SignedCopy, content: Content) -> Iterator[tuple[str, str]]:
    """Who signed, when and how; a copy that came by email or post has no signature here."""
    signed = content["signature"]
    if not signed["name"]:
        words = (
            "Not signed in the portal: what the county sent by email or post was entered by CDSS."
        )
        yield "Signed by", words
        yield "Entered on", long_moment(copy.signed_at)
        return
    yield "Signed by", signed["name"]
    yield "Title", signed["title"] or NOT_PROVIDED
    yield "When", long_moment(copy.signed_at)
    yield "Statement", signed["statement"]
    if copy.signer:
        yield "Signed in as", f"{copy.signer.name}, {copy.signer.email}"


def _how_to_check(copy: SignedCopy, content: Content) -> Iterator[str]:
    yield (
        "This is the SHA-256 of everything the county sent with this copy: answers, rows, the "
        "fingerprint of each document, responsibilities and signature."
    )
    if not copy.is_whole():
        yield "The content no longer has this fingerprint. Tell CDSS."
    yield (
        "To check it, download everything about this proposal on its page in the portal. There "
        f"the file copies/copy-{copy.number}.json is the content as it was fingerprinted. On "
        f"Windows, “certutil -hashfile copy-{copy.number}.json SHA256” shows its fingerprint."
    )
    if content != copy.content:
        yield (
            "Some characters of the proposal can't be printed in this typeface. In their place "
            "stands their number in Unicode, in square brackets. The file has them as typed."
        )


def _section(read: SectionAsRead) -> dict[str, Any]:
    """A section as the template sets it; rows of data stand in tables, not one to a line."""
    rows = [] if read.section is FLOWS else read.rows
    nothing = not (rows or read.documents or read.picture)
    no_document = "No document" if read.section.files else NOT_PROVIDED
    return {
        "title": read.section.title,
        "answers": _pairs((row.label, row.text or NOT_PROVIDED) for row in rows),
        "tables": _tables(read.picture) if read.picture else [],
        "pictures": _drawings(read.picture) if read.picture else [],
        "documents": [[one.title, one.about, one.sha256] for one in read.documents],
        "gap": no_document if nothing else "",
    }


def _tables(picture: Picture) -> list[dict[str, Any]]:
    """Data in and data out, a row for each."""
    sides = {"in": picture.data_in, "out": picture.data_out}
    return [
        {
            "title": title,
            "head": [
                "What data",
                HEADS[direction],
                "How often",
                "How it travels",
                "Personal or confidential",
            ],
            "rows": [_row(flow) for flow in sides[direction]],
        }
        for direction, title in DIRECTIONS.items()
        if sides[direction]
    ]


def _row(flow: Flow) -> list[str]:
    travels = flow.transport + (" (not allowed)" if flow.prohibited else "")
    said = [flow.what, flow.place, flow.how_often, travels, flow.sensitive]
    return [text or NOT_PROVIDED for text in said]


def _drawings(picture: Picture) -> list[dict[str, str]]:
    """The wide drawing of each part; the tables before it say in words what it shows."""
    return [
        {
            "title": part.title,
            "alt": f"Data-flow picture. {part.title or picture.title}. "
            "The tables above say the same in words.",
            "svg": render_to_string(
                "proposals/parts/drawing.html", {"drawing": part.wide, "shape": "paper"}
            ),
        }
        for part in picture.parts
    ]
