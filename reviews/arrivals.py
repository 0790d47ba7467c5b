"""What reaches CDSS by email or post: logged with its true time and the original attached.

Source: the letter asks for proposals "via email" (ACL-1), and receipt is arrival, whatever way.
"""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal import tokens
from portal.access import reviewer
from portal.models import User
from portal.wording import after_a_request
from proposals.models import Document, DocumentRefused, Proposal, kept_file
from reviews.acting import ActPage, act, not_now, overtaken, review_for
from reviews.forms.arrivals import ORIGINAL, BehalfForm, LogForm, ResponseForm, RowsOfItems
from reviews.models import Item, Review
from reviews.moves import MoveRefused

LOG = "log"
WITHDRAW = ActPage(
    "Withdraw for the county",
    "Withdraw the proposal",
    "For a county that withdrew its proposal by email or post.",
    upload=True,
)


@reviewer
def log(request: HttpRequest) -> HttpResponse:
    """Enter a proposal that came by email or post; the acknowledgement leaves at once."""
    form = LogForm(
        request.POST or None,
        request.FILES or None,
        initial={"token": tokens.issue(request.user, LOG)},
    )
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            reference = _log_once(form, by=request.user)
        except DocumentRefused as refusal:
            form.add_error("original", str(refusal))
        except (MoveRefused, tokens.Invalid) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Logged as {reference}. The acknowledgement is on its way.")
            return redirect("review", reference=reference)
    return render(request, "reviews/desk/acts/log.html", {"form": form}, status=status)


def _log_once(form: LogForm, *, by: User) -> str:
    """The reference of the logged proposal; the same one when the form is sent twice."""
    given = form.cleaned_data
    try:
        with kept_file(form.file) as kept, transaction.atomic():
            used = tokens.redeem(given["token"], user=by, act=LOG)
            proposal = Proposal.objects.start(
                given["county"],
                by=by,
                tool_name=given["tool_name"],
                arrived_by=given["arrived_by"],
            )
            proposal.take_in(form.answers())
            original = Document.objects.record(proposal, kept, by=by, **ORIGINAL)
            Review.objects.log(proposal, by=by, receipt_at=form.receipt_at, original=original)
            form.record_statement(proposal, by=by)
            used.conclude(proposal.reference)
    except tokens.AlreadyUsed as first:
        return first.result
    return proposal.reference


@reviewer
def on_behalf(request: HttpRequest, reference: str, move: str) -> HttpResponse:
    """Do the county's move for it, from its email or letter."""
    review = review_for(request, reference)
    if move not in ("respond", "withdraw"):
        raise Http404
    if request.method != "POST" and (refusal := not_now(request, review, move)):
        return refusal
    return (_respond if move == "respond" else _withdraw)(request, review)


def _respond(request: HttpRequest, review: Review) -> HttpResponse:
    asked = review.requests.open().prefetch_related("items").last()
    items = [item for item in asked.items.all() if item.state == Item.OPEN] if asked else []
    beside = RowsOfItems(request, items, review.proposal)
    form = ResponseForm.on(
        request,
        beside,
        review=review,
        earliest=asked.asked_at if asked else None,
        items=items,
        user=request.user,
        act="respond",
    )
    if asked is None and not form.was_done(request.user):
        return overtaken(request, review, review.overtaken())

    def do() -> None:
        original = form.record_original(by=request.user)
        for item in items:
            _settle(item, form, original, by=request.user)
        asked.respond(
            by=request.user, seen=form.version, receipt_at=form.receipt_at, original=original
        )

    page = ActPage(
        "Enter the county's response",
        "Send the county's response",
        "For a county that answered by email or post. From the receipt you enter, "
        f"{after_a_request()}, and the county gets an acknowledgement.",
        template="reviews/desk/acts/respond.html",
        upload=True,
    )
    return act(request, page, form, do, "Sent. The county gets an acknowledgement.")


def _settle(item: Item, form: ResponseForm, original: Document, *, by: User) -> None:
    how, given = form.settlement(item)
    if how == ResponseForm.IN_ORIGINAL:
        item.give(original, by=by)
    elif how == ResponseForm.TYPED:
        item.change_answer(given, by=by)
    else:
        item.decline(given, by=by)


def _withdraw(request: HttpRequest, review: Review) -> HttpResponse:
    form = BehalfForm.on(
        request,
        review=review,
        earliest=review.received_at,
        user=request.user,
        act="withdraw",
    )

    def do() -> None:
        review.withdraw(
            by=request.user,
            why=form.cleaned_data["why"],
            seen=form.version,
            original=form.record_original(by=request.user),
            received_at=form.receipt_at,
        )

    return act(request, WITHDRAW, form, do, "Withdrawn for the county.")
