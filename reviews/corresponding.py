"""What a county does beside the moves: take back, withdraw, messages, who gets letters,
conditions confirmed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal import clock, tokens
from portal.access import county_staff
from proposals.models import Document, DocumentRefused, kept_file
from reviews import status_page
from reviews.acting import ActPage, act
from reviews.colleagues import colleagues_of, signers_in_words
from reviews.forms.county_moves import (
    ConfirmCondition,
    Recall,
    WhoGetsLetters,
    WithDocument,
    Withdraw,
    WriteMessage,
)
from reviews.models import Condition, Message, Review
from reviews.moves import MOVES, MoveRefused
from reviews.responding import review_of, too_late

ACT_PAGE = "reviews/county/act.html"
DECIDED_ANEW = (
    "CDSS decided anew since you opened the page, and its conditions are others. Nothing was "
    "confirmed. Read the condition as it is now."
)


def not_now(request: HttpRequest, review: Review, name: str) -> HttpResponse | None:
    """The page that says why this person can't make a signer's move now; None when they can."""
    if MOVES[name] in review.moves_for(request.user):
        return None
    if request.user.may_sign_for(review.proposal.county):
        return too_late(request, review)
    signers = signers_in_words(colleagues_of(review.proposal.county, clock.today()))
    context = {"proposal": review.proposal, "move": MOVES[name], "signers": signers}
    return render(request, "reviews/county/signers_only.html", context, status=403)


@county_staff
def recall(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a sent proposal back to change it, until someone at CDSS takes it."""
    review = review_of(request, reference)
    if refusal := not_now(request, review, "recall"):
        return refusal
    form = Recall(request.POST or None, review=review)
    lead = (
        "It becomes a draft again, and its thirty-day period ends. When you send it again, "
        "a new period starts. CDSS is told."
    )
    page = ActPage("Take back to change", "Take back to change", lead, ACT_PAGE)

    def do() -> None:
        review.recall(by=request.user, seen=form.version)

    return act(request, page, form, do, "Taken back. You can change it and send it again.")


@county_staff
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the proposal out of review for good; it is kept with its history."""
    review = review_of(request, reference)
    if refusal := not_now(request, review, "withdraw"):
        return refusal
    form = Withdraw(request.POST or None, review=review)
    lead = "CDSS stops its review and gives no answer. The proposal and its history are kept."
    page = ActPage("Withdraw this proposal", "Withdraw this proposal", lead, ACT_PAGE)

    def do() -> None:
        review.withdraw(by=request.user, why=form.cleaned_data["why"], seen=form.version)

    return act(request, page, form, do, "Withdrawn. CDSS is told.")


@require_POST
@county_staff
def revise(request: HttpRequest, reference: str) -> HttpResponse:
    """Begin a revised proposal from one not approved or withdrawn; pressed twice, it is one."""
    review = review_of(request, reference)
    token = request.POST.get("token", "")
    try:
        with transaction.atomic():
            used = tokens.redeem(token, user=request.user, act=f"revise {reference}")
            draft = review.revise(by=request.user)
            url = reverse("proposal", args=[draft.reference])
            used.conclude(url)
    except tokens.AlreadyUsed as first:
        return redirect(first.result)
    except (tokens.Invalid, MoveRefused) as refusal:
        return too_late(request, review, str(refusal))
    messages.success(request, f"{draft.reference} is yours to change. Your answers were copied.")
    return redirect(url)


@county_staff
def county_messages(request: HttpRequest, reference: str) -> HttpResponse:
    """The thread with CDSS, and a form to write; it never stops or starts the thirty days."""
    found = status_page.proposals_of(request.user).filter(review__isnull=False)
    proposal = get_object_or_404(found, reference=reference)
    review = proposal.review
    form = WriteMessage(
        request.POST or None, request.FILES or None, user=request.user, reference=reference
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _write(request, review, form)
            except DocumentRefused as refusal:
                form.add_error("file", str(refusal))
            except MoveRefused as refusal:
                return too_late(request, review, str(refusal))
            else:
                return redirect("county_messages", reference=reference)
    context = {
        "proposal": proposal,
        "review": review,
        "form": form,
        "tab": "messages",
        "thread": review.messages.select_related("author", "document").order_by("-at", "-pk"),
    }
    return render(request, "reviews/county/messages.html", context, status=status)


def _write(request: HttpRequest, review: Review, form: WriteMessage) -> None:
    """Write the message once; pressed twice, the second does nothing."""
    try:
        with _file(form) as kept, transaction.atomic():
            used = tokens.redeem(form.cleaned_data["token"], user=request.user, act=form.act)
            document = _document(request, review, form, kept)
            Message.objects.write(
                review, by=request.user, text=form.cleaned_data["text"], document=document
            )
            form.record_statement(review.proposal, by=request.user)
            used.conclude(request.path)
    except tokens.AlreadyUsed:
        return
    except tokens.Invalid as fault:
        raise MoveRefused(f"{fault} Open the page again and write it there.") from fault
    messages.success(request, "Your message is on its way to CDSS.")


def _file(form: WithDocument) -> AbstractContextManager[Any]:
    """The file that came with a text, on the disk; it goes again when the act is refused."""
    file = form.cleaned_data["file"]
    return kept_file(file) if file else nullcontext()


def _document(
    request: HttpRequest, review: Review, form: WithDocument, kept: Any
) -> Document | None:
    """The row of that file, beside the proposal; none where no file came."""
    if kept is None:
        return None
    review.hold()
    label = form.cleaned_data["label"]
    return Document.objects.record(
        review.proposal, kept, by=request.user, kind="other", label=label
    )


@county_staff
def correspondents(request: HttpRequest, reference: str) -> HttpResponse:
    """Who of the county gets the letters from now on; the signed copy stays as it was (ACL-8)."""
    review = review_of(request, reference)
    form = WhoGetsLetters(request.POST or None, review=review)
    if form.is_valid() and form.saved(by=request.user):
        messages.success(request, "Saved. The next letters go to these people.")
        return redirect("proposal", reference=reference)
    others = review.correspondents.current().exclude(part__in=form.parts)
    context = {"proposal": review.proposal, "form": form, "others": others}
    return render(request, "reviews/county/correspondents.html", context, status=form.status)


@county_staff
def confirm_condition(request: HttpRequest, reference: str, condition: int) -> HttpResponse:
    """Say how a condition of the approval was met, with a document where there is one."""
    review = review_of(request, reference)
    decision = review.decisions.latest_released().first()
    found = get_object_or_404(
        Condition.objects.select_related("decision"), decision=decision, number=condition
    )
    found.decision.review = review
    form = ConfirmCondition(request.POST or None, request.FILES or None, initial={"seen": found.pk})
    if form.is_valid() and (answer := _confirm(request, found, form)):
        return answer
    context = {"proposal": review.proposal, "condition": found, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/county/condition.html", context, status=status)


def _confirm(
    request: HttpRequest, condition: Condition, form: ConfirmCondition
) -> HttpResponse | None:
    """Confirm it, and go back to the proposal; None for a file that can't be taken."""
    review, evidence = condition.decision.review, form.cleaned_data["evidence"]
    if form.cleaned_data["seen"] not in (None, condition.pk):
        return too_late(request, review, DECIDED_ANEW)
    try:
        with _file(form) as kept, transaction.atomic():
            document = _document(request, review, form, kept)
            condition.confirm(by=request.user, evidence=evidence, document=document)
            form.record_statement(review.proposal, by=request.user)
    except DocumentRefused as refusal:
        form.add_error("file", str(refusal))
        return None
    except MoveRefused as refusal:
        condition.refresh_from_db()
        # The very same words were kept before: the button was pressed twice.
        if (condition.confirmed_by, condition.evidence) != (request.user, evidence):
            return too_late(request, review, str(refusal))
    messages.success(request, f"Condition {condition.number} is confirmed.")
    return redirect("proposal", reference=review.reference)
