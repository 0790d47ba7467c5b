"""The reviewers' simple moves and recorded acts: take, hand over, waive, close, reopen."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import get_text_list
from django.views.decorators.http import require_POST

from portal.access import approver, reviewer
from portal.wording import after_a_request, day, plain_day
from reviews.acting import ActForm, ActPage, Once, act, not_now, overtaken, review_for
from reviews.forms.acts import ChangeItem, HandOver, Reason, Reminder
from reviews.models import Item, Request
from reviews.moves import MoveRefused
from reviews.status_page import letter_readers

COUNTY_READS = "The county reads it."
ITEM_DONE = {
    ChangeItem.WAIVE: "Item {number} is waived. The county reads your reason beside it.",
    ChangeItem.CANCEL: "Item {number} is canceled. The county reads your reason beside it.",
    ChangeItem.EXTEND: "The county has until {by} for item {number}, and gets a letter.",
    ChangeItem.BACK: "Item {number} went back to the county, which gets a letter with your reason.",
}
REVISED = "The county has sent a revised proposal, so this decision stays as it is."


@require_POST
@reviewer
def take(request: HttpRequest, reference: str) -> HttpResponse:
    """Begin the review, or take on one that nobody holds."""
    return _at_once(request, reference, "take", "You are reviewing this proposal now.")


@require_POST
@reviewer
def put_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Leave the review for someone else to take."""
    return _at_once(request, reference, "put_back", "Put back. Anyone can take it now.")


def _at_once(request: HttpRequest, reference: str, move: str, done: str) -> HttpResponse:
    """A move of one button, without a page of its own."""
    review = review_for(request, reference)
    form = ActForm(request.POST, review=review)
    if not form.is_valid():
        return overtaken(request, review, "The button's page was out of date. Open it again.")
    try:
        getattr(review, move)(by=request.user, seen=form.version)
    except MoveRefused as refusal:
        review.refresh_from_db()
        if (review.moved, review.moved_by) != (move, request.user):
            return overtaken(request, review, str(refusal))
        # The same person pressed twice: the second answers like the first.
    messages.success(request, done)
    return redirect("review", reference=reference)


@reviewer
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the review to another reviewer, who is told by email."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "hand_over")):
        return refusal
    form = HandOver.on(request, review=review, user=request.user, act="hand over")
    page = ActPage("Hand over", "Hand over", "The new reviewer gets an email.")

    def do() -> None:
        review.hand_over(by=request.user, to=form.cleaned_data["to"], seen=form.version)

    return act(request, page, form, do, "Handed over.")


@reviewer
def waive(request: HttpRequest, reference: str) -> HttpResponse:
    """Do without what is left of the request; the proposal comes back to review."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "waive")):
        return refusal
    form = Reason.on(request, review=review, hint=COUNTY_READS, user=request.user, act="waive")
    page = ActPage(
        "Waive what is left",
        "Waive what is left",
        f"The proposal comes back to review: {after_a_request()}. The county gets a letter.",
        people=letter_readers(review),
    )

    def do() -> None:
        # The county's response may come between the page and the button.
        if (asked := review.requests.open().first()) is None:
            raise MoveRefused(review.overtaken(request.user))
        asked.waive_rest(by=request.user, why=form.cleaned_data["why"], seen=form.version)

    return act(request, page, form, do, "Waived. The proposal is back in review.")


@reviewer
def reminder(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep on record that the county was reminded of an open request by hand."""
    review = review_for(request, reference)
    asked = review.requests.open().first()
    if asked is None:
        return overtaken(request, review, "No request is open, so there is nothing to remind of.")
    so_far = get_text_list([plain_day(on) for on, _, _ in asked.reminded], "and")
    form = Reminder.on(request, review=review, asked=asked, user=request.user, act="remind")
    page = ActPage(
        "Record a reminder",
        "Record the reminder",
        "The portal sends no reminders yet. Write or call, then record it here. After two "
        "reminders and the county's date, an approver can close the proposal. "
        f"On record so far: {so_far or 'none'}.",
    )

    def do() -> None:
        given = form.cleaned_data
        asked.record_reminder(by=request.user, on=given["on"], how=given["how"])

    return act(request, page, form, do, "The reminder is on record.")


@reviewer
def request_item(request: HttpRequest, reference: str, item: int) -> HttpResponse:
    """Waive, cancel, extend or send back one item of the open request."""
    review = review_for(request, reference)
    items = Item.objects.filter(request__review=review)
    one = get_object_or_404(items.select_related("request__review__proposal"), pk=item)
    if one.request.ended_at:
        return overtaken(request, review, review.overtaken(request.user))
    form = ChangeItem.on(request, review=review, item=one, user=request.user, act=f"item {item}")
    page = ActPage(f"Item {one.number}: {one.title}", "Change the item", one.why)

    def do() -> None:
        given = form.cleaned_data
        if given["until"] and given["what"] in (ChangeItem.EXTEND, ChangeItem.BACK):
            one.extend(given["until"], by=request.user)
        if given["what"] == ChangeItem.BACK:
            one.send_back(given["why"], by=request.user, seen=given["settled"])
        elif given["what"] != ChangeItem.EXTEND:
            one.excuse_it(given["what"], given["why"], by=request.user)

    def done() -> str:
        words = ITEM_DONE.get(form.cleaned_data.get("what", ""), "Item {number} is changed.")
        return words.format(number=one.number, by=day(one.by))

    return act(request, page, form, do, done, item=one)


@approver
def close_proposal(request: HttpRequest, reference: str) -> HttpResponse:
    """Close a proposal the county never answered, after its date and two reminders."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "close")):
        return refusal
    asked = review.requests.open().first()
    if asked and (words := asked.why_not_closable()):
        return overtaken(request, review, words, title="Not possible yet")
    form = Once.on(request, review=review, user=request.user, act="close")
    page = ActPage(
        "Close without answer",
        "Close the proposal",
        "The status becomes “Withdrawn: no answer”, and the county gets a letter. "
        f"It can revise the proposal and send it again at any time. {_unanswered(asked)}",
        people=letter_readers(review),
    )

    def do() -> None:
        if asked is None:
            raise MoveRefused(review.overtaken(request.user))
        asked.close(by=request.user, seen=form.version)

    return act(request, page, form, do, "Closed. The county gets a letter.")


def _unanswered(asked: Request | None) -> str:
    """What the county gave no answer to, and what came but was never sent."""
    items = list(asked.items.all()) if asked else []
    waits = [f"“{item.title}”" for item in items if item.state == Item.OPEN]
    came = sum(item.state == Item.SETTLED for item in items)
    words = f"Not answered: {get_text_list(waits, 'and')}." if waits else ""
    if came:
        words += f" {came} of its items arrived, but it never sent its response."
    return words.strip()


@approver
def reopen(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a decision up again, with a reason; a new thirty-day period starts today."""
    review = review_for(request, reference)
    if review.facts().revised:
        return overtaken(request, review, REVISED, title="Not possible")
    if request.method != "POST" and (refusal := not_now(request, review, "reopen")):
        return refusal
    form = Reason.on(request, review=review, hint=COUNTY_READS, user=request.user, act="reopen")
    page = ActPage(
        "Reopen",
        "Reopen the proposal",
        "The proposal is in review again, a new thirty-day period starts today, and the county "
        "gets a letter.",
        people=letter_readers(review),
    )

    def do() -> None:
        review.reopen(by=request.user, why=form.cleaned_data["why"], seen=form.version)

    return act(request, page, form, do, "Reopened. A new thirty-day period has started.")
