"""The page on which a reviewer requests documents and answers from a county (ACL-7)."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from portal.access import reviewer
from portal.forms import PlainText
from portal.models import Notice
from portal.wording import after_a_request
from reviews.acting import ActPage, Once, act, not_now, page_of, review_for
from reviews.forms.rows import AskFor, rows_of
from reviews.models import Request
from reviews.moves import MoveRefused
from reviews.status_page import letter_readers


class RequestForm(Once):
    """What CDSS writes above the list of items."""

    words = PlainText(
        label="Words to the county",
        rows=3,
        longest=3000,
        optional=True,
        help_text="They stand above the list in the letter.",
    )


@reviewer
def request_documents(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for documents and for answers to change, each with why and by when."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "request")):
        return refusal
    rows = rows_of(AskFor, "item", request)
    form = RequestForm.on(request, rows, review=review, user=request.user, act="request")
    more = {"rows": rows, "people": letter_readers(review)}

    def do() -> Request:
        items = [row.item() for row in rows.given()]
        words = form.cleaned_data["words"]
        return Request.objects.ask(
            review, by=request.user, items=items, words=words, seen=form.version
        )

    page = ActPage(
        "Request documents",
        "Send the request",
        "The request is CDSS's answer in this thirty-day period: the clock stops. When the county "
        f"responds, {after_a_request()}.",
        template="reviews/desk/acts/request.html",
        beside=True,
    )
    if request.POST.get("show") and form.is_valid() and rows.is_valid():
        notice = _as_it_would_leave(form, do)
        return page_of(request, page, form, status=200 if notice else 409, notice=notice, **more)
    return act(request, page, form, do, "Requested. The county gets a letter.", **more)


def _as_it_would_leave(form: RequestForm, do: Callable[[], Request]) -> Notice | None:
    """The letter of the request, written the way it is sent; nothing of it stays or leaves."""
    try:
        with transaction.atomic():
            letter = do().review.current_round().answer_notice
            transaction.set_rollback(True)
    except MoveRefused as refusal:
        form.refuse(str(refusal))
        return None
    form.review.refresh_from_db()
    return letter
