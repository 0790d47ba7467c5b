"""What reaches CDSS by email or post: logged with its true time and the original attached.

Source: the letter asks for proposals "via email" (ACL-1), and receipt is arrival, whatever way.
"""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from portal import clock, tokens
from portal.access import reviewer
from portal.models import County, User
from portal.wording import after_a_request, plain_day
from proposals import known_contacts
from proposals.models import Document, DocumentRefused, Proposal, kept_file
from reviews import recent, to_ask
from reviews.acting import ActPage, act, not_now, overtaken, review_for
from reviews.forms.arrivals import ORIGINAL, BehalfForm, LogForm, ResponseForm, RowsOfItems
from reviews.models import Item, Review
from reviews.moves import MoveRefused

LOG = "log"
WITHDRAW = ActPage(
    "Enter the county's withdrawal",
    "Withdraw the proposal",
    "For a county that withdrew its proposal by email or post.",
    upload=True,
)


@reviewer
def log(request: HttpRequest) -> HttpResponse:
    """Enter a proposal that came by email or post; the acknowledgement leaves at once.

    *Fill in* brings the contacts that the county named before, and what it sent lately.
    """
    token = {"token": tokens.issue(request.user, LOG)}
    county = _county(request)
    known = known_contacts.sent_by(county) if county else {}
    lately = list(recent.received_from(county, request.user)) if county else []
    if request.POST.get("fill"):
        form = LogForm.filled(request, known, token)
        return _log_page(request, form, county=county, lately=lately, pressed=True)
    form = LogForm(request.POST or None, request.FILES or None, initial=token)
    form.offer(known)
    if form.is_bound and form.is_valid():
        alike = recent.alike(form.cleaned_data["tool_name"], lately)
        try:
            reference = _log_once(form, by=request.user, asks=bool(request.POST.get("ask")))
        except DocumentRefused as refusal:
            form.add_error("original", str(refusal))
        except (MoveRefused, tokens.Invalid) as refusal:
            form.add_error(None, str(refusal))
        else:
            return _logged(request, reference, [one for one in alike if one.reference != reference])
    return _log_page(request, form, county=county, lately=lately)


def _county(request: HttpRequest) -> County | None:
    """The county chosen on the page, if it is one."""
    number = request.POST.get("county", "")
    return County.objects.filter(pk=number).first() if len(number) <= 2 else None


def _log_page(
    request: HttpRequest,
    form: LogForm,
    *,
    county: County | None,
    lately: list[Review],
    pressed: bool = False,
) -> HttpResponse:
    """The page: what the county sent lately stands there before the same is logged twice."""
    name = str(form["tool_name"].value() or "")
    context = {
        "form": form,
        "county": county,
        "lately": lately,
        "alike": recent.alike(name, lately),
        "pressed": pressed,
        "file_again": pressed and bool(request.FILES),
    }
    status = 422 if form.is_bound else 200
    return render(request, "reviews/desk/acts/log.html", context, status=status)


def _logged(request: HttpRequest, reference: str, alike: list[Review]) -> HttpResponse:
    """What was done, a warning when the county sent the like lately, and on to what is next."""
    messages.success(request, f"Logged as {reference}. The acknowledgement is on its way.")
    for one in alike[:1]:
        words = (
            'The county sent one of a similar name on {}: look at <a href="{}">{}</a>. If it is '
            "the same, tell the county and withdraw one of them for it."
        )
        page = reverse("review", args=[one.reference])
        received = plain_day(clock.pacific_date(one.received_at))
        messages.warning(request, format_html(words, received, page, one.reference))
    if request.POST.get("ask"):
        page = reverse("request_documents", args=[reference])
        return redirect(f"{page}?from={to_ask.MISSING}")
    return redirect("review", reference=reference)


def _log_once(form: LogForm, *, by: User, asks: bool) -> str:
    """The reference of the logged proposal; the same one when the form is sent twice.

    Who asks for what is missing takes the review at once.
    """
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
            review = Review.objects.log(
                proposal, by=by, receipt_at=form.receipt_at, original=original
            )
            if asks:
                review.take(by=by)
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
        return overtaken(request, review, review.overtaken(request.user))

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
