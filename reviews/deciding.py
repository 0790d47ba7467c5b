"""Drafting a decision with its letter, sending the draft back, and releasing it (ACL-6)."""

from __future__ import annotations

from datetime import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal import clock
from portal.access import approver, reviewer
from reviews import letters
from reviews.acting import ActPage, Once, act, not_now, review_for
from reviews.forms.acts import Reason
from reviews.forms.deciding import DecideForm
from reviews.forms.rows import AskCondition, Rows, rows_of
from reviews.models import Decision, Review
from reviews.moves import MoveRefused
from reviews.status_page import letter_readers

OFFICE_CLOSES = time(17, 0)
DECIDE = ActPage(
    "Decide",
    "Send to the approver",
    "You draft the decision. An approver checks it and releases the letter.",
    template="reviews/desk/acts/decide.html",
)
RELEASE = ActPage(
    "Release the decision", "Release the decision", template="reviews/desk/acts/release.html"
)


@reviewer
def recommend(request: HttpRequest, reference: str) -> HttpResponse:
    """Draft a decision: outcome, reasons, conditions, then the letter, then to the approver."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "recommend")):
        return refusal
    rows = rows_of(AskCondition, "condition", request, at_least=0)
    form = DecideForm.on(request, rows, review=review, user=request.user, act="decide")
    people = letter_readers(review)
    more = {"rows": rows, "people": people, "last": review.decisions.last()}
    if form.is_bound and (words := _letter_to_read(request, form, rows)):
        context = {"page": DECIDE, "form": form, "review": review, "proposal": review.proposal}
        return render(request, DECIDE.template, context | more | {"letter_words": words})

    def do() -> None:
        Decision.objects.recommend(
            review,
            by=request.user,
            outcome=form.cleaned_data["outcome"],
            reasons=form.all_reasons(),
            conditions=[row.cleaned_data for row in rows.given()],
            letter=form.cleaned_data["letter"],
            override=form.cleaned_data.get("override", ""),
            seen=form.version,
        )

    return act(request, DECIDE, form, do, "Drafted. The approvers get an email.", **more)


def _letter_to_read(request: HttpRequest, form: DecideForm, rows: Rows) -> str:
    """Offer a letter when there is none yet, or when what it was written from has changed.

    Returns the words that say so; empty when the letter can go as it stands.
    """
    if not (form.is_valid() and rows.is_valid()):
        return ""
    given = form.cleaned_data
    conditions = [row.cleaned_data for row in rows.given()]
    inputs = form.inputs(conditions)
    if request.POST.get("write") or not given["letter"].strip():
        text = letters.decision_text(form.review, given["outcome"], form.all_reasons(), conditions)
        form.offer(text, inputs)
        return "Read the letter below, change what you like, then send it to the approver."
    if given["written_for"] != inputs:
        form.offer(given["letter"], inputs)
        return (
            "The outcome, reasons or conditions changed after this letter was written. Change "
            "the letter, or have it written again; then send it to the approver."
        )
    return ""


@approver
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Return a drafted decision to the reviewer with a reason."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "send_back")):
        return refusal
    drafted = review.decisions.pending().first()
    hint = "The reviewer reads it, no one else."
    form = Reason.on(request, review=review, hint=hint, user=request.user, act="send back")
    page = ActPage("Send the draft back", "Send it back", "The reviewer gets an email.")

    def do() -> None:
        if drafted is None:
            raise MoveRefused(review.overtaken())
        drafted.send_back(by=request.user, why=form.cleaned_data["why"], seen=form.version)

    return act(request, page, form, do, "Sent back to the reviewer.")


@approver
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Read the drafted decision once more and let it go, exactly as drafted."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "release")):
        return refusal
    form = Once.on(request, review=review, user=request.user, act="release")
    drafted = review.decisions.pending().select_related("round", "drafted_by").first()
    more = {
        "decision": drafted,
        "people": letter_readers(review),
        "is_late_in_the_day": _is_late_in_the_day(review),
    }

    def do() -> None:
        if drafted is None:
            raise MoveRefused(review.overtaken())
        drafted.release(by=request.user, seen=form.version)

    return act(request, RELEASE, form, do, "Released. The letter is on its way.", **more)


def _is_late_in_the_day(review: Review) -> bool:
    """The last day, after office hours: the letter may be read as a day late."""
    now = clock.pacific(clock.now())
    return review.due == now.date() and now.time() >= OFFICE_CLOSES
