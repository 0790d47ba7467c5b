"""Answering a request of CDSS: one item at a time, over days, then the response as a whole (ACL-7).

Anyone of the county settles items; only who may sign sends the response.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from portal import clock
from portal.access import county_staff
from portal.numbers import whole_number
from proposals.models import Document, DocumentRefused, Proposal, kept_file
from reviews.acting import overtaken
from reviews.colleagues import colleagues_of, signers_in_words
from reviews.forms.county_items import Because, ChangedAnswer, ChangedRows, GiveDocument
from reviews.forms.county_moves import Respond
from reviews.item_answers import as_it_stands, contacts_as_read, given_for
from reviews.models import Item, Request, Review
from reviews.models.items import ROW_FIELDS
from reviews.moves import MoveRefused, Status
from reviews.signing import Typed
from reviews.standing import items_left

NOT_YOURS = "Only someone who may sign for your county can send the response. Nothing was sent."
NOTHING_ASKED = "CDSS has no open request for this proposal any more."
UNSETTLED = "Settle every item first, then send the response."

ItemForm = GiveDocument | Because | ChangedAnswer | ChangedRows


def review_of(request: HttpRequest, reference: str) -> Review:
    """The review of a proposal of the person's county; 404 for any other."""
    mine = Proposal.objects.visible_to(request.user).filter(reference=reference)
    reviews = Review.objects.filter(proposal__in=mine)
    return get_object_or_404(
        reviews.select_related("proposal__county", "proposal__created_by", "assignee")
    )


def too_late(request: HttpRequest, review: Review, words: str = "") -> HttpResponse:
    """Someone was faster: who did what, and the way back to the proposal (409)."""
    return overtaken(request, review, words or review.overtaken(), home="proposal")


# One item


@county_staff
def item(request: HttpRequest, reference: str, item: int) -> HttpResponse:
    """Settle one item: documents, a changed answer, or why the county doesn't have it."""
    review = review_of(request, reference)
    asked = review.requests.open().first()
    if asked is None:
        return too_late(request, review, NOTHING_ASKED)
    found = get_object_or_404(asked.items.prefetch_related("documents__uploaded_by"), number=item)
    do = request.POST.get("do", "")
    forms = item_forms(request, found, do)
    if request.method != "POST":
        return item_page(request, found, forms)
    if do == "take_back":
        return _take_back(request, found, forms)
    if do not in forms:
        return item_page(request, found, forms, status=422)
    form = forms[do]
    if getattr(form, "changed", False):
        return item_page(request, found, forms)
    if not form.is_valid():
        return item_page(request, found, forms, status=422)
    return _settle(request, found, forms, do)


def item_forms(request: HttpRequest, item: Item, do: str) -> dict[str, ItemForm]:
    """The ways to settle the item; the one whose button was pressed holds what was typed."""

    def data(name: str) -> Any:
        return request.POST if request.method == "POST" and do == name else None

    proposal = item.request.review.proposal
    because = Because(data("because"), item=item)
    if item.kind == Item.DOCUMENT:
        return {
            "document": GiveDocument(data("document"), request.FILES or None, item=item),
            "because": because,
        }
    answer: ItemForm
    if item.field in ROW_FIELDS:
        answer = ChangedRows(request if data("answer") else None, item=item, proposal=proposal)
    else:
        answer = ChangedAnswer(data("answer"), item=item, proposal=proposal)
    return {"answer": answer, "because": because}


def _settle(request: HttpRequest, item: Item, forms: dict[str, ItemForm], do: str) -> HttpResponse:
    """Keep what was given; a colleague's answer meanwhile comes back beside it (409)."""
    form = forms[do]
    try:
        # The file is on the disk before the transaction begins, and goes again when it fails.
        with _file(form) as kept, transaction.atomic():
            if isinstance(form, GiveDocument):
                given = form.cleaned_data
                item.add_kept(kept, by=request.user, label=given["label"], title=given["title"])
            elif isinstance(form, Because):
                because = form.cleaned_data["because"]
                item.decline(because, by=request.user, seen=form.seen_before)
            else:
                item.change_answer(form.value(), by=request.user, seen=form.seen_before)
            form.record_statement(item.request.review.proposal, by=request.user)
    except DocumentRefused as refusal:
        form.add_error("file", str(refusal))
        return item_page(request, item, forms, status=422)
    except MoveRefused as refusal:
        return _refused(request, item, forms, str(refusal), None if do == "document" else form)
    messages.success(request, f"Item {item.number} is settled. The response is not sent yet.")
    return redirect(_back_to(item))


def _file(form: ItemForm) -> AbstractContextManager[Any]:
    """The uploaded file on the disk, where the item is settled by one."""
    return kept_file(form.cleaned_data["file"]) if isinstance(form, GiveDocument) else nullcontext()


def _back_to(item: Item) -> str:
    """Where the request stands on the proposal's page."""
    url = reverse("proposal", args=[item.request.review.reference])
    return f"{url}#item-{item.number}"


def _take_back(request: HttpRequest, item: Item, forms: dict[str, ItemForm]) -> HttpResponse:
    """Take a document out of the answer, as long as the response isn't sent."""
    named = whole_number(request.POST.get("document", ""))
    document = get_object_or_404(Document, items=item, pk=named)
    try:
        item.take_back(document, by=request.user)
    except MoveRefused as refusal:
        return _refused(request, item, forms, str(refusal))
    messages.success(request, f"“{document.title}” was taken back.")
    return redirect("item", reference=item.request.review.reference, item=item.number)


def _refused(
    request: HttpRequest,
    item: Item,
    forms: dict[str, ItemForm],
    words: str,
    form: ItemForm | None = None,
) -> HttpResponse:
    """Why it was not kept; while the request is open the page shows both answers (409)."""
    review = Review.objects.visible_to(request.user).get(pk=item.request.review_id)
    if review.where != Status.DOCUMENTS_REQUESTED:
        return too_late(request, review, words)
    item.refresh_from_db()
    if form is not None:
        form.look_again(item)
    return item_page(request, item, forms, refused=words, status=409)


def item_page(
    request: HttpRequest,
    item: Item,
    forms: dict[str, ItemForm],
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """One item with what is asked, what was given so far, and the ways to settle it."""
    answer = forms.get("answer")
    context = {
        "proposal": item.request.review.proposal,
        "item": item,
        "given": given_for(item),
        "before": as_it_stands(item) if item.field else [],
        "refused": refused,
        "is_open": item.state in (Item.OPEN, Item.SETTLED),
        "document": forms.get("document"),
        "answer": answer,
        "rows": getattr(answer, "rows", None),
        "one": answer if isinstance(answer, ChangedAnswer) else None,
        "because": forms["because"],
    }
    return render(request, "reviews/county/item.html", context, status=status)


# The response


@county_staff
def respond(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the response: every item settled, contacts still right, signed (ACL-2, ACL-7)."""
    review = review_of(request, reference)
    asked = get_object_or_404(Request, pk=_last_request(review))
    asked.review = review
    if asked.ended_at and request.method != "POST":
        return redirect("proposal", reference=reference)
    typed = Typed(request, f"respond {reference}")
    form = Respond(
        request.POST if request.method == "POST" else None,
        review=review,
        user=request.user,
        typed=typed.kept,
    )
    if request.method != "POST":
        return response_page(request, asked, form)
    if not request.user.may_sign_for(review.proposal.county):
        return response_page(request, asked, form, refused=NOT_YOURS, status=403)
    if asked.ended_at is None and asked.items.filter(state=Item.OPEN).exists():
        return response_page(request, asked, form, refused=UNSETTLED, status=422)
    if not form.is_valid():
        return response_page(request, asked, form, status=422)
    return typed.ask_again(form) or _respond(request, asked, form, typed)


def _last_request(review: Review) -> int | None:
    return review.requests.latest_first().values_list("pk", flat=True).first()


def _respond(request: HttpRequest, asked: Request, form: Respond, typed: Typed) -> HttpResponse:
    given, review = form.cleaned_data, asked.review

    def do() -> None:
        asked.respond(
            by=request.user,
            name=given["name"],
            title=given["title"],
            contacts=form.changed_contacts(),
            seen=form.version,
        )

    try:
        form.carry_out(do, by=request.user)
    except MoveRefused as refusal:
        review.refresh_from_db()
        if review.where != Status.DOCUMENTS_REQUESTED:
            return too_late(request, review, str(refusal))
        form.refuse(str(refusal))
        return response_page(request, asked, form, status=409)
    typed.forget()
    messages.success(request, "CDSS has received your response. You get an email about it.")
    return redirect("proposal", reference=review.reference)


def response_page(
    request: HttpRequest, asked: Request, form: Respond, *, refused: str = "", status: int = 200
) -> HttpResponse:
    """All items with what goes to CDSS, the contacts, and the signature."""
    proposal = asked.review.proposal
    items = list(asked.items.prefetch_related("documents__uploaded_by"))
    for one in items:
        one.given = given_for(one)
    context = {
        "proposal": proposal,
        "asked": asked,
        "items": items,
        "items_left": items_left(items),
        "form": form,
        "contacts": contacts_as_read(form.before),
        "refused": refused,
        "may_sign": request.user.may_sign_for(proposal.county),
        "signers": signers_in_words(colleagues_of(proposal.county, clock.today())),
    }
    return render(request, "reviews/county/respond.html", context, status=status)
