"""What CDSS says about a proposal, and to whom: messages with the county, who gets its letters, and
notes that stay inside."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Manager
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from portal import clock
from portal.access import reads_cases, reviewer
from reviews.acting import ActPage, overtaken, review_for
from reviews.case import case, reads_notes
from reviews.forms.county_moves import WhoGetsLetters
from reviews.forms.desk import Words
from reviews.models import Message, Note, Review
from reviews.moves import MoveRefused

DONE = 303
MESSAGE = {
    "act": "message",
    "label": "Message to the county",
    "hint": "The county gets it by email. It doesn’t change any date.",
    "missing": "Write the message first",
}
NOTE = {
    "act": "note",
    "label": "Note",
    "hint": "Only CDSS sees this.",
    "missing": "Write the note first",
}


@reads_cases
def review_messages(request: HttpRequest, reference: str) -> HttpResponse:
    """The messages with the county, and the form for the reviewer's answer (ACL-8)."""
    context = case(request, reference, "review_messages")
    form, status = _write(request, context["review"], Message.objects, MESSAGE)
    if status == DONE:
        messages.success(request, "Your message went to the county.")
        return redirect("review_messages", reference=reference)
    thread = context["review"].messages.select_related("author", "document")
    context |= {"form": form, "thread": thread}
    return render(request, "reviews/desk/messages.html", context, status=status)


@reads_cases
def notes(request: HttpRequest, reference: str) -> HttpResponse:
    """CDSS's internal notes. Reviewers write them, administrators read them, nobody else does."""
    if not reads_notes(request.user):
        raise Http404
    context = case(request, reference, "notes")
    form, status = _write(request, context["review"], Note.objects, NOTE)
    if status == DONE:
        messages.success(request, "Note kept.")
        return redirect("notes", reference=reference)
    context |= {"form": form, "thread": context["review"].notes.select_related("author")}
    return render(request, "reviews/desk/notes.html", context, status=status)


def _write(
    request: HttpRequest, review: Review, rows: Manager, words: dict[str, str]
) -> tuple[Words | None, int]:
    """Show the form to a reviewer, or keep what was written, once; with the answer's status."""
    if not request.user.is_reviewer:
        if request.method == "POST":
            raise Http404
        return None, 200
    typed = request.POST if request.method == "POST" else None
    form = Words(typed, review=review, user=request.user, **words)
    if request.method != "POST":
        return form, 200
    if not form.is_valid():
        return form, 422
    try:
        form.carry_out(
            lambda: rows.write(review, by=request.user, text=form.cleaned_data["text"]),
            by=request.user,
        )
    except MoveRefused as refusal:
        form.refuse(str(refusal))
        return form, 409
    return form, DONE


@reviewer
def review_correspondents(request: HttpRequest, reference: str) -> HttpResponse:
    """Who of the county gets the letters from now on, as CDSS was told by it (ACL-8)."""
    review = review_for(request, reference)
    form = WhoGetsLetters(request.POST or None, review=review)
    if form.is_valid() and form.saved(by=request.user):
        messages.success(request, "Saved. The next letters go to these people.")
        return redirect("review", reference=reference)
    page = ActPage("Who gets letters", "Save", "From now on. The signed copy stays as it was.")
    context = {
        "page": page,
        "form": form,
        "review": review,
        "proposal": review.proposal,
        "today": clock.today(),
    }
    return render(request, page.template, context, status=form.status)


@require_POST
@reviewer
def mark_read(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the mark “New from the county” away."""
    review = review_for(request, reference)
    try:
        review.mark_read(by=request.user, seen=request.POST.get("seen", ""))
    except MoveRefused as refusal:
        return overtaken(request, review, str(refusal))
    messages.success(request, "Marked as read.")
    return redirect("review", reference=reference)
