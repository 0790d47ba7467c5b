"""A county's draft from outside its sections: begun, its documents read and removed, discarded."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from portal import journal, tokens
from portal.access import county_staff, signed_in
from proposals.forms import StartForm
from proposals.models import Document, EditRefused, Proposal

START = "start a proposal"


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def new_proposal(request: HttpRequest) -> HttpResponse:
    """Start a draft for one's own county; the same form sent twice leads to the same draft."""
    user = request.user
    if request.method != "POST":
        form = StartForm(user=user, initial={"token": tokens.issue(user, START)})
        return render(request, "proposals/new.html", {"form": form})
    form = StartForm(request.POST, user=user)
    if not form.is_valid():
        return render(request, "proposals/new.html", {"form": form}, status=422)
    try:
        with transaction.atomic():
            used = tokens.redeem(form.cleaned_data["token"], user=user, act=START)
            proposal = Proposal.objects.start(
                form.county_of_draft(), by=user, tool_name=form.cleaned_data["tool_name"]
            )
            page = reverse("proposal", args=[proposal.reference])
            used.conclude(page)
    except tokens.AlreadyUsed as first:
        return redirect(first.result)
    except tokens.Invalid:
        form.data = form.data.copy()
        form.data["token"] = tokens.issue(user, START)
        form.add_error(None, "This page was too old. Press the button again")
        return render(request, "proposals/new.html", {"form": form}, status=422)
    messages.success(request, f"{proposal.reference} is started. Take the sections in any order.")
    return redirect(page)


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a draft out of sight, after asking."""
    visible = Proposal.objects.visible_to(request.user)
    proposal = get_object_or_404(visible, reference=reference)
    page = reverse("proposal", args=[reference])
    if not proposal.is_draft:
        messages.info(request, "This proposal was sent, so it can't be discarded.")
        return redirect(page)
    if request.method != "POST":
        return render(request, "proposals/discard.html", {"proposal": proposal})
    try:
        proposal.discard(by=request.user)
    except EditRefused as refusal:
        return render(request, "409.html", {"message": refusal, "url": page}, status=409)
    messages.success(request, f"{proposal.reference}, {proposal.title}, is discarded.")
    return redirect("home")


@signed_in
@require_safe
def document(request: HttpRequest, reference: str, document: int) -> HttpResponse:
    """A document of a proposal, as a file to keep; never shown inside a page of the portal.

    CDSS reads here what is part of the proposal, and originals. What the county has given for its
    response so far, CDSS reads on the review's own page, where it can send an item back.
    """
    return as_file(request, _document(request, reference, document))


def as_file(request: HttpRequest, found: Document) -> HttpResponse:
    """A document that this person may read, as a file to keep; that it was taken is on record."""
    try:
        file = found.path.open("rb")
    except OSError:
        return render(request, "proposals/document_missing.html", {"document": found}, status=404)
    with transaction.atomic():
        data = {"document": found.pk, "sha256": found.sha256}
        subject = found.proposal.subject
        journal.record("download document", by=request.user, subject=subject, data=data)
    return FileResponse(
        file, as_attachment=True, filename=found.file_name, content_type=found.content_type
    )


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def remove_document(request: HttpRequest, reference: str, document: int) -> HttpResponse:
    """Take a document out of a draft, after asking."""
    found = _document(request, reference, document)
    page = reverse("section", args=[reference, "documents"])
    if not found.proposal.is_draft:
        messages.info(request, "This proposal was sent, so its documents stay with it.")
        return redirect("proposal", reference)
    if request.method != "POST":
        context = {"proposal": found.proposal, "document": found, "page": page}
        return render(request, "proposals/remove_document.html", context)
    try:
        found.remove(by=request.user)
    except EditRefused as refusal:
        return render(request, "409.html", {"message": refusal, "url": page}, status=409)
    messages.success(request, f"“{found.title}” is removed.")
    return redirect(page)


def _document(request: HttpRequest, reference: str, document: int) -> Document:
    """A document this person may read, or 404. A removed one is gone for all."""
    proposal = get_object_or_404(Proposal.objects.visible_to(request.user), reference=reference)
    found = get_object_or_404(
        Document.objects.select_related("proposal"),
        proposal=proposal,
        pk=document,
        removed_at__isnull=True,
    )
    if request.user.reads_cases and not (found.is_part or found.kind == Document.ORIGINAL):
        raise Http404
    return found
