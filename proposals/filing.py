"""A proposal's documents: added, described, replaced and removed while it is a draft, and read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal import taking
from portal.access import county_staff, signed_in
from proposals.forms import AddDocuments, DescribeDocument, NewerFile
from proposals.models import (
    AlreadyThere,
    Document,
    DocumentChanged,
    DocumentRefused,
    EditRefused,
    Proposal,
)
from proposals.summary import documents_listed

LIST = "proposals/parts/document_list.html"


# Adding


def add_files(request: HttpRequest, proposal: Proposal) -> AddDocuments:
    """Add the files that came with the section's form, and say so.

    The form that comes back names those that weren't taken. Raises EditRefused.
    """
    form = AddDocuments(request.POST, request.FILES)
    if form.is_valid() and (added := form.add_to(proposal, by=request.user)):
        messages.success(request, _added(added))
        if form.unused_title:
            words = f"“{form.unused_title}” stands on none of them, since you chose several files."
            messages.info(request, f"{words} Press “Change” to give each its title.")
    return form


def _added(documents: Iterable[Document]) -> str:
    *first, last = [f"“{document.title}”" for document in documents]
    return f"{', '.join(first)} and {last} are added." if first else f"{last} is added."


@require_POST
@county_staff
def add_document(request: HttpRequest, reference: str) -> HttpResponse:
    """Take one file of several that a page sends one after the other, and answer for its list.

    A browser without script sends them all together, with the form of the section.
    """
    visible = Proposal.objects.visible_to(request.user)
    proposal = get_object_or_404(visible, reference=reference)
    form = AddDocuments(request.POST, request.FILES)
    form.stays_chosen = True
    try:
        if not proposal.is_draft:
            raise EditRefused(proposal.why_not_editable())
        added = form.add_to(proposal, by=request.user) if form.is_valid() else []
    except EditRefused as refusal:
        return JsonResponse({"said": str(refusal)}, status=409)
    state = proposal.states.get(section="documents")
    answer = {
        "list": render_to_string(LIST, {"documents": documents_listed(proposal), "own": True}),
        "seen": state.version,
        "same": any(isinstance(refusal, AlreadyThere) for refusal in form.refused),
    }
    if added:
        return JsonResponse(answer)
    # The page shows the sentence beside the file, so it need not name it.
    said = form.refused or [word for words in form.errors.values() for word in words]
    return JsonResponse({**answer, "said": ". ".join(map(str, said))}, status=422)


# One document of a draft


def _page(document: Document) -> str:
    page = reverse("section", args=[document.proposal.reference, "documents"])
    return f"{page}#documents"


def _out_of_reach(request: HttpRequest, document: Document) -> HttpResponse | None:
    """The way on from a document that can't be edited: its proposal was sent, or it is no part."""
    if not document.proposal.is_draft:
        messages.info(request, "This proposal was sent, so its documents stay with it.")
        return redirect("proposal", document.proposal.reference)
    if document.is_part:
        return None
    if not document.is_replaced:
        raise Http404
    words = f"“{document.title}” was replaced by “{document.replaced_by.title}” already."
    messages.info(request, words)
    return redirect(_page(document))


def _refused(request: HttpRequest, document: Document, refusal: Exception) -> HttpResponse:
    """Why it could not be done, and the way back to the list (409)."""
    context = {"message": refusal, "url": _page(document)}
    return render(request, "409.html", context, status=409)


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def describe_document(request: HttpRequest, reference: str, document: int) -> HttpResponse:
    """Say otherwise what a document of a draft is, who may read it and how it is called."""
    found = document_of(request, reference, document)
    if away := _out_of_reach(request, found):
        return away
    now = {**found.details, "seen": found.details_token}
    form = DescribeDocument(request.POST if request.method == "POST" else None, initial=now)
    context: dict[str, Any] = {"proposal": found.proposal, "document": found, "form": form}
    if not form.is_bound or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "proposals/describe_document.html", context, status=status)
    try:
        found.describe(by=request.user, **form.cleaned_data)
    except DocumentChanged as refusal:
        # What was typed stays, and may replace what the colleague saved.
        form.data = form.data.copy()
        form.data["seen"] = found.details_token
        context["refused"] = refusal
        return render(request, "proposals/describe_document.html", context, status=409)
    except (DocumentRefused, EditRefused) as refusal:
        return _refused(request, found, refusal)
    messages.success(request, f"“{found.title}” is saved.")
    return redirect(_page(found))


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def replace_document(request: HttpRequest, reference: str, document: int) -> HttpResponse:
    """Put a newer file in the place of one of a draft; the older one is kept."""
    found = document_of(request, reference, document)
    if away := _out_of_reach(request, found):
        return away
    posted = request.method == "POST"
    form = NewerFile(request.POST, request.FILES) if posted else NewerFile()
    if form.is_valid():
        try:
            newer = Document.objects.replace(found, form.cleaned_data["file"], by=request.user)
        except EditRefused as refusal:
            return _refused(request, found, refusal)
        except DocumentRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            words = f"“{newer.title}” takes the place of {found.file_name}, which is kept."
            messages.success(request, words)
            return redirect(_page(newer))
    context = {"proposal": found.proposal, "document": found, "form": form}
    status = 422 if posted else 200
    return render(request, "proposals/replace_document.html", context, status=status)


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def remove_document(request: HttpRequest, reference: str, document: int) -> HttpResponse:
    """Take a document out of a draft, after asking."""
    found = document_of(request, reference, document)
    if away := _out_of_reach(request, found):
        return away
    if request.method != "POST":
        context = {"proposal": found.proposal, "document": found}
        return render(request, "proposals/remove_document.html", context)
    try:
        found.remove(by=request.user)
    except EditRefused as refusal:
        return _refused(request, found, refusal)
    messages.success(request, f"“{found.title}” is removed.")
    return redirect(_page(found))


# Reading


@signed_in
@require_safe
def document(request: HttpRequest, reference: str, document: int) -> HttpResponse:
    """A document of a proposal, as a file to keep; never shown inside a page of the portal.

    CDSS reads here what is part of the proposal, or was when it was sent, and originals. What the
    county has given for its response so far, CDSS reads on the review's own page, where it can
    send an item back.
    """
    return as_file(request, document_of(request, reference, document))


def as_file(request: HttpRequest, found: Document) -> HttpResponse:
    """A document that this person may read, as a file to keep; that it was taken is on record."""
    try:
        file = found.path.open("rb")
    except OSError:
        return render(request, "proposals/document_missing.html", {"document": found}, status=404)
    data = {"document": found.pk, "sha256": found.sha256}
    subject = found.proposal.subject
    taking.on_record("download document", by=request.user, subject=subject, data=data)
    return FileResponse(
        file, as_attachment=True, filename=found.file_name, content_type=found.content_type
    )


def document_of(request: HttpRequest, reference: str, document: int) -> Document:
    """A document this person may read, or 404. A removed one is gone for all."""
    proposal = get_object_or_404(Proposal.objects.visible_to(request.user), reference=reference)
    kept = Document.objects.select_related("proposal__county", "replaced_by", "uploaded_by")
    found = get_object_or_404(kept, proposal=proposal, pk=document)
    if found.removed_at and not found.is_replaced:
        raise Http404
    if request.user.reads_cases and not (
        found.is_part or found.kind == Document.ORIGINAL or found.was_sent
    ):
        raise Http404
    return found
