"""CDSS's desk: the answers of a proposal under review beside the checklist."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import BigIntegerField, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal.access import reads_cases, reviewer
from portal.models import GoverningLetter, User
from portal.wording import moment, size
from proposals import content as contents
from proposals.filing import as_file
from proposals.models import Document, Proposal, SignedCopy
from proposals.summary import KINDS, LABELS, as_read
from reviews import reading, similar
from reviews.acting import overtaken
from reviews.asked import requests_of
from reviews.case import case, readable, reads_notes
from reviews.composed import Given, Whole
from reviews.differences import how
from reviews.forms.desk import ChecklistForm
from reviews.models import Decision, Finding, Note, Review, StaleChecklist
from reviews.moves import MoveRefused

NOTES_SHOWN = 2


@reads_cases
@require_safe
def review_page(request: HttpRequest, reference: str) -> HttpResponse:
    """A proposal under review: the latest answers beside the checklist, and what is open."""
    context = case(request, reference, "review")
    return _review_page(request, context)


@require_POST
@reviewer
def checklist(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep the checklist; a colleague's newer findings are shown, never overwritten unseen."""
    context = case(request, reference, "review")
    review = context["review"]
    findings = _findings(review)
    form = ChecklistForm(request.POST, findings=findings)
    status = 422
    if form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            with transaction.atomic():
                Finding.objects.save_checklist(
                    review, by=request.user, values=form.values(), seen=seen
                )
                form.record_statement(review.proposal, by=request.user)
        except StaleChecklist as stale:
            form.show_newer(stale)
            context["refusal"] = str(stale)
            status = 409
        except MoveRefused as refusal:
            return overtaken(request, review, str(refusal))
        else:
            messages.success(request, "Checklist saved.")
            if request.POST.get("then") == "decide":
                # A draft that was sent back is gone on with, not written anew.
                again = _decided(review, context["decisions"])["sent_back"]
                anew = "" if again else "?from=checklist"
                return redirect(reverse("recommend", args=[reference]) + anew)
            return redirect(reverse("review", args=[reference]) + "#checklist")
    return _review_page(request, context, findings, form, status)


@cache
def _findings_of_one() -> Whole[Finding]:
    return Whole(Finding.objects.filter(review=Given("review", BigIntegerField)))


def _findings(review: Review) -> dict[str, Finding]:
    return {finding.rule: finding for finding in _findings_of_one().ask(review=review.pk)}


def _review_page(
    request: HttpRequest,
    context: dict[str, Any],
    findings: dict[str, Finding] | None = None,
    form: ChecklistForm | None = None,
    status: int = 200,
) -> HttpResponse:
    review: Review = context["review"]
    findings = _findings(review) if findings is None else findings
    is_asked = request.user.is_reviewer and review.is_open
    copy, before = _last_two(review)
    asked = requests_of(review, copy.content) if review.has_requests else []
    context |= {
        "copy": copy,
        "before": before,
        "read": reading.Reading(
            review.reference,
            copy,
            before,
            how=how(before, copy, asked) if before else "",
            findings=findings,
            form=form,
            new_form=partial(ChecklistForm, findings=findings) if is_asked else None,
        ),
        "form": form,
        "answered": sum(bool(finding.choice) for finding in findings.values()),
        "saved_at": max((finding.at for finding in findings.values()), default=None),
        "request_now": next((one for one in asked if one.ended_at is None), None),
        "requests_past": [one for one in asked if one.ended_at],
        "lacking": sum(finding.choice == "documents" for finding in findings.values()),
        "reads_notes": reads_notes(request.user),
        "notes": _last_notes(review, request.user),
        **similar.beside(review),
        **_decided(review, context["decisions"]),
    }
    return render(request, "reviews/desk/review.html", context, status=status)


def _copies(review: Review) -> Any:
    """The signed copies, oldest first, each with the letter it was signed under."""
    copies = SignedCopy.objects.filter(proposal=review.proposal).order_by("number")
    return copies.select_related("governing_letter")


@cache
def _two_copies() -> Whole[SignedCopy]:
    own, revised = Given("own", BigIntegerField), Given("revised", BigIntegerField)
    copies = SignedCopy.objects.filter(Q(proposal=own) | Q(proposal=revised))
    # A proposal is younger than the one that it revises, so its own copies come first.
    newest = copies.order_by("-proposal_id", "-number")[:2]
    return Whole(newest, {"governing_letter": GoverningLetter})


def _last_two(review: Review) -> tuple[SignedCopy, SignedCopy | None]:
    """The latest signed copy and the one before it, which may be of the proposal it revises."""
    revised = review.proposal.revises_id or 0
    copy, *before = _two_copies().ask(own=review.proposal_id, revised=revised)
    return copy, before[0] if before else None


def _last_notes(review: Review, user: User) -> list[Note]:
    """The last notes, the newest first, for those who read them."""
    if not (review.notes_count and reads_notes(user)):
        return []
    return list(review.notes.select_related("author").order_by("-at", "-pk")[:NOTES_SHOWN])


def _decided(review: Review, decisions: list[Decision]) -> dict[str, Any]:
    """The decision in force, and a draft that was sent back."""
    released = [one for one in decisions if one.released_at]
    last = decisions[-1] if decisions else None
    return {
        "decision": released[-1] if released and not review.is_open else None,
        "sent_back": last if last and last.sent_back_at and review.is_open else None,
    }


@reads_cases
@require_safe
def changes(request: HttpRequest, reference: str) -> HttpResponse:
    """What changed from one copy to the next, word by word; also from the proposal it revises.

    `?copy=2` compares copy 2 with the one before it; else it is the latest.
    """
    context = case(request, reference, "changes")
    proposal = context["proposal"]
    copies = list(_copies(context["review"]))
    before = [SignedCopy.objects.filter(proposal=proposal.revises_id).last(), *copies[:-1]]
    pairs = [(old, new) for old, new in zip(before, copies, strict=True) if old]
    wanted = request.GET.get("copy", "")
    pair = next(
        (one for one in pairs if str(one[1].number) == wanted), pairs[-1] if pairs else None
    )
    context |= {"pairs": pairs, "pair": pair, "copy": copies[-1]}
    if pair:
        context["changes"] = contents.changes(pair[0].content, pair[1].content)
    return render(request, "reviews/desk/changes.html", context)


@reads_cases
@require_safe
def review_documents(request: HttpRequest, reference: str) -> HttpResponse:
    """The documents with label, size and fingerprint, and the signed copies."""
    context = case(request, reference, "review_documents")
    documents = readable().filter(proposal=context["proposal"]).select_related("uploaded_by")
    context |= {
        "parts": [_row(one, reference) for one in documents if one.is_part],
        "beside": [_row(one, reference) for one in documents if not one.is_part],
        "copies": list(_copies(context["review"])),
    }
    return render(request, "reviews/desk/documents.html", context)


@reads_cases
@require_safe
def review_document(request: HttpRequest, reference: str, document: int) -> HttpResponse:
    """A document as a file to keep: of the proposal, a message, a condition, a settled item."""
    visible = Proposal.objects.visible_to(request.user)
    kept = Document.objects.filter(proposal__in=visible, removed_at__isnull=True)
    kept = kept.select_related("proposal").filter(proposal__reference=reference)
    return as_file(request, get_object_or_404(kept, pk=document))


def _row(document: Document, reference: str) -> dict[str, Any]:
    """A document as the list shows it, with who gave it and when."""
    about = [KINDS[document.kind], LABELS[document.label], size(document.size)]
    given = f"{document.uploaded_by.name}, {moment(document.uploaded_at)}"
    return {
        "title": document.title,
        "about": " · ".join([*about, given]),
        "sha256": document.sha256,
        "url": reverse("review_document", args=[reference, document.pk]),
    }


@reads_cases
@require_safe
def review_copy(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One signed copy, whole: the answers, the responsibilities, who signed, its fingerprint."""
    context = case(request, reference, "review_documents")
    copy = get_object_or_404(_copies(context["review"]), number=number)
    context |= {
        "copy": copy,
        "sections": as_read(copy.content, reference),
    }
    return render(request, "reviews/desk/copy.html", context)
