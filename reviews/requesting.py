"""The page on which a reviewer requests documents and answers from a county (ACL-7)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from portal.access import reviewer
from portal.paper import PaperFailed
from portal.wording import after_a_request
from proposals.models import SignedCopy
from reviews import to_ask
from reviews.acting import ActPage, act, not_now, page_of, review_for
from reviews.forms.requesting import AskFor, AskRows, RequestForm
from reviews.forms.rows import ROWS_LIMIT, Fill, Rows, rows_of
from reviews.letter_papers import as_it_left, letter_paper, title_of
from reviews.models import Request, Review, StandardWording
from reviews.moves import MoveRefused
from reviews.papers import as_download
from reviews.status_page import letter_readers
from reviews.way_back import with_next

log = logging.getLogger(__name__)


@reviewer
def request_documents(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for documents and for answers to change, each with why and by when.

    `?from=checklist` begins with the points that need documents, `?from=missing` with what the
    All County Letter asks for and the proposal lacks.
    """
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "request")):
        return refusal
    rows, start = _rows(request, review)
    words = to_ask.WORDS.get(start["begun_with"], "")
    begun = {"words": words}
    form = RequestForm.on(
        request, rows, review=review, user=request.user, act="request", initial=begun
    )
    more = {"rows": rows, "people": letter_readers(review), **start}
    more |= _as_read(_drafted(request, review, rows, words) if words else None)

    def do() -> Request:
        return _ask(form, rows, request)

    if {"show", "pdf"} & request.POST.keys() and form.is_valid() and rows.is_valid():
        return _before_it_leaves(request, form, _as_it_would_leave(form, do), more)
    done = with_next(request, review, "Requested. The county gets a letter.")
    return act(request, _page(), form, do, done, **more)


def _page() -> ActPage:
    return ActPage(
        "Request documents",
        "Send the request",
        "The request is CDSS's answer in this thirty-day period: the clock stops. When the county "
        f"responds, {after_a_request()}.",
        template="reviews/desk/acts/request.html",
        beside=True,
    )


def _rows(request: HttpRequest, review: Review) -> tuple[Rows, dict[str, Any]]:
    """The items as the page shows them, and what else they could begin with."""
    findings = list(review.findings.all())
    at_hand = to_ask.AtHand.now(findings)
    start: dict[str, Any] = {"begun_with": "", "beginnings": []}
    stored = None
    if request.method != "POST":
        content = SignedCopy.objects.filter(proposal=review.proposal).latest("number").content
        found = {
            to_ask.CHECKLIST: to_ask.from_checklist(findings, content, at_hand),
            to_ask.MISSING: to_ask.from_missing(content),
        }
        wanted = request.GET.get("from", "")
        stored = found.get(wanted)
        start["begun_with"] = wanted if stored else ""
        start["nothing_found"] = stored == []
        start["beginnings"] = [
            (name, len(several)) for name, several in found.items() if several and name != wanted
        ]
    rows = rows_of(
        AskFor,
        "item",
        request,
        stored=stored and stored[:ROWS_LIMIT],
        rows=AskRows,
        each="Item",
        fill=Fill(at_hand.filled, "why"),
        at_hand=at_hand,
    )
    return rows, start


def _drafted(request: HttpRequest, review: Review, rows: Rows, words: str) -> Request | None:
    """The request as it would leave unchanged; none while a row doesn't say what it asks for."""
    items = [
        AskFor.item_of(row.initial | {"by": row.fields["by"].initial})
        for row in rows.forms
        if row.initial["what"]
    ]
    if not items or len(items) < len(rows.forms):
        return None
    return Request.objects.drafted(review, by=request.user, items=items, words=words)


def _as_read(asked: Request | None) -> dict[str, Any]:
    """The letter as the page shows it; nothing while there is none."""
    if asked is None:
        return {"blocks": [], "around": None}
    return {"blocks": as_it_left(asked.letter), "around": asked.frame_for()}


def _ask(form: RequestForm, rows: Rows, request: HttpRequest) -> Request:
    """Send the request; the wordings to keep go into the library with it."""
    given = rows.given()
    asked = Request.objects.ask(
        form.review,
        by=request.user,
        items=[row.item() for row in given],
        words=form.cleaned_data["words"],
        seen=form.version,
    )
    for one in (row.cleaned_data for row in given if row.cleaned_data["keep"]):
        StandardWording.objects.keep(by=request.user, what=one["what"], text=one["why"])
    return asked


def _as_it_would_leave(form: RequestForm, do: Callable[[], Request]) -> Request | None:
    """The request with its letter, made the way it is sent; nothing of it stays or leaves."""
    try:
        with transaction.atomic():
            asked = do()
            transaction.set_rollback(True)
    except MoveRefused as refusal:
        form.refuse(str(refusal))
        return None
    form.review.refresh_from_db()
    return asked


def _before_it_leaves(
    request: HttpRequest, form: RequestForm, asked: Request | None, more: dict[str, Any]
) -> HttpResponse:
    """The letter to read, on the page or as the PDF that would leave."""
    status = 200 if asked else 409
    if asked and request.POST.get("pdf"):
        frame, title = asked.frame_for(), title_of(asked)
        try:
            made = letter_paper(
                form.review, asked.letter, frame, at=asked.asked_at, title=title, is_sent=False
            )
        except PaperFailed as fault:
            log.error("The PDF for %s could not be made: %s", form.review.reference, fault)
            form.add_error(None, "The PDF can't be made now. The page shows the same letter")
            status = 503
        else:
            return as_download(made, f"{form.review.reference}-draft-not-sent.pdf")
    return page_of(request, _page(), form, status=status, **more | _as_read(asked))
