"""The county's pages: home, the status of each proposal, and what can be read of it."""

from __future__ import annotations

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import county_staff, signed_in
from portal.models import User
from proposals.models import Proposal
from proposals.summary import as_read
from proposals.tasks import complete_count, last_saved, task_list
from reviews import overview, status_page, timeline
from reviews.asking import asking_of
from reviews.colleagues import colleagues_of
from reviews.forms.county_items import GiveDocument
from reviews.letter_papers import as_sheet
from reviews.models import Item


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the county, what CDSS has, and what was decided; CDSS goes to its queue."""
    if request.user.reads_cases:
        return redirect("queue")
    if not request.user.current_memberships:
        return render(request, "reviews/county/no_county.html")
    return render(request, "reviews/county/home.html", overview.home(request.user))


@signed_in
@require_safe
def proposal(request: HttpRequest, reference: str) -> HttpResponse:
    """The task list while it is a draft, the status page after; CDSS goes to its own page."""
    proposal = get_object_or_404(status_page.proposals_of(request.user), reference=reference)
    if request.user.reads_cases:
        return redirect("review", reference=reference)
    if proposal.is_draft:
        return render(request, "reviews/county/task_list.html", _tasks(proposal, request.user))
    context = status_page.following(proposal, request.user)
    for item in context["items"]:
        if item.kind == Item.DOCUMENT and item.state == Item.OPEN:
            item.form = GiveDocument(item=item)
    return render(request, "reviews/county/status.html", context)


def _tasks(proposal: Proposal, user: User) -> dict:
    """The task list of a draft, with *Check and send* as its last line."""
    prefetch_related_objects([proposal], "contacts", "flows", "documents", "states__saved_by")
    tasks = task_list(proposal)
    today, content = clock.today(), proposal.content()
    colleagues = colleagues_of(proposal.county, today)
    return {
        "proposal": proposal,
        "tasks": tasks,
        "statuses": [task["status"] for task in tasks],
        "complete": complete_count(tasks),
        "saved": last_saved(proposal),
        "colleagues": colleagues,
        **asking_of(proposal, content, user, colleagues),
        "today": today,
    }


def sent_proposal(request: HttpRequest, reference: str) -> Proposal:
    """A proposal of the person's county that CDSS has or had; 404 for any other."""
    sent = status_page.proposals_of(request.user).filter(sent_at__isnull=False)
    return get_object_or_404(sent, reference=reference)


@county_staff
@require_safe
def answers(request: HttpRequest, reference: str) -> HttpResponse:
    """The proposal as it stands, on one page; also while it is a draft."""
    proposal = get_object_or_404(status_page.proposals_of(request.user), reference=reference)
    prefetch_related_objects([proposal], "contacts", "flows", "documents")
    sections = as_read(proposal.content(), reference)
    context = {"proposal": proposal, "sections": sections, "tab": "answers"}
    return render(request, "reviews/county/answers.html", context)


@county_staff
@require_safe
def proposal_documents(request: HttpRequest, reference: str) -> HttpResponse:
    """The documents of a sent proposal, with kind, label and fingerprint."""
    proposal = sent_proposal(request, reference)
    documents = status_page.documents_of(proposal)
    context = {"proposal": proposal, "documents": documents, "tab": "documents"}
    return render(request, "reviews/county/documents.html", context)


@county_staff
@require_safe
def copy(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A signed copy: what was sent, word for word, with who signed it and its fingerprint."""
    proposal = get_object_or_404(
        Proposal.objects.visible_to(request.user).select_related("county"), reference=reference
    )
    copies = proposal.copies.select_related("governing_letter")
    copy = get_object_or_404(copies, number=number)
    context = {
        "proposal": proposal,
        "copy": copy,
        "content": copy.content,
        "signature": copy.content["signature"],
        "sections": as_read(copy.content, reference),
    }
    return render(request, "reviews/county/copy.html", context)


@county_staff
@require_safe
def letter(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """A letter to the county as it was sent, with to whom and whether the mail server took it."""
    proposal = get_object_or_404(
        Proposal.objects.visible_to(request.user).select_related("county"), reference=reference
    )
    found = get_object_or_404(timeline.county_letters(reference), pk=notice)
    context = {"proposal": proposal, "notice": found, "recipients": found.recipients.all()}
    return render(request, "reviews/county/letter.html", context | as_sheet(found))
