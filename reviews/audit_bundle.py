"""The whole record of a proposal in one file, for a state or federal audit (ACL-15): CDSS's own.

It holds what the county's bundle holds, and what is internal to CDSS: checklist, notes, drafts of
decisions, every letter with its proof, the journal. A script inside checks all fingerprints
without the portal. An auditor gets it without what auditors don't read: notes, overrides, and
drafts with the approvers' words about them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from portal import clock, errors, paper, taking
from portal.access import reads_cases
from portal.models import JournalEntry, Notice, User
from proposals.models import Proposal
from reviews import bundle_parts, chronicle
from reviews.bundle import CopyInside, copies_in
from reviews.case import ABOUT_DRAFTS, reads_notes
from reviews.checklist import RULES
from reviews.letter_papers import OnPaper, decision_on_paper, request_on_paper
from reviews.models import Decision, Finding, Note, Review
from reviews.parcel import Parcel, as_download

log = logging.getLogger(__name__)

CHECK = Path(__file__).parent / "data" / "check.py"
PACKED_ANEW = 2
OF_THE_COUNTY = "The county's own work on its draft."
OF_DRAFTS = {
    "recommend": "A draft of a decision that has not left.",
    "send back": "An approver's words about a draft.",
}


@reads_cases
@require_safe
def audit_bundle(request: HttpRequest, reference: str) -> HttpResponse:
    """A ZIP of the whole record of a proposal; on record, with the fingerprint of its list."""
    try:
        parcel, proposal = made(request.user, reference)
    except OSError as fault:
        return errors.no_room(request, fault)
    data = {"files": len(parcel.sums), "sums": parcel.seal}
    taking.on_record("download audit bundle", by=request.user, subject=proposal.subject, data=data)
    return as_download(parcel.file, parcel.folder)


def made(reader: User, reference: str) -> tuple[Parcel, Proposal]:
    """The record as it stood at one time: where something is done meanwhile, it is packed anew.

    Else the script inside could miss a copy that the journal has, and say that it was taken away.
    """
    visible = Proposal.objects.visible_to(reader).filter(review__isnull=False)
    for is_last in (*[False] * PACKED_ANEW, True):
        found = visible.select_related("county", "review")
        proposal = get_object_or_404(found, reference=reference)
        done = _done_last(proposal)
        with Parcel(f"{reference}-audit-{clock.today():%Y-%m-%d}") as parcel:
            fill(parcel, proposal, reader)
            parcel.finish()
        if is_last or _done_last(proposal) == done:
            break
        parcel.file.close()
    return parcel, proposal


def _done_last(proposal: Proposal) -> int | None:
    """The number of the last entry that changed something; taking a file changes nothing."""
    entries = JournalEntry.objects.about(*proposal.subject).exclude(act__startswith="download")
    return entries.values_list("number", flat=True).last()


def fill(parcel: Parcel, proposal: Proposal, reader: User) -> None:
    """All parts into the parcel, the record that the script checks, and the index."""
    review: Review = proposal.review
    is_whole = reads_notes(reader)
    copies = list(proposal.copies.select_related("governing_letter", "signer"))
    documents = list(bundle_parts.documents_in(parcel, proposal, copies).values())
    signed = copies_in(parcel, proposal, copies)
    letters = letters_in(parcel, proposal, is_whole)
    entries = list(JournalEntry.objects.about(*proposal.subject))
    context = {
        "proposal": proposal,
        "review": review,
        "reader": reader,
        "is_whole": is_whole,
        "made_at": clock.now(),
        "copies": signed,
        "documents": documents,
        "checklist": checklist_of(review),
        "requests": requests_in(parcel, review),
        "messages": bundle_parts.messages_of(review),
        "notes": notes_of(review) if is_whole else [],
        "decisions": decisions_in(parcel, review, is_whole),
        "letters": letters,
        "correspondents": list(review.correspondents.all()),
        "periods": bundle_parts.periods_of(review),
        "entries": journal_in(parcel, proposal, entries, is_whole),
    }
    record = record_of(proposal, signed, documents, letters)
    parcel.add("record.json", _as_json(record))
    parcel.add("portal.css", bundle_parts.style())
    parcel.add("check.py", CHECK.read_bytes())
    parcel.add("index.html", render_to_string("reviews/audit/index.html", context))


def record_of(
    proposal: Proposal,
    copies: Iterable[CopyInside],
    documents: Iterable[bundle_parts.DocumentInside],
    letters: Iterable[bundle_parts.LetterInside],
) -> dict[str, Any]:
    """Which file is what, with the fingerprint that the portal recorded when it came or went."""
    return {
        "reference": proposal.reference,
        "copies": [
            {"number": one.copy.number, "file": one.content, "sha256": one.copy.sha256}
            for one in copies
        ],
        "documents": [
            {"id": one.document.pk, "file": one.path, "sha256": one.document.sha256}
            for one in documents
        ],
        "letters": [{"file": one.text, "sha256": one.notice.digest} for one in letters],
    }


def _as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, indent=1, ensure_ascii=True) + "\n"


# What is CDSS's own


def checklist_of(review: Review) -> list[tuple[str, Finding | None]]:
    """Every rule of the checklist with the reviewer's finding, if there is one."""
    found = {finding.rule: finding for finding in review.findings.select_related("by")}
    return [(rule.label, found.get(rule.key)) for rule in RULES]


def notes_of(review: Review) -> list[Note]:
    """What CDSS noted for itself; no county and no auditor reads it."""
    return list(review.notes.select_related("author"))


@dataclass(frozen=True)
class DecisionInside:
    """A decision with its letter as a text and, once released, as the paper it is."""

    decision: Decision
    letter: str
    paper: str


def decisions_in(parcel: Parcel, review: Review, is_whole: bool) -> list[DecisionInside]:
    """Each decision, drafts and those that were sent back too; for an auditor the released."""
    people = review.decisions.select_related(
        "drafted_by", "released_by", "sent_back_by", "review__proposal__county"
    ).prefetch_related("conditions__confirmed_by")
    found = []
    for one in people if is_whole else people.released():
        name = f"decisions/decision-{one.number}"
        parcel.add(f"{name}.txt", one.letter)
        made = _paper_in(parcel, decision_on_paper(one), name) if one.released_at else ""
        found.append(DecisionInside(one, f"{name}.txt", made))
    return found


def requests_in(parcel: Parcel, review: Review) -> list[bundle_parts.RequestInside]:
    """Each request with the paper that its letter is, where its letter was kept by itself."""
    found = []
    for one in bundle_parts.requests_of(review):
        name = f"requests/request-{one.request.number}"
        kept = one.request.notice_id is not None
        made = _paper_in(parcel, request_on_paper(one.request), name) if kept else ""
        found.append(replace(one, paper=made))
    return found


def _paper_in(parcel: Parcel, letter: OnPaper, name: str) -> str:
    """The letter as PDF; nothing where it can't be made."""
    try:
        parcel.add(f"{name}.pdf", letter.made())
    except paper.PaperFailed as fault:
        log.error("The PDF of %s of %s could not be made: %s", letter.name, letter.review, fault)
        return ""
    return f"{name}.pdf"


def letters_in(
    parcel: Parcel, proposal: Proposal, is_whole: bool
) -> list[bundle_parts.LetterInside]:
    """Every letter about the proposal as it was written, and what became of it."""
    found = []
    for place, notice in enumerate(Notice.objects.about(*proposal.subject), start=1):
        name, recipients = f"letters/letter-{place}", list(notice.recipients.all())
        is_about_a_draft = notice.kind in ABOUT_DRAFTS
        if notice.secret or (is_about_a_draft and not is_whole):
            found.append(bundle_parts.LetterInside(notice, "", "", recipients))
            continue
        parcel.add(f"{name}.txt", notice.text)
        page = render_to_string("reviews/bundle/letter.html", {"notice": notice})
        parcel.add(f"{name}.html", page)
        found.append(bundle_parts.LetterInside(notice, f"{name}.txt", f"{name}.html", recipients))
    return found


# The journal


@dataclass(frozen=True)
class EntryInside:
    """An entry of the journal in words, or why it is there by number and hash alone."""

    entry: JournalEntry
    words: str
    why: str
    withheld: str


def journal_in(
    parcel: Parcel, proposal: Proposal, entries: list[JournalEntry], is_whole: bool
) -> list[EntryInside]:
    """The proposal's entries, each exactly as it was hashed, so that its hash can be checked.

    What a county did while it wrote is its own: of that only number and hashes are there. For an
    auditor so it is with drafts that did not leave.
    """
    left = set(proposal.review.decisions.released().values_list("number", flat=True))
    told = {one.number: one for one in chronicle.told(entries)}
    found, listed = [], []
    for entry, is_told in chronicle.parted(entries):
        withheld = "" if is_told else OF_THE_COUNTY
        if is_told and not is_whole and entry.data.get("decision") not in left:
            withheld = OF_DRAFTS.get(entry.act, "")
        kept = entry.hashed() if not withheld else {"withheld": withheld}
        chain = {"number": entry.number, "previous_hash": entry.previous_hash}
        listed.append(kept | chain | {"hash": entry.hash})
        one = told.get(entry.number)
        words, why = (one.text, one.why) if one and not withheld else ("", "")
        found.append(EntryInside(entry, words, why, withheld))
    subject = {"reference": proposal.reference, "entries": listed}
    parcel.add("journal.json", _as_json(subject))
    return found
