"""Correcting when a proposal was received: what it moves is shown before it is done (ACL-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from portal import clock
from portal.access import approver
from portal.wording import day, days_left, long_moment
from reviews.acting import ActPage, act, overtaken, page_of, review_for
from reviews.forms.acts import CorrectReceipt
from reviews.models import Round
from reviews.moves import MoveRefused

TITLE = "Correct the time of receipt"
TEMPLATE = "reviews/desk/acts/receipt.html"


@dataclass(frozen=True)
class Preview:
    """What a correction changes: each line before and after, and what it means for the answer."""

    lines: list[tuple[str, str, str]]
    meaning: str
    mark: str


@approver
def correct_receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """Correct when the proposal was received; the dates are computed anew, both on record."""
    review = review_for(request, reference)
    period = review.current_round()
    if period is None or not (period.is_open and period.is_of_a_receipt):
        return overtaken(request, review, "No period of a receipt runs, so none can be corrected.")
    form = CorrectReceipt.on(
        request, review=review, period=period, user=request.user, act="correct receipt"
    )

    def do() -> Round:
        if form.version != review.version:
            raise MoveRefused(review.overtaken(request.user))
        running = review.open_round()
        why = form.cleaned_data["why"]
        running.correct_receipt(by=request.user, receipt_at=form.receipt_at, why=why)
        return running

    lead = f"On record: received {long_moment(period.receipt_at)}. Both times stay on record."
    ask = ActPage(TITLE, "Show what it changes", lead, template=TEMPLATE)
    if form.is_bound and not form.was_done(request.user) and form.is_valid():
        preview = _as_it_would_be(form, period, do)
        if preview:
            sure = ActPage(TITLE, "Correct it", lead, template=TEMPLATE)
            if not form.has_seen(preview.mark):
                return page_of(request, sure, form, preview=preview)
        elif not form.was_done(request.user):
            return page_of(request, ask, form, status=409)
    return act(request, ask, form, do, "Corrected. The dates are computed anew.")


def _as_it_would_be(form: CorrectReceipt, before: Round, do: Callable[[], Round]) -> Preview | None:
    """The correction made and taken back at once: what it would change, or None when refused."""
    try:
        with transaction.atomic():
            after = do()
            transaction.set_rollback(True)
    except (MoveRefused, Round.DoesNotExist) as refusal:
        form.refuse(str(refusal))
        return None
    form.review.refresh_from_db()
    today = clock.today()
    lines = [("Received", long_moment(before.receipt_at), long_moment(after.receipt_at))]
    if before.due and after.due:
        lines += [
            (f"Day {before.days}", day(before.day_30), day(after.day_30)),
            ("CDSS answers by", day(before.due), day(after.due)),
            ("Today", days_left(before.due, today), days_left(after.due, today)),
        ]
    mark = f"{after.receipt_at.isoformat()} {after.due}"
    return Preview(lines, _meaning(before.due, after.due, today), mark)


def _meaning(before: date | None, after: date | None, today: date) -> str:
    """What an approver must see at once: that the answer becomes late by it, or is late no more."""
    if before is None or after is None:
        return "No date runs in this period, by CDSS's setting, so none is moved."
    if after < today <= before:
        return "By this the answer is overdue from now on: the date has passed."
    if after < today:
        return "The answer is overdue either way."
    if before < today:
        return "By this the answer is not overdue any more."
    if after == before:
        return "The date by which CDSS answers stays the same."
    return "The answer is not overdue by this."
